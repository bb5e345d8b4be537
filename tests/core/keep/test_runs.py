"""Runs are written and read back, listed, found by their settings, and deleted."""

import errno
import os
import shutil

import numpy as np
import pytest

import core
from core.errors import (
    InvalidInputError,
    RunNotFoundError,
    StorageWriteError,
    StoreError,
    UnknownNameError,
)
from core.keep import results
from core.keep.results import Result
from core.keep.runs import delete_run, find_run, get_run, list_runs, write_run
from core.settings import ProjectionConfig
from core.stages import STAGES
from core.stages.readout import ReadoutConfig
from tests.core.small_runs import (
    EPOCHS,
    METRICS,
    TEST,
    bundled,
    config,
    contents,
    flip,
    ids,
    write,
)

NO_FOLDER_NAMES = [
    "",
    ".",
    "..",
    "../secret",
    "a/b",
    "/etc",
    ".arriving-x",
    "x" * 5_000,
    "é" * 190,
    "a\0b",
    "a\nb",
    "\ud800",
]

# --- writing and reading -------------------------------------------------------------------------------------------


def test_what_was_written_is_read_back(artifacts):
    write(seed=3)
    run = get_run(config(seed=3).run_id)
    assert run.config == config(seed=3)
    assert run.metrics == METRICS
    assert run.history == EPOCHS
    np.testing.assert_array_equal(run.test_embeddings, np.full((TEST, 2), 3, np.float32))
    np.testing.assert_array_equal(run.clusterings["unit-2"], np.eye(2))
    assert run.train_embeddings.dtype == run.test_embeddings.dtype == np.float32
    assert run.size == sum(len(raw) for name, raw in contents(run.path).items() if name.name != "manifest.json")
    run.verify()


def test_an_empty_store_has_no_runs(artifacts):
    assert list_runs() == ([], [])
    with pytest.raises(RunNotFoundError, match="none yet"):
        get_run("digits-mse-z2-0000000000")


@pytest.mark.parametrize("error", [RuntimeError("out of luck"), KeyboardInterrupt()])
def test_a_run_that_fails_half_way_leaves_nothing(artifacts, error):
    write(seed=1)
    before = contents(artifacts)

    def fill(path):
        (path / "summary.json").write_text("{}")
        raise error

    with pytest.raises(type(error)):
        write_run(config(seed=2), fill)
    assert contents(artifacts) == before
    assert ids() == [config(seed=1).run_id]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_or_read_only_disk_leaves_the_others_as_they_are(artifacts, failing, number):
    write(seed=1)
    before = contents(artifacts)
    failing(np, "savez", number)
    with pytest.raises(StorageWriteError, match=r"stored before is unchanged"):
        write(seed=2)
    assert contents(artifacts) == before


def test_a_run_on_its_way_is_not_a_run(artifacts):
    whole, seen = write(seed=1), []

    def fill(path):
        seen.append(ids())
        shutil.copytree(whole.path, path, dirs_exist_ok=True)

    write_run(config(), fill)
    assert seen == [[whole.id]]
    assert ids() == sorted([config().run_id, whole.id])


def test_writing_a_run_twice_keeps_the_first(artifacts):
    write(created="first")
    write(created="second")
    assert get_run(config().run_id).summary["created"] == "first"


def test_other_things_in_the_folder_are_not_runs(artifacts):
    write()
    (artifacts / "runs" / "notes.txt").write_text("mine")
    (artifacts / "runs" / ".arriving-x").mkdir()
    (artifacts / "runs" / "loop").symlink_to("loop")
    os.mkfifo(artifacts / "runs" / "pipe")
    assert ids() == [config().run_id]
    assert list_runs()[1] == []


# --- looking up ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [get_run, delete_run])
@pytest.mark.parametrize("run_id", NO_FOLDER_NAMES)
def test_ids_that_lead_out_of_the_store_are_refused(artifacts, run_id, call):
    write()
    (artifacts / "secret").mkdir()
    with pytest.raises(InvalidInputError, match="is not a folder name"):
        call(run_id)
    assert (artifacts / "secret").is_dir()
    assert ids() == [config().run_id]


def test_a_missing_run_is_told_with_those_there_are(artifacts):
    write()
    with pytest.raises(RunNotFoundError, match=f"'nonsense'.*{config().run_id}"):
        get_run("nonsense")


def test_runs_are_found_by_settings_the_default_ones_first_then_the_newest(artifacts):
    write(seed=1, created="2024-01-02")
    newest = write(seed=2, created="2024-01-03")
    write(seed=3, created="2024-01-01")
    write(seed=9, latent=3)
    assert find_run("digits", "mse", 2).id == newest.id
    assert find_run("digits", "mse", 2, seed=3).config.seed == 3
    default = write(seed=0, created="2023-01-01")
    assert find_run("digits", "mse", 2).id == default.id


def test_settings_without_a_run_are_told_with_the_command_that_trains_it(artifacts):
    write()
    with pytest.raises(RunNotFoundError, match="train --dataset digits --loss mse --latent 5"):
        find_run("digits", "mse", 5)


def test_settings_that_cannot_be_are_refused(artifacts):
    with pytest.raises(UnknownNameError, match="bce, mse, perceptual"):
        find_run("digits", "l1", 2)
    with pytest.raises(InvalidInputError, match="Latent size is 0"):
        find_run("digits", "mse", 0)


# --- bundled runs and deleting -------------------------------------------------------------------------------------


def test_bundled_and_own_runs_are_listed_together(artifacts):
    write(seed=1, folder=bundled(artifacts))
    write(seed=2)
    assert [(run.config.seed, run.bundled) for run in list_runs()[0]] in (
        [(1, True), (2, False)],
        [(2, False), (1, True)],
    )
    assert get_run(config(seed=1).run_id).bundled


def test_a_bundled_run_cannot_be_deleted(artifacts):
    run = write(folder=bundled(artifacts))
    with pytest.raises(StoreError, match="comes with the project"):
        delete_run(run.id)
    assert ids() == [run.id]


def test_a_damaged_bundled_run_does_not_hide_the_users_own(artifacts):
    damaged, own = write(folder=bundled(artifacts)), write()
    flip(damaged.path / "config.json")
    assert [run.path for run in list_runs()[0]] == [own.path]
    assert get_run(own.id).path == own.path


def test_deleting_takes_the_run_and_its_maps_and_nothing_else(artifacts):
    run, other = write(seed=1), write(seed=2)
    for one in (run, other):
        results.put(one, STAGES["map"], ProjectionConfig("umap"), Result(arrays={"points": np.zeros((TEST, 2))}))
        (artifacts / "cache" / "projections" / one.id).mkdir(parents=True)  # of an earlier version
    kept = {name: raw for name, raw in contents(artifacts).items() if run.id not in str(name)}
    delete_run(run.id)
    assert contents(artifacts) == kept
    assert not (artifacts / "cache" / "projections" / run.id).exists()
    assert core.list_runs()[0][0].projections() == ["pca", "umap-n15-s0"]


def test_deleting_takes_what_was_begun_of_the_run_and_no_other_checkpoint(artifacts):
    run, other = write(seed=1), write(seed=2)
    begun = [results.checkpoint_of(one, STAGES["readout"], ReadoutConfig()) for one in (run, other)]
    network = artifacts / "checkpoints" / "digits-default-0123456789"
    for folder in (*begun, network, artifacts / "checkpoints" / other.id, artifacts / "runs" / "digits"):
        folder.mkdir(parents=True)
    delete_run(run.id)
    delete_run("digits")  # a folder that somebody put there
    assert {path.name for path in (artifacts / "checkpoints").iterdir()} == {begun[1].name, network.name, other.id}


def test_a_damaged_run_can_be_deleted(artifacts):
    run = write()
    (run.path / "manifest.json").write_text("")
    delete_run(run.id)
    assert list_runs() == ([], [])


def test_deleting_what_is_not_there_says_so(artifacts):
    with pytest.raises(RunNotFoundError, match="'nonsense'"):
        delete_run("nonsense")


def test_a_run_in_a_read_only_folder_cannot_be_deleted(artifacts, failing):
    run = write()
    failing(os, "replace", errno.EROFS)
    with pytest.raises(StorageWriteError, match="read-only"):
        delete_run(run.id)
    get_run(run.id).verify()


def test_an_unknown_setting_lists_the_known_ones(artifacts):
    with pytest.raises(InvalidInputError, match=r"Unknown setting 'colour'.*learning_rate"):
        find_run("digits", "mse", 2, colour="red")
