"""The autoencoder's training: what it learns, interruptions, and the models that it exports."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from core.analyse import metrics
from core.learn import autoencoder
from core.learn.autoencoder import Trained, prepare
from core.learn.models import build_decoder, build_encoder
from core.learn.objectives.objective import Comparison
from core.learn.teachers import features
from core.serve import decode, encode
from core.settings import ARCHITECTURES, LOSSES, LossNetworkConfig, RunConfig

NETWORK = LossNetworkConfig(epochs=1)
CONFIGS = {
    "mse": RunConfig(loss="mse", latent=3, epochs=3, batch_size=64),
    "bce": RunConfig(loss="bce", latent=3, epochs=3, batch_size=64),
    "perceptual": RunConfig(loss_network=NETWORK, latent=3, epochs=3, batch_size=64),
}


class StopError(Exception):
    """Stands for a process that is killed."""


@pytest.fixture(autouse=True)
def _same_precision_everywhere(monkeypatch):
    monkeypatch.setattr(autoencoder, "choose_precision", lambda cache: "float32")


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Where the loss network is kept for all tests of this file."""
    return tmp_path_factory.mktemp("networks")


@pytest.fixture
def train(few_clothes, networks, tmp_path):
    def train(config, on_event=lambda event: None, folder="checkpoints/run", dataset=few_clothes):
        places = {"checkpoint": tmp_path / folder, "networks": networks, "precision_cache": tmp_path / "precision.json"}
        trainer = prepare(config, dataset, on_event=lambda event: None, **places)
        return trainer, trainer.train(on_event)

    return train


def weights(trained):
    return trained.encoder.get_weights() + trained.decoder.get_weights()


def assert_same_weights(one, other):
    for first, second in zip(weights(one), weights(other), strict=True):
        np.testing.assert_array_equal(first, second)


def stop_after_epoch(number):
    def on_event(event):
        if event["event"] == "epoch" and event["epoch"] == number:
            raise StopError

    return on_event


# --- training ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", CONFIGS)
def test_the_loss_falls(train, loss):
    history = train(CONFIGS[loss])[1].history
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert history[-1]["loss"] < history[0]["loss"]


def test_nearly_black_images_do_not_silence_the_network(few_clothes, networks, tmp_path):
    edges = np.where(few_clothes.train_images > 230, few_clothes.train_images, 0)
    images = dataclasses.replace(few_clothes, train_images=edges)
    config = RunConfig(loss="mse", latent=10, epochs=12, batch_size=16)
    places = {"checkpoint": tmp_path / "run", "networks": networks, "precision_cache": tmp_path / "precision.json"}
    history = prepare(config, images, on_event=lambda event: None, **places).train(lambda event: None).history
    seen, unseen = edges[images.fit_slice] / 255, edges[images.validation_slice] / 255
    always_the_mean = np.square(unseen - seen.mean(axis=0)).mean()
    assert history[-1]["validation_mse"] < 0.8 * always_the_mean


@pytest.mark.parametrize("loss", ["mse", "perceptual"])
def test_an_interrupted_run_ends_at_the_weights_of_one_that_was_not(train, loss):
    _, whole = train(CONFIGS[loss], folder="whole/run")
    with pytest.raises(StopError):
        train(CONFIGS[loss], stop_after_epoch(2))
    events = []
    _, resumed = train(CONFIGS[loss], events.append)
    assert events[0]["event"] == "resumed"
    assert_same_weights(resumed, whole)
    assert [row["validation_loss"] for row in resumed.history] == [row["validation_loss"] for row in whole.history]


def test_the_same_seed_gives_the_same_run_and_another_one_another(train):
    first, again = (train(CONFIGS["mse"], folder=f"{name}/run")[1] for name in "ab")
    assert_same_weights(first, again)
    _, other = train(dataclasses.replace(CONFIGS["mse"], seed=1), folder="c/run")
    assert not np.array_equal(weights(other)[0], weights(first)[0])


def test_every_loss_starts_at_the_same_weights(train, monkeypatch):
    monkeypatch.setattr(autoencoder, "fit", lambda *arguments, **settings: [])
    runs = [train(config)[1] for config in CONFIGS.values()]
    assert_same_weights(runs[0], runs[1])
    assert_same_weights(runs[0], runs[2])


def test_training_leaves_the_loss_network_as_it_was(train, monkeypatch):
    seen = {}

    def remember(model, *arguments, **settings):
        seen["before"] = [weight.copy() for weight in seen["network"].get_weights()]
        return fit(model, *arguments, **settings)

    def build(network, *arguments):
        seen["network"] = network
        return build_extractor(network, *arguments)

    fit, build_extractor = autoencoder.fit, features.build_extractor
    monkeypatch.setattr(autoencoder, "fit", remember)
    monkeypatch.setattr(features, "build_extractor", build)
    train(CONFIGS["perceptual"])
    for before, after in zip(seen["before"], seen["network"].get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_validation_figures_are_those_of_the_held_out_images(train, few_clothes):
    trainer, trained = train(CONFIGS["perceptual"])
    held_out = few_clothes.validation_slice
    images = few_clothes.train_images[held_out].astype(np.float32) / 255
    output = trained.decoder.predict_on_batch(trained.encoder.predict_on_batch(images))
    assert trained.history[-1]["validation_mse"] == pytest.approx(np.mean((output - images) ** 2), rel=1e-4)
    compared = trainer.comparison
    loss = LOSSES["perceptual"].loss(compared.features[held_out], compared.extractor.predict_on_batch(output))
    assert trained.history[-1]["validation_loss"] == pytest.approx(float(keras.ops.mean(loss)), rel=1e-3)


@pytest.mark.parametrize("loss", CONFIGS)
def test_a_run_learns_from_as_many_images_as_it_is_told(train, few_clothes, loss):
    config = dataclasses.replace(CONFIGS[loss], images=128)
    without = few_clothes.train_images.copy()
    without[128 : few_clothes.fit_slice.stop] = 0
    _, one = train(config)
    _, other = train(config, folder="checkpoints/other", dataset=dataclasses.replace(few_clothes, train_images=without))
    assert_same_weights(one, other)
    assert one.history[-1]["validation_loss"] == other.history[-1]["validation_loss"]
    _, whole = train(CONFIGS[loss], folder="checkpoints/whole")
    assert whole.history[-1]["validation_loss"] != one.history[-1]["validation_loss"]


def test_a_pixel_loss_uses_no_labels(train, few_clothes):
    trainer, trained = train(CONFIGS["mse"])
    assert type(trainer.comparison) is Comparison
    assert trained.loss_network is None
    assert trained.history[-1]["validation_loss"] == trained.history[-1]["validation_mse"]


def test_an_interrupted_run_goes_on_in_its_own_precision(train, monkeypatch):
    with pytest.raises(StopError):
        train(CONFIGS["mse"], stop_after_epoch(1))
    monkeypatch.setattr(autoencoder, "choose_precision", lambda cache: "mixed_bfloat16")
    assert train(CONFIGS["mse"])[1].precision == "float32"


def test_mixed_precision_trains_too(train, monkeypatch):
    monkeypatch.setattr(autoencoder, "choose_precision", lambda cache: "mixed_bfloat16")
    _, trained = train(CONFIGS["mse"])
    assert trained.precision == "mixed_bfloat16"
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]


@pytest.mark.parametrize("loss", ["mse", "perceptual"])
def test_training_separates_the_classes_better_than_before(runs, digits, digits_labels, loss):
    run = runs[loss]
    after = metrics.knn_accuracy(
        run.train_embeddings, digits_labels["train"], run.test_embeddings, digits_labels["test"]
    )
    assert after == pytest.approx(run.metrics["knn_accuracy"])
    before = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        encoder = build_encoder("default", (28, 28, 1), run.config.latent)
        train, test = (
            encoder.predict(images.astype(np.float32) / 255, verbose=0)
            for images in (digits.train_images, digits.test_images)
        )
        before.append(metrics.knn_accuracy(train, digits_labels["train"], test, digits_labels["test"]))
    assert after > max(before) + 0.05


def test_training_reconstructs_better_than_the_mean_image(mse_run, digits):
    pictures = digits.test_images / 255
    mean = (digits.train_images / 255).mean(axis=0)
    assert mse_run.metrics["reconstruction_mse"] < 0.8 * np.mean((pictures - mean) ** 2)


# --- export --------------------------------------------------------------------------------------------------------


def untrained(architecture, latent, precision="float32"):
    keras.utils.set_random_seed(0)
    config = RunConfig(loss="mse", latent=latent, architecture=architecture)
    encoder, decoder = (build(architecture, (28, 28, 1), latent, precision) for build in (build_encoder, build_decoder))
    return Trained(config, encoder, decoder, [], precision, None)


@pytest.mark.parametrize(("architecture", "latent"), list(zip(ARCHITECTURES, (1, 2, 256), strict=True)))
def test_exported_models_give_what_keras_gives(tmp_path, few_clothes, architecture, latent):
    trained = untrained(architecture, latent)
    trained.export(tmp_path)
    images = few_clothes.test_images[:20]
    codes = trained.encoder.predict_on_batch(images.astype(np.float32) / 255)
    np.testing.assert_allclose(
        encode((tmp_path / "encoder.onnx").read_bytes(), images), codes, atol=2e-3 * np.abs(codes).max()
    )
    pictures = trained.decoder.predict_on_batch(codes)
    np.testing.assert_allclose(decode((tmp_path / "decoder.onnx").read_bytes(), codes), pictures, atol=2e-3)


def test_a_model_trained_in_mixed_precision_is_served_in_full(tmp_path, few_clothes):
    mixed = untrained("default", 4, "mixed_bfloat16")
    full = build_encoder("default", (28, 28, 1), 4)
    full.set_weights(mixed.encoder.get_weights())
    mixed.export(tmp_path)
    images = few_clothes.test_images[:20]
    codes = full.predict_on_batch(images.astype(np.float32) / 255)
    np.testing.assert_allclose(
        encode((tmp_path / "encoder.onnx").read_bytes(), images), codes, atol=1e-3 * np.abs(codes).max()
    )


@pytest.mark.parametrize("name", ["encoder.onnx", "decoder.onnx"])
def test_files_keep_large_weights_in_half_precision(mse_run, name):
    path = mse_run.path / name
    initializers = onnx.load(path).graph.initializer
    large = [tensor for tensor in initializers if np.prod(tensor.dims) >= 1024]
    assert large
    assert {tensor.data_type for tensor in large} == {onnx.TensorProto.FLOAT16}
    model = {"encoder.onnx": build_encoder, "decoder.onnx": build_decoder}[name]("default", (28, 28, 1), 4)
    assert path.stat().st_size < 2.2 * model.count_params() + 50_000


def test_an_export_holds_nothing_but_the_two_models(tmp_path):
    untrained("default", 2).export(tmp_path)
    assert sorted(path.name for path in Path(tmp_path).iterdir()) == ["decoder.onnx", "encoder.onnx"]


def test_a_loss_network_with_dropout_is_whole_while_the_autoencoder_trains(train):
    # With next to no learning the loss over training and validation images is the same, unless features are dropped.
    network = LossNetworkConfig(architecture="study_a", epochs=1)
    config = RunConfig(loss_network=network, tap="last_map", latent=3, epochs=1, batch_size=64, learning_rate=1e-7)
    (row,) = train(config)[1].history
    assert row["loss"] == pytest.approx(row["validation_loss"], rel=0.25)
