"""Maps of more points than are drawn one by one."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import (
    POINT,
    Server,
    draw_around,
    middle_of,
    no_errors,
    open_page,
    painted,
    settled,
    zoom_in,
)

# Of a map's first sight the server takes a second and the browser two; on a machine on which much else runs, twenty times that.
SLOW = 120_000  # ms
RANGES = """(({xaxis, yaxis}) => [...xaxis.range, ...yaxis.range])(
    document.querySelector(".st-key-map_0 .js-plotly-plot")._fullLayout)"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("large"), script="tests/benchmarks/map_app.py")
    yield server
    server.stop()


def test_three_hundred_thousand_points_open_can_be_chosen_and_turn_into_points_on_zooming_in(page, large):
    page.set_default_timeout(SLOW)
    open_page(page, large, "?points=300000")
    painted(page, "map_0")
    page.wait_for_selector("text=drawn 0 of 300000, none chosen")
    page.wait_for_timeout(1500)
    whole = page.evaluate(RANGES)
    x, y = middle_of(page, "map_0")
    draw_around(page, x, y)
    page.mouse.up()
    page.wait_for_function("/[1-9]\\d* chosen/.test(document.body.innerText)")
    settled(page)
    zoom_in(page, x, y, turns=20)
    page.wait_for_function("/drawn [1-9]\\d* of 300000/.test(document.body.innerText)")
    # The wheel is still turning for a while: in the end the page says what the map shows.
    page.wait_for_function(
        """() => {
            const shown = document.querySelector('.st-key-map_0 .js-plotly-plot')._fullData[0].x.length
            return shown <= 100000 && document.body.innerText.includes(`drawn ${shown} of 300000`)
        }"""
    )
    page.wait_for_timeout(500)
    page.mouse.dblclick(x, y)
    page.wait_for_selector("text=drawn 0 of 300000")
    settled(page)
    assert page.evaluate(RANGES) == pytest.approx(whole)
    no_errors(page)


def test_training_images_join_the_map_and_show_their_thumbnails(page, server):
    page.set_default_timeout(SLOW)
    open_page(page, server, "embedding_map?dots=All&losses=Perceptual")
    painted(page, "map_perceptual")
    page.wait_for_function(
        "document.querySelector('.st-key-map_perceptual .js-plotly-plot')._fullData[0].x.length === 70000"
    )
    settled(page)
    page.wait_for_timeout(1500)
    found = ""
    for index in range(65_000, 65_100):  # until one that no test image covers
        page.mouse.move(*page.evaluate(POINT, ["map_perceptual", index]))
        page.wait_for_selector(".latent-lens-tip[data-drawn]", state="visible")
        found = page.inner_text(".latent-lens-tip")
        if "train image" in found:
            break
    assert "train image" in found
    no_errors(page)
