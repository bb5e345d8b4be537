import errno
import hashlib
import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

import core
from core import store
from core.config import RECIPE, ProjectionConfig, RunConfig
from core.errors import (
    InvalidInputError,
    RunCorruptError,
    RunNotFoundError,
    StorageWriteError,
    StoreError,
    UnknownNameError,
)
from core.paths import BUNDLED
from core.sealed import seal, write_sealed_folder
from core.store import delete_run, find_run, get_run, list_runs, write_run

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


class Trap:
    """What a pickle can do when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def config(seed=0, latent=2):
    return RunConfig(dataset="digits", loss="mse", latent=latent, seed=seed)


METRICS = {
    "reconstruction_mse": 0.01, "reconstruction_ssim": 0.5, "knn_accuracy": 0.5, "linear_probe_accuracy": 0.5, "trustworthiness": {},
    "clustering": {
        "clusters": 20, "scaling": "unit", "accuracy": 0.5, "purity": 0.5, "hungarian": 0.5, "nmi": 0.5, "ari": 0.5, "ami": 0.5,
        "homogeneity": 0.5, "completeness": 0.5, "v_measure": 0.5, "silhouette": 0.5,
    },
}  # fmt: skip
EPOCHS = [{"epoch": 1, "loss": 0.5, "seconds": 1.0, "images_per_second": 1257.0}]
TEST, TRAIN = 360, 1437  # images of digits


def write(seed=0, latent=2, created="2024-01-01", folder=None, **arrays):
    """A run of a few numbers, written as the pipeline writes one."""

    def fill(path):
        for name, count in (("train_embeddings", TRAIN), ("test_embeddings", TEST)):
            array = arrays.get(name, np.full((count, latent), seed, np.float16))
            np.save(path / f"{name}.npy", array, allow_pickle=True)
        np.save(path / "test_errors.npy", np.zeros(TEST, np.float32))
        np.save(path / "projection-pca.npy", np.zeros((TEST, 2), np.float32))
        np.savez(path / "clusterings.npz", **{"unit-2": arrays.get("centroids", np.eye(2, latent, dtype=np.float32))})
        summary = {
            "created": created, "metrics": METRICS, "timings": {"data": 0.1}, "precision": "float32", "backend": "tensorflow",
            "loss_network": None, "libraries": {},
        }  # fmt: skip
        (path / "summary.json").write_text(json.dumps(summary))
        (path / "history.json").write_text(json.dumps(EPOCHS))

    return write_run(config(seed, latent), fill, folder)


def ids():
    return [run.id for run in list_runs()[0]]


def bundled(artifacts):
    return artifacts / "bundled" / "runs"


def closed(monkeypatch, path):
    """Let nobody look at `path`. Permissions would not stop root."""
    stat = os.stat

    def refuse(one, **settings):
        if isinstance(one, str | Path) and Path(one) == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(one, **settings)

    monkeypatch.setattr(os, "stat", refuse)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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
        ('{"schema": 99, "files": {}}', "schema version 99, expected 2"),
        ('{"files": {}}', "schema version None"),
        ("[]", "Expected `object`, got `array`"),
        ('{"a":' * 100_000, "nested too deeply"),
        (b'{"schema": 1, "run": "\xff"}', "codec can't decode"),
        ('{"schema": 1}', "missing required field `run`"),
        ('{"schema": 1, "run": "RUN", "files": {}}', "does not fit the folder's files: .*config.json"),
        ('{"schema": 1, "run": "RUN", "files": {"config.json": 7}}', "Expected `object`, got `int`"),
        ('{"schema": 2, "run": "RUN", "files": {}}', "does not fit its checksum"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(artifacts, manifest, words):
    run = write()
    raw = manifest if isinstance(manifest, bytes) else manifest.replace("RUN", run.id).encode()
    (run.path / "manifest.json").write_bytes(raw)
    with pytest.raises(RunCorruptError, match=words):
        get_run(run.id)
    assert list_runs()[0] == []


@pytest.mark.parametrize(
    "name", ["../notes.txt", "/etc/passwd", "", ".", "..", ".hidden", "a/b", "a\0b", "projection-../x.npy"]
)
def test_a_sealed_manifest_leads_to_no_file_elsewhere(artifacts, name):
    run = write()
    entry = {"sha256": hashlib.sha256(b"mine").hexdigest(), "bytes": 4}
    (artifacts / "runs" / "notes.txt").write_bytes(b"mine")
    change_manifest(run, files={name: entry})
    with pytest.raises(RunCorruptError, match=r"manifest\.json cannot be read"):
        get_run(run.id)


def test_a_manifest_with_fewer_than_no_bytes_is_refused(artifacts):
    run = write()
    change_manifest(run, files={"notes.txt": {"sha256": "", "bytes": -(10**18)}})
    with pytest.raises(RunCorruptError, match=">= 0"):
        get_run(run.id)


def change_manifest(run, files):
    """Add files to a manifest and seal it again."""
    manifest = json.loads((run.path / "manifest.json").read_text())
    del manifest["sha256"]
    (run.path / "manifest.json").write_text(seal({**manifest, "files": {**manifest["files"], **files}}))


def write_as_before(run):
    """Give a run the manifest that earlier versions wrote."""
    manifest = json.loads((run.path / "manifest.json").read_text())
    old = {"schema": 1, "run": run.id, "files": manifest["files"]}
    (run.path / "manifest.json").write_text(json.dumps(old, indent=1))


def flips(raw):
    """The content with each byte changed, one at a time."""
    for place in range(len(raw)):
        yield raw[:place] + bytes([raw[place] ^ (1 << place % 7)]) + raw[place + 1 :]


@pytest.mark.parametrize("before", [False, True])
def test_each_changed_byte_of_a_manifest_is_noticed_or_changes_nothing(artifacts, before):
    run = write()
    if before:
        write_as_before(run)
    path = run.path / "manifest.json"
    raw = path.read_bytes()
    unseen = []
    for changed in flips(raw):
        path.write_bytes(changed)
        try:
            get_run(run.id).verify()
        except RunCorruptError:
            continue
        unseen.append(json.loads(changed))
    # Earlier manifests have no checksum: a blank may become another blank there.
    assert all(before and manifest == json.loads(raw) for manifest in unseen)
    path.write_bytes(raw)
    get_run(run.id).verify()


def test_runs_of_earlier_versions_stay_readable(artifacts):
    run = write(seed=3)
    write_as_before(run)
    assert ids() == [run.id]
    get_run(run.id).verify()
    assert get_run(run.id).metrics == METRICS
    (run.path / ".DS_Store").write_text("")
    get_run(run.id).verify()


@pytest.mark.parametrize("before", [False, True])
def test_a_run_under_the_id_of_another_is_not_taken_for_that_one(artifacts, before):
    run, taken = write(seed=1), config(seed=2).run_id
    if before:
        write_as_before(run)
    shutil.copytree(run.path, run.path.with_name(taken))
    with pytest.raises(RunCorruptError, match=f"{run.id}.*expected '{taken}'"):
        get_run(taken)
    assert ids() == [run.id]


def test_a_run_whose_settings_are_those_of_another_is_refused(artifacts):
    run, other = write(seed=1), config(seed=2)

    def fill(path):
        shutil.copytree(run.path, path, dirs_exist_ok=True)

    write_sealed_folder(run.path.with_name(other.run_id), other.run_id, fill, recipe=RECIPE)
    with pytest.raises(RunCorruptError, match=f"holds the settings of '{run.id}'"):
        get_run(other.run_id)


def test_a_run_of_an_earlier_recipe_keeps_its_id(artifacts):
    new = write(seed=1)
    old_id = config(seed=1).id_of_recipe(2)

    def fill(path):
        shutil.copytree(new.path, path, dirs_exist_ok=True)

    write_sealed_folder(new.path.with_name(old_id), old_id, fill, recipe=2)
    assert get_run(old_id).config == config(seed=1)
    assert old_id != new.id


def damaged_archive():
    """An archive packed as NumPy never does, one byte of it changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("unit-2.npy", bytes(1000))
    raw = bytearray(file.getvalue())
    raw[60] ^= 255
    return bytes(raw)


SUMMARY = {
    "created": "2024", "metrics": METRICS, "precision": "float32", "backend": "tensorflow", "loss_network": None, "libraries": {},
}  # fmt: skip
OPEN_BRACKET = npy.magic(1, 0) + b"\x02\x00(\n"

WRONG_KINDS = {
    "config.json": [b"[]", b'"text"', b'{"dataset": "digits", "latent": "2"}', b"[" * 100_000, b'{"loss_network": [1]}'],
    "summary.json": [b"{}", b"[]", b'{"metrics": 7}', b"{" * 100_000, json.dumps({**SUMMARY, "timings": {"data": 1e308}}).encode()],
    "history.json": [b"{}", b"[1]", b'[{"epoch": "one", "loss": 1}]', b'[{"epoch": 1, "loss": NaN}]', b"[]", json.dumps([{**EPOCHS[0], "seconds": 1e308}]).encode()],
    "train_embeddings.npy": [b"text", np.zeros((TRAIN, 3), np.float16), np.zeros((TRAIN, 2), "U4"), np.full((TRAIN, 2), np.nan)],
    "test_embeddings.npy": [np.zeros((TEST - 1, 2), np.float16), np.zeros((TEST, 2), np.int64), np.zeros(TEST, np.float16)],
    "test_errors.npy": [np.zeros((TEST, 1), np.float32), np.full(TEST, np.inf, np.float32), OPEN_BRACKET],
    "projection-pca.npy": [np.zeros((TEST, 3), np.float32), np.zeros((2, TEST), np.float32)],
    "clusterings.npz": [
        b"text", damaged_archive(), {"unit-2": np.eye(3, dtype=np.float32)}, {"unit-3": np.eye(2, dtype=np.float32)}, {"unit-two": np.eye(2)},
        {"unit-2": np.array(["a", "b"])}, {"other-2": np.eye(2, dtype=np.float32)}, {"unit-²": np.eye(2, dtype=np.float32)},
    ],
    "decoder.onnx": [b"", b"text", "encoder.onnx"],
    "encoder.onnx": [b"text", "decoder.onnx"],
}  # fmt: skip
USE = {
    **READ,
    "decoder.onnx": lambda run: run.decode(run.test_embeddings[:2]),
    "encoder.onnx": lambda run: run.encode(np.zeros((2, 28, 28, 1), np.uint8)),
}


@pytest.mark.parametrize(
    ("name", "content"), [(name, one) for name, them in WRONG_KINDS.items() for one in [None, *them]]
)
def test_a_file_of_the_wrong_kind_with_a_fitting_manifest_is_told(artifacts, name, content):
    whole = write(seed=1, folder=artifacts / "elsewhere")
    models = next((BUNDLED / "runs").glob("*-mse-z2-*"))

    def fill(path):
        shutil.copytree(whole.path, path, dirs_exist_ok=True)
        for model in ("encoder.onnx", "decoder.onnx"):
            shutil.copy(models / model, path)
        if isinstance(content, bytes):
            (path / name).write_bytes(content)
        elif isinstance(content, str):
            shutil.copy(models / content, path / name)
        elif isinstance(content, dict):
            np.savez(path / name, **content)
        elif content is not None:
            np.save(path / name, content)

    run = core.Run(artifacts / "runs" / whole.id, bundled=False)
    write_sealed_folder(run.path, run.id, fill, recipe=RECIPE)
    if content is None:
        USE[name](run)
        return
    with pytest.raises(RunCorruptError, match=run.id):
        USE[name](run)


def test_a_run_that_vanishes_while_it_is_listed_or_read_is_told(artifacts, monkeypatch):
    run, other = write(seed=1), write(seed=2)
    listed = store.run_folders
    monkeypatch.setattr(store, "run_folders", lambda folder: [*listed(folder), folder / "digits-mse-z2-gone"])
    assert list_runs() == ([run, other] if run.id < other.id else [other, run], [])
    delete_run(run.id)
    with pytest.raises(RunNotFoundError, match="deleted meanwhile"):
        _ = run.train_embeddings


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_shown(artifacts, monkeypatch, number):
    run = write(folder=bundled(artifacts))
    write(seed=2)
    scandir = os.scandir

    def refuse(path):
        if Path(path) == artifacts / "runs":
            raise OSError(number, os.strerror(number))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    runs, (damaged,) = list_runs()
    assert [one.id for one in runs] == [run.id]
    assert os.strerror(number) in damaged.reason


def test_a_file_that_shrinks_while_it_is_used_changes_nothing(artifacts):
    run = write(seed=3)
    embeddings = run.train_embeddings
    errors, centroids, points = run.test_errors, run.clusterings["unit-2"], run.projection(ProjectionConfig("pca"))
    for file in run.path.iterdir():
        os.truncate(file, 1)
    assert (embeddings == 3).all()
    assert errors.sum() == points.sum() == 0
    np.testing.assert_array_equal(centroids, np.eye(2))


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
        one.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
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
    points = np.random.default_rng(0).random((TEST, 2))
    run.add_projection(settings, points)
    np.testing.assert_allclose(get_run(run.id).projection(settings), points, rtol=1e-6)
    assert run.projection(ProjectionConfig("tsne", 5, seed=2)) is None
    assert run.projections() == ["pca", "tsne-n5-s1"]
    assert contents(run.path) == before  # a finished run never changes


def test_each_changed_byte_of_a_kept_map_is_noticed_and_the_map_set_aside(artifacts):
    run, settings = write(), ProjectionConfig("umap")
    points = np.random.default_rng(0).random((TEST, 2)).astype(np.float32)
    run.add_projection(settings, points)
    folder = artifacts / "cache" / "projections" / run.id / "projection-umap-n15-s0"
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "points.npy"]
    for file in folder.iterdir():
        raw = file.read_bytes()
        for changed in list(flips(raw))[:: max(1, len(raw) // 120)]:
            file.write_bytes(changed)
            assert run.projection(settings) is None, file.name
            assert not folder.exists()
            (aside,) = folder.parent.iterdir()
            aside.rename(folder)
            file.write_bytes(raw)
    np.testing.assert_array_equal(run.projection(settings), points)


def test_a_map_of_another_run_or_of_other_settings_is_not_taken_for_this_one(artifacts):
    run, other = write(seed=1), write(seed=2)
    other.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    maps = artifacts / "cache" / "projections"
    shutil.copytree(maps / other.id, maps / run.id)
    assert run.projection(ProjectionConfig("umap")) is None
    shutil.copytree(maps / other.id / "projection-umap-n15-s0", maps / other.id / "projection-umap-n30-s0")
    assert other.projection(ProjectionConfig("umap", 30)) is None
    assert other.projection(ProjectionConfig("umap")) is not None


def test_a_map_set_aside_is_computed_anew(artifacts, caplog):
    run, settings = write(), ProjectionConfig("umap")
    run.add_projection(settings, np.zeros((TEST, 2)))
    flip(next((artifacts / "cache").rglob("points.npy")))
    assert run.projection(settings) is None
    assert "points.npy has sha256" in caplog.text
    run.add_projection(settings, np.ones((TEST, 2)))
    assert run.projection(settings).sum() == 2 * TEST


@pytest.mark.parametrize("points", [np.zeros((TEST, 3)), np.zeros((TEST - 1, 2)), np.full((TEST, 2), np.nan)])
def test_a_map_of_another_shape_is_computed_anew(artifacts, points):
    run = write()
    run.add_projection(ProjectionConfig("umap"), points)
    assert run.projection(ProjectionConfig("umap")) is None


def test_a_map_in_a_folder_that_cannot_be_entered_is_as_good_as_none(artifacts, monkeypatch):
    run = write()
    run.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    (kept,) = (artifacts / "cache" / "projections" / run.id).iterdir()
    closed(monkeypatch, kept)
    assert run.projection(ProjectionConfig("umap")) is None
    assert run.projections() == ["pca"]


def test_a_map_that_cannot_be_kept_says_so_and_leaves_nothing(artifacts, failing):
    run = write()
    before = contents(artifacts)
    failing(os, "replace", errno.ENOSPC)
    with pytest.raises(StorageWriteError, match="make room"):
        run.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    assert contents(artifacts) == before


def test_maps_of_a_bundled_run_go_elsewhere(artifacts):
    run = write(folder=bundled(artifacts))
    before = contents(bundled(artifacts))
    run.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    assert contents(bundled(artifacts)) == before
    assert get_run(run.id).projection(ProjectionConfig("umap")).shape == (TEST, 2)


def test_a_file_in_the_place_of_the_artifacts_folder_is_a_storage_error(artifacts, tmp_path, monkeypatch):
    run = write()
    shutil.move(run.path, tmp_path / "run")
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "taken"))
    with pytest.raises(StorageWriteError, match="taken"):
        core.Run(tmp_path / "run", bundled=False).add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))


def test_an_unknown_setting_lists_the_known_ones(artifacts):
    with pytest.raises(InvalidInputError, match=r"Unknown setting 'colour'.*learning_rate"):
        find_run("digits", "mse", 2, colour="red")
