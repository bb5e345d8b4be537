"""The latent explorer in a real browser: what is drawn while dragging, along a path, and from a copied link."""

import numpy as np
import psutil
import pytest
from playwright.sync_api import Page

from core.data import read_part
from core.keep.runs import list_runs, usual_run
from dashboard.components.gallery import as_bytes
from tests.browser.axe import held_by_axe
from tests.browser.conftest import PHONE, no_errors, open_page, settled

# What a canvas of the run shows, as grey levels.
PIXELS = """([key, name]) => {
    const find = node => node.querySelector?.('.explorer') ?? [...node.children].map(one => find(one.shadowRoot ?? one)).find(Boolean)
    const canvas = find(document.querySelector('.st-key-explorer') ?? document.createElement('i'))?.querySelector(`[data-run=${key}] ${name}`)
    if (!canvas?.dataset.drawn) return null
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return Array.from(data).filter((_, index) => index % 4 === 0)
}"""


def pixels(page: Page, key: str, name: str = "canvas.now") -> np.ndarray:
    page.wait_for_function(f"given => ({PIXELS})(given) !== null", arg=[key, name])
    return np.array(page.evaluate(PIXELS, [key, name]))


def shows(page: Page, key: str, expected: np.ndarray) -> None:
    """Wait until the run's picture is this one, (h, w, 1) in [0, 1]."""
    page.wait_for_function(
        f"([given, wanted]) => ({PIXELS})(given)?.every((level, index) => Math.abs(level - wanted[index]) <= 1)",
        arg=[[key, "canvas.now"], as_bytes(expected).ravel().tolist()],
    )


@pytest.fixture(scope="module")
def runs():
    known = list_runs()[0]
    return {loss: usual_run(known, "fashion_mnist", loss, 10) for loss in ("mse", "perceptual")}


def slider(page: Page, title: str, place: int = 0):
    return page.get_by_role("slider", name=f"{title}: number").nth(place)


def test_dragging_a_slider_draws_what_the_decoder_makes_of_it(page, server, runs):
    open_page(page, server, "explorer?from=test.5&drawing=own")
    start = {key: run.test_embeddings[5].copy() for key, run in runs.items()}
    for key, run in runs.items():
        shows(page, key, run.decode(start[key][None])[0])
    assert page.locator("[data-run=mse] .figure").last.get_by_role("button").get_attribute("data-image") == "test.5"
    first = int(runs["mse"].test_embeddings.std(axis=0).argmax())
    moved = slider(page, "Pixel MSE")
    box = moved.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2, steps=20)
    page.mouse.up()
    changed = start["mse"].copy()
    changed[first] = float(moved.input_value())
    assert changed[first] > start["mse"][first]
    shows(page, "mse", runs["mse"].decode(changed[None])[0])
    shows(page, "perceptual", runs["perceptual"].decode(start["perceptual"][None])[0])  # has numbers of its own
    moved.press("Home")
    changed[first] = float(moved.get_attribute("min"))
    shows(page, "mse", runs["mse"].decode(changed[None])[0])
    # A copied link shows it again.
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_role("button", name="Copy link").get_attribute("data-link")
    page.get_by_role("button", name="Reset").first.click()
    shows(page, "mse", runs["mse"].decode(start["mse"][None])[0])
    page.goto(link)
    shows(page, "mse", runs["mse"].decode(changed[None])[0])
    no_errors(page)
    assert not any("tensorflow" in part.path for part in psutil.Process(server.process.pid).memory_maps())


def test_a_copied_link_holds_the_place_on_the_path(page, server):
    open_page(page, server, "explorer?explore=Walk+between+images&path=test.0,test.9&drawing=own")
    along, copy = page.get_by_role("slider", name="Where on the path"), page.get_by_role("button", name="Copy link")
    for key, place in (("Home", 0), ("ArrowRight", 1), ("End", 64), ("ArrowLeft", 63)):
        along.press(key)
        assert along.input_value() == str(place)
        copy.click()
        link = copy.get_attribute("data-link")
        other = page.context.new_page()
        other.goto(link)
        again = other.get_by_role("slider", name="Where on the path")
        again.wait_for()
        assert again.input_value() == str(place), link
        other.close()
    no_errors(page)


def test_what_a_card_keeps_in_sight_hides_all_that_scrolls_below_it(page, server):
    open_page(page, server, "explorer")
    pixels(page, "mse")
    figures = page.locator("[data-run=mse] .figures").bounding_box()
    for row in page.locator("[data-run=mse] .number").all():
        box = row.bounding_box()
        assert figures["x"] <= box["x"]
        assert figures["x"] + figures["width"] >= box["x"] + box["width"]


def test_a_path_ends_at_its_images_and_opens_the_real_ones(page, server, runs):
    open_page(page, server, "explorer?explore=Walk+between+images&path=test.0,class.8,test.9&drawing=own")
    along = page.get_by_role("slider", name="Where on the path")
    along.press("End")
    for key, run in runs.items():
        shows(page, key, run.decode(run.test_embeddings[[9]])[0])
    along.press("Home")
    shows(page, "mse", runs["mse"].decode(runs["mse"].test_embeddings[[0]])[0])
    page.get_by_role("button", name="Perceptual: go to step 5 of 9").click()
    bags = runs["perceptual"].train_embeddings[read_part("fashion_mnist", "train_labels") == 8].mean(axis=0)
    shows(page, "perceptual", runs["perceptual"].decode(bags[None].astype(np.float32))[0])
    assert page.locator(".where").inner_text() == "At the average Bag"
    page.locator("[data-run=mse] .strip .both").last.locator("button.image").click()
    page.wait_for_function("location.search.includes('image=test.9')")
    settled(page)
    # And back from the image: its numbers, of the models that were looked at.
    page.get_by_role("button", name="Change its numbers").click()
    page.wait_for_function("location.search.includes('from=test.9') && !location.search.includes('explore=Walk')")
    settled(page)
    shows(page, "perceptual", runs["perceptual"].decode(runs["perceptual"].test_embeddings[[9]])[0])
    no_errors(page)


@pytest.mark.parametrize("explore", ["Change+its+numbers", "Walk+between+images"])
def test_axe_finds_nothing(page, server, explore):
    open_page(page, server, f"explorer?explore={explore}")
    pixels(page, "perceptual")
    held_by_axe(page)


def test_it_fits_a_phone(page, server):
    page.set_viewport_size(PHONE)
    for explore in ("Change+its+numbers", "Walk+between+images"):
        open_page(page, server, f"explorer?explore={explore}")
        pixels(page, "perceptual")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
