"""A training from its images to the stored run: its stages, what it leaves, and how it goes on after an end of any kind."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import core
from core import pipeline, stages
from core.errors import JobCancelledError, JobConflictError, StorageWriteError
from core.learn import autoencoder
from core.paths import ROOT
from core.stages import clusters, embed
from tests.conftest import quick_extras

BEFORE = {"mse": ["data", "libraries", "precision"], "perceptual": ["data", "libraries", "loss network"]}
AFTER = ["autoencoder", "export", "embeddings", "clusterings", "maps", "metrics", "read-out", "verdicts"]
FILES = {
    "manifest.json", "config.json", "summary.json", "history.json", "encoder.onnx", "decoder.onnx", "train_embeddings.npy",
    "test_embeddings.npy", "test_errors.npy",
}  # fmt: skip


class TooLateError(Exception):
    """Raised where work begins that should not have begun."""


@pytest.fixture(autouse=True)
def _quick_extras(monkeypatch):
    quick_extras(monkeypatch)


@pytest.fixture
def no_training(monkeypatch):
    def refuse(*arguments, **settings):
        raise TooLateError

    monkeypatch.setattr(pipeline, "load", refuse)


@pytest.fixture
def ready_model(trained, artifacts, monkeypatch):
    """Stand-in for the long part: the configuration of a run whose models are there already."""
    config = trained.configs["mse"]
    source = trained.folder / "runs" / config.run_id

    def export(folder):
        for name in ("encoder.onnx", "decoder.onnx"):
            shutil.copy(source / name, folder)

    done = SimpleNamespace(
        export=export, history=[{"epoch": 1}], precision="float32", backend="none", loss_network=None
    )
    trainer = SimpleNamespace(train=lambda on_event: done)
    monkeypatch.setattr(autoencoder, "prepare", lambda *arguments, **settings: trainer)
    return config


def files(folder):
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


# --- a finished run ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mse", "perceptual"])
def test_the_stages_come_in_their_order(trained, loss):
    events = trained.events[loss]
    assert [event["stage"] for event in events if event["event"] == "stage"] == BEFORE[loss] + AFTER
    assert events[-1] == {"event": "done", "run": trained.configs[loss].run_id}
    assert json.loads(json.dumps(events)) == events


@pytest.mark.parametrize("loss", ["mse", "perceptual"])
def test_a_run_folder_is_complete(runs, loss):
    run = runs[loss]
    assert {path.name for path in run.path.iterdir()} == FILES
    run.verify()
    assert run.train_embeddings.shape == (1437, 4)
    assert run.test_embeddings.shape == (360, 4)
    assert [row["epoch"] for row in run.history] == list(range(1, 21))
    for scaling in ("none", "unit", "standardised"):
        assert list(stages.kept_centroids(run, scaling)) == list(clusters.STORED_K)
    assert stages.kept_centroids(run, "unit")[64].shape == (64, 4)
    assert run.projections() == ["pca", "tsne-n30-s0", "umap-n15-s0"]
    assert stages.kept(run, "map", core.ProjectionConfig("tsne")).arrays["points"].shape == (360, 2)
    assert stages.missing(run) == []
    assert run.summary["timings"].keys() == {*BEFORE[loss], "autoencoder", "export", "embeddings"}
    assert {"keras", "tensorflow", "numpy"} <= run.summary["libraries"].keys()


def test_scores_lie_where_they_can(perceptual_run):
    metrics = perceptual_run.metrics
    assert 0 < metrics["reconstruction_mse"] < 1
    assert -1 < metrics["reconstruction_ssim"] < 1
    for name in ("knn_accuracy", "linear_probe_accuracy"):
        assert 0.1 < metrics[name] <= 1
    assert metrics["trustworthiness"].keys() == {"pca", "tsne-n30-s0", "umap-n15-s0"}
    assert all(0.5 < value <= 1 for value in metrics["trustworthiness"].values())
    assert metrics["clustering"]["clusters"] == 20
    assert metrics["clustering"]["accuracy"] > 0.2


def test_only_a_perceptual_run_tells_of_a_loss_network(mse_run, perceptual_run):
    assert mse_run.summary["loss_network"] is None
    report = perceptual_run.summary["loss_network"]
    assert report["id"] == perceptual_run.config.loss_network.network_id


def test_finished_runs_leave_no_checkpoints(trained):
    assert not list((trained.folder / "checkpoints").rglob("*.h5"))


# --- once and only once --------------------------------------------------------------------------------------------


def test_the_same_configuration_is_trained_once(trained, mse_run, no_training):
    before = files(mse_run.path)
    again = core.train_run(core.RunConfig.from_json(trained.configs["mse"].to_json()))
    assert again == mse_run
    assert files(mse_run.path) == before


def test_a_bundled_run_is_not_trained_again(trained, mse_run, store, no_training):
    (store / "bundled").mkdir()
    (store / "runs").rename(store / "bundled" / "runs")
    assert core.train_run(trained.configs["mse"]).bundled


def test_a_run_that_another_process_finished_meanwhile_is_not_trained_again(
    trained, artifacts, monkeypatch, no_training
):
    check = pipeline.check_writable

    def finish_elsewhere(*arguments, **settings):
        check(*arguments, **settings)
        for folder in ("runs", "results"):
            shutil.copytree(trained.folder / folder, artifacts / folder, dirs_exist_ok=True)

    monkeypatch.setattr(pipeline, "check_writable", finish_elsewhere)
    assert core.train_run(trained.configs["mse"]).id == trained.configs["mse"].run_id


def test_a_full_disk_is_told_before_the_training(trained, no_training, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=5_000_000))
    with pytest.raises(StorageWriteError, match="5 MB free, expected at least 100 MB"):
        core.train_run(trained.configs["mse"])


def test_a_read_only_folder_is_told_before_the_training(trained, no_training, failing):
    failing(Path, "write_bytes", errno.EROFS)
    with pytest.raises(StorageWriteError, match="read-only"):
        core.train_run(trained.configs["mse"])


def test_a_file_in_the_place_of_the_artifacts_folder_is_told_before_the_training(
    trained, no_training, tmp_path, monkeypatch
):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "taken"))
    with pytest.raises(StorageWriteError, match="taken"):
        core.train_run(trained.configs["mse"])


# --- stopped half-way ----------------------------------------------------------------------------------------------


def cancel_at(stage):
    def cancel(event):
        if event == {"event": "stage", "stage": stage}:
            raise JobCancelledError

    return cancel


@pytest.mark.parametrize("stage", ["export", "embeddings"])
def test_a_run_cancelled_after_its_training_leaves_no_half_run_and_can_be_made_again(ready_model, artifacts, stage):
    checkpoint = artifacts / "checkpoints" / ready_model.run_id
    checkpoint.mkdir(parents=True)
    with pytest.raises(JobCancelledError):
        core.train_run(ready_model, on_event=cancel_at(stage))
    assert list((artifacts / "runs").iterdir()) == []
    assert checkpoint.is_dir()  # so that going on costs no training


def test_a_run_cancelled_once_it_is_stored_goes_on_with_what_it_lacks(
    ready_model, artifacts, monkeypatch, leave_out_stages
):
    monkeypatch.setattr(clusters, "STORED_K", (2, 20))
    leave_out_stages(
        "map", "readout", "verdicts", "score-stability", "score-linear_probe_accuracy", "score-trustworthiness"
    )
    with pytest.raises(JobCancelledError):
        core.train_run(ready_model, on_event=cancel_at("metrics"))
    run = core.get_run(ready_model.run_id)
    run.verify()
    assert (run.metrics, list(stages.kept_centroids(run, "unit"))) == ({}, [2, 20])
    assert not (artifacts / "checkpoints" / run.id).exists()
    monkeypatch.setattr(pipeline, "load", None)  # nothing is trained again
    events = []
    assert core.train_run(ready_model, on_event=events.append) == run
    assert [event["stage"] for event in events if event["event"] == "stage"] == ["metrics"]
    assert run.metrics.keys() == {"reconstruction_mse", "reconstruction_ssim", "knn_accuracy", "clustering"}


def test_a_disk_that_fills_up_at_the_end_leaves_no_half_run(ready_model, artifacts, failing):
    failing(np, "save", errno.ENOSPC)
    with pytest.raises(StorageWriteError, match="make room"):
        core.train_run(ready_model)
    assert list((artifacts / "runs").iterdir()) == []


def test_a_killed_training_blocks_others_while_it_lives_and_ends_like_one_that_was_not(trained, artifacts):
    """Also the only test in which two processes want the same run at once."""
    config = trained.configs["mse"]
    shutil.copytree(trained.folder / "cache", artifacts / "cache")  # the precision that was measured
    command = [sys.executable, "-m", "core", "train", "--dataset", "digits", "--loss", "mse", "--latent", "4"]
    # A small pipe that is read no further stops the training a few epochs on, however slow this machine is.
    with subprocess.Popen(
        [*command, "--epochs", "20", "--events"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        bufsize=0, pipesize=4096,
    ) as process:  # fmt: skip
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "epoch" and event["epoch"] == 3:
                break
        with pytest.raises(JobConflictError, match="another process"):
            core.train_run(config)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert core.list_runs() == ([], [])

    events = []
    run = core.train_run(config, on_event=events.append)
    resumed = next(event for event in events if event["event"] == "resumed")
    assert 3 <= resumed["epoch"] < 20
    whole = core.Run(trained.folder / "runs" / config.run_id, bundled=False)
    for name in ("train_embeddings.npy", "test_embeddings.npy", "test_errors.npy"):
        assert (run.path / name).read_bytes() == (whole.path / name).read_bytes(), name
    assert [row["loss"] for row in run.history] == [row["loss"] for row in whole.history]
    assert run.metrics["knn_accuracy"] == whole.metrics["knn_accuracy"]
    assert list((artifacts / "runs").iterdir()) == [run.path]


# --- maps on request -----------------------------------------------------------------------------------------------


def test_a_map_is_computed_once(mse_run, monkeypatch):
    config = core.ProjectionConfig("tsne", 5)
    first = core.project_run(mse_run, config)
    assert first.shape == (360, 2)
    monkeypatch.setattr("core.analyse.maps.project", None)
    np.testing.assert_array_equal(core.project_run(mse_run, config), first)


def test_a_map_that_came_with_the_run_is_not_computed_again(mse_run, monkeypatch):
    monkeypatch.setattr("core.analyse.maps.project", None)
    assert core.project_run(mse_run, core.ProjectionConfig("umap")).shape == (360, 2)


@pytest.mark.parametrize(
    ("scale", "offset", "dtype"),
    [
        (1, 0, np.float16),
        (5, 10, np.float16),
        (1e-9, 0, np.float32),  # smaller than half precision holds
        (1e6, 0, np.float32),  # larger
        (1, 1e4, np.float32),  # differences that it cannot hold so far from zero
        (0, 1 / 3, np.float16),  # all alike, and that stays so
    ],
)
def test_embeddings_are_kept_in_half_precision_only_where_it_tells_them_apart(monkeypatch, scale, offset, dtype):
    embeddings = np.float32(scale * np.random.default_rng(0).normal(size=(500, 3)) + offset)
    monkeypatch.setattr(embed, "encode", lambda encoder, images: embeddings)
    kept = embed._embedded(b"", embeddings)
    assert kept.dtype == dtype
    np.testing.assert_allclose(kept, embeddings, rtol=1e-3)
