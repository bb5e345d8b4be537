"""What only a real browser can show of the pages; of the maps, see `test_maps.py`."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import (
    PHONE,
    POINT,
    WIDE,
    Server,
    no_errors,
    open_page,
    painted,
    settled,
)

CHARTS = {
    "": ["overview_accuracy", "overview_latent"],
    "reconstructions": ["error_histogram"],
    "embedding_map": ["map_mse", "map_perceptual"],
    "clusters": ["class_shares", "against_purity", "against_inertia"],
    "confusion": ["confusion_mse", "confusion_perceptual"],
    "train": [],
    "add_pictures": [],
    "runs": [],
}


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", CHARTS)
def test_page_shows_no_error_and_paints_its_charts(page, server, name, size):
    page.set_viewport_size(size)
    open_page(page, server, name)
    for key in CHARTS[name]:
        painted(page, key)
    if size is WIDE:  # a phone folds the sidebar away
        page.wait_for_selector(".st-key-losses [role=toolbar] button")
    no_errors(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 1, "the page scrolls sideways"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_first_answer_gives_way_to_the_page_and_nothing_moves(page, server, size):
    places = """root => ['h1', '.ll-alike', 'h2', '.ll-bars'].map(name => {
        const box = document.querySelector(`${root} ${name}`).getBoundingClientRect()
        return [box.left, box.top, box.width]
    }).flat()"""
    page.set_viewport_size(size)
    page.goto(server.url, wait_until="commit")
    page.wait_for_selector("#first-sight .ll-bars")
    page.evaluate("""document.fonts.load('16px "Source Sans"')""")  # lines break elsewhere without it
    before = page.evaluate(places, "#first-sight")
    page.wait_for_selector("#first-sight", state="detached")
    settled(page)
    assert page.evaluate(places, "[data-testid=stMain]") == pytest.approx(before, abs=3)
    no_errors(page)


def test_pictures_of_all_classes_are_in_sight_on_a_small_laptop(page, server):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_page(page, server)
    page.wait_for_selector("[data-testid=stMain] .ll-gallery img")
    assert page.evaluate("(all => all.scrollWidth - all.clientWidth)(document.querySelector('.ll-gallery'))") <= 0


def test_below_another_path_it_shows_as_much(page, tmp_path):
    server = Server(tmp_path, base="lens")
    page.goto(f"{server.url}/", wait_until="commit")
    page.wait_for_selector("#first-sight .ll-bars")
    open_page(page, server, "embedding_map")
    painted(page, "map_perceptual")
    page.wait_for_timeout(1000)
    page.mouse.move(*page.evaluate(POINT, ["map_perceptual", 0]))
    page.wait_for_selector(".latent-lens-tip[data-drawn]")
    no_errors(page)
    server.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_are_readable(browser, server, scheme):
    context = browser.new_context(viewport=WIDE, color_scheme=scheme)
    page = context.new_page()
    open_page(page, server)
    painted(page, "overview_accuracy")
    ground, text = page.evaluate(
        """() => [getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor,
                  getComputedStyle(document.querySelector('h1')).color]"""
    )
    context.close()
    ground, text = (np.mean([float(part) for part in re.findall(r"[\d.]+", colour)[:3]]) for colour in (ground, text))
    assert (ground > 200 and text < 100) if scheme == "light" else (ground < 60 and text > 180)


def test_nothing_is_fetched_from_elsewhere(page, server):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, server)
    open_page(page, server, "clusters")
    painted(page, "class_shares")
    assert [
        url for url in asked if not url.startswith((server.url, server.url.replace("http", "ws"), "data:", "blob:"))
    ] == []


def test_k_typed_by_hand_updates_table_and_matrix(page, server):
    open_page(page, server, "clusters")
    box = page.locator(".st-key-k input")
    box.fill("7")
    box.press("Enter")
    page.wait_for_function("document.body.innerText.includes('7 clusters')")
    settled(page)
    assert "of 7 clusters" in page.inner_text("body")
    grid = page.locator('[data-testid="stDataFrame"] [role=grid]').first
    grid.wait_for(state="attached")
    assert grid.get_attribute("aria-rowcount") == "8"  # seven clusters and the head
    page.get_by_role("link", name="Confusion matrix").click()
    painted(page, "confusion_mse")
    assert "k = 7" in page.inner_text("body")
    no_errors(page)


def test_copied_link_reproduces_the_view(page, browser, server):
    open_page(page, server, "confusion")
    box = page.locator(".st-key-k input")
    box.fill("13")
    box.press("Enter")
    settled(page)
    page.get_by_text("Counts", exact=True).click()
    settled(page)
    page.get_by_text("Cross-entropy", exact=True).first.click()
    painted(page, "confusion_bce")
    settled(page)
    context = browser.new_context(viewport=WIDE)
    other = context.new_page()
    other.goto(page.url)
    painted(other, "confusion_bce")
    settled(other)
    read = "key => document.querySelector(`.st-key-${key} .js-plotly-plot`)._fullData[0].z.map(row => Array.from(row)).flat()"
    assert page.url == other.url
    assert "k = 13" in other.inner_text("body")
    assert page.evaluate(read, "confusion_bce") == other.evaluate(read, "confusion_bce")
    assert sum(other.evaluate(read, "confusion_bce")) == 10_000
    context.close()


def test_on_a_phone_each_matrix_follows_its_heading(page, server):
    page.set_viewport_size(PHONE)
    open_page(page, server, "confusion")
    painted(page, "confusion_perceptual")
    tops = [
        page.locator(f".st-key-{key}").bounding_box()["y"]
        for key in ("heading_mse", "confusion_mse", "heading_perceptual", "confusion_perceptual")
    ]
    assert tops == sorted(tops)


def test_a_cell_of_the_matrix_opens_its_images(page, server):
    open_page(page, server, "confusion")
    painted(page, "confusion_perceptual")
    page.wait_for_timeout(1000)
    x, y = page.evaluate(
        """() => {const plot = document.querySelector('.st-key-confusion_perceptual .js-plotly-plot'), layout = plot._fullLayout
                  const box = plot.getBoundingClientRect()
                  return [box.left + layout.xaxis._offset + layout.xaxis.d2p('Trouser'),
                          box.top + layout.yaxis._offset + layout.yaxis.d2p('Trouser')]}"""
    )
    page.mouse.click(x, y)
    page.wait_for_selector("text=Trouser rightly found")
    # They begin below what is seen, and come up.
    page.wait_for_function(
        "document.querySelector('.st-key-cell_images').getBoundingClientRect().top < innerHeight / 2"
    )
    # Streamlit prints what a bare expression gives: a `None` appeared here once.
    assert page.locator("[data-testid=stMain] code").count() == 0
    page.wait_for_selector(".ll-wrap img")
    settled(page)
    assert page.locator(".ll-wrap img").count() > 10


def test_own_picture_is_redrawn_and_bad_files_are_refused_in_words(page, server):
    open_page(page, server, "reconstructions")
    upload = page.locator('[data-testid="stFileUploader"] input[type=file]')

    def send(name: str, data: bytes) -> None:
        upload.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})

    shirt = np.full((60, 60), 255, np.uint8)
    shirt[10:50, 20:40] = 40
    shirt[12:22, 8:52] = 40
    file = io.BytesIO()
    Image.fromarray(shirt).save(file, "PNG")
    send("shirt.png", file.getvalue())
    page.wait_for_selector("text=a cluster of")
    no_errors(page)
    send("archive.png", b"PK\x03\x04" + bytes(200))
    page.wait_for_selector("text=The file is a zip archive")
    file = io.BytesIO()
    Image.new("1", (9_400, 9_400)).save(file, "PNG")
    send("large.png", file.getvalue())
    page.wait_for_selector("text=9400 x 9400 pixels")
    file = io.BytesIO()
    Image.new("L", (50, 50), 255).save(file, "PNG")
    send("white.png", file.getvalue())
    page.wait_for_selector("text=Nothing can be seen in the picture")
    page.reload()
    page.wait_for_selector("h1")


def test_a_model_is_trained_from_the_page_to_the_end(page, server):
    open_page(page, server, "train?dataset=Digits+%28small%29&latent=5")
    page.get_by_label("Epochs", exact=True).fill("2")
    page.get_by_label("Epochs", exact=True).press("Enter")
    settled(page)
    page.locator(".st-key-train_loss").get_by_role("combobox").click()
    page.get_by_role("option", name="Pixel MSE").click()
    settled(page)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector("text=Pixel MSE · Digits (small) · latent size 5 · 2 epochs · done", timeout=300_000)
    page.get_by_role("button", name="Look at it").first.click()
    page.wait_for_selector("h1:has-text('What does an autoencoder keep?')")
    settled(page)
    assert "squeezes each picture of 784 pixels into 5 numbers" in page.inner_text("body")
    no_errors(page)
    page.get_by_role("link", name="Embedding map").click()
    painted(page, "map_mse")
    no_errors(page)
