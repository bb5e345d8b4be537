"""The process that looks at pictures: how it ends, and what is said of it."""

import numpy as np
import psutil
import pytest
from PIL import Image

from core.data.own import Adding
from core.errors import InvalidInputError
from dashboard import preview_process


@pytest.fixture
def folder(artifacts, tmp_path):
    for number in range(160):
        Image.fromarray(np.full((28, 28), number, np.uint8) * np.eye(28, dtype=np.uint8)).save(
            tmp_path / f"{number + 1}.png"
        )
    return tmp_path


def processes() -> list[psutil.Process]:
    alive = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]  # of other tests
    return [one for one in alive if "dashboard.preview_process" in one.cmdline()]


def test_what_cannot_be_looked_at_is_told_in_the_words_of_the_reader(artifacts, tmp_path):
    with pytest.raises(InvalidInputError, match="nothing-here"):
        preview_process.preview(Adding(str(tmp_path / "nothing-here")))


def test_a_look_that_takes_too_long_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(preview_process, "LONGEST_SECONDS", 0)
    with pytest.raises(InvalidInputError, match="took longer than"):
        preview_process.preview(Adding(str(folder)))
    assert processes() == []


def test_a_visitor_who_leaves_ends_the_look_and_frees_its_place(folder, monkeypatch):
    class LeftError(Exception):
        pass

    def leave():
        raise LeftError

    monkeypatch.setattr(preview_process, "_heed_visitor", leave)
    for _ in range(3):  # more than there are places
        with pytest.raises(LeftError):
            preview_process.preview(Adding(str(folder)))
    assert processes() == []


@pytest.mark.parametrize(
    ("status", "told", "words"),
    [
        (1, b'{"message": "No pictures there."}', "No pictures there."),
        (-9, b"", "signal 9, SIGKILL"),
        (3, b"noise", "status 3"),
    ],
)
def test_an_end_without_a_preview_has_a_reason(status, told, words):
    assert words in preview_process._reason(status, told)
