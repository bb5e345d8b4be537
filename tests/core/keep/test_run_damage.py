"""Damaged runs are told by name, never half believed, and in no other's way."""

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
from core.errors import RunCorruptError, RunNotFoundError
from core.keep import runs as store
from core.keep.runs import delete_run, get_run, list_runs
from core.keep.sealed import seal, write_sealed_folder
from core.paths import BUNDLED
from core.settings import RECIPE, ProjectionConfig
from tests.core.small_runs import (
    EPOCHS,
    METRICS,
    TEST,
    TRAIN,
    Trap,
    bundled,
    config,
    flip,
    flips,
    ids,
    write,
)

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
