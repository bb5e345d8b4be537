"""The queue of trainings on the pages: damaged jobs, buttons that fail, and servers for looking only."""

import json
from dataclasses import replace

import pytest

from core.access import SETTING
from core.errors import StorageWriteError
from core.jobs import queue as jobs
from tests.core.jobs.some_jobs import TINY, held, stored_job
from tests.dashboard.conftest import open_page, texts

STARTED = json.dumps({"event": "started"}) + "\n"
PROGRESS = {"event": "progress", "stage": "autoencoder", "done": 5, "total": 10, "epoch": 1, "epochs": 2}


@pytest.fixture
def empty(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    return artifacts


def keys(app):
    return {button.key for button in app.button}


def test_a_damaged_job_is_listed_and_cleared_and_the_train_button_stays(empty):
    job = stored_job(empty, request='{"dataset": ' * 5_000, events=STARTED)
    app = open_page("train", dataset="Digits (small)")
    assert not app.exception
    assert "**1-stored** · damaged" in texts(app)
    assert "nested too deeply" in texts(app)
    assert not app.button(key="train_start").disabled
    assert "resume_1-stored" not in keys(app)
    app.button(key="clear_1-stored").click().run()
    assert not job.path.exists()
    assert "damaged" not in texts(app)


@pytest.mark.parametrize("more", [{}, {"images_per_second": 50.0, "seconds_left": 90.0}, {"images_per_second": 50.0}])
def test_a_running_job_shows_what_it_tells(empty, more):
    lines = STARTED + "[]\n" + json.dumps({"event": "stage", "stage": "autoencoder"}) + "\n"
    job = stored_job(empty, events=lines + json.dumps({**PROGRESS, **more}) + "\n")
    with held(job):
        app = open_page("train")
    assert not app.exception
    assert "latent size 3 · 2 epochs · running" in texts(app)
    assert "Line 2 of" in texts(app)
    assert "cancel_1-stored" in keys(app)


@pytest.mark.parametrize(("button", "function"), [("resume", "resume"), ("clear", "remove")])
def test_what_a_button_of_the_queue_cannot_do_is_told(empty, monkeypatch, button, function):
    def refuse(job):
        raise StorageWriteError("The disk is full.")

    monkeypatch.setattr(jobs, function, refuse)
    stored_job(empty, events=STARTED)
    app = open_page("train")
    app.button(key=f"{button}_1-stored").click().run()
    assert not app.exception
    assert "The disk is full." in texts(app)


def test_a_queue_that_cannot_be_listed_is_told(empty):
    empty.mkdir(exist_ok=True)
    (empty / "jobs").write_text("")
    app = open_page("train")
    assert not app.exception
    assert "cannot be listed: Not a directory" in texts(app)


# --- for looking only ----------------------------------------------------------------------------------------------


@pytest.fixture
def watched(monkeypatch):
    """Nothing may be changed; what is asked for all the same is kept."""
    asked = []
    for name in ("submit", "cancel", "resume", "remove"):
        monkeypatch.setattr(jobs, name, lambda what, name=name: asked.append(name))
    monkeypatch.setattr("core.keep.runs.delete_run", lambda run_id: asked.append("delete"))
    return asked


def test_a_server_for_looking_only_offers_no_change(digits_store, monkeypatch):
    monkeypatch.setenv(SETTING, "1")
    stored_job(digits_store, "1-ended", events=STARTED)
    with held(stored_job(digits_store, "2-running", events=STARTED)):
        app = open_page("train", dataset="Digits (small)")
        missing = open_page("clusters", dataset="Digits (small)", latent="5")
    assert not {"train_start", "clear_1-ended", "resume_1-ended", "cancel_2-running"} & keys(app)
    assert "for looking only" in texts(app)
    assert "running" in texts(app)
    assert "train_missing" not in keys(missing)
    assert "for looking only" in texts(missing)


@pytest.mark.parametrize("key", ["train_start", "resume_1-ended", "clear_1-ended", "cancel_2-running"])
def test_a_button_that_was_still_shown_changes_nothing_on_a_server_for_looking_only(empty, monkeypatch, watched, key):
    stored_job(empty, "1-ended", events=STARTED)
    with held(stored_job(empty, "2-running", request=json.dumps(replace(TINY, seed=1).to_json()), events=STARTED)):
        app = open_page("train", dataset="Digits (small)")
        button = app.button(key=key)
        monkeypatch.setenv(SETTING, "1")
        button.click().run()
    assert not app.exception
    assert watched == []


def test_a_setting_that_means_nothing_is_told(empty, monkeypatch):
    monkeypatch.setenv(SETTING, "perhaps")
    app = open_page("train")
    assert not app.exception
    assert "LATENT_LENS_LOOK_ONLY is 'perhaps'" in texts(app)
