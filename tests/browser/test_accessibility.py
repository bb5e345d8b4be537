"""What axe finds on the pages that show models: in both themes, wide and on a phone, with all opened that can be."""

import pytest

from tests.browser.axe import broken, expand, held_by_axe
from tests.browser.conftest import POINT, draw_around, open_page, painted


def test_overview(page, server):
    open_page(page, server, "?losses=Pixel+MSE&losses=Cross-entropy&losses=Perceptual")
    painted(page, "overview_latent")
    expand(page, "Words used here")
    held_by_axe(page)


def test_the_first_answer(page, server):
    # Without Streamlit's script it stays; only its own rules are looked at, for the page is not there yet.
    page.route("**/static/js/**", lambda route: route.abort())
    page.goto(server.url)
    page.wait_for_selector("#first-sight .ll-bars")
    assert broken(page, "#first-sight") == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#first-sight')") is None


def test_models_that_are_not_there(page, server):
    open_page(page, server, "?latent=128")
    page.wait_for_selector("text=Not trained yet")
    held_by_axe(page)


def test_reconstructions_and_a_refused_picture(page, server):
    open_page(page, server, "reconstructions")
    painted(page, "error_histogram")
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        {"name": "archive.png", "mimeType": "image/png", "buffer": b"PK\x03\x04" + bytes(200)}
    )
    page.wait_for_selector("text=The file is a zip archive")
    held_by_axe(page)


@pytest.mark.parametrize("query", ["", "?colour=Pixel+error"])
def test_embedding_map(page, server, query):
    open_page(page, server, f"embedding_map{query}")
    painted(page, "map_perceptual")
    if not query:
        page.wait_for_timeout(1500)
        draw_around(page, *page.evaluate(POINT, ["map_perceptual", 5]))
        page.mouse.up()
        page.wait_for_selector(".ll-wrap img")
    held_by_axe(page)


def test_clusters_with_a_row_chosen(page, server):
    open_page(page, server, "clusters?cluster_loss=Perceptual&cluster=perceptual.20.3")
    painted(page, "against_inertia")
    page.wait_for_selector(".ll-wrap img")
    held_by_axe(page)


def test_confusion_with_a_cell_chosen(page, server):
    open_page(page, server, "confusion?cell=mse.0.6")
    painted(page, "confusion_perceptual")
    page.wait_for_selector(".ll-wrap img")
    expand(page, "Choose a cell by name")
    held_by_axe(page)
