"""The table of runs: under each title the score of that name, and no other."""

import pytest

from core.keep.runs import list_runs
from dashboard.run_words import score_columns
from tests.core import small_runs
from tests.dashboard.conftest import open_page

METRICS = {
    "reconstruction_mse": 0.0101, "reconstruction_ssim": 0.202, "knn_accuracy": 0.303, "linear_probe_accuracy": 0.404, "trustworthiness": {},
    "clustering": {
        "clusters": 20, "scaling": "unit", "accuracy": 0.505, "purity": 0.55, "hungarian": 0.44, "nmi": 0.606, "ari": 0.33, "ami": 0.22,
        "homogeneity": 0.11, "completeness": 0.12, "v_measure": 0.13, "silhouette": 0.107,
    },
}  # fmt: skip
SHOWN = {"Right class": 50.5, "NMI": 0.606, "k-NN": 30.3, "Pixel error": 0.0101, "SSIM": 0.202}


def test_each_column_holds_the_score_of_its_title(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.BUNDLED", artifacts / "bundled")
    small_runs.write(metrics=METRICS)
    columns = score_columns(list_runs()[0])
    assert {score.title: values[0] for score, values in columns.values()} == pytest.approx(SHOWN)
    table = open_page("runs").dataframe[0].value
    assert {score.title: table[name][0] for name, (score, _) in columns.items()} == pytest.approx(SHOWN)
