"""Runs that go, come or are closed to the server while a page is drawn, and errors wherever they come up: told, never a trace."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from core.errors import DataCorruptError
from core.jobs import queue as jobs
from core.settings import ClusteringConfig
from dashboard import missing, queries
from tests.dashboard.conftest import open_page, texts
from tests.dashboard.test_links import open_link

SHOWING = ("overview", "reconstructions", "embedding_map", "clusters", "confusion")
DIGITS = {"dataset": "Digits (small)", "latent": "4"}


@pytest.fixture
def nothing_kept(digits_store):
    """What earlier tests computed is computed anew."""
    st.cache_resource.clear()
    st.cache_data.clear()


def after_listing(monkeypatch, happens):
    """From here on `happens` between the listing of the runs that a page shows and their use."""
    listed = missing.available_runs

    def available_runs(selection):
        found = listed(selection)
        happens()
        return found

    monkeypatch.setattr(missing, "available_runs", available_runs)


@pytest.mark.parametrize("page", SHOWING)
def test_a_run_that_is_deleted_after_it_was_listed_is_told(page, nothing_kept, mse_run, monkeypatch):
    after_listing(monkeypatch, lambda: shutil.rmtree(mse_run.path, ignore_errors=True))
    app = open_link(page, **DIGITS)
    assert not app.exception
    assert "no longer" in texts(app)
    assert mse_run.id in texts(app)


@pytest.mark.parametrize("page", [page for page in SHOWING if page != "reconstructions"])  # which reads its files only
def test_a_run_whose_folder_is_closed_after_it_was_listed_is_told(page, nothing_kept, mse_run, monkeypatch):
    stat = Path.stat

    def closed(path, **options):
        if path == mse_run.path:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    after_listing(monkeypatch, lambda: monkeypatch.setattr(Path, "stat", closed))
    app = open_link(page, **DIGITS)
    assert not app.exception
    assert "Permission denied" in texts(app)


@pytest.mark.parametrize("page", SHOWING)
def test_all_runs_may_go_and_one_may_come_between_two_looks(page, digits_store, mse_run, perceptual_run):
    app = open_page(page, **DIGITS)
    elsewhere = digits_store / "elsewhere"
    shutil.move(digits_store / "runs", elsewhere)
    assert not app.run().exception
    assert "Not trained yet: Pixel MSE and Perceptual" in texts(app)
    shutil.move(elsewhere, digits_store / "runs")
    assert not app.run().exception
    assert "Not trained yet" not in texts(app)


def test_the_list_of_runs_is_empty_when_all_are_gone(digits_store):
    app = open_page("runs")
    shutil.rmtree(digits_store / "runs")
    assert not app.run().exception
    assert "No runs yet." in texts(app)


def test_a_run_that_is_replaced_is_read_anew(nothing_kept, mse_run, perceptual_run):
    before = queries.clustering(queries.runs().find("digits", "mse", 4), ClusteringConfig(7))
    again = mse_run.path.with_name("again")
    shutil.copytree(mse_run.path, again, copy_function=shutil.copy)
    again.touch()
    shutil.rmtree(mse_run.path)
    again.rename(mse_run.path)
    run = queries.runs().find("digits", "mse", 4)
    after = queries.clustering(run, ClusteringConfig(7))
    assert after is not before
    assert after is queries.clustering(run, ClusteringConfig(7))
    assert (after.assignments["test"] == before.assignments["test"]).all()


def test_an_error_in_the_part_of_the_map_that_runs_alone_is_told(digits_store, monkeypatch):
    app = open_page("embedding_map", **DIGITS)

    def damaged(*arguments):
        raise DataCorruptError("test_labels.gz is *damaged*. Delete it.")

    monkeypatch.setattr(queries, "labels", damaged)
    monkeypatch.setattr(queries, "clustering", damaged)
    app.button_group(key="map").set_value("pca").run()
    assert not app.exception
    assert "test_labels.gz is *damaged*. Delete it." in texts(app)


def test_a_training_never_shows_a_state_that_only_the_queue_keeps_up_with(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    app = open_page("train", dataset="Digits (small)")
    config = []
    monkeypatch.setattr(jobs, "submit", config.append)
    app.button(key="train_start").click().run()
    for state in jobs.ACTIVE:
        job = SimpleNamespace(id="1", state=state, config=config[0], stage=None, progress=None, message=None)
        job.history = lambda: []
        monkeypatch.setattr(jobs, "list_jobs", lambda job=job: [job])
        app.run()
        assert not app.exception
        assert "This run is in the queue already" in texts(app)
        assert texts(app).count(state) == 1
        assert app.button(key="train_start").disabled
