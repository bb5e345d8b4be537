"""What killed processes left behind goes once nothing needs it; all else stays."""

import os
import time

import pytest

import core
from core.keep.files import ARRIVING, lock
from core.keep.leftovers import remove_leftovers


def checkpoint(artifacts, name):
    folder = artifacts / "checkpoints" / name
    folder.mkdir(parents=True)
    (folder / "epoch-0001.weights.h5").write_bytes(b"weights")
    return folder


def half_written(folder, days):
    left = folder / f"{ARRIVING}x-{days}"
    left.mkdir(parents=True)
    (left / "half.npy").write_bytes(b"half")
    then = time.time() - days * 86_400
    os.utime(left, (then, then))
    return left


def test_checkpoints_of_stored_runs_go_and_those_of_unfinished_ones_stay(artifacts, store, mse_run):
    finished, unfinished = checkpoint(artifacts, mse_run.id), checkpoint(artifacts, "digits-mse-z9-0123456789")
    remove_leftovers()
    assert not finished.exists()
    assert (unfinished / "epoch-0001.weights.h5").exists()


def test_a_checkpoint_whose_run_is_damaged_stays(artifacts, mse_run):
    left = checkpoint(artifacts, mse_run.id)
    (mse_run.path / "history.json").write_text("")
    remove_leftovers()
    assert left.exists()


def test_a_checkpoint_that_a_training_holds_stays(artifacts, mse_run):
    left = checkpoint(artifacts, mse_run.id)
    with lock(artifacts / "locks" / f"{mse_run.id}.lock", wait=False):
        remove_leftovers()
    assert left.exists()
    remove_leftovers()
    assert not left.exists()


def test_checkpoints_of_kept_loss_networks_go(artifacts):
    network = core.LossNetworkConfig("digits").network_id
    left = checkpoint(artifacts, network)
    remove_leftovers()
    assert left.exists()
    (artifacts / "cache" / "loss_networks" / network).mkdir(parents=True)
    remove_leftovers()
    assert not left.exists()


def test_checkpoints_of_kept_results_go(artifacts):
    run, name = "digits-mse-z9-0123456789", "readout-0123456789abcdef"
    left = checkpoint(artifacts, f"{run}-{name}")
    remove_leftovers()
    assert left.exists()
    for other in (f"digits-mse-z9-9876543210/{name}", f"{run}/readout-fedcba9876543210"):
        (artifacts / "results" / other).mkdir(parents=True)
    remove_leftovers()
    assert left.exists()
    (artifacts / "results" / run / name).mkdir()
    remove_leftovers()
    assert not left.exists()


def test_what_was_left_half_written_goes_after_a_day_also_where_the_clock_jumped(artifacts, mse_run):
    old = [
        half_written(folder, days)
        for folder in (artifacts / "runs", artifacts / "results" / mse_run.id)
        for days in (2, -2)
    ]
    young = half_written(artifacts / "runs", 0)
    remove_leftovers()
    assert [path.exists() for path in [*old, young]] == [False] * 4 + [True]
    assert core.get_run(mse_run.id)


PLACES = (
    "runs", "jobs", "pictures", "uploads", "cache", "cache/loss_networks", "checkpoints/a-run", "namings/digits", "results/a-run",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_nothing_half_written_stays_wherever_it_was_written(artifacts, place):
    left = half_written(artifacts / place, 2)
    remove_leftovers()
    assert not left.exists()


def test_an_empty_store_and_one_that_cannot_be_written_are_swept_without_a_word(artifacts, tmp_path, monkeypatch):
    remove_leftovers()
    assert not artifacts.exists()
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "taken"))
    remove_leftovers()


def test_the_next_training_sweeps_what_a_kill_after_storing_left(trained, store):
    config = trained.configs["mse"]
    left = checkpoint(store, config.run_id)
    assert core.train_run(config).id == config.run_id
    assert not left.exists()
