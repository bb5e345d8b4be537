"""What only a real browser can show of the maps: hovering, choosing, zooming, and what stays while they change."""

import numpy as np
import pytest

from core.data import read_part
from dashboard.map_charts import DRAGS
from tests.browser.conftest import POINT, draw_around, no_errors, open_page, painted, settled, zoom_in

MAP = "document.querySelector('.st-key-map_perceptual .js-plotly-plot')"
SELECTED = "key => document.querySelector(`.st-key-${key} .js-plotly-plot`)._fullData[0].selectedpoints?.length"


def test_hover_shows_the_image_and_rings_it_in_the_other_map(page, server):
    open_page(page, server, "embedding_map")
    painted(page, "map_mse")
    painted(page, "map_perceptual")
    page.wait_for_timeout(1500)
    page.mouse.move(*page.evaluate(POINT, ["map_mse", 5]))
    page.wait_for_selector(".latent-lens-tip[data-drawn]", state="visible")
    light = page.evaluate(
        """() => {const canvas = document.querySelector('.latent-lens-tip canvas')
                  return Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)}"""
    )
    index = int(page.locator(".latent-lens-tip").get_attribute("data-index"))
    assert np.array_equal(np.array(light), read_part("fashion_mnist", "test_images")[index].ravel())
    rings = page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot > div:last-child')].filter(ring => ring.style.display === 'block').length"
    )
    assert rings == 2


def test_a_map_changes_colour_in_place_and_keeps_its_zoom(page, server):
    open_page(page, server, "embedding_map?losses=Perceptual")
    painted(page, "map_perceptual")
    settled(page)
    x, y = page.evaluate(POINT, ["map_perceptual", 5])
    zoom_in(page, x, y, turns=4)
    range_of = f"{MAP}._fullLayout.xaxis.range"
    zoomed = page.evaluate(f"({MAP}.theSame = true, {range_of})")
    page.get_by_text("Right or wrong", exact=True).click()
    page.wait_for_function(f"{MAP}._fullData[0].meta.palette.length === 3")
    assert page.evaluate(f"{MAP}.theSame")
    assert page.evaluate(range_of) == zoomed
    page.get_by_text("PCA", exact=True).click()
    page.wait_for_function(f"{MAP}._fullLayout.xaxis.autorange")  # another map: all of it
    no_errors(page)


def test_maps_are_drawn_again_after_another_page_and_when_a_loss_comes_and_goes(page, server):
    open_page(page, server, "embedding_map")
    painted(page, "map_mse")
    page.get_by_role("link", name="Clusters", exact=True).click()
    painted(page, "class_shares")
    page.get_by_role("link", name="Embedding map").click()
    for key in ("map_mse", "map_perceptual"):
        painted(page, key)
    for _ in range(2):
        page.get_by_text("Cross-entropy", exact=True).first.click()
        painted(page, "map_bce")
        page.get_by_text("Cross-entropy", exact=True).first.click()
        page.wait_for_selector(".st-key-map_bce", state="detached")
    painted(page, "map_perceptual")
    no_errors(page)


def test_a_map_keeps_its_shape_when_the_window_changes_and_is_as_high_as_the_buttons_leave(page, server):
    open_page(page, server, "embedding_map?losses=Perceptual")
    painted(page, "map_perceptual")
    shape = f"(({{width, height, xaxis, yaxis}}) => [height, xaxis._m / -yaxis._m])({MAP}._fullLayout)"
    wide = page.evaluate(f"{MAP}._fullLayout.width")
    height, ratio = page.evaluate(shape)
    assert ratio == pytest.approx(1, abs=0.02)  # pixels a unit, across and upwards
    for narrow in (900, 950):  # the buttons take two rows more
        page.set_viewport_size({"width": narrow, "height": 900})
        page.wait_for_function(f"{MAP}._fullLayout.width < {wide}")
        settled(page)
        assert page.evaluate(shape) == pytest.approx([height - 96, 1], abs=0.02)


def test_no_map_offers_to_upload_itself(page, server):
    open_page(page, server, "embedding_map")
    painted(page, "map_perceptual")
    offered = page.evaluate("[...document.querySelectorAll('.modebar-btn')].map(button => button.dataset.title)")
    assert sorted(set(offered)) == ["Box Select", "Lasso Select", "Reset axes", "Save as PNG", "Save as SVG"]


def test_lasso_shows_the_chosen_images(page, server):
    open_page(page, server, "embedding_map")
    painted(page, "map_perceptual")
    page.wait_for_timeout(1500)
    draw_around(page, *page.evaluate(POINT, ["map_perceptual", 5]))
    page.mouse.up()
    page.wait_for_selector("text=images chosen on the Perceptual map")
    page.wait_for_selector(".ll-wrap img")
    settled(page)
    assert page.evaluate(SELECTED, "map_mse") == page.evaluate(SELECTED, "map_perceptual") > 0
    assert page.locator(".ll-wrap img").count() > 0
    no_errors(page)


def test_a_double_click_shows_everything_again_and_keeps_the_choice_which_escape_lets_go_of(page, server):
    open_page(page, server, "embedding_map")
    painted(page, "map_perceptual")
    page.wait_for_timeout(1500)
    x, y = page.evaluate(POINT, ["map_perceptual", 5])
    ranges = f"(({{xaxis, yaxis}}) => [...xaxis.range, ...yaxis.range])({MAP}._fullLayout)"
    whole = page.evaluate(ranges)

    def zoom_in_and_double_click(chosen):
        zoom_in(page, x, y, turns=4)
        page.wait_for_function(f"!{MAP}._fullLayout.xaxis.autorange")
        settled(page)
        assert page.evaluate(ranges) != pytest.approx(whole, rel=0.01)
        page.mouse.dblclick(x, y)
        page.wait_for_function(f"{MAP}._fullLayout.xaxis.autorange")
        settled(page)
        assert [page.evaluate(SELECTED, key) for key in ("map_perceptual", "map_mse")] == [chosen, chosen]
        assert page.evaluate(ranges) == pytest.approx(whole)

    zoom_in_and_double_click(None)
    for drag in DRAGS:
        page.locator(".st-key-drag").get_by_text(DRAGS["lasso"], exact=True).click()
        page.wait_for_function(f"{MAP}._fullLayout.dragmode === 'lasso'")
        draw_around(page, x, y)
        page.mouse.up()
        page.wait_for_selector("text=images chosen on the Perceptual map")
        page.locator(".st-key-drag").get_by_text(DRAGS[drag], exact=True).click()
        page.wait_for_function(f"{MAP}._fullLayout.dragmode === '{drag}'")
        zoom_in_and_double_click(page.evaluate(SELECTED, "map_mse"))
        page.keyboard.press("Escape")
        page.wait_for_selector("text=Nothing chosen yet")
        settled(page)
        assert [page.evaluate(SELECTED, key) for key in ("map_perceptual", "map_mse")] == [None, None]
    no_errors(page)


def test_the_reset_button_of_a_map_shows_everything_again(page, server):
    open_page(page, server, "embedding_map?losses=Perceptual")
    painted(page, "map_perceptual")
    page.wait_for_timeout(1000)
    whole = page.evaluate(f"{MAP}._fullLayout.xaxis.range")
    zoom_in(page, *page.evaluate(POINT, ["map_perceptual", 5]), turns=4)
    page.wait_for_function(f"!{MAP}._fullLayout.xaxis.autorange")
    page.locator(".st-key-map_perceptual").get_by_role("button", name="Reset axes").click()
    page.wait_for_function(f"{MAP}._fullLayout.xaxis.autorange")
    assert page.evaluate(f"{MAP}._fullLayout.xaxis.range") == pytest.approx(whole)


def test_a_choice_comes_back_with_the_page_and_every_button_is_in_sight_beside_an_image(page, server):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_page(page, server, "embedding_map?image=test.77")
    painted(page, "map_perceptual")
    page.wait_for_timeout(1500)
    for row in ("map_choices", "map_tools"):
        width, wanted, *ends = page.evaluate(
            """row => (one => [one.clientWidth, one.scrollWidth, ...[...one.querySelectorAll('label, button')].map(
                button => button.getBoundingClientRect().right - one.getBoundingClientRect().right)])(
                document.querySelector(`.st-key-${row}`))""",
            row,
        )
        assert wanted <= width
        assert max(ends) <= 1
    draw_around(page, *page.evaluate(POINT, ["map_perceptual", 5]))
    page.mouse.up()
    page.wait_for_selector("text=chosen on the Perceptual map")
    chosen = page.evaluate(SELECTED, "map_perceptual")
    page.get_by_role("link", name="Clusters", exact=True).click()
    painted(page, "class_shares")
    page.get_by_role("link", name="Embedding map", exact=True).click()
    painted(page, "map_perceptual")
    page.wait_for_selector("text=chosen on the Perceptual map")
    assert page.evaluate(SELECTED, "map_perceptual") == chosen > 0
    no_errors(page)
