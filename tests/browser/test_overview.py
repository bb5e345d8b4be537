"""What only a browser can show of the overview's first part and of rows on *Runs*: what is in sight, and what a click opens."""

import pytest

from tests.browser.conftest import no_errors, open_page, settled


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)], ids=str)
def test_an_image_its_neighbours_and_what_to_do_are_in_sight_at_once(page, server, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_page(page, server)
    for seen in (".ll-alike .ll-near >> nth=-1", ".st-key-alike_another button", ".st-key-alike_fails button"):
        box = page.locator(seen).locator("visible=true").first.bounding_box()
        assert box["y"] + box["height"] <= size[1]
        assert box["x"] + box["width"] <= size[0]


def test_a_neighbour_opens_as_an_image_and_another_image_has_others(page, server):
    open_page(page, server, "?alike=test.42")
    asked = page.locator(".ll-asked [data-image]")
    assert asked.get_attribute("data-image") == "test.42"
    near = page.locator(".ll-near [data-image]")
    assert near.count() == 12
    key = near.first.get_attribute("data-image")
    near.first.click()
    page.wait_for_function("key => new URL(location).searchParams.get('image') === key", arg=key)
    settled(page)
    page.locator(".st-key-alike_fails button").locator("visible=true").click()
    page.wait_for_function("new URL(location).searchParams.get('alike') === 'fails.1'")
    page.wait_for_function("document.querySelector('.ll-asked [data-image]').dataset.image !== 'test.42'")
    page.locator(".st-key-alike_after button").locator("visible=true").click()
    page.wait_for_function("new URL(location).searchParams.get('alike') === 'fails.2'")
    settled(page)
    assert "\n2 of " in page.locator(".st-key-alike_steps").inner_text()
    no_errors(page)


def test_a_row_of_runs_opens_by_a_click_anywhere_in_it(page, server):
    open_page(page, server, "runs")
    table = page.locator("[data-testid=stDataFrame]").first
    table.locator("canvas").first.wait_for()
    page.wait_for_timeout(800)
    box = table.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 35 * 3.5)
    page.wait_for_selector("h2:has-text('Chosen')")
    page.mouse.click(box["x"] + 16, box["y"] + 35 * 5.5)  # the box of another beside it
    page.wait_for_selector("h2:has-text('Compared')")
    no_errors(page)
