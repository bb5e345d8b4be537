"""The table of runs: under each title the score of that name, and no other."""

import pytest

from core.keep.runs import list_runs
from dashboard.run_words import score_columns
from tests.core import small_runs
from tests.dashboard.conftest import open_page

SHOWN = {"Right class": 50.5, "NMI": 0.606, "k-NN": 30.3, "Pixel error": 0.0101, "SSIM": 0.202}


def test_each_column_holds_the_score_of_its_title(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    small_runs.write()
    columns = score_columns(list_runs()[0])
    assert {score.title: values[0] for score, values in columns.values()} == pytest.approx(SHOWN)
    table = open_page("runs").dataframe[0].value
    assert {score.title: table[name][0] for name, (score, _) in columns.items()} == pytest.approx(SHOWN)
