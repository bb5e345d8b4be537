"""Files and folders are written whole or not at all."""

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import StorageWriteError
from core.keep.files import ARRIVING, check_writable, lock, new_folder, sweep_half_written, write_text
from core.paths import ROOT

ADVICE = {
    errno.ENOSPC: "make room",
    errno.EROFS: "make it writable",
    errno.EACCES: "make it writable",
    errno.EIO: "Check the folder",
}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "run"
    with new_folder(path) as arriving:
        (arriving / "a.txt").write_text("a")
        assert not path.exists()
    assert names(path.parent) == ["run"]
    assert (path / "a.txt").read_text() == "a"


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_a_new_folder_that_fails_leaves_nothing(tmp_path, error):
    def fill():
        with new_folder(tmp_path / "run") as arriving:
            (arriving / "a.txt").write_text("a")
            raise error

    with pytest.raises(type(error)):
        fill()
    assert names(tmp_path) == []


def test_a_folder_that_was_there_first_stays(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a.txt").write_text("first")
    with new_folder(tmp_path / "run") as arriving:
        (arriving / "a.txt").write_text("second")
    assert names(tmp_path) == ["run"]
    assert (tmp_path / "run" / "a.txt").read_text() == "first"


def test_a_folder_that_another_process_makes_meanwhile_stays(tmp_path, monkeypatch):
    replace = os.replace

    def replace_too_late(source, target):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "a.txt").write_text("first")
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_too_late)
    with new_folder(tmp_path / "run") as arriving:
        (arriving / "a.txt").write_text("second")
    assert names(tmp_path) == ["run"]
    assert (tmp_path / "run" / "a.txt").read_text() == "first"


@pytest.mark.parametrize(("number", "advice"), ADVICE.items())
def test_a_new_folder_that_cannot_be_written_tells_what_to_do(tmp_path, failing, number, advice):
    failing(os, "replace", number)

    def fill():
        with new_folder(tmp_path / "run") as arriving:
            (arriving / "a.txt").write_text("a")

    with pytest.raises(StorageWriteError, match=f"run.*{advice}.*LATENT_LENS_ARTIFACTS"):
        fill()
    assert names(tmp_path) == []


def test_text_replaces_the_text_before_it(tmp_path):
    write_text(tmp_path / "deep" / "a.txt", "old")
    write_text(tmp_path / "deep" / "a.txt", "new")
    assert (tmp_path / "deep" / "a.txt").read_text() == "new"
    assert names(tmp_path / "deep") == ["a.txt"]


def test_text_that_cannot_be_written_leaves_the_old_one(tmp_path, failing):
    write_text(tmp_path / "a.txt", "old")
    failing(os, "replace", errno.ENOSPC)
    with pytest.raises(StorageWriteError, match=r"a\.txt.*make room"):
        write_text(tmp_path / "a.txt", "new")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


@pytest.mark.parametrize("write", [lambda path: write_text(path, "x"), lambda path: check_writable(path.parent)])
def test_a_file_in_the_place_of_a_folder_is_a_storage_error(tmp_path, write):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageWriteError, match="taken"):
        write(tmp_path / "taken" / "a.txt")


def test_checking_a_folder_makes_it_and_leaves_it_empty(tmp_path):
    check_writable(tmp_path / "deep" / "runs", needed_bytes=1)
    assert names(tmp_path / "deep" / "runs") == []


@pytest.mark.parametrize(("number", "advice"), ADVICE.items())
def test_checking_tells_what_to_do_about_a_folder_that_cannot_be_written(tmp_path, failing, number, advice):
    failing(Path, "write_bytes", number)
    with pytest.raises(StorageWriteError, match=advice):
        check_writable(tmp_path)


def test_checking_tells_how_much_room_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3e6))
    with pytest.raises(StorageWriteError, match="3 MB free, expected at least 100 MB"):
        check_writable(tmp_path, needed_bytes=100_000_000)


def test_what_a_killed_process_left_is_swept_up_after_a_day(tmp_path):
    old, young = tmp_path / f"{ARRIVING}old-1", tmp_path / f"{ARRIVING}young-2"
    for folder in (old, young):
        folder.mkdir()
        (folder / "half.npy").write_bytes(b"half")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    with new_folder(tmp_path / "run"):
        pass
    assert names(tmp_path) == [young.name, "run"]


def test_links_that_were_left_are_swept_up_and_what_they_lead_to_stays(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    for name, target in (("whole", "elsewhere"), ("broken", "nowhere")):
        (tmp_path / f"{ARRIVING}{name}").symlink_to(target)
        os.utime(tmp_path / f"{ARRIVING}{name}", (time.time() - 2 * 86_400,) * 2, follow_symlinks=False)
    sweep_half_written(tmp_path)
    assert names(tmp_path) == ["elsewhere"]


def test_a_pipe_in_the_place_of_a_lock_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "one.lock")
    with lock(tmp_path / "one.lock", wait=True) as held, lock(tmp_path / "one.lock", wait=False) as second:
        assert (held, second) == (True, False)


def test_a_folder_in_the_place_of_a_lock_is_told(tmp_path):
    (tmp_path / "one.lock").mkdir()
    with pytest.raises(StorageWriteError, match=r"one\.lock"), lock(tmp_path / "one.lock", wait=True):
        pass


def test_a_lock_is_refused_while_another_process_holds_it_and_free_when_that_one_is_killed(tmp_path):
    path = tmp_path / "locks" / "one.lock"
    code = (
        "import sys, time; from pathlib import Path; from core.keep.files import lock\n"
        "with lock(Path(sys.argv[1]), wait=False): print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert other.stdout.readline() == "held\n"
        with lock(path, wait=False) as held:
            assert not held
    finally:
        other.kill()
        other.wait()
    with lock(path, wait=True) as held:
        assert held
