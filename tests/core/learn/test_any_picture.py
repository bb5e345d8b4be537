"""Networks, losses and trainings for pictures of any size, in grey and in colour, of any number of classes."""

import dataclasses
import math

import keras
import numpy as np
import pytest

from core.errors import InvalidInputError
from core.learn.autoencoder import prepare
from core.learn.models import build_decoder, build_encoder, build_loss_network
from core.learn.teachers import features
from core.learn.teachers.features import build_extractor, target_features
from core.serve import decode, encode
from core.settings import ARCHITECTURES, LOSS_NETWORKS, LOSSES, TAPS, LossNetworkConfig, RunConfig
from tests.core.learn.pictures import known_set, pictures

SIDES = (28, 32, 48, 64)


@pytest.fixture(autouse=True)
def _float32(monkeypatch):
    monkeypatch.setenv("LATENT_LENS_PRECISION", "float32")


def train(config, images, folder, on_event=lambda event: None):
    trainer = prepare(
        config, images, checkpoint=folder / "run", networks=folder / "networks", precision_cache=folder / "precision.json",
        on_event=on_event,
    )  # fmt: skip
    return trainer, trainer.train(on_event)


# --- networks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_fits_every_shape(architecture, side, channels):
    shape = (side, side, channels)
    encoder, decoder = build_encoder(architecture, shape, 7), build_decoder(architecture, shape, 7)
    assert (encoder.input.shape, encoder.output.shape) == ((None, *shape), (None, 7))
    assert (decoder.input.shape, decoder.output.shape) == ((None, 7), (None, *shape))


@pytest.mark.parametrize(
    ("classes", "dtype"), [(2, "float32"), (12, "mixed_bfloat16"), (81, "float32"), (1000, "float32")]
)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", LOSS_NETWORKS)
def test_every_loss_network_names_any_number_of_classes(name, side, classes, dtype):
    network = build_loss_network(name, (side, side, 3), classes, dtype)
    assert network.output.shape == (None, classes)
    assert network.output.dtype == "float32"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_colour_decoder_draws_every_pixel_and_channel_anew(architecture):
    """No row, column or channel is left at one value, or is a copy of another."""
    keras.utils.set_random_seed(0)
    codes = np.random.default_rng(0).normal(size=(64, 10)).astype(np.float32)
    drawn = build_decoder(architecture, (32, 32, 3), 10).predict_on_batch(codes)
    assert drawn.std(axis=0).min() > 1e-4
    assert min(np.abs(drawn[..., one] - drawn[..., other]).max() for one, other in ((0, 1), (1, 2), (0, 2))) > 0.01


# Numbers of weights of encoder and decoder (latent 10); mean and spread of the embeddings of four pictures, and mean of their
# drawings, of seed 3: as they were when every picture was 28x28 and grey. The runs made then stay what they are.
AS_BEFORE = {
    "default": (113_162, 234_660, (0.138076, 0.299325, 0.128559)),
    "study_a": (23_946, 267_009, (-0.0421555, 0.254892, 0.128867)),
    "study_b": (155_402, 161_537, (0.0254387, 0.289176, 0.130088)),
}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_networks_for_28x28_grey_are_those_of_before(architecture):
    images, _ = pictures(28, 1, 4, 4)
    keras.utils.set_random_seed(3)
    shape = (28, 28, 1)
    encoder, decoder = build_encoder(architecture, shape, 10), build_decoder(architecture, shape, 10, mean=0.13)
    weights, drawing_weights, figures = AS_BEFORE[architecture]
    assert (encoder.count_params(), decoder.count_params()) == (weights, drawing_weights)
    codes = encoder.predict_on_batch(images / np.float32(255))
    found = [codes.mean(), codes.std(), decoder.predict_on_batch(codes).mean()]
    np.testing.assert_allclose(found, figures, rtol=1e-4)


@pytest.mark.parametrize("shape", [(30, 30, 1), (28, 32, 1), (4, 4, 1), (28, 28)])
def test_a_shape_that_cannot_be_halved_is_refused(shape):
    with pytest.raises(InvalidInputError, match=r"square first"):
        build_encoder("default", shape, 10)


# --- losses --------------------------------------------------------------------------------------------------------


def test_pixel_losses_count_every_channel_alike():
    target, output = np.zeros((2, 2, 2, 3), np.float32), np.full((2, 2, 2, 3), 0.5, np.float32)
    output[0] = (0.1, 0.2, 0.6)  # (0.01 + 0.04 + 0.36) / 3, red, green and blue
    target[1, ..., 1] = 1  # of the second picture every green pixel is lit
    mse, bce = (keras.ops.convert_to_numpy(LOSSES[name].loss(target, output)) for name in ("mse", "bce"))
    np.testing.assert_allclose(mse, [0.41 / 3, 0.25], rtol=1e-6)
    dark = -(math.log(0.9) + math.log(0.8) + math.log(0.4)) / 3
    np.testing.assert_allclose(bce, [dark, math.log(2)], rtol=1e-5)


# --- features ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "places"), [(28, 7), (32, 8), (48, 8), (64, 8)])
def test_the_first_layer_is_seen_at_about_as_many_places_in_larger_pictures(side, places):
    images, _ = pictures(side, 3, 4, 8)
    network = build_loss_network("default", (side, side, 3), 4)
    assert build_extractor(network, "pooled_and_first", images).output.shape == (None, 128 + places * places * 32)


@pytest.mark.parametrize("tap", TAPS)
def test_features_that_are_too_large_to_keep_are_computed_for_each_batch(tap, tmp_path, monkeypatch):
    images = known_set(monkeypatch, train=100)
    config = RunConfig("squares", loss_network=LossNetworkConfig("squares", epochs=1), tap=tap, epochs=1, batch_size=16)
    trainer, _ = train(config, images, tmp_path / "kept")
    kept = trainer.comparison
    monkeypatch.setattr(features, "_MOST_BYTES", 1000)
    assert target_features(kept.extractor, images.train_images, print) is None
    indices = np.array([3, 50, 99])
    anew = dataclasses.replace(kept, features=None).targets(indices, images.train_images[indices] / np.float32(255))
    assert anew.shape == kept.targets(indices, None).shape
    np.testing.assert_allclose(anew, kept.targets(indices, None), rtol=2e-3, atol=2e-3)  # wide ones are kept as halves


def test_variance_is_that_of_all_images_however_many_fit_at_once(monkeypatch):
    images, _ = pictures(64, 1, 6, 30)
    keras.utils.set_random_seed(0)
    extractor = build_extractor(build_loss_network("default", (64, 64, 1), 6), "pooled", images)
    rows = extractor.predict_on_batch(images / np.float32(255))
    assert np.mean((rows - rows.mean(axis=0)) ** 2) == pytest.approx(1, rel=1e-3)


# --- trainings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "side", "channels", "classes"), [("perceptual", 32, 3, 12), ("bce", 64, 1, 81), ("mse", 48, 3, 2)]
)
def test_any_set_is_learnt_and_served(loss, side, channels, classes, tmp_path, monkeypatch):
    images = known_set(monkeypatch, side=side, channels=channels, classes=classes)
    network = LossNetworkConfig("squares", epochs=3, batch_size=16) if LOSSES[loss].teacher else None
    config = RunConfig("squares", loss, latent=6, epochs=4, batch_size=16, loss_network=network)
    _, trained = train(config, images, tmp_path)
    history = trained.history
    assert history[-1]["validation_loss"] < 0.95 * history[0]["validation_loss"]
    if loss == "perceptual":
        assert trained.loss_network["test_accuracy"] > 3 / classes
    trained.export(tmp_path)
    codes = encode((tmp_path / "encoder.onnx").read_bytes(), images.test_images)
    drawn = decode((tmp_path / "decoder.onnx").read_bytes(), codes)
    assert codes.shape == (60, 6)
    assert drawn.shape == images.test_images.shape
    expected = trained.decoder.predict_on_batch(trained.encoder.predict_on_batch(images.test_images / np.float32(255)))
    np.testing.assert_allclose(drawn, expected, atol=2e-2)


def test_a_set_without_labels_is_learnt_by_a_loss_that_needs_none(tmp_path, monkeypatch):
    images = known_set(monkeypatch, labelled=False)
    _, trained = train(RunConfig("squares", "mse", epochs=2, batch_size=16), images, tmp_path)
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]


def test_a_loss_whose_teacher_needs_labels_is_refused_where_there_are_none(monkeypatch):
    known_set(monkeypatch, labelled=False)
    for make in (RunConfig, LossNetworkConfig):
        with pytest.raises(
            InvalidInputError, match=r"'classifier' learns from labels.*'Squares' have none.*pixel loss"
        ):
            make("squares")


def test_a_set_of_fewer_images_than_usual_can_be_learnt_from(monkeypatch):
    known_set(monkeypatch, train=80)
    assert RunConfig("squares", "mse").images == 32
