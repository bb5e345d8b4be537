"""What only a real browser can show of pins, outlines that add up, dots that fly, and a finger on a map."""

from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.browser.conftest import PHONE, POINT, draw_around, no_errors, open_page, painted, settled, zoom_in

SELECTED = "document.querySelector('.st-key-map_perceptual .js-plotly-plot')._fullData[0].selectedpoints?.length ?? 0"
OVERLAYS = "[...document.querySelectorAll('.latent-lens-overlay')].map(one => [one.dataset.pinned, one.dataset.lines])"
PLACES = """key => ['x', 'y'].map(axis => Array.from(
    document.querySelector(`.st-key-${key} .js-plotly-plot`)._fullData[0][axis].slice(0, 50)))"""


@pytest.fixture
def maps(page, server):
    open_page(page, server, "embedding_map")
    for key in ("map_mse", "map_perceptual"):
        painted(page, key)
    page.wait_for_timeout(1500)
    return page


def pins(page, pinned: str, lines: str):
    page.wait_for_function(f"{OVERLAYS}.every(([one, lines]) => one === '{pinned}' && lines === '{lines}')")
    settled(page)


def test_a_click_pins_an_image_on_every_map_and_opens_it_until_the_next_click(maps):
    page = maps
    page.mouse.click(*page.evaluate(POINT, ["map_mse", 5]))
    page.wait_for_function(f"{OVERLAYS}.every(([one, lines]) => one && lines === '10')")
    index = page.evaluate(OVERLAYS)[0][0]  # of dots in one place the uppermost
    pins(page, index, "10")
    page.wait_for_function(
        f"location.search.includes('pin=test.{index}') && location.search.includes('image=test.{index}')"
    )
    assert f"Test image {index}" in page.inner_text(".st-key-map_panel")
    page.wait_for_timeout(1000)  # the maps have become narrower
    page.mouse.click(*page.evaluate(POINT, ["map_mse", int(index)]))
    pins(page, "", "")
    page.wait_for_function("!location.search.includes('pin=')")
    box = page.locator(".st-key-pin input")
    box.fill("77")
    box.press("Enter")
    pins(page, "77", "10")
    no_errors(page)


def test_with_shift_an_outline_adds_and_with_alt_it_takes_away(maps):
    page = maps

    def choose(index, held=None):
        before = page.evaluate(SELECTED)
        place = page.evaluate(POINT, ["map_perceptual", index])
        if held:
            page.keyboard.down(held)
        draw_around(page, *place)
        page.mouse.up()
        if held:
            page.keyboard.up(held)
        page.wait_for_function(f"{SELECTED} !== {before}")
        settled(page)
        return page.evaluate(SELECTED)

    first = choose(5)
    both = choose(12, "Shift")
    assert both > first > 0
    less = choose(12, "Alt")
    assert 0 < less < both
    page.wait_for_selector(f"text={less:,} images chosen on the Perceptual map")
    page.locator(".st-key-clear_choice button").click()
    page.wait_for_function(f"{SELECTED} === 0")
    no_errors(page)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_dots_fly_to_where_the_other_model_puts_them_unless_motion_is_unwanted(maps, motion):
    page = maps
    page.emulate_media(reduced_motion=motion)
    ends = page.evaluate(PLACES, "map_perceptual")
    page.get_by_text("One map", exact=True).click()
    painted(page, "map_one")
    page.wait_for_timeout(1500)
    assert page.evaluate(PLACES, "map_one") != ends
    page.evaluate("""() => {
        window.__flown = false
        new MutationObserver(() => { if (document.querySelector('.latent-lens-flight')) window.__flown = true })
            .observe(document.body, {childList: true, subtree: true})
    }""")
    page.locator(".st-key-model").get_by_text("Perceptual", exact=True).click()
    page.wait_for_function(f"ends => JSON.stringify(({PLACES})('map_one')) === JSON.stringify(ends)", arg=ends)
    page.wait_for_selector(".latent-lens-flight", state="detached")
    assert page.evaluate("window.__flown") == (motion == "no-preference")
    shown = "getComputedStyle(document.querySelector('.st-key-map_one .gl-container')).visibility"
    assert page.evaluate(shown) == "visible"
    no_errors(page)


def test_the_maps_show_the_same_part_of_the_plane_also_in_another_colour(maps):
    page = maps
    ranges = """[...document.querySelectorAll('.js-plotly-plot')].map(
        plot => [...plot._fullLayout.xaxis.range, ...plot._fullLayout.yaxis.range].map(Math.round).join())"""
    whole = page.evaluate(ranges)
    assert whole[0] == whole[1]
    x, y = page.evaluate(POINT, ["map_mse", 5])
    zoom_in(page, x, y, turns=4)
    page.wait_for_function(f"(one => one[0] === one[1] && one[0] !== '{whole[0]}')({ranges})")
    near = page.evaluate(ranges)
    page.get_by_text("Right or wrong", exact=True).click()
    page.wait_for_function(
        "[...document.querySelectorAll('.js-plotly-plot')].every(one => one._fullData[0].meta.palette.length === 3)"
    )
    settled(page)
    assert page.evaluate(ranges) == near
    page.mouse.dblclick(x, y)
    page.wait_for_function(f"{ranges}.every(one => one === '{whole[0]}')")


def test_pictures_take_the_place_of_dots_where_few_are_in_view(maps):
    page = maps
    pictures = "+document.querySelector('.st-key-map_perceptual .latent-lens-overlay').dataset.pictures"
    assert page.evaluate(pictures) == 0
    zoom_in(page, *page.evaluate(POINT, ["map_perceptual", 5]), turns=40)
    page.wait_for_function(f"{pictures} > 0")
    in_view = """(({xaxis, yaxis}, {x, y}) => x.reduce((found, one, row) => found + (
        one >= xaxis.range[0] && one <= xaxis.range[1] && y[row] >= yaxis.range[0] && y[row] <= yaxis.range[1]), 0))(
        document.querySelector('.st-key-map_perceptual .js-plotly-plot')._fullLayout,
        document.querySelector('.st-key-map_perceptual .js-plotly-plot')._fullData[0])"""
    page.wait_for_function(f"{pictures} === {in_view}")


def test_a_finger_scrolls_past_a_map_until_select_is_on(browser, server):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_page(page, server, "embedding_map")
    painted(page, "map_mse")
    button = page.locator(".st-key-map_mse .latent-lens-select")
    button.wait_for()
    touch = context.new_cdp_session(page)

    def swipe() -> float:
        """How far the page moves under a finger that goes up over the middle of a map."""
        page.evaluate("document.querySelector('.st-key-map_mse').scrollIntoView({block: 'center'})")
        page.wait_for_timeout(300)
        seen = "document.querySelector('[data-testid=stMain]').scrollTop"
        before = page.evaluate(seen)
        box = page.locator(".st-key-map_mse .nsewdrag").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y + 60}]})
        for step in range(1, 9):
            place = {"x": x + 40 * (step > 4), "y": y + 60 - 20 * step}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
            page.wait_for_timeout(20)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(700)
        return page.evaluate(seen) - before

    assert swipe() > 50
    button.tap()
    assert swipe() == 0
    page.wait_for_selector("text=chosen on the Pixel MSE map")
    context.close()


def test_a_map_is_saved_as_it_is_seen_with_its_names(maps, tmp_path):
    page = maps
    saved = {}
    for kind in ("PNG", "SVG"):
        with page.expect_download() as download:
            page.locator(f".st-key-map_mse .modebar-btn[data-title='Save as {kind}']").click()
        assert download.value.suggested_filename == f"t-SNE map of the Pixel MSE embeddings.{kind.lower()}"
        saved[kind] = tmp_path / kind
        download.value.save_as(saved[kind])
    width, height = page.evaluate(
        "(({width, height}) => [width, height])(document.querySelector('.st-key-map_mse .js-plotly-plot')._fullLayout)"
    )
    with Image.open(saved["PNG"]) as picture:
        assert picture.size == pytest.approx((2 * width, 2 * (height + 36)), abs=2)  # with its title above
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 100  # dots, not only the ground
    drawing = ElementTree.parse(saved["SVG"]).getroot()
    written = {"".join(one.itertext()) for one in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Trouser", "Ankle boot"} <= written
