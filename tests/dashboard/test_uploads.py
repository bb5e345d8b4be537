import os
import time
from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.errors import StorageWriteError
from core.jobs.pictures import discard_upload
from core.keep.leftovers import remove_leftovers
from dashboard import uploads


def sent(**files: bytes):
    return [
        SimpleNamespace(name=name, file_id=name, getbuffer=lambda data=data: memoryview(data))
        for name, data in files.items()
    ]


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_single_file_is_what_was_meant(artifacts):
    meant = uploads.take_up(sent(**{"shapes.zip": b"PK"}))
    assert meant.name == "shapes.zip"
    assert meant.read_bytes() == b"PK"
    assert meant.is_relative_to(artifacts)


def test_a_folder_keeps_its_folders_and_what_was_meant_is_the_one_that_holds_them(artifacts):
    meant = uploads.take_up(sent(**{"all/cat/a.png": b"1", "all/cat/b.png": b"2", "all/dog/a.png": b"3"}))
    assert meant.name == "all"
    assert files_in(meant) == {"cat/a.png": b"1", "cat/b.png": b"2", "dog/a.png": b"3"}


def test_files_of_one_name_do_not_replace_each_other(artifacts):
    meant = uploads.take_up([*sent(a=b"1"), *sent(a=b"2")])
    assert sorted(files_in(meant).values()) == [b"1", b"2"]


@pytest.mark.parametrize(
    "name", ["../../out.png", "/etc/out.png", "..\\..\\out.png", "a/../../../out.png", "..", "\0out.png"]
)
def test_no_name_leads_out_of_the_folder(artifacts, tmp_path, name):
    meant = uploads.take_up(sent(**{name: b"1"}))
    assert meant.read_bytes() == b"1"
    assert meant.parent.parent.is_relative_to(artifacts / "uploads")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [meant]


def test_what_is_discarded_is_gone_and_nothing_else_is(artifacts, tmp_path):
    meant, other = uploads.take_up(sent(a=b"1")), uploads.take_up(sent(a=b"2"))
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for path in (str(meant), str(theirs), str(artifacts / "uploads"), str(artifacts / "uploads" / "theirs"), None):
        discard_upload(path)
    assert not meant.parent.exists()
    assert other.exists()
    assert theirs.exists()


def test_what_lies_for_a_day_is_removed_and_too_much_is_refused(artifacts, monkeypatch):
    old = uploads.take_up(sent(a=b"12345")).parent
    monkeypatch.setattr(uploads, "MOST_LYING", 8)
    with pytest.raises(StorageWriteError, match="Try again later"):
        uploads.take_up(sent(b=b"6789"))
    os.utime(old, (0, time.time() - 90_000))
    assert files_in(uploads.take_up(sent(b=b"6789")).parent) == {"b": b"6789"}
    assert not old.exists()


def test_what_a_visitor_left_lying_goes_when_the_server_starts_a_day_later(artifacts):
    old, new = uploads.take_up(sent(a=b"1")).parent, uploads.take_up(sent(a=b"2")).parent
    os.utime(old, (0, time.time() - 90_000))
    remove_leftovers()
    assert not old.exists()
    assert new.exists()


def test_what_is_on_the_disk_no_longer_lies_in_memory(artifacts, monkeypatch):
    files = MemoryUploadedFileManager("/upload")
    for name in ("a", "other"):
        files.add_file("mine", UploadedFileRec(name, name, "image/png", b"1"))
    monkeypatch.setattr(uploads.runtime, "exists", lambda: True)
    monkeypatch.setattr(uploads.runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=files))
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda **how: SimpleNamespace(session_id="mine"))
    uploads.take_up(sent(a=b"1"))
    assert list(files.file_storage["mine"]) == ["other"]
