"""What axe finds on the pages: on every one, in both themes, wide and on a phone, with all opened that can be."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from core.data.own import Adding, add_pictures
from core.jobs.events import EventWriter
from core.keep.runs import list_runs, write_run
from core.keep.sealed import seal
from core.settings import RunConfig
from tests.browser.conftest import PHONE, POINT, WIDE, Server, draw_around, open_page, painted, settled
from tests.browser.own_sets import choose_path, drawn_stamps

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# Rule and elements of what it may find, both of Streamlit's own making and out of reach from here.
EXCEPTED = [
    # Around the button of an upload, which can be reached and says what it is for.
    ["presentation-role-conflict", "section[data-testid=stFileUploaderDropzone]"],
    # The head of the column of boxes that choose rows; in the table that screen readers are given in place of the canvas.
    ["empty-table-header", "[data-testid=stDataFrame] canvas th[aria-colindex='1']"],
]
# All rules of axe, WCAG 2 A and AA as well as best practice. Where none is broken nothing is returned.
BROKEN = """async excepted => {
    const {violations} = await axe.run(document, {resultTypes: ["violations"]})
    return violations.flatMap(({id, nodes}) => nodes
        .filter(({target}) => !excepted.some(([rule, selector]) =>
            rule === id && document.querySelector(target.at(-1)).matches(selector)))
        .map(({html, failureSummary}) => `${id}: ${html.slice(0, 200)} ${failureSummary.replace(/\\s+/g, " ")}`))
}"""


def held_by_axe(page: Page) -> None:
    """Axe finds nothing on what is shown, in either theme, at the size of a desk and of a phone."""
    broken = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        page.wait_for_timeout(300)
        # So tall that nothing has to be scrolled into sight: of colours that are out of it axe says nothing.
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({**size, "height": max(height, size["height"])})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(
                """scheme => getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme === scheme
                    && document.getAnimations().every(one => !(one instanceof CSSTransition))""",
                arg=scheme,
            )
            broken += [f"{size['width']} {scheme} {page.url} {words}" for words in page.evaluate(BROKEN, EXCEPTED)]
    assert not broken, f"{len(broken)} nodes\n" + "\n".join(broken)


@pytest.fixture(scope="module")
def busy(tmp_path_factory) -> Iterator[Server]:
    """A server with a run of the user's own, a damaged one, and a job in each state that shows more than words."""
    artifacts = tmp_path_factory.mktemp("busy")
    config = RunConfig(loss="mse", latent=10, seed=1)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as held:
        patch.setenv("LATENT_LENS_ARTIFACTS", str(artifacts))
        model = next(run for run in list_runs()[0] if run.config == replace(config, seed=0))

        def fill(path: Path) -> None:
            for file in model.path.iterdir():
                if file.name not in ("config.json", "manifest.json"):
                    shutil.copy(file, path)

        write_run(config, fill)
        add_pictures(Adding(str(drawn_stamps(tmp_path_factory.mktemp("stamps"))), "Stamps"))
        (artifacts / "runs" / "fashion_mnist-mse-z10-0123456789").mkdir()
        stage = {"stage": "autoencoder"}
        progress = {"event": "progress", "done": 3, "total": 10, "epoch": 3, "epochs": 10, **stage}
        epoch = {"event": "epoch", "epoch": 1, "loss": 0.5, "validation_loss": 0.6, **stage}
        told = {
            "running": [{"event": "started"}, {"event": "stage", **stage}, epoch, {**progress, "images_per_second": 5.0, "seconds_left": 9.0}],
            "failed": [epoch, {"event": "failed", "message": "The disk is full."}],
            "done": [{"event": "done"}],
            "interrupted": [],
        }  # fmt: skip
        for number, (state, events) in enumerate(told.items()):
            folder = artifacts / "jobs" / f"{number:020d}-abcdef"
            folder.mkdir(parents=True)
            job = replace(config, seed=1 if state == "done" else 2)
            (folder / "request.json").write_text(seal(job.to_json()))
            (folder / "events.jsonl").touch()
            for event in events:
                EventWriter(folder / "events.jsonl").write(event)
            if state == "running":  # for as long as this process holds its lock
                fcntl.flock(held.enter_context(open(folder / "lock", "w")), fcntl.LOCK_EX)
        (artifacts / "jobs" / f"{9:020d}-abcdef").mkdir()  # damaged
        server = Server(artifacts)
        yield server
        server.stop()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    context.add_init_script(AXE)
    yield context.new_page()
    context.close()


def expand(page: Page, name: str) -> None:
    page.locator("[data-testid=stExpander] summary", has_text=name).click()
    page.wait_for_timeout(500)


def choose_all_rows(page: Page) -> None:
    """By the box in the head of the first table, which is drawn on a canvas."""
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 17)
    settled(page)


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
    broken = page.evaluate(BROKEN.replace("document,", "'#first-sight',"), EXCEPTED)
    assert broken == []
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


def test_train_with_a_queue(page, busy):
    open_page(page, busy, "train")
    for words in ("epoch 3 of 10", "The disk is full", "interrupted", "damaged", "Look at it"):
        page.wait_for_selector(f"text={words}")
    expand(page, "More settings")
    held_by_axe(page)


def test_pictures_chosen_and_seen(page, server, tmp_path):
    open_page(page, server, "add_pictures")
    held_by_axe(page)
    page.set_viewport_size(WIDE)
    choose_path(page, drawn_stamps(tmp_path))
    page.wait_for_selector(".st-key-pictures_add")
    expand(page, "More choices")
    settled(page)
    held_by_axe(page)


@pytest.mark.parametrize("dialog", ["look", "rename", "remove"])
def test_sets_of_pictures_and_what_can_be_done_with_them(page, busy, dialog):
    open_page(page, busy, "add_pictures")
    page.wait_for_selector("text=Stamps")
    page.locator(f"[class*=st-key-{dialog}_own] button").click()
    page.wait_for_selector("[role=dialog]")
    settled(page)
    page.wait_for_timeout(500)
    held_by_axe(page)


def test_runs_chosen_and_about_to_be_deleted(page, busy):
    open_page(page, busy, "runs")
    held_by_axe(page)
    page.set_viewport_size(WIDE)
    page.wait_for_timeout(500)
    choose_all_rows(page)
    painted(page, "runs_curves")
    held_by_axe(page)
    page.set_viewport_size(WIDE)
    page.locator(".st-key-delete_runs button").click()
    page.wait_for_selector("[role=dialog]")
    page.wait_for_timeout(500)
    held_by_axe(page)
