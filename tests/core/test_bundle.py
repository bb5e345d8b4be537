"""What comes with the project is whole, and making it again changes nothing."""

import gzip
import hashlib
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from core import bundle, serve
from core.analyse.metrics import ssim
from core.data import PUBLISHED, read_part, read_rows
from core.data.published import FILES
from core.keep import results
from core.keep.judges import Judge, find_judge, judge_config, put_judge
from core.keep.run import Run
from core.paths import BUNDLED
from core.serve import decode
from core.settings import LOSSES, LossNetworkConfig, RunConfig
from core.stages import kept, missing
from core.stages.readout import MODEL
from core.stages.verdicts import VerdictsConfig
from tests.core.small_runs import write


def bundled_run(config: RunConfig) -> Run:
    return Run(BUNDLED / "runs" / config.run_id, bundled=True)


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


def test_the_bundled_runs_lack_nothing(artifacts, monkeypatch):
    monkeypatch.setattr("core.keep.judges.BUNDLED", BUNDLED)
    lacking = {run.id: missing(run) for run in map(bundled_run, bundle.configurations())}
    assert {run_id: names for run_id, names in lacking.items() if names} == {}


def test_the_perceptual_run_reads_back_a_likeness_that_its_loss_did_not_draw():
    run = bundled_run(RunConfig(loss="perceptual", latent=10))
    found = kept(run, "readout")
    assert (found.values["ssim"] >= 0.60, found.values["mse"] <= 0.020) == (True, True)
    images = read_rows(bundle.DATASET, "test", np.arange(1000)).astype(np.float32) / 255
    drawn = decode(found.files[MODEL], run.test_embeddings[:1000], shape=images.shape[1:])
    assert float(ssim(images, drawn).mean()) == pytest.approx(found.values["ssim"], abs=1e-3)
    assert float(ssim(images, run.decode(run.test_embeddings[:1000])).mean()) < 0.2


def test_what_the_bundled_judges_say_is_what_is_kept(monkeypatch):
    monkeypatch.setattr("core.keep.judges.BUNDLED", BUNDLED)
    run = bundled_run(RunConfig(loss="perceptual", latent=10))
    labels = read_part(bundle.DATASET, "test_labels")
    for name, against in (("unseen", False), ("teacher", True)):
        said = kept(run, "verdicts", VerdictsConfig(name)).values
        assert said["trained_against"] == against
        judge = find_judge(judge_config(run, name))
        images = read_rows(bundle.DATASET, "test", np.arange(2000))
        right = serve.judge(judge.model, images).argmax(axis=1) == labels[:2000]
        assert right.mean() == pytest.approx(said["original"], abs=0.02)


def test_judges_are_bundled_once(tmp_path, artifacts, monkeypatch):
    monkeypatch.setattr(bundle, "BUNDLED", tmp_path / "bundled")
    bundle.bundle_judges()
    assert not (tmp_path / "bundled").exists()
    put_judge(Judge(LossNetworkConfig(bundle.DATASET), b"model", 0.9))
    for _ in range(2):
        bundle.bundle_judges()
    monkeypatch.setattr("core.keep.judges.BUNDLED", tmp_path / "bundled")
    shutil.rmtree(artifacts / "cache")
    assert find_judge(LossNetworkConfig(bundle.DATASET)).model == b"model"
