"""Looking at finished runs loads nothing heavy."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from core.paths import ROOT

HEAVY = {"tensorflow", "keras", "umap", "openTSNE", "sklearn", "streamlit", "pooch", "onnx"}
PRINT_LOADED = f"import json, sys; print(json.dumps(sorted({HEAVY} & sys.modules.keys())))"
BROWSE = """
import sys
import numpy as np
import core
from core import evaluation, serve, stages

run = core.get_run(sys.argv[1])
runs, damaged = core.list_runs()
assert run.id in [one.id for one in runs] and not damaged
labels = {split: np.load(f"{sys.argv[2]}/{split}.npy") for split in ("train", "test")}
for scaling in ("none", "unit", "standardised"):
    clustering = stages.cluster_run(run, core.ClusteringConfig(20, scaling), labels)
    report = evaluation.evaluation_report(run, clustering, "test", tuple("0123456789"))
codes = serve.encode(run.encoder, np.zeros((2, 28, 28, 1), np.uint8))
serve.decode(run.decoder, codes)
stages.kept(run, "map", core.ProjectionConfig("tsne")).arrays["points"], run.history, run.metrics, run.test_errors
"""


def loaded_after(code, *arguments):
    """Names of the heavy packages that a fresh process has loaded after running `code`."""
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\n{PRINT_LOADED}", *map(str, arguments)],
        cwd=ROOT, env=os.environ, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_looking_at_a_finished_run_loads_nothing_heavy(mse_run, digits_labels, tmp_path):
    for split, labels in digits_labels.items():
        np.save(tmp_path / split, labels)
    assert loaded_after(BROWSE, mse_run.id, tmp_path) == []


@pytest.mark.parametrize(
    "module",
    [
        "core",
        "core.__main__",
        "core.jobs.queue",
        "core.pipeline",
        "core.stages",
        "core.analyse.maps",
        "core.analyse.metrics",
    ],
)
def test_importing_loads_nothing_heavy(module):
    assert loaded_after(f"import {module}") == []


def test_reading_fashion_mnist_loads_nothing_heavy():
    assert loaded_after("from core.data import read_part; read_part('fashion_mnist', 'test_labels')") == []


def test_all_public_names_are_there_and_sorted():
    import core

    assert core.__all__ == sorted(core.__all__)
    assert all(hasattr(core, name) for name in core.__all__)


@pytest.mark.parametrize(("given", "expected"), [(None, "1"), ("0", "0")])
def test_tensorflow_is_asked_for_its_fast_convolutions_unless_somebody_said_otherwise(given, expected):
    environment = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    if given:
        environment["TF_ENABLE_ONEDNN_OPTS"] = given
    code = "import core, os; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == expected, done.stderr
