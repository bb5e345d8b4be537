"""What `LATENT_LENS_ARTIFACTS` may say, and what is told where it names no folder."""

import errno
import os
import pwd
from pathlib import Path

import pytest

import core
from core import paths
from core.data import read_part
from core.errors import InvalidInputError, LatentLensError, StorageWriteError

VARIABLE = "LATENT_LENS_ARTIFACTS"


@pytest.fixture
def value_of(tmp_path, monkeypatch):
    """The values that cannot be used, by name; what they need is made."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("loop").symlink_to("loop")
    return {
        "unknown home": "~nosuchuser/artifacts",
        "spaces": "   ",
        "not unicode": os.fsdecode(b"caf\xe9"),
        "loop": str(tmp_path / "loop"),
        "loop on the way": str(tmp_path / "loop" / "artifacts"),
        "file": str(tmp_path / "file"),
        "file on the way": str(tmp_path / "file" / "artifacts"),
        "long name": "x" * 300,
        "long path": "x/" * 3000,
    }


BAD = [
    ("unknown home", InvalidInputError, "home"),
    ("spaces", InvalidInputError, "nothing but spaces"),
    ("not unicode", InvalidInputError, "no UTF-8"),
    ("loop", InvalidInputError, "loop|symbolic links"),
    ("loop on the way", InvalidInputError, "loop|symbolic links"),
    ("file", StorageWriteError, "Not a directory"),
    ("file on the way", StorageWriteError, "Not a directory"),
    ("long name", StorageWriteError, "name too long"),
    ("long path", StorageWriteError, "name too long"),
]


@pytest.mark.parametrize(("case", "kind", "reason"), BAD)
def test_a_value_that_names_no_folder_is_told_with_its_name_and_what_to_do(value_of, monkeypatch, case, kind, reason):
    monkeypatch.setenv(VARIABLE, value_of[case])
    with pytest.raises(kind, match=reason) as caught:
        paths.artifacts_folder()
    told = str(caught.value)
    assert told.startswith(f"{VARIABLE} is {repr(value_of[case])[:100]}")
    assert "Expected a folder" in told
    assert len(told) < 500
    told.encode()


def test_a_folder_that_may_not_be_entered_is_told(tmp_path, monkeypatch):
    stat = os.stat

    def refuse(path, *arguments, **settings):
        if str(path).startswith(str(tmp_path / "locked")):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return stat(path, *arguments, **settings)

    monkeypatch.setenv(VARIABLE, str(tmp_path / "locked"))
    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(StorageWriteError, match=r"locked.*Permission denied"):
        paths.artifacts_folder()


def test_a_working_folder_that_is_gone_is_told(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv(VARIABLE, "artifacts")
    with pytest.raises(InvalidInputError, match=r"'artifacts'.*No such file"):
        paths.artifacts_folder()


def test_a_home_is_used_where_there_is_one_and_told_where_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "~/artifacts")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.artifacts_folder() == tmp_path / "artifacts"

    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(InvalidInputError, match=r"'~/artifacts'.*home"):
        paths.artifacts_folder()


def test_a_folder_that_is_not_there_yet_and_a_link_to_one_are_used(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("link").symlink_to("later")
    for given, meant in (
        ("relative", "relative"),
        ("link", "later"),
        (" with spaces ", " with spaces "),
        ("a\nb", "a\nb"),
    ):
        monkeypatch.setenv(VARIABLE, given)
        assert paths.artifacts_folder() == tmp_path / meant


@pytest.mark.parametrize("given", [None, ""])
def test_without_a_value_the_folder_is_the_projects_own(monkeypatch, given):
    monkeypatch.delenv(VARIABLE) if given is None else monkeypatch.setenv(VARIABLE, given)
    assert paths.artifacts_folder() == paths.ROOT / "artifacts"


@pytest.mark.parametrize("case", [case for case, *_ in BAD])
def test_bundled_runs_stay_usable_whatever_the_value(value_of, monkeypatch, case):
    monkeypatch.setattr("core.keep.runs.BUNDLED", paths.BUNDLED)
    monkeypatch.setenv(VARIABLE, value_of[case])
    usable, damaged = core.list_runs()
    assert len(usable) == 12
    assert [one.reason.split()[0] for one in damaged] == [VARIABLE]
    assert core.get_run(usable[0].id).test_embeddings.shape == (10_000, usable[0].config.latent)
    with pytest.raises(LatentLensError, match=VARIABLE):
        core.get_run("fashion_mnist-mse-z3-0000000000")
    with pytest.raises(LatentLensError, match=VARIABLE):
        core.train_run(core.RunConfig(dataset="digits"))


@pytest.mark.parametrize("case", [case for case, *_ in BAD])
def test_bundled_images_stay_readable_whatever_the_value(value_of, monkeypatch, case):
    monkeypatch.setenv(VARIABLE, value_of[case])
    assert read_part("fashion_mnist", "test_labels").shape == (10_000,)


def test_a_process_that_works_elsewhere_finds_the_same_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "own")
    monkeypatch.setenv("LATENT_LENS_DATA", "data")
    given = paths.environment()
    assert (given[VARIABLE], given["LATENT_LENS_DATA"]) == (str(tmp_path / "own"), str(tmp_path / "data"))
    for as_it_is in ("~/data", "/data", " "):
        monkeypatch.setenv("LATENT_LENS_DATA", as_it_is)
        assert paths.environment()["LATENT_LENS_DATA"] == as_it_is
    monkeypatch.delenv("LATENT_LENS_DATA")
    assert paths.environment() == {**os.environ, VARIABLE: str(tmp_path / "own")}
