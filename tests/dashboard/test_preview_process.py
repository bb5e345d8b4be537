"""The process that looks at pictures: how it ends, and what is said of it."""

import time

import numpy as np
import psutil
import pytest
from PIL import Image

from core.data.own import Adding
from core.errors import InvalidInputError
from dashboard import picture_preview, processes


@pytest.fixture
def folder(artifacts, tmp_path):
    for number in range(160):
        Image.fromarray(np.full((28, 28), number, np.uint8) * np.eye(28, dtype=np.uint8)).save(
            tmp_path / f"{number + 1}.png"
        )
    return tmp_path


def running() -> list[psutil.Process]:
    alive = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]  # of other tests
    return [one for one in alive if "dashboard.preview_process" in one.cmdline()]


def test_what_cannot_be_looked_at_is_told_in_the_words_of_the_reader(artifacts, tmp_path):
    with pytest.raises(InvalidInputError, match="nothing-here"):
        picture_preview.look(Adding(str(tmp_path / "nothing-here")))


def test_a_look_that_takes_too_long_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(picture_preview, "LONGEST_SECONDS", 0)
    with pytest.raises(InvalidInputError, match=f"took longer than .* those of {folder}"):
        picture_preview.look(Adding(str(folder)))
    assert running() == []


def test_a_visitor_who_leaves_ends_the_look_and_frees_its_place(folder, monkeypatch):
    class LeftError(Exception):
        pass

    def leave(event):
        raise LeftError

    with monkeypatch.context() as patch:
        patch.setattr(processes, "GRACE_SECONDS", 0.0)
        patch.setattr(processes, "_wait", leave)
        for size in (28, 32, 48):  # more than there are places
            with pytest.raises(LeftError):
                picture_preview.look(Adding(str(folder), size=size))
        deadline = time.monotonic() + 30
        while processes._wanted or running():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert picture_preview.look(Adding(str(folder))).found == 160


def test_a_look_that_ends_without_a_preview_is_told(folder, monkeypatch):
    monkeypatch.setattr(picture_preview.preview_process, "__name__", "core.no_such_module")
    with pytest.raises(InvalidInputError, match="that looks at the pictures ended with status 1 and without a word"):
        picture_preview.look(Adding(str(folder)))
