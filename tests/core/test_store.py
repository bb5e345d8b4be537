import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import core
from core.config import ProjectionConfig, RunConfig
from core.errors import (
    InvalidInputError,
    RunCorruptError,
    RunNotFoundError,
    StorageWriteError,
    StoreError,
    UnknownNameError,
)
from core.store import delete_run, find_run, get_run, list_runs, write_run

NO_FOLDER_NAMES = ["", ".", "..", "../secret", "a/b", "/etc", ".arriving-x"]


class Trap:
    """What a pickle can do when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def config(seed=0, latent=2):
    return RunConfig(dataset="digits", loss="mse", latent=latent, seed=seed)


def write(seed=0, latent=2, created="2024-01-01", folder=None, **arrays):
    """A run of a few numbers, written as the pipeline writes one."""

    def fill(path):
        for name in ("train_embeddings", "test_embeddings"):
            np.save(path / f"{name}.npy", arrays.get(name, np.full((5, latent), seed, np.float16)), allow_pickle=True)
        np.save(path / "test_errors.npy", np.zeros(5, np.float32))
        np.save(path / "projection-pca.npy", np.zeros((5, 2), np.float32))
        np.savez(path / "clusterings.npz", **{"unit-2": arrays.get("centroids", np.eye(2, dtype=np.float32))})
        (path / "summary.json").write_text(json.dumps({"created": created, "metrics": {"knn_accuracy": 0.5}}))
        (path / "history.json").write_text('[{"epoch": 1, "loss": 0.5}]')

    return write_run(config(seed, latent), fill, folder)


def ids():
    return [run.id for run in list_runs()[0]]


def bundled(artifacts):
    return artifacts / "bundled" / "runs"


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- writing and reading -------------------------------------------------------------------------------------------


def test_what_was_written_is_read_back(artifacts):
    write(seed=3)
    run = get_run(config(seed=3).run_id)
    assert run.config == config(seed=3)
    assert run.metrics == {"knn_accuracy": 0.5}
    assert run.history == [{"epoch": 1, "loss": 0.5}]
    np.testing.assert_array_equal(run.test_embeddings, np.full((5, 2), 3, np.float32))
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
    seen = []
    write_run(config(), lambda path: (seen.append(ids()), (path / "summary.json").write_text('{"metrics": {}}')))
    assert seen == [[]]
    assert ids() == [config().run_id]


def test_writing_a_run_twice_keeps_the_first(artifacts):
    write(created="first")
    write(created="second")
    assert get_run(config().run_id).summary["created"] == "first"


def test_other_things_in_the_folder_are_not_runs(artifacts):
    write()
    (artifacts / "runs" / "notes.txt").write_text("mine")
    (artifacts / "runs" / ".arriving-x").mkdir()
    assert ids() == [config().run_id]
    assert list_runs()[1] == []


# --- damage --------------------------------------------------------------------------------------------------------


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


DAMAGES = {
    "changed": flip,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-3]),
    "emptied": lambda path: path.write_bytes(b""),
    "removed": Path.unlink,
}
READ = {
    "config.json": lambda run: run.config,
    "summary.json": lambda run: run.metrics,
    "history.json": lambda run: run.history,
    "train_embeddings.npy": lambda run: run.train_embeddings,
    "test_embeddings.npy": lambda run: run.test_embeddings,
    "test_errors.npy": lambda run: run.test_errors,
    "clusterings.npz": lambda run: run.clusterings,
    "projection-pca.npy": lambda run: run.projection(ProjectionConfig("pca")),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", READ)
def test_a_damaged_file_is_named_and_the_other_runs_stay_usable(artifacts, name, damage):
    run, other = write(seed=1), write(seed=2)
    DAMAGES[damage](run.path / name)
    with pytest.raises(RunCorruptError, match=f"{run.id}/{name}"):
        READ[name](run)
    with pytest.raises(RunCorruptError, match=f"{run.id}/{name}"):
        run.verify()
    assert other.id in ids()
    READ[name](other)


@pytest.mark.parametrize("name", ["manifest.json", "config.json", "summary.json"])
def test_a_run_that_cannot_be_shown_is_listed_with_the_reason(artifacts, name):
    run, other = write(seed=1), write(seed=2)
    DAMAGES["truncated"](run.path / name)
    runs, damaged = list_runs()
    assert [one.id for one in runs] == [other.id]
    assert [one.path for one in damaged] == [run.path]
    assert name in damaged[0].reason


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ('{"schema": 99, "files": {}}', "schema version 99, expected 1"),
        ('{"files": {}}', "schema version None"),
        ("[]", "schema version None"),
        ('{"schema": 1}', "lists no files"),
        ('{"schema": 1, "files": {}}', r"does not list 'config\.json'"),
        ('{"schema": 1, "files": {"config.json": 7}}', r"does not list 'config\.json'"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(artifacts, manifest, words):
    run = write()
    (run.path / "manifest.json").write_text(manifest)
    with pytest.raises(RunCorruptError, match=words):
        get_run(run.id)
    assert list_runs()[0] == []


@pytest.mark.parametrize("array", ["train_embeddings", "centroids"])
def test_pickles_are_never_loaded(artifacts, tmp_path, array):
    run = write(**{array: np.array([Trap(tmp_path / "sprung")], dtype=object)})
    with pytest.raises(RunCorruptError, match=run.id):
        _ = run.train_embeddings, run.clusterings
    assert not (tmp_path / "sprung").exists()


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
        one.add_projection(ProjectionConfig("umap"), np.zeros((5, 2)))
    kept = {name: raw for name, raw in contents(artifacts).items() if run.id not in str(name)}
    delete_run(run.id)
    assert contents(artifacts) == kept
    assert core.list_runs()[0][0].projections() == ["pca", "umap-n15-s0"]


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


# --- maps made later -----------------------------------------------------------------------------------------------


def test_maps_made_later_join_those_of_the_run(artifacts):
    run = write()
    before = contents(run.path)
    settings = ProjectionConfig("tsne", 5, seed=1)
    assert run.projection(settings) is None
    points = np.random.default_rng(0).random((5, 2))
    run.add_projection(settings, points)
    np.testing.assert_allclose(get_run(run.id).projection(settings), points, rtol=1e-6)
    assert run.projection(ProjectionConfig("tsne", 5, seed=2)) is None
    assert run.projections() == ["pca", "tsne-n5-s1"]
    assert contents(run.path) == before  # a finished run never changes


@pytest.mark.parametrize("damage", ["truncated", "emptied"])
def test_a_damaged_map_is_named(artifacts, damage):
    run = write()
    run.add_projection(ProjectionConfig("umap"), np.zeros((5, 2)))
    path = next((artifacts / "cache").rglob("projection-*.npy"))
    DAMAGES[damage](path)
    with pytest.raises(RunCorruptError, match=path.name):
        run.projection(ProjectionConfig("umap"))


def test_a_map_that_holds_a_pickle_is_refused(artifacts, tmp_path):
    run = write()
    run.add_projection(ProjectionConfig("umap"), np.zeros((5, 2)))
    path = next((artifacts / "cache").rglob("projection-*.npy"))
    np.save(path, np.array([Trap(tmp_path / "sprung")], dtype=object), allow_pickle=True)
    with pytest.raises(RunCorruptError, match=path.name):
        run.projection(ProjectionConfig("umap"))
    assert not (tmp_path / "sprung").exists()


def test_a_map_that_cannot_be_kept_says_so_and_leaves_nothing(artifacts, failing):
    run = write()
    before = contents(artifacts)
    failing(os, "replace", errno.ENOSPC)
    with pytest.raises(StorageWriteError, match="make room"):
        run.add_projection(ProjectionConfig("umap"), np.zeros((5, 2)))
    assert contents(artifacts) == before


def test_maps_of_a_bundled_run_go_elsewhere(artifacts):
    run = write(folder=bundled(artifacts))
    before = contents(bundled(artifacts))
    run.add_projection(ProjectionConfig("umap"), np.zeros((5, 2)))
    assert contents(bundled(artifacts)) == before
    assert get_run(run.id).projection(ProjectionConfig("umap")).shape == (5, 2)


def test_a_file_in_the_place_of_the_artifacts_folder_is_a_storage_error(artifacts, tmp_path, monkeypatch):
    run = write()
    shutil.move(run.path, tmp_path / "run")
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "taken"))
    with pytest.raises(StorageWriteError, match="taken"):
        core.Run(tmp_path / "run", bundled=False).add_projection(ProjectionConfig("umap"), np.zeros((5, 2)))


def test_an_unknown_setting_lists_the_known_ones(artifacts):
    with pytest.raises(InvalidInputError, match=r"Unknown setting 'colour'.*learning_rate"):
        find_run("digits", "mse", 2, colour="red")
