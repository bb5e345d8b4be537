"""Fitting a model: learning rate, events, interruptions, and damaged checkpoints."""

import errno
import json
import os

import keras
import numpy as np
import pytest

from core.errors import InvalidInputError, StorageWriteError
from core.learn import checkpoint as kept
from core.learn.checkpoint import recorded_precision
from core.learn.fit import cosine_schedule, fit
from tests.core.learn.test_batches import batches

EPOCHS = 3


class StopError(Exception):
    """Stands for a process that is killed."""


def small_model(dtype="float32", dropout=0.0):
    """A model with what a checkpoint must hold: weights, running statistics, Adam's moments, perhaps dropout's state."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(8, "relu", dtype=dtype), layers.BatchNormalization(),
        layers.Dropout(dropout), layers.Dense(784, "sigmoid"), layers.Reshape((28, 28, 1)),
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    return model


def train(folder, on_event=lambda event: None, model=None, epochs=EPOCHS, **settings):
    model = model or small_model()
    history = fit(
        model, batches(**settings), epochs=epochs, checkpoint=folder, validate=lambda: {"validation_loss": 0.0},
        on_event=on_event, stage="test",
    )  # fmt: skip
    return model, history


def stop_at(kind, epoch):
    def on_event(event):
        if event["event"] == kind and event["epoch"] == epoch:
            raise StopError

    return on_event


def interrupt(folder, kind="epoch", epoch=1):
    with pytest.raises(StopError):
        train(folder, stop_at(kind, epoch))


def assert_same_weights(one, other):
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return train(tmp_path_factory.mktemp("checkpoint"))


# --- fitting -------------------------------------------------------------------------------------------------------


def test_a_longer_warm_up_takes_at_most_half_of_the_steps():
    def highest(schedule, steps):
        return int(np.argmax([float(schedule(step)) for step in range(steps)]))

    assert highest(cosine_schedule(0.01, 400), 400) == 20
    assert highest(cosine_schedule(0.01, 400, warmup=100), 400) == 100
    assert highest(cosine_schedule(0.01, 400, warmup=1000), 400) == 200


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero():
    schedule = cosine_schedule(0.01, 200)
    rates = np.array([float(schedule(step)) for step in range(201)])
    assert rates.argmax() == 10
    assert rates.max() == pytest.approx(0.01)
    assert rates[0] < 0.001
    assert rates[-1] == pytest.approx(0, abs=1e-6)
    assert (np.diff(rates[10:]) <= 0).all()
    assert rates[105] == pytest.approx(0.005, rel=0.01)


def test_the_history_holds_the_mean_loss_of_each_epoch(tmp_path):
    half = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer=keras.initializers.Constant(0.5))
    model = keras.Sequential([keras.Input((28, 28, 1)), half])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    _, history = train(tmp_path, model=model, epochs=2)
    for epoch, row in enumerate(history):
        expected = np.mean([((fed / 2) ** 2).mean() for fed, _ in batches().epoch(epoch)])
        assert row["loss"] == pytest.approx(expected, rel=1e-5)
        assert row["epoch"] == epoch + 1
        assert row["validation_loss"] == 0


def test_the_loss_falls(uninterrupted):
    _, history = uninterrupted
    assert history[-1]["loss"] < history[0]["loss"]


def test_events_count_up_to_the_end(tmp_path):
    events = []
    train(tmp_path, events.append)
    progress = [event for event in events if event["event"] == "progress"]
    done = [event["done"] for event in progress]
    assert done == sorted(done)
    assert done[-1] == progress[-1]["total"] == EPOCHS * 3
    assert progress[-1]["seconds_left"] == 0
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2, 3]


def test_the_same_seed_ends_at_the_same_weights(uninterrupted, tmp_path):
    assert_same_weights(uninterrupted[0], train(tmp_path)[0])


def test_a_loss_that_is_no_number_stops_the_training(tmp_path):
    with pytest.raises(InvalidInputError, match=r"'test' is nan in epoch 1: training has diverged.*learning rate"):
        train(tmp_path, target=lambda _, fed: fed * np.nan)
    assert not list(tmp_path.iterdir())


# --- going on ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "epoch", "whole"), [("epoch", 1, 1), ("epoch", 2, 2), ("progress", 2, 1), ("progress", 3, 2)]
)
def test_an_interrupted_training_ends_at_the_weights_of_one_that_was_not(tmp_path, uninterrupted, kind, epoch, whole):
    interrupt(tmp_path, kind, epoch)
    events = []
    model, history = train(tmp_path, events.append)
    assert events[0] == {"event": "resumed", "stage": "test", "epoch": whole, "epochs": EPOCHS}
    assert_same_weights(model, uninterrupted[0])
    assert [row["loss"] for row in history] == [row["loss"] for row in uninterrupted[1]]


def test_dropout_goes_on_where_it_was(tmp_path):
    whole, _ = train(tmp_path / "whole", model=small_model(dropout=0.3))
    with pytest.raises(StopError):
        train(tmp_path / "interrupted", stop_at("epoch", 1), small_model(dropout=0.3))
    assert_same_weights(train(tmp_path / "interrupted", model=small_model(dropout=0.3))[0], whole)


def test_an_interruption_before_the_first_epoch_ends_costs_that_epoch_only(tmp_path, uninterrupted):
    interrupt(tmp_path, "progress", 1)
    assert_same_weights(train(tmp_path)[0], uninterrupted[0])


def test_a_kill_while_the_checkpoint_is_written_loses_one_epoch(tmp_path, uninterrupted, monkeypatch):
    interrupt(tmp_path, "epoch", 1)

    def killed(*arguments):
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(StopError):
            train(tmp_path)
    events = []
    model, _ = train(tmp_path, events.append)
    assert events[0]["epoch"] == 1
    assert_same_weights(model, uninterrupted[0])


def test_a_finished_training_is_not_repeated(tmp_path, uninterrupted):
    train(tmp_path)
    events = []
    model, history = train(tmp_path, events.append)
    assert [event["event"] for event in events] == ["resumed"]
    assert len(history) == EPOCHS
    assert_same_weights(model, uninterrupted[0])


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_a_weight(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 64  # nearly all of the file is weights
    path.write_bytes(raw)


DAMAGES = {
    "state truncated": ("state.json", truncate),
    "state emptied": ("state.json", lambda path: path.write_bytes(b"")),
    "state removed": ("state.json", lambda path: path.unlink()),
    "weights truncated": ("epoch-0002.weights.h5", truncate),
    "weights emptied": ("epoch-0002.weights.h5", lambda path: path.write_bytes(b"")),
    "weights removed": ("epoch-0002.weights.h5", lambda path: path.unlink()),
    "weights changed": ("epoch-0002.weights.h5", change_a_weight),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_costs_time_and_not_correctness(tmp_path, uninterrupted, damage):
    interrupt(tmp_path, "epoch", 2)
    name, harm = DAMAGES[damage]
    harm(tmp_path / name)
    events = []
    model, history = train(tmp_path, events.append)
    assert "resumed" not in [event["event"] for event in events]
    assert len(history) == EPOCHS
    assert_same_weights(model, uninterrupted[0])


def test_each_flipped_bit_of_the_state_costs_time_and_not_correctness(tmp_path):
    interrupt(tmp_path, "epoch", 2)
    path = tmp_path / "state.json"
    raw, weights = path.read_bytes(), {file: file.read_bytes() for file in tmp_path.glob("*.h5")}
    assert kept._read_state(tmp_path)["history"][1]["epoch"] == 2
    for place in range(0, 8 * len(raw), 11):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        assert recorded_precision(tmp_path) is None, changed
        assert not tmp_path.exists()
        tmp_path.mkdir()
        for file, content in weights.items():
            file.write_bytes(content)


@pytest.mark.parametrize("content", ["[]", "7", "[" * 100_000, '{"history": 7}', '{"a":' * 100_000, "\x00"])
def test_a_state_of_another_kind_does_not_block_the_training(tmp_path, uninterrupted, content, caplog):
    interrupt(tmp_path, "epoch", 1)
    (tmp_path / "state.json").write_text(content)
    assert_same_weights(train(tmp_path)[0], uninterrupted[0])
    assert "begins again" in caplog.text


def test_the_state_of_another_training_is_not_gone_on_from(tmp_path, uninterrupted):
    train(tmp_path / "other", epochs=1, seed=9)
    (tmp_path / "other").rename(tmp_path / "one")
    assert_same_weights(train(tmp_path / "one")[0], uninterrupted[0])


def test_weights_that_are_shortened_after_they_were_checked_change_nothing(tmp_path, uninterrupted, monkeypatch):
    interrupt(tmp_path, "epoch", 2)
    read, events = kept.read_bytes, []

    def read_and_shorten(path, **settings):
        raw = read(path, **settings)
        os.truncate(path, 10)
        return raw

    monkeypatch.setattr(kept, "read_bytes", read_and_shorten)
    assert_same_weights(train(tmp_path, events.append)[0], uninterrupted[0])
    assert (events[0]["event"], events[0]["epoch"]) == ("resumed", 2)


def test_a_checkpoint_that_cannot_be_looked_at_is_as_good_as_none(tmp_path, failing):
    train(tmp_path, epochs=1)
    failing(os, "stat", errno.EACCES)
    assert recorded_precision(tmp_path) is None


def test_only_the_newest_checkpoint_is_kept(tmp_path):
    train(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-0003.weights.h5", "state.json"]


def test_a_checkpoint_that_cannot_be_written_says_so_and_keeps_the_last(tmp_path, uninterrupted, failing, monkeypatch):
    interrupt(tmp_path, "epoch", 1)
    replace = os.replace
    failing(os, "replace", errno.ENOSPC)
    with pytest.raises(StorageWriteError, match="goes on from the last whole epoch"):
        train(tmp_path)
    monkeypatch.setattr(os, "replace", replace)
    assert_same_weights(train(tmp_path)[0], uninterrupted[0])


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_the_checkpoint_says_which_precision_to_go_on_with(tmp_path, dtype):
    assert recorded_precision(tmp_path) is None
    train(tmp_path, model=small_model(dtype=dtype), epochs=1)
    assert recorded_precision(tmp_path) == dtype
    assert json.loads((tmp_path / "state.json").read_text())["precision"] == dtype
