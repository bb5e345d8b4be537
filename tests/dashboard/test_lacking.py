"""What stored runs lack is named on *Runs*, and computed from there by jobs of its own."""

import time

import pytest

from core.jobs import queue as jobs
from core.keep.files import remove_folder
from core.keep.runs import get_run
from core.paths import results_folder
from core.settings import ClusteringConfig
from core.stages import kept
from dashboard.lacking import lacking, words
from tests.dashboard.conftest import open_page, texts


@pytest.fixture
def without_stability(digits_store, mse_run):
    """The run as one that was stored before there was a score of stability."""
    for folder in (results_folder() / mse_run.id).glob("score-stability-*"):
        remove_folder(folder)
    return get_run(mse_run.id)


def test_runs_that_lack_something_are_named_with_it(without_stability, perceptual_run):
    names = lacking([without_stability, perceptual_run])
    assert names == {without_stability.id: ["score-stability"]}
    assert words(names) == "One run lacks results that came after it: Stability over seeds."
    assert words({"a": ["map"], "b": ["map", "cluster"]}) == (
        "2 runs lack results that came after them: clusterings, maps."
    )


def test_the_page_has_them_computed_and_then_says_no_more_of_them(without_stability):
    page = open_page("runs")
    assert "One run lacks results that came after it" in texts(page)
    page.button(key="compute_lacking").click().run()
    deadline = time.monotonic() + 300
    while any(job.state in jobs.ACTIVE for job in jobs.list_jobs()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    page.run()
    assert not page.exception
    assert "lacks results" not in texts(page)
    assert kept(without_stability, "score-stability", ClusteringConfig()) is not None
    assert jobs.list_jobs() == []


def test_a_server_for_looking_only_names_them_without_the_button(without_stability, monkeypatch):
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    page = open_page("runs")
    assert "One run lacks results that came after it" in texts(page)
    assert [button.key for button in page.button if button.key == "compute_lacking"] == []
