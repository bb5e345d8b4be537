"""Thumbnails that open their image: by mouse and by key, beside the page and on a page of its own, and what stays meanwhile."""

import re

import pytest

from tests.browser.axe import held_by_axe
from tests.browser.conftest import PHONE, no_errors, open_page, painted, settled

PANEL = ".st-key-image_panel"
FOCUS = "document.activeElement"


def thumbnail(page, number: int):
    return page.locator("[data-testid=stMain] .ll-gallery .ll-open").nth(number)


def shown(page, key: str, where: str = PANEL) -> None:
    """Wait until that image is shown there and in the link."""
    words = key.replace(".", " image ")
    page.wait_for_function(
        "([where, words]) => document.querySelector(`${where} .ll-image h2`)?.textContent.toLowerCase() === words",
        arg=[where, words],
    )
    page.wait_for_url(re.compile(rf"[?&]image={re.escape(key)}(&|$)"))
    settled(page)


def closed(page) -> None:
    page.wait_for_selector(f"{PANEL} .ll-image", state="detached")
    page.wait_for_url(lambda url: "image=" not in url)
    settled(page)


def test_a_click_opens_an_image_beside_the_page_which_stays_as_it_is(page, server):
    open_page(page, server, "reconstructions?order=Best")
    painted(page, "error_histogram")
    page.evaluate("document.querySelector('.st-key-error_histogram .js-plotly-plot').kept = true")
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 60)")
    key = thumbnail(page, 3).get_attribute("data-image")
    top = thumbnail(page, 3).bounding_box()["y"]
    thumbnail(page, 3).click()
    shown(page, key)
    no_errors(page)
    assert page.evaluate("document.querySelector('.st-key-error_histogram .js-plotly-plot').kept"), (
        "the chart was drawn anew"
    )
    assert thumbnail(page, 3).bounding_box()["y"] == pytest.approx(top, abs=2)
    assert page.evaluate(f"{FOCUS}.matches('{PANEL}')")
    panel, main = (page.locator(where).bounding_box() for where in (PANEL, "[data-testid=stMainBlockContainer]"))
    assert main["x"] + main["width"] <= panel["x"] + 1, "the panel hides a part of the page"
    near = page.locator(f"{PANEL} .ll-nearest").first.locator(".ll-open")
    assert near.count() == 10
    other = near.nth(2).get_attribute("data-image")
    near.nth(2).click()
    shown(page, other)
    split, index = other.split(".")
    page.keyboard.press("ArrowRight")
    shown(page, f"{split}.{int(index) + 1}")
    page.locator(".st-key-image_previous button").click()
    shown(page, other)
    box = page.locator(".st-key-image_number input")
    box.fill("77")
    box.press("ArrowLeft")  # within what is typed
    box.press("Enter")
    shown(page, f"{split}.77")
    page.keyboard.press("Escape")
    closed(page)
    assert page.evaluate(f"{FOCUS}.dataset.image") == key
    assert page.locator(".st-key-order").get_by_text("Best", exact=True).count() == 1
    assert "order=Best" in page.url


def test_enter_and_a_script_open_an_image_and_the_way_back_leads_to_the_one_before(page, server):
    open_page(page, server, "clusters?cluster=mse.20.4")
    page.wait_for_selector(".ll-wrap .ll-open")
    settled(page)
    first = page.locator(".ll-wrap .ll-open").nth(1)
    first.focus()
    page.keyboard.press("Enter")
    key = first.get_attribute("data-image")
    shown(page, key)
    page.evaluate("document.dispatchEvent(new CustomEvent('latent-lens-open', {detail: 'train.12'}))")
    shown(page, "train.12")
    page.evaluate("document.dispatchEvent(new CustomEvent('latent-lens-open', {detail: 'train.<b>'}))")
    page.go_back()
    shown(page, key)
    no_errors(page)
    assert "cluster=mse.20.4" in page.url
    page.locator(".st-key-image_close button").click()
    closed(page)
    assert page.evaluate(f"{FOCUS}.dataset.image") == key


def test_the_page_of_an_image_has_an_address_and_the_page_before_is_as_it_was(page, server):
    open_page(page, server, "clusters?cluster=mse.20.4&image=test.1234")
    shown(page, "test.1234")
    page.locator(PANEL).get_by_role("link", name="Open as a page").click()
    page.wait_for_url("**/image?image=test.1234")
    shown(page, "test.1234", ".st-key-image_page")
    assert page.locator(f"{PANEL} .ll-image").count() == 0
    assert page.locator(".st-key-image_page .ll-part").count() == 2
    for _ in range(2):  # the link lost the image the second time
        page.get_by_role("link", name="See it on the embedding map").click()
        page.wait_for_url(re.compile(r"embedding_map\?.*pin=test\.1234"))
        shown(page, "test.1234")
        page.go_back()
        shown(page, "test.1234", ".st-key-image_page")
    near = page.locator(".st-key-image_page .ll-nearest .ll-open").first
    other = near.get_attribute("data-image")
    near.click()
    shown(page, other, ".st-key-image_page")
    open_page(page, server, page.url.rpartition("/")[2])
    shown(page, other, ".st-key-image_page")
    no_errors(page)


def test_an_image_on_a_phone_and_what_axe_finds(page, server):
    open_page(page, server, "reconstructions?image=test.1234")
    painted(page, "error_histogram")
    shown(page, "test.1234")
    held_by_axe(page)
    page.set_viewport_size(PHONE)
    panel = page.locator(PANEL).bounding_box()
    assert (panel["x"], panel["x"] + panel["width"], panel["y"] + panel["height"]) == pytest.approx(
        (0, 390, 844), abs=1
    )
    assert panel["y"] > 200, "nothing is seen of the page"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    open_page(page, server, "image?image=test.1234")
    shown(page, "test.1234", ".st-key-image_page")
    held_by_axe(page)
