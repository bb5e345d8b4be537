import json
import os
import subprocess
import sys
from typing import NamedTuple

import pytest

import core
from core.__main__ import main
from core.config import LOSS_NETWORKS, LOSSES, PROJECTIONS, SCALINGS, TAPS
from core.paths import ROOT

COMMANDS = ["", "data", "data list", "data fetch", "train", "runs", "show", "evaluate", "project", "delete"]
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
    with pytest.raises(SystemExit, match="0"):
        main([*command.split(), "--help"])
    assert capsys.readouterr().out.startswith(f"usage: python -m core {command}".rstrip())


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["data"], ["show"], ["train", "--latent", "ten"]])
def test_unusable_arguments_end_with_status_2_and_the_usage(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
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
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").write_bytes(b"")
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path))
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


def test_a_reader_that_leaves_early_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "core", "data", "list"]
    result = subprocess.run(command, cwd=ROOT, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert result.stderr == ""
    assert result.returncode in (0, 141)  # 141 is what a shell gives for a closed pipe
