"""Trainings whose network dies begin again, more gently, and no dead network is kept."""

import dataclasses

import keras
import numpy as np
import pytest

from core.errors import InvalidInputError
from core.jobs.events import EventWriter, Gentler, read_events
from core.learn.autoencoder import prepare
from core.learn.checkpoint import recorded_history
from core.learn.gentler import PACES, Answers, DeadNetworkError, is_silent, train_gently
from core.learn.models import build_encoder
from core.settings import LossNetworkConfig, RunConfig
from tests.core.learn.pictures import known_set


class StopError(Exception):
    """Stands for a process that is killed."""


@pytest.fixture(autouse=True)
def _float32(monkeypatch):
    monkeypatch.setenv("LATENT_LENS_PRECISION", "float32")


@pytest.fixture
def squares(monkeypatch):
    squares = known_set(monkeypatch, side=28, channels=1)
    return dataclasses.replace(
        squares, train_images=np.maximum(squares.train_images, 80)
    )  # not dark: warmed up as usual


def train(images, folder, on_event=lambda event: None, **settings):
    config = RunConfig(**{"dataset": "squares", "loss": "mse", "latent": 4, "epochs": 4, "batch_size": 16} | settings)
    trainer = prepare(
        config, images, checkpoint=folder / "run", networks=folder / "networks", precision_cache=folder / "precision.json",
        on_event=on_event,
    )  # fmt: skip
    return trainer.train(on_event)


def silence(model):
    """Push the first layer that can be shifted so far below zero that no unit of it answers any more."""
    shifts = (getattr(layer, "beta", getattr(layer, "bias", None)) for layer in model.layers)
    shift = next(shift for shift in shifts if shift is not None)
    shift.assign(np.full(shift.shape, -1e3))


def dying(monkeypatch, times, part="encoder"):
    """Let the networks of the next trainings be dead, the first `times` of them. Returns the list of the rates they began with."""
    import core.learn.autoencoder as module

    build, fit, rates = getattr(module, f"build_{part}"), module.fit, []

    def build_dead(*arguments, **settings):
        model = build(*arguments, **settings)
        if len(rates) < times:
            silence(model)
        return model

    def fit_and_tell(model, *arguments, **settings):
        schedule = model.optimizer._learning_rate
        rates.append((schedule.warmup_target, schedule.warmup_steps))
        return fit(model, *arguments, **settings)

    monkeypatch.setattr(module, f"build_{part}", build_dead)
    monkeypatch.setattr(module, "fit", fit_and_tell)
    return rates


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_dead_network_is_noticed_after_an_epoch_and_told(squares, tmp_path, monkeypatch, part):
    events, rates = [], dying(monkeypatch, 1, part)
    trained = train(squares, tmp_path, events.append, learning_rate=4e-3)
    told = [event for event in events if event["event"] == "gentler"]
    assert told == [{"event": "gentler", "stage": "autoencoder", "attempt": 1, "learning_rate": pytest.approx(1e-3)}]
    assert [row["epoch"] for row in trained.history] == [1, 2, 3, 4]
    assert {row["gentler"] for row in trained.history} == {1}
    # 60 steps: 3 of warm-up as a rule, at most a half of all.
    assert rates == [(4e-3, 3), (pytest.approx(1e-3), 30)]
    assert trained.history[-1]["validation_loss"] < trained.history[0]["validation_loss"]


def test_a_network_that_dies_at_every_pace_is_an_error_and_leaves_nothing(squares, tmp_path, monkeypatch):
    rates = dying(monkeypatch, 9)
    with pytest.raises(
        InvalidInputError, match=r"'autoencoder' died 3 times.*Choose a learning rate smaller than 0\.004"
    ):
        train(squares, tmp_path, learning_rate=4e-3)
    assert [rate for rate, _ in rates] == pytest.approx([4e-3, 1e-3, 2.5e-4])
    assert not (tmp_path / "run").exists()


def test_a_rate_that_silences_all_units_is_survived(squares, tmp_path):
    """With nothing put in by hand: steps of this size push every unit below zero."""
    events = []
    trained = train(squares, tmp_path, events.append, learning_rate=0.3)
    assert [event["attempt"] for event in events if event["event"] == "gentler"] in ([1], [1, 2])
    black = np.square(squares.train_images / 255).mean()  # what the dead network drew, or worse
    assert trained.history[-1]["validation_loss"] < black / 2


@pytest.mark.parametrize(
    "settings", [{}, {"architecture": "study_b", "learning_rate": 1e-7}, {"loss": "bce", "learning_rate": 1e-6}]
)
def test_a_network_that_learns_or_learns_slowly_is_left_alone(squares, tmp_path, settings):
    events = []
    history = train(squares, tmp_path, events.append, epochs=2, **settings).history
    assert "gentler" not in {event["event"] for event in events}
    assert not any("gentler" in row for row in history)


def test_an_interrupted_gentler_training_goes_on_at_its_own_pace(squares, tmp_path, monkeypatch):
    def stop(event):
        if event["event"] == "epoch" and event["epoch"] == 2:
            raise StopError

    with monkeypatch.context() as patch:
        dying(patch, 1)
        whole = train(squares, tmp_path / "whole")
    with monkeypatch.context() as patch:
        dying(patch, 1)
        with pytest.raises(StopError):
            train(squares, tmp_path / "interrupted", stop)
    assert recorded_history(tmp_path / "interrupted" / "run")[-1]["gentler"] == 1
    rates = dying(monkeypatch, 0)
    resumed = train(squares, tmp_path / "interrupted")
    assert [rate for rate, _ in rates] == [pytest.approx(5e-3 / 4)]
    for one, other in zip(whole.encoder.get_weights(), resumed.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_dead_classifier_begins_again_too(squares, tmp_path, monkeypatch):
    import core.learn.models as models

    build, built = models.build_loss_network, []

    def build_dead(*arguments, **settings):
        model = build(*arguments, **settings)
        built.append(model)
        if len(built) == 1:
            silence(model)
            model.trainable = False
        return model

    monkeypatch.setattr(models, "build_loss_network", build_dead)
    network, events = LossNetworkConfig("squares", epochs=1, batch_size=64), []
    trained = train(squares, tmp_path, events.append, loss="perceptual", loss_network=network, epochs=1)
    assert [event["stage"] for event in events if event["event"] == "gentler"] == ["loss network"]
    assert trained.loss_network["test_accuracy"] >= 0


def test_every_attempt_begins_with_what_the_last_left_removed(tmp_path):
    paces = []

    def attempt(pace):
        paces.append(pace)
        assert not (tmp_path / "run" / "left").exists()
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "left").touch()
        if len(paces) < 3:
            raise DeadNetworkError
        return "trained"

    found = train_gently(
        attempt, learning_rate=1.0, checkpoint=tmp_path / "run", stage="s", on_event=lambda event: None
    )
    assert found == "trained"
    assert paces == list(PACES)


def test_pages_can_read_what_was_told(squares, tmp_path, monkeypatch):
    dying(monkeypatch, 1)
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.prepare()
    train(squares, tmp_path, writer.write, epochs=1)
    events, damage = read_events(tmp_path / "events.jsonl")
    assert damage == ""
    (told,) = (event for event in events if isinstance(event, Gentler))
    assert (told.stage, told.attempt, told.learning_rate) == ("autoencoder", 1, pytest.approx(5e-3 / 4))


def test_answers_differ_by_the_widest_range_of_any_number_over_all_portions():
    answers = Answers()
    answers.add(np.array([[0.0, 5.0], [0.1, 5.0]]))
    assert answers.differ(0.1)
    assert not answers.differ(0.11)
    answers.add(np.array([[0.0, 5.5]]))
    assert answers.differ(0.5)
    answers.add(np.array([[np.nan, 0.0]]))
    assert answers.differ(1e9)  # no number is told elsewhere


def test_a_network_is_silent_where_a_layer_answers_to_no_image():
    keras.utils.set_random_seed(0)
    encoder = build_encoder("default", (28, 28, 1), 3)
    images = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    assert not is_silent(encoder, images)
    silence(encoder)
    assert is_silent(encoder, images)
