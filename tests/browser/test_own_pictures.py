"""Pictures of one's own: from the page that adds them to the confusion matrix, in grey and in colour, with labels and without."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.browser import own_sets
from tests.browser.conftest import PAINT_TIMEOUT, POINT, Server, no_errors, open_page, painted, settled
from tests.browser.own_sets import choose_path

TRAINING_TIMEOUT = 300_000


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("own"))
    yield server
    server.stop()


def choose(page, key: str, option: str) -> None:
    page.locator(f".st-key-{key} button", has_text=option).click()
    settled(page)


def add(page, name: str) -> None:
    box = page.locator(".st-key-pictures_name input")
    box.fill(name)
    box.press("Enter")
    settled(page)
    page.locator(".st-key-pictures_add button").click()
    page.wait_for_selector("text=/is there: |was not added/", timeout=PAINT_TIMEOUT)
    no_errors(page)


def fill_number(page, key: str, value: int) -> None:
    box = page.locator(f"[class*=st-key-{key}] input")
    box.fill(str(value))
    box.press("Enter")
    settled(page)


@pytest.mark.parametrize("labels", ["labelled", "unlabelled"])
@pytest.mark.parametrize("kind", ["stamps", "letters"])
def test_a_set_goes_from_its_page_to_the_confusion_matrix(page, server, tmp_path, kind, labels):
    folder = getattr(own_sets, kind)(tmp_path / kind)
    open_page(page, server, "add_pictures")
    choose_path(page, folder)
    classes = len([path for path in folder.iterdir() if path.is_dir()])
    choose(page, "pictures_size", "28")
    if labels == "unlabelled":
        choose(page, "pictures_labels", "None")
    wanted = f"in {classes} classes" if labels == "labelled" else "without labels"
    page.wait_for_selector(f"text={wanted}", timeout=PAINT_TIMEOUT)
    assert page.locator(".ll-wrap img").count() == 12
    page.wait_for_selector(f"text=28×28 pixels, {'in colour' if kind == 'stamps' else 'grey'}")
    name = f"{kind} {labels}".capitalize()
    add(page, name)

    page.locator("[class*='st-key-train_added'] button").first.click()
    page.wait_for_selector("h1:has-text('Train')")
    settled(page)
    assert page.locator(".st-key-train_dataset input").input_value() == name
    fill_number(page, "train_epochs", 2)
    page.locator(".st-key-train_start button").click()
    page.wait_for_selector(f".stMarkdown:has-text('{name}'):has-text('done')", timeout=TRAINING_TIMEOUT)
    page.locator("[class*=st-key-open_] button").first.click()  # the newest
    page.wait_for_selector("h1:has-text('What does')")
    settled(page)
    no_errors(page)
    assert f"dataset={newest_set(server).name}" in page.url  # which no renaming changes
    for path, key in (
        ("reconstructions", "error_histogram"),
        ("embedding_map", "map_mse"),
        ("clusters", "against_inertia"),
        ("confusion", "confusion_mse" if labels == "labelled" else None),
    ):
        page.locator(f"[data-testid=stSidebarNavLink][href$='{path}']").click()
        page.wait_for_selector(f"[data-testid=stSidebarNavLink][href$='{path}'][aria-current=page]")
        settled(page)
        if key:
            painted(page, key)
        if key == "map_mse":
            assert_the_hover_card_shows_the_picture(page, newest_set(server))
        no_errors(page)


def newest_set(server: Server) -> Path:
    sets = Path(server.log.name).parent / "pictures"
    return max((path for path in sets.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)


def assert_the_hover_card_shows_the_picture(page, stored: Path) -> None:
    page.wait_for_timeout(1000)
    page.mouse.move(*page.evaluate(POINT, ["map_mse", 3]))
    page.wait_for_selector(".latent-lens-tip[data-drawn]")
    index, width, height, pixels = page.evaluate("""() => {
        const tip = document.querySelector(".latent-lens-tip"), {width, height} = tip.firstChild
        const shown = tip.firstChild.getContext("2d").getImageData(0, 0, width, height)
        return [+tip.dataset.drawn, width, height, [...shown.data]]
    }""")
    picture = np.load(stored / "test.npy")[index]
    shown = np.array(pixels).reshape(height, width, 4)[..., :3]
    assert np.array_equal(shown, np.broadcast_to(picture, shown.shape))


def as_zip(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.rglob("*.png"):
            archive.write(file, file.relative_to(folder))
    return path


@pytest.fixture
def artifacts(tmp_path) -> Path:
    (tmp_path / "artifacts").mkdir()
    return tmp_path / "artifacts"


@pytest.fixture
def fresh(artifacts) -> Iterator[Server]:
    """A server without any set."""
    server = Server(artifacts)
    yield server
    server.stop()


@pytest.mark.parametrize("way", ["files", "folder"])
def test_what_is_uploaded_outlasts_a_look_elsewhere_is_added_looked_through_renamed_and_removed(
    page, fresh, artifacts, tmp_path, way
):
    folder = own_sets.drawn_stamps(tmp_path / "shapes", classes=3, each=50)
    open_page(page, fresh, "add_pictures")
    if way == "folder":
        choose(page, "pictures_way", "Upload a folder")
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        folder if way == "folder" else as_zip(folder)
    )
    page.wait_for_selector("text=150 pictures in 3 classes", timeout=PAINT_TIMEOUT)
    choose(page, "pictures_colour", "Grey")
    for link, heading in (("clusters", "Clusters"), ("add_pictures", "Add pictures")):
        page.locator(f"[data-testid=stSidebarNavLink][href$='{link}']").click()
        page.wait_for_selector(f"h1:has-text('{heading}')")
        settled(page)
    page.wait_for_selector("text=28×28 pixels, grey")
    add(page, "Shapes")
    assert list((artifacts / "uploads").iterdir()) == []

    page.locator("[class*=st-key-look_added] button").click()
    page.wait_for_selector("[role=dialog] .ll-wrap img")
    assert page.locator("[role=dialog] .ll-wrap img").count() == 60
    page.locator("[role=dialog] [data-testid=stSelectbox] input").click()
    page.get_by_role("option", name="kind 01").click()
    page.wait_for_selector("[role=dialog] :text('40 pictures')")
    assert page.locator("[role=dialog] .ll-wrap img").count() == 40
    page.keyboard.press("Escape")
    page.wait_for_selector("[role=dialog]", state="detached")

    page.locator("[class*=st-key-rename_own] button").click()
    box = page.locator("[role=dialog] .st-key-new_title input")
    box.fill("Shapes, renamed")
    box.press("Enter")
    page.wait_for_selector("[role=dialog]", state="detached")
    page.wait_for_selector("[data-testid=stAlert]:has-text('Shapes, renamed is there: 150')")

    page.locator("[class*=st-key-remove_own] button").click()
    page.locator("[role=dialog] .st-key-remove_confirmed button").click()
    page.wait_for_selector("[role=dialog]", state="detached")
    page.wait_for_selector("text=was added, and removed since")
    assert list((artifacts / "pictures").glob("own-*")) == []
    no_errors(page)
