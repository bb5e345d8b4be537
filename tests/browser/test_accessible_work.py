"""What axe finds on the pages where something is made or removed: trainings, picture sets, runs, in each state they can be in."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.data.own import Adding, add_pictures
from core.jobs.events import EventWriter
from core.keep.runs import list_runs, write_run
from core.keep.sealed import seal
from core.settings import RunConfig
from tests.browser.axe import expand, held_by_axe
from tests.browser.conftest import WIDE, Server, open_page, painted, settled
from tests.browser.own_sets import choose_path, drawn_stamps


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


def choose_all_rows(page: Page) -> None:
    """By the box in the head of the first table, which is drawn on a canvas."""
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 17)
    settled(page)


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
