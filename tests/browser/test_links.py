"""Links that hold what cannot be shown, and the browser's way back to them."""

from tests.browser.conftest import no_errors, open_page, settled


def query(page) -> str:
    return page.url.partition("?")[2]


def told(page) -> str:
    settled(page)
    no_errors(page)
    return " ".join(page.locator("[data-testid=stAlertContentWarning]").all_inner_texts())


def test_a_bad_link_is_put_right_and_stays_right_on_the_way_back(page, server):
    open_page(page, server, "confusion?k=inf&losses=&latent=5&shown=&cell=mse.99.1")
    words = told(page)
    for name in ("losses was empty", "k was inf", "shown was empty", "cell was “mse.99.1”"):
        assert name in words
    assert query(page) == "k=250&latent=5"
    assert page.locator(".st-key-k input").input_value() == "250"
    page.locator(".st-key-k input").fill("7")
    page.locator(".st-key-k input").press("Enter")
    page.wait_for_url("**k=7**")
    assert told(page) == ""
    page.go_back()  # to the entry that was put right
    page.wait_for_url("**k=250**")
    page.go_back()  # to the bad one itself
    page.wait_for_url("**k=250&latent=5")
    told(page)
    assert page.locator(".st-key-k input").input_value() == "250"


def test_what_is_typed_and_cannot_be_shown_is_told_once(page, server):
    open_page(page, server, "confusion")
    page.locator(".st-key-k input").fill("9999")
    page.locator(".st-key-k input").press("Enter")
    page.wait_for_url("**k=250")
    assert told(page).count("k was 9999. Expected a whole number from 2 to 250.") == 1


def test_chosen_runs_are_looked_at_on_every_page_and_stay_in_the_link_on_the_way_back(page, server):
    open_page(page, server, "runs")
    grid = page.locator("[data-testid=stDataFrame]").first.bounding_box()
    for row in (0, 3):  # boxes at the left of a canvas: cross-entropy of latent size 2 and of 20
        page.mouse.click(grid["x"] + 18, grid["y"] + 35 * (row + 1) + 17)
        settled(page)
    page.locator(".st-key-look_at_these button").first.click()
    page.wait_for_url("**/?runs=fashion_mnist-bce-z2-**fashion_mnist-bce-z20-**")
    settled(page)
    no_errors(page)
    chosen = page.locator(".st-key-chosen_runs")
    assert "Cross-entropy, latent size 20" in chosen.inner_text()
    page.get_by_test_id("stSidebarNav").get_by_text("Confusion matrix", exact=True).click()
    page.wait_for_url("**/confusion?runs=**")
    settled(page)
    assert chosen.count() == 1
    page.go_back()
    page.wait_for_url("**/?runs=**")
    settled(page)
    assert chosen.count() == 1
    page.locator(".st-key-let_go_of_runs button").first.click()
    page.wait_for_url("**/?losses=Cross-entropy&latent=2")
    settled(page)
    assert chosen.count() == 0
