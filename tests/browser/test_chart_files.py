"""Charts saved as files in a real browser, and read back."""

from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.browser.conftest import open_page, painted


def saved(page: Page, button: Locator) -> tuple[str, object]:
    """What a button saves: the file's name, and the picture or the drawing's root."""
    button.scroll_into_view_if_needed()
    with page.expect_download(timeout=60_000) as waiting:
        button.click(force=True)
    download = waiting.value
    name = download.suggested_filename
    return name, Image.open(download.path()) if name.endswith(".png") else ElementTree.parse(download.path()).getroot()


def words(drawing) -> str:
    return " ".join("".join(text.itertext()) for text in drawing.iter("{http://www.w3.org/2000/svg}text"))


def test_charts_without_plotly_are_saved_as_they_are_seen(page, server):
    open_page(page, server)
    painted(page, "overview_accuracy")
    files = page.locator(".st-key-overview_accuracy_files")
    name, drawing = saved(page, files.get_by_role("button", name="as SVG"))
    assert name == "Images in the right class.svg"
    said = words(drawing)
    for expected in ("Images in the right class", "Pixel MSE", "Perceptual", "71.2 %", "88.0 %"):
        assert expected in said
    name, picture = saved(page, files.get_by_role("button", name="as PNG"))
    assert name == "Images in the right class.png"
    assert picture.width == 2000
    assert len(picture.convert("RGB").getcolors(1 << 20)) > 10  # bars, words, ground: not an empty picture


def test_charts_of_plotly_are_saved_with_their_title(page, server):
    open_page(page, server, "clusters")
    painted(page, "against_purity")
    name, drawing = saved(page, page.locator(".st-key-against_purity [data-title='Save as SVG']"))
    assert name == "Purity against k compare losses at the same k.svg"
    assert "Purity against k: compare losses at the same k" in words(drawing)
    assert "number of clusters k" in words(drawing)


@pytest.mark.parametrize(("key", "said"), [("flow_chart", "Ankle boot"), ("gain_chart", "Coat")])
def test_charts_of_two_models_are_saved(page, server, key, said):
    open_page(page, server, "across")
    files = page.locator(f".st-key-{key}_files")
    _, drawing = saved(page, files.get_by_role("button", name="as SVG"))
    assert said in words(drawing)
    assert "Perceptual" in words(drawing)
