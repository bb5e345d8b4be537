"""The command line: what people and machines are promised, and how each command ends."""

import dataclasses
import errno
import json
import os
import struct
import subprocess
import sys
from typing import NamedTuple

import pytest

import core
from core.__main__ import main
from core.data import PUBLISHED
from core.paths import ROOT
from core.settings import LOSS_NETWORKS, LOSSES, PROJECTIONS, SCALINGS, TAPS

COMMANDS = [
    "", "data", "data list", "data fetch", "train", "runs", "show", "evaluate", "project", "compare", "image", "export", "delete",
]  # fmt: skip
DIGITS = ["--dataset", "digits", "--loss", "mse", "--latent", "4"]


class Result(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def cli(capsys):
    def call(*arguments):
        status = main([str(argument) for argument in arguments])
        return Result(status, *capsys.readouterr())

    return call


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    assert main([*command.split(), "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m core {command}".rstrip())


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["data"], ["show"], ["train", "--latent", "ten"]])
def test_unusable_arguments_end_with_status_2_and_the_usage(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: python -m core" in capsys.readouterr().err


# --- evaluate ------------------------------------------------------------------------------------------------------


def test_evaluate_prints_what_machines_are_promised(cli, mse_run):
    report = cli("evaluate", *DIGITS, "--clusters", 12, "--json").json
    assert {"run", "accuracy", "purity", "nmi", "ari", "hungarian", "clusters", "confusion"} <= report.keys()
    assert report["run"] == mse_run.id
    assert all(0 <= report[score] <= 1 for score in ("accuracy", "purity", "nmi", "hungarian"))
    assert [row["cluster"] for row in report["clusters"]] == list(range(12))
    assert all(row.keys() == {"cluster", "size", "label", "purity"} for row in report["clusters"])
    assert [len(row) for row in report["confusion"]] == [10] * 10
    assert sum(map(sum, report["confusion"])) == sum(row["size"] for row in report["clusters"]) == 360


def test_evaluate_takes_a_run_id_in_place_of_settings(cli, mse_run, perceptual_run):
    assert cli("evaluate", "--run", perceptual_run.id, "--json").json["run"] == perceptual_run.id


def test_evaluate_follows_the_choices(cli, mse_run):
    usual = cli("evaluate", *DIGITS, "--json").json
    other = cli("evaluate", *DIGITS, "--scaling", "none", "--seed", 1, "--split", "train", "--json").json
    assert [usual["split"], usual["scaling"], len(usual["clusters"])] == ["test", "unit", 20]
    assert [other["split"], other["scaling"], sum(map(sum, other["confusion"]))] == ["train", "none", 1437]


def test_evaluate_prints_tables_for_people(cli, mse_run):
    expected = core.evaluate_run(mse_run, core.ClusteringConfig())
    result = cli("evaluate", *DIGITS)
    assert result.status == 0
    assert mse_run.id in result.out
    assert f"{expected['accuracy']:.4f}" in result.out
    assert f"{100 * expected['clusters'][7]['purity']:.1f} %" in result.out


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (["train", "--dataset", "nonsense"], ["digits", "fashion_mnist", "mnist"]),
        (["train", "--loss", "nonsense"], LOSSES),
        (["train", "--architecture", "nonsense"], ["default", "study_a", "study_b"]),
        (["train", "--tap", "nonsense"], TAPS),
        (["train", "--loss-network", "nonsense"], LOSS_NETWORKS),
        (["evaluate", "--loss", "nonsense"], LOSSES),
        (["evaluate", *DIGITS, "--scaling", "nonsense"], SCALINGS),
        (["evaluate", *DIGITS, "--split", "nonsense"], ["test", "train"]),
        (["evaluate", "--run", "nonsense"], ["digits-mse-z4-", "digits-perceptual-z4-"]),
        (["show", "nonsense"], ["digits-mse-z4-", "digits-perceptual-z4-"]),
        (["data", "fetch", "--dataset", "nonsense"], ["digits", "fashion_mnist", "mnist"]),
    ],
)
def test_unknown_names_are_told_with_the_known_ones(cli, store, arguments, known):
    result = cli(*arguments)
    assert result.status == 1
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert all(name in result.err for name in ["'nonsense'", *known])


def test_an_unknown_projection_is_told_with_the_known_ones(cli, mse_run):
    result = cli("project", mse_run.id, "--method", "nonsense")
    assert result.status == 1
    assert all(name in result.err for name in PROJECTIONS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--latent", "0"], "Latent size is 0. Expected a whole number from 1 to 256"),
        (["train", "--latent", "257"], "Latent size is 257"),
        (["train", "--epochs", "0"], "Epochs is 0"),
        (["train", "--images", "60000"], "Images to learn from is 60000. Expected a whole number from 100 to 55000"),
        (["train", "--loss-network-images", "1"], "Images to learn from is 1."),
        (["train", "--learning-rate", "nan"], "Learning rate is nan"),
        (["train", "--loss", "mse", "--tap", "pooled"], "uses no loss network"),
        (["train", "--loss", "mse", "--loss-network", "study_a"], "uses no loss network"),
        (["train", "--loss", "bce", "--loss-network-epochs", "2"], "uses no loss network"),
        (["evaluate", *DIGITS, "--clusters", "1"], "Number of clusters is 1. Expected a whole number from 2 to 250"),
        (["evaluate", *DIGITS, "--clusters", "251"], "Number of clusters is 251"),
        (["evaluate", "--dataset", "digits", "--latent", "99"], "train --dataset digits --loss perceptual --latent 99"),
        (["show", "../secret"], "'../secret' is not a folder name"),
    ],
)
def test_unusable_values_are_quoted_with_what_was_expected(cli, store, arguments, words):
    result = cli(*arguments)
    assert result.status == 1
    assert words in result.err
    assert "Traceback" not in result.err


def test_errors_are_json_for_machines(cli, store):
    result = cli("evaluate", *DIGITS, "--clusters", "0", "--json")
    assert result.status == 1
    assert result.json["error"] == "InvalidInputError"
    assert "Number of clusters is 0" in result.json["message"]


def test_errors_are_events_where_events_are_asked_for(cli, store):
    result = cli("train", "--latent", "0", "--events")
    assert result.status == 1
    assert result.json["event"] == "failed"
    assert "Latent size is 0" in result.json["message"]


# --- train ---------------------------------------------------------------------------------------------------------


def test_training_what_is_stored_returns_it_at_once(cli, mse_run):
    result = cli("train", *DIGITS, "--epochs", 20, "--json")
    assert result.status == 0
    assert result.json["run"] == mse_run.id
    assert result.json["metrics"] == mse_run.metrics


def test_training_tells_its_progress_apart_from_its_result(cli, trained, perceptual_run, monkeypatch):
    def replay(config, on_event):
        for event in trained.events["perceptual"]:
            on_event(event)
        return perceptual_run

    monkeypatch.setattr(core, "train_run", replay)
    result = cli("train", "--dataset", "digits")
    assert "validation accuracy" in result.err  # of the loss network
    assert "epoch 20/20" in result.err
    assert result.out.startswith(perceptual_run.id)
    assert f"{100 * perceptual_run.metrics['clustering']['accuracy']:.1f} %" in result.out


def test_an_interrupted_training_says_how_to_go_on(cli, monkeypatch):
    def interrupt(config, on_event):
        raise KeyboardInterrupt

    monkeypatch.setattr(core, "train_run", interrupt)
    result = cli("train", "--dataset", "digits")
    assert result.status == 130
    assert "same command goes on" in result.err


# --- runs, show, project, data -------------------------------------------------------------------------------------


def test_runs_are_listed(cli, mse_run, perceptual_run):
    result = cli("runs")
    assert mse_run.id in result.out
    assert perceptual_run.id in result.out
    rows = cli("runs", "--json").json["runs"]
    assert [row["run"] for row in rows] == [mse_run.id, perceptual_run.id]
    assert [row["origin"] for row in rows] == ["trained here"] * 2


def test_a_damaged_run_is_listed_apart(cli, mse_run, perceptual_run):
    (mse_run.path / "summary.json").write_text("{")
    result = cli("runs")
    assert result.status == 0
    assert perceptual_run.id in result.out
    assert mse_run.id not in result.out
    assert f"{mse_run.id}/summary.json" in result.err
    assert cli("runs", "--json").json["damaged"][0]["path"] == str(mse_run.path)


def test_an_empty_store_says_how_to_begin(cli):
    assert "No runs yet" in cli("runs").out
    assert cli("runs", "--json").json == {"runs": [], "damaged": []}


def test_show_tells_settings_scores_and_history(cli, perceptual_run):
    data = cli("show", perceptual_run.id, "--json").json
    assert core.RunConfig.from_json(data["config"]) == perceptual_run.config
    assert data["metrics"] == perceptual_run.metrics
    assert len(data["history"]) == 20
    text = cli("show", perceptual_run.id).out
    assert f"{perceptual_run.metrics['knn_accuracy']:.4f}" in text


def test_show_names_a_damaged_file(cli, mse_run):
    (mse_run.path / "decoder.onnx").write_bytes(b"")
    result = cli("show", mse_run.id)
    assert result.status == 1
    assert f"{mse_run.id}/decoder.onnx" in result.err


def test_project_keeps_a_map(cli, mse_run):
    result = cli("project", mse_run.id, "--method", "tsne", "--neighbours", 5, "--json")
    assert result.json == {"run": mse_run.id, "projection": "tsne-n5-s0", "points": 360}
    assert "tsne-n5-s0" in cli("show", mse_run.id, "--json").json["projections"]


def test_data_list_says_where_each_dataset_is(cli, tmp_path, monkeypatch):
    source = PUBLISHED["mnist"]
    small = dataclasses.replace(source, info=dataclasses.replace(source.info, train_size=2), sha256={})
    monkeypatch.setitem(PUBLISHED, "mnist", small)
    (tmp_path / "mnist").mkdir()
    images = tmp_path / "mnist" / "train-images-idx3-ubyte"
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path))
    images.write_bytes(b"")
    assert "not found" in {row["dataset"]: row["where"] for row in cli("data", "list", "--json").json}["mnist"]
    images.write_bytes(struct.pack(">4I", 0x803, 2, 28, 28) + bytes(2 * 28 * 28))
    places = {row["dataset"]: row["where"] for row in cli("data", "list", "--json").json}
    assert places["mnist"] == str(tmp_path / "mnist")
    assert places["digits"] == "inside scikit-learn"
    assert "CC BY 4.0" in cli("data", "list").out


def test_data_fetch_verifies(cli):
    rows = cli("data", "fetch", "--dataset", "digits", "--json").json
    assert [(row["dataset"], row["train"], row["test"]) for row in rows] == [("digits", 1437, 360)]


# --- delete --------------------------------------------------------------------------------------------------------


def test_delete_without_a_terminal_needs_yes(cli, mse_run, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    result = cli("delete", mse_run.id)
    assert result.status == 1
    assert "--yes" in result.err
    assert mse_run.path.is_dir()


def test_delete_with_yes_deletes(cli, mse_run, perceptual_run):
    assert cli("delete", mse_run.id, "--yes", "--json").json == {"deleted": mse_run.id}
    assert [row["run"] for row in cli("runs", "--json").json["runs"]] == [perceptual_run.id]
    assert cli("delete", mse_run.id, "--yes").status == 1


@pytest.mark.parametrize(("answer", "left"), [("y", False), ("YES", False), ("", True), ("n", True), (EOFError, True)])
def test_delete_asks_at_a_terminal(cli, mse_run, monkeypatch, answer, left):
    def reply(question):
        assert mse_run.id in question
        if answer is EOFError:
            raise EOFError
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", reply)
    cli("delete", mse_run.id)
    assert mse_run.path.is_dir() == left


# --- as a process --------------------------------------------------------------------------------------------------


def test_the_command_runs_as_a_module():
    command = [sys.executable, "-m", "core", "evaluate", "--run", "../secret", "--json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert json.loads(result.stdout)["error"] == "InvalidInputError"
    assert result.returncode == 1


PRINTING = ["--help", "data list", "data list --json", "runs", "runs --json", "train --help"]
# A training of many events in place of a real one. The file `stored` is there when it went on to its end.
TRAIN = """
import sys
from pathlib import Path
from types import SimpleNamespace
import core
from core.__main__ import main

def train_run(config, on_event):
    for epoch in range(1, 1000):
        on_event({"event": "epoch", "epoch": epoch, "epochs": 999, "loss": 0.5, "images_per_second": 1.0})
    Path("stored").touch()
    scores = {"accuracy": 0.5, "clusters": 20, "scaling": "unit"}
    return SimpleNamespace(id="the-run", metrics={"clustering": scores, "reconstruction_mse": 0.1})

core.train_run = train_run
sys.exit(main(["train", *sys.argv[1:]]))
"""


@pytest.fixture
def shell(artifacts):
    """Run a shell line in which `core` stands for the command and `train` for one whose training is a stand-in."""

    def call(line, **environment):
        artifacts.mkdir(exist_ok=True)
        (artifacts / "train.py").write_text(TRAIN)
        functions = f'core() {{ {sys.executable} -m core "$@"; }}; train() {{ {sys.executable} train.py "$@"; }}; '
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
        environment = kept | {"PYTHONPATH": str(ROOT)} | environment
        command = ["bash", "-c", functions + line]
        return subprocess.run(command, cwd=artifacts, env=environment, capture_output=True, text=True, errors="replace")

    return call


@pytest.mark.parametrize("command", PRINTING)
def test_a_reader_that_leaves_early_is_no_error(command):
    reading, writing = os.pipe()
    os.close(reading)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    result = subprocess.run(
        [sys.executable, "-m", "core", *command.split()],
        cwd=ROOT, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(writing)
    assert result.stderr == ""
    assert result.returncode == 0


@pytest.mark.parametrize("command", PRINTING)
@pytest.mark.parametrize(("target", "reason"), [(">&-", "closed"), (">/dev/full", "No space left on device")])
def test_a_result_that_cannot_be_printed_is_told(shell, command, target, reason):
    result = shell(f"core {command} {target}")
    assert result.returncode == 1
    assert result.stderr.startswith("error: Standard output")
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("target", ["2>&-", "2>/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full", "<&- >&- 2>&-"])
def test_an_error_that_cannot_be_printed_keeps_its_status_and_is_no_result(shell, target):
    for command, status in (("core show nonsense", 1), ("core nonsense", 2)):
        result = shell(f"{command} {target}")
        assert (result.returncode, result.stdout, result.stderr) == (status, "", "")


@pytest.mark.parametrize("line", ["2>&1 | head -n 1", "--events | head -n 1", "--json 2>&1 | true", "2> >(head -n 1)"])
def test_a_training_goes_on_when_its_reader_has_gone(shell, artifacts, line):
    result = shell(f"set -o pipefail; train {line}")
    assert "Traceback" not in result.stderr
    assert result.returncode == 0
    assert (artifacts / "stored").exists()


@pytest.mark.parametrize("option", ["", "--events", "--json"])
@pytest.mark.parametrize("target", [">&-", ">/dev/full", ">&- 2>&-", ">/dev/full 2>/dev/full"])
def test_a_training_goes_on_where_nothing_can_be_printed_and_the_status_says_so(shell, artifacts, option, target):
    result = shell(f"train {option} {target}")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert (artifacts / "stored").exists()


@pytest.mark.parametrize("target", ["2>&-", "2>/dev/full"])
def test_a_training_without_a_place_for_its_progress_prints_its_result(shell, target):
    result = shell(f"train {target}")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("the-run  (")


def test_what_is_opened_while_the_standard_files_are_closed_does_not_take_their_place(shell, artifacts):
    code = (
        "import os, core; from core.__main__ import main\n"
        "core.list_runs = lambda: (open('kept', 'w'), os.write(1, b'printed'), os.write(2, b'printed'), ([], []))[3]\n"
        "main(['runs'])"
    )
    shell(f'{sys.executable} -c "{code}" <&- >&- 2>&-')
    assert (artifacts / "kept").read_text() == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_the_terminal_does_not_know_are_escaped(shell, encoding):
    result = shell("core data fetch --dataset 'n±中'", PYTHONIOENCODING=encoding)
    assert result.returncode == 1
    assert {"ascii": r"n\xb1\u4e2d", "latin-1": r"\u4e2d", "utf-8": "n±中"}[encoding] in result.stderr


def test_deleting_without_any_input_needs_yes(shell):
    result = shell("core delete nonsense <&-")
    assert result.returncode == 1
    assert "--yes" in result.stderr


ODD_IDS = ["", ".", "..", "/", "a/b", "a\nb", "a\0b", "\udcff", "a" * 5000, ".hidden", "~", " "]


@pytest.mark.parametrize("run_id", ODD_IDS, ids=range(len(ODD_IDS)))
@pytest.mark.parametrize(
    "command", [["show"], ["project"], ["delete", "--yes"], ["evaluate", "--run"], ["data", "fetch", "--dataset"]]
)
def test_odd_names_are_told(cli, store, command, run_id):
    result = cli(*command, run_id)
    assert result.status == 1
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert len(list((store / "runs").iterdir())) == 2


def test_a_disk_that_refuses_is_told(cli, monkeypatch):
    def refuse():
        raise OSError(errno.EIO, "Input/output error", "/some/file")

    monkeypatch.setattr(core, "list_runs", refuse)
    result = cli("runs")
    assert result.status == 1
    assert result.err.startswith("error: Cannot write /some/file: Input/output error.")
