"""Read-outs: what embeddings determine is read back, standardised inside the file, and a training that was interrupted goes on."""

import itertools

import numpy as np
import pytest

from core.learn import readout
from core.learn.readout import Codes, Readout, train_readout
from core.serve import decode

SIDE = 8


@pytest.fixture(autouse=True)
def _one_precision(monkeypatch):
    monkeypatch.setenv("LATENT_LENS_PRECISION", "float32")


def levels(count, channels=1, seed=0):
    """Pictures whose left and right half are each of one grey level, which the two numbers say: far from 0 and of unlike spread."""
    numbers = np.random.default_rng(seed).random((count, 2))
    images = np.repeat(np.repeat(numbers[:, None, :, None], SIDE, axis=1), SIDE // 2, axis=2)
    images = np.repeat(images, channels, axis=3)
    return (numbers * [1000, 0.01] + [5000, -3]).astype(np.float32), np.round(255 * images).astype(np.uint8)


def train(folder, embeddings, images, epochs=3, on_event=lambda event: None, seed=0):
    held_out = slice(len(images) - 64, len(images))
    return train_readout(
        embeddings, images, held_out, epochs=epochs, seed=seed, checkpoint=folder / "readout",
        precision_cache=folder / "precision.json", on_event=on_event,
    )  # fmt: skip


def test_what_the_numbers_say_is_read_back_from_embeddings_as_they_are_stored(tmp_path):
    channels = 3
    embeddings, images = levels(1344, channels)
    before = embeddings.copy()
    model = train(tmp_path, embeddings, images, epochs=6).onnx()
    np.testing.assert_array_equal(embeddings, before)
    unseen, pictures = levels(200, channels, seed=1)
    drawn = decode(model, unseen, shape=(SIDE, SIDE, channels))
    left_over = np.square(drawn - pictures / 255).mean() / (pictures / 255).var()
    assert left_over < 0.2


def test_the_file_brings_each_number_to_mean_0_and_spread_1(tmp_path):
    embeddings, images = levels(256)
    embeddings = np.column_stack([embeddings, np.full(256, 7, np.float32)])  # the third says nothing
    trained = train(tmp_path, embeddings, images, epochs=1)
    fitted = embeddings[:-64].astype(np.float64)
    np.testing.assert_allclose(trained.mean, fitted.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(trained.spread, [*fitted[:, :2].std(axis=0), 1], rtol=1e-4)
    standard = (embeddings - fitted.mean(axis=0)) / [*fitted[:, :2].std(axis=0), 1]
    expected = trained.decoder.predict_on_batch(standard[:20].astype(np.float32))
    np.testing.assert_allclose(decode(trained.onnx(), embeddings[:20]), expected, atol=2e-3)


def test_a_training_that_was_interrupted_ends_as_one_that_was_not(tmp_path):
    embeddings, images = levels(320)
    whole = train(tmp_path / "whole", embeddings, images)

    class StopError(Exception):
        pass

    def stop(event):
        if event["event"] == "epoch" and event["epoch"] == 2:
            raise StopError

    with pytest.raises(StopError):
        train(tmp_path, embeddings, images, on_event=stop)
    events = []
    again = train(tmp_path, embeddings, images, on_event=events.append)
    assert [event["epoch"] for event in events if event["event"] == "resumed"] == [2]
    assert {event["stage"] for event in events} == {"read-out"}
    for one, other in zip(whole.decoder.get_weights(), again.decoder.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [row["loss"] for row in again.history] == [row["loss"] for row in whole.history]
    assert len(again.history) == 3


def test_validation_images_are_fitted_to_by_nothing(tmp_path, monkeypatch):
    embeddings, images = levels(320)
    fed = []
    monkeypatch.setattr(
        readout, "Codes", lambda rows, pictures, *more: fed.append(pictures) or Codes(rows, pictures, *more)
    )
    trained = train(tmp_path, embeddings, images, epochs=1)
    np.testing.assert_array_equal(fed[0], images[:-64])
    drawn = decode(trained.onnx(), embeddings[-64:])
    expected = np.square(drawn - images[-64:] / 255).mean()
    assert trained.history[-1]["validation_mse"] == pytest.approx(expected, rel=0.02)


def test_of_embeddings_that_are_all_alike_the_mean_picture_is_read(tmp_path):
    _, images = levels(320)
    trained = train(tmp_path, np.full((320, 2), 0.5, np.float32), images, epochs=10)
    drawn = decode(trained.onnx(), np.full((1, 2), 0.5))
    assert np.abs(drawn[0] - images.mean(axis=0) / 255).max() < 0.1


def test_each_epoch_feeds_every_embedding_with_its_own_image():
    embeddings = np.arange(10, dtype=np.float32)[:, None]
    images = np.repeat(np.arange(10, dtype=np.uint8), 64).reshape(10, 8, 8, 1)
    codes = Codes(embeddings, images, 5, seed=0)
    first, again, second = (list(codes.epoch(number)) for number in (0, 0, 1))
    assert codes.steps == len(first) == 2
    for rows, pictures in itertools.chain(first, second):
        np.testing.assert_allclose(pictures[:, 0, 0, 0] * 255, rows[:, 0], rtol=1e-6)
    assert sorted(np.concatenate([rows[:, 0] for rows, _ in first])) == list(range(10))
    assert all(np.array_equal(one[0], other[0]) for one, other in zip(first, again, strict=True))
    assert not all(np.array_equal(one[0], other[0]) for one, other in zip(first, second, strict=True))


def test_the_same_network_reads_every_run(tmp_path):
    sizes = []
    for latent in (1, 7):
        embeddings = np.random.default_rng(0).normal(size=(128, latent)).astype(np.float32)
        trained = train(tmp_path / str(latent), embeddings, levels(128)[1], epochs=1)
        assert isinstance(trained, Readout)
        sizes.append([weight.shape for weight in trained.decoder.get_weights()[1:]])
    assert sizes[0] == sizes[1]
