"""What comes with the project is whole, and making it again changes nothing."""

import gzip
import hashlib
import shutil
from types import SimpleNamespace

from core import bundle
from core.data import PUBLISHED
from core.data.published import FILES
from core.keep import results
from core.keep.run import Run
from core.paths import BUNDLED
from core.settings import LOSSES, LossNetworkConfig
from tests.core.small_runs import write


def test_what_comes_with_the_project_is_whole_and_small_enough():
    wanted = {config.run_id for config in bundle.configurations()}
    assert len(wanted) == len(LOSSES) * 4
    kept = [Run(path, bundled=True) for path in sorted((BUNDLED / "runs").iterdir())]
    assert {run.id for run in kept} == wanted
    for run in kept:
        run.verify()
        assert run.config.run_id == run.id
        assert len(run.history) >= 10
    assert (BUNDLED / "loss_networks" / LossNetworkConfig().network_id / "network.weights.h5").is_file()
    assert bundle.size(BUNDLED) <= bundle.LIMIT_BYTES


def test_the_bundled_images_are_those_of_the_dataset():
    source = PUBLISHED[bundle.DATASET]
    for part in bundle.PARTS:
        raw = gzip.decompress((BUNDLED / "data" / bundle.DATASET / f"{FILES[part]}.gz").read_bytes())
        assert hashlib.sha256(raw).hexdigest() == source.sha256[part]


def test_bundling_the_data_again_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "BUNDLED", tmp_path)
    bundle.bundle_data()
    folder = tmp_path / "data" / bundle.DATASET
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    bundle.bundle_data()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    original = BUNDLED / "data" / bundle.DATASET
    assert first == {path.name: path.read_bytes() for path in original.iterdir()}


def test_results_are_bundled_with_their_run_and_once(tmp_path, artifacts, monkeypatch):
    monkeypatch.setattr(bundle, "BUNDLED", tmp_path / "bundled")
    run = write(folder=tmp_path / "bundled" / "runs")
    stage = SimpleNamespace(name="score-roundness", version=1)
    results.put(run, stage, results.NoSettings(), results.Result({"score": 0.5}))
    for _ in range(2):
        bundle.bundle_results(run.id)
    kept = {path.name: path for path in (tmp_path / "bundled" / "results" / run.id).iterdir()}
    assert kept.keys() == {path.name for path in (artifacts / "results" / run.id).iterdir()}
    shutil.rmtree(artifacts / "results")
    assert results.get(run, stage, results.NoSettings()).values == {"score": 0.5}
