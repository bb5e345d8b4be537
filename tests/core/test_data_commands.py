"""The commands for a user's own image sets."""

import json
from typing import NamedTuple

import pytest

from core.__main__ import main
from core.data import damaged_sets, image_sets
from core.paths import pictures_folder, runs_folder
from tests.core.data.own import makers


class Result(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def data(capsys):
    def call(*arguments):
        status = main(["data", *map(str, arguments)])
        return Result(status, *capsys.readouterr())

    return call


@pytest.fixture
def source(tmp_path):
    source = makers.as_folder(tmp_path / "source", makers.pictures(), makers.labels())
    (source / "kind 0" / "bad.png").write_bytes(b"no picture")
    return source


def own_names():
    return [name for name, info in image_sets().items() if info.own]


@pytest.mark.parametrize("command", ["add", "preview", "rename", "remove"])
def test_every_command_explains_itself(data, command):
    result = data(command, "--help")
    assert result.status == 0
    assert result.out.startswith(f"usage: python -m core data {command}")


def test_a_preview_is_printed_and_adds_nothing(data, source):
    result = data("preview", source, "--size", 32, "--grey")
    assert result.status == 0
    assert "161 pictures (folder)" in result.out
    assert "32 x 32 pixels, grey" in result.out
    assert "128 to learn from (12 of them for choices), 32 to test on; 600 epochs" in result.out
    assert "4 classes: kind 0 40, kind 1 40, kind 2 40, kind 3 40" in result.out
    assert "skipped: 1 damaged: kind 0/bad.png: The file is not an image" in result.out
    assert not pictures_folder().exists()


def test_a_set_of_ones_own_is_verified_by_its_checksums(data, source):
    data("add", "Mine", source)
    (row,) = json.loads(data("fetch", "--dataset", *own_names(), "--json").out)
    assert (row["train"], row["test"], row["verified"]) == (128, 32, "sha256")


def test_a_preview_for_machines_holds_every_number(data, source):
    told = json.loads(data("preview", source, "--json", "--labels", "none", "--split", 0.25, "--ground", "black").out)
    assert (told["found"], told["looked_at"], told["exact"]) == (161, 161, True)
    assert (told["shape"], told["class_counts"]) == ([28, 28, 3], {})
    assert (told["train_size"], told["test_size"]) == (120, 40)
    assert [(one["reason"], one["count"]) for one in told["skipped"]] == [("damaged", 1)]
    assert len(told["sample_names"]) == 12


def test_add_tells_what_it_does_and_how_to_go_on(data, source):
    result = data("add", "My birds", source)
    (name,) = own_names()
    assert result.status == 0
    assert f"Added 'My birds' as {name}: 128 pictures to learn from, 32 to test on." in result.out
    assert f"python -m core train --dataset {name}" in result.out
    assert result.out.count("bad.png") == 1
    assert "pictures\nstoring\n" in result.err
    assert "My birds" in data("list").out
    again = data("add", "Other", source)
    assert (again.status, "are there already, as 'My birds'" in again.out) == (0, True)


def test_add_for_machines(data, source):
    told = json.loads(data("add", "A", source, "--json", "--mirror", "--crop", "--seed", 3, "--colour").out)
    assert (told["title"], told["new"], told["train"], told["test"]) == ("A", True, 128, 32)
    events = [json.loads(line) for line in data("add", "B", source, "--events", "--size", 32).out.splitlines()]
    assert events[0] == {"event": "stage", "stage": "pictures"}
    assert events[-1] == {"event": "done", "made": own_names()[1]}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("add", "A", "{missing}"), 1, "No such file"),
        (("add", "digits", "{source}"), 1, "'Digits (small)' already"),
        (("add", "A", "{source}", "--size", "27"), 1, "Size is 27"),
        (("add", "A", "{source}", "--size", "big"), 2, "invalid int value"),
        (("add", "A", "{source}", "--grey", "--colour"), 2, "not allowed with"),
        (("add", "A", "{source}", "--test", "{missing}"), 1, "No such file"),
        (("rename", "nobody", "B"), 1, "'nobody'"),
        (("remove", "own-0123456789abcdef", "--yes"), 1, "is not here"),
        (("remove", "digits", "--yes"), 1, "published"),
    ],
)
def test_what_cannot_be_done_ends_with_its_status_and_words(data, source, tmp_path, arguments, status, words):
    places = {"{source}": source, "{missing}": tmp_path / "missing"}
    result = data(*[places.get(one, one) for one in arguments])
    assert (result.status, words in result.err) == (status, True)
    assert own_names() == []


def test_an_interrupted_add_says_that_nothing_was_added(data, source, monkeypatch):
    def interrupt(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.data.own.stored.write", interrupt)
    result = data("add", "A", source)
    assert (result.status, "Nothing was added" in result.err) == (130, True)
    assert list(pictures_folder().iterdir()) == []


def test_rename_and_remove_take_the_id_or_the_name(data, source):
    data("add", "Birds", source)
    (name,) = own_names()
    assert data("rename", "birds", "Fowl").out == f"{name} is now 'Fowl'.\n"
    assert json.loads(data("rename", name, "Birds", "--json").out) == {"dataset": name, "title": "Birds"}
    assert data("remove", "Birds").status == 1  # nobody can be asked
    assert own_names() == [name]
    assert json.loads(data("remove", "Birds", "--yes", "--json").out) == {"removed": name, "runs": []}
    assert own_names() == []


def test_runs_are_removed_only_when_told(data, source):
    data("add", "Birds", source)
    (name,) = own_names()
    run = f"{name}-mse-z2-0123456789"
    (runs_folder() / run).mkdir(parents=True)
    refused = data("remove", "Birds", "--yes")
    assert (refused.status, run in refused.err) == (1, True)
    assert data("remove", "Birds", "--yes", "--runs").out == f"Removed {name} and 1 run ({run}).\n"
    assert list(runs_folder().iterdir()) == []


def test_a_damaged_set_is_told_in_the_list(data, source):
    data("add", "Birds", source)
    (name,) = own_names()
    (pictures_folder() / name / "set.json").unlink()
    assert [one.name for one in damaged_sets()] == [name]
    result = data("list")
    assert name not in result.out
    assert result.err.startswith("damaged: ")
    assert data("remove", name, "--yes").status == 0


def test_an_id_is_that_set_also_where_another_is_called_so(data, source):
    """What is removed cannot be brought back."""
    data("add", "Birds", source)
    (name,) = own_names()
    data("remove", name, "--yes")
    data("add", name, source, "--seed", "1")
    (other,) = own_names()
    data("add", "Birds", source)
    assert data("remove", name, "--yes").out == f"Removed {name}.\n"
    assert own_names() == [other]
