"""A disk that refuses is told with what to do, whatever library it refused and in whatever stage."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from core import pipeline
from core.errors import DataNotFoundError, StorageWriteError
from core.keep.disk import refusals_told
from core.paths import ROOT
from tests.core.test_pipeline import ready_model  # noqa: F401 - a fixture

ADVICE = {
    "ENOSPC": "make room", "EDQUOT": "make room", "EROFS": "make it writable", "EACCES": "make it writable", "EPERM": "make it writable",
    "EMFILE": "ulimit -n", "ENFILE": "ulimit -n", "EFBIG": "ulimit -f", "ENAMETOOLONG": "a shorter one", "ENOTDIR": "move it away",
    "EISDIR": "move it away", "ENOENT": "make the folder anew", "EIO": "Check the folder and its disk",
}  # fmt: skip


@pytest.mark.parametrize(("name", "advice"), ADVICE.items())
def test_each_refusal_is_told_with_what_to_do(name, advice):
    number = getattr(errno, name)
    with pytest.raises(StorageWriteError) as told, refusals_told(Path("/the/folder")):
        raise OSError(number, os.strerror(number), "/the/file")
    assert str(told.value).startswith(f"Cannot write /the/file: {os.strerror(number)}.")
    assert advice in str(told.value)
    assert "LATENT_LENS_ARTIFACTS" in str(told.value)


def test_the_folder_is_named_where_the_error_names_no_file():
    with (
        pytest.raises(StorageWriteError, match="Cannot write /the/folder: No space left on device"),
        refusals_told(Path("/the/folder")),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "error", [ValueError("no"), ConnectionResetError("gone"), DataNotFoundError("no"), KeyError(1)]
)
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)) as left, refusals_told(Path("/the/folder")):
        raise error
    assert left.value is error


@pytest.mark.parametrize(
    ("file", "setting"),
    [("/small/x", "TMPDIR"), ("/small/artifacts/x", "LATENT_LENS_ARTIFACTS"), ("/x", "LATENT_LENS_ARTIFACTS")],
)
def test_a_temporary_folder_that_is_too_small_is_moved_by_its_own_setting(monkeypatch, file, setting):
    monkeypatch.setattr(tempfile, "tempdir", "/small")
    with pytest.raises(StorageWriteError, match=f"set {setting} to another"), refusals_told(Path("/small/artifacts")):
        raise OSError(errno.ENOSPC, "No space left on device", file)


# What each library makes of a disk that refuses: real writes in a process whose files may have 50,000 bytes.
WRITERS = {
    "python": "open('x', 'wb').write(bytes(10**6))",
    "numpy array": "np.save('x.npy', np.zeros(10**6))",
    "numpy archive": "np.savez('x.npz', a=np.zeros(10**6))",
    "hdf5": "f = h5py.File('x.h5', 'w'); f['a'] = np.zeros(10**6); f.close()",
    "hdf5, at its end": "f = h5py.File('x.h5', 'w', rdcc_nbytes=10**8); d = f.create_dataset('a', data=np.zeros(10**6), chunks=(10**4,)); f.flush()",
    "onnx": "onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], 'g', [], [], [onnx.numpy_helper.from_array(np.zeros(10**6), 'a')])), 'x.onnx')",
}
WRITE = """
import os, resource, sys
from pathlib import Path
import h5py, numpy as np, onnx, onnx.numpy_helper
from core.keep.disk import refusals_told
from core.errors import StorageWriteError
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    with refusals_told(Path("/the/folder")):
        exec(sys.argv[1])
except StorageWriteError as error:
    print(error, flush=True)
    os._exit(0)
"""


@pytest.mark.parametrize("code", WRITERS.values(), ids=WRITERS)
def test_whatever_library_writes_a_refusal_is_told(tmp_path, code):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITE, code]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.stdout.startswith("Cannot write "), result.stderr
    assert ("ulimit -f" in result.stdout) or ("make room" in result.stdout)


def _refuse(*arguments, **settings):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _refuse_as_hdf5(*arguments, **settings):
    raise RuntimeError("Can't decrement id ref count (file write failed: errno = 28, error message = 'No space left')")


STAGES = {
    "data": (pipeline, "load"),
    "export": (shutil, "copyfile"),
    "embeddings": (np, "save"),
    "summary": (Path, "write_text"),
    "rename": (os, "replace"),
    "flush": (os, "fsync"),
    "room": (Path, "write_bytes"),
    "lock": (pipeline, "lock"),
}


@pytest.fixture
def quick(ready_model, monkeypatch):  # noqa: F811
    """A run whose computing is done: what is left are its files."""
    monkeypatch.setattr(pipeline, "refresh", lambda run, on_event: [])
    return ready_model


@pytest.mark.parametrize("refuse", [_refuse, _refuse_as_hdf5])
@pytest.mark.parametrize("stage", STAGES)
def test_a_disk_that_refuses_in_any_stage_of_a_run_is_told_and_leaves_nothing(
    quick, artifacts, monkeypatch, stage, refuse
):
    with monkeypatch.context() as full:
        full.setattr(*STAGES[stage], refuse)
        with pytest.raises(StorageWriteError, match=r"No space left on device\. The disk is full: make room"):
            pipeline.train_run(quick)
    assert list((artifacts / "runs").glob("*")) == []


@pytest.mark.parametrize("refuse", [_refuse, _refuse_as_hdf5])
def test_a_disk_that_refuses_once_the_run_is_stored_is_told_and_loses_nothing(quick, monkeypatch, refuse):
    with monkeypatch.context() as full:
        full.setattr(pipeline, "refresh", refuse)
        with pytest.raises(StorageWriteError, match="make room"):
            pipeline.train_run(quick)
    pipeline.get_run(quick.run_id).verify()


def test_the_stages_above_are_those_of_a_run_that_is_stored(quick):
    assert pipeline.train_run(quick).path.is_dir()
