"""Adding a pixel loss, a teacher or an architecture: a class and an entry in a registry, and everything knows it."""

import inspect
import json
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pytest

from core.estimates import estimate_seconds
from core.learn.architectures.architecture import Architecture
from core.learn.autoencoder import prepare
from core.learn.objectives.objective import PixelObjective
from core.learn.teachers.teacher import Teacher
from core.paths import ROOT
from core.settings import ARCHITECTURES, LOSS_NETWORKS, LOSSES, TAPS, TEACHERS, LossNetworkConfig, RunConfig
from tests.core.learn.pictures import known_set


class Absolute(PixelObjective):
    title = "Absolute"
    summary = "punishes the difference of every pixel"
    colour = "#cc79a7"

    def loss(self, target, output):
        from keras import ops

        return ops.mean(ops.abs(target - output), axis=(1, 2, 3))


class Untrained(Teacher):
    title = "Untrained"
    summary = "features of random weights"
    uses_labels = False

    def outputs(self, info):
        return 1

    def train(self, config, dataset, *, precision, checkpoint, on_event):
        from core.learn.models import build_loss_network

        network = build_loss_network(config.architecture, dataset.info.shape, 1, precision)
        return network, {"history": [{"epoch": 1, "seconds": 1.0, "images_per_second": 1.0}]}


class Dense(Architecture):
    title = "Dense"
    summary = "one layer each way"
    images_per_second = 9600.0
    made: ClassVar[list] = []

    def encode(self, image, dtype):
        return image

    def decode(self, embedding, shape, dtype):
        from keras import layers

        self.made.append(shape)
        return layers.Reshape(shape)(layers.Dense(int(np.prod(shape)), dtype=dtype)(embedding))


@pytest.fixture
def squares(monkeypatch):
    monkeypatch.setenv("LATENT_LENS_PRECISION", "float32")
    monkeypatch.setitem(LOSSES, "absolute", Absolute())
    monkeypatch.setitem(TEACHERS, "untrained", Untrained())
    monkeypatch.setitem(ARCHITECTURES, "dense", Dense())
    return known_set(monkeypatch, labelled=False)


def train(config, images, folder):
    return prepare(
        config, images, checkpoint=folder / "run", networks=folder / "networks", precision_cache=folder / "precision.json",
        on_event=lambda event: None,
    ).train(lambda event: None)  # fmt: skip


def test_a_pixel_loss_that_is_added_is_trained_with(squares, tmp_path):
    config = RunConfig("squares", "absolute", latent=3, epochs=1, batch_size=16)
    assert config.run_id.startswith("squares-absolute-z3-")
    assert not config.uses_labels
    trained = train(config, squares, tmp_path)
    images = squares.train_images[squares.validation_slice] / np.float32(255)
    drawn = trained.decoder.predict_on_batch(trained.encoder.predict_on_batch(images))
    assert trained.history[-1]["validation_loss"] == pytest.approx(np.abs(images - drawn).mean(), rel=1e-4)


def test_a_teacher_without_labels_that_is_added_teaches_images_that_have_none(squares, tmp_path):
    network = LossNetworkConfig("squares", teacher="untrained", epochs=1)
    config = RunConfig("squares", "perceptual", latent=3, epochs=1, batch_size=16, loss_network=network)
    assert not config.uses_labels
    trained = train(config, squares, tmp_path)
    assert trained.loss_network == {"id": network.network_id, "seconds": 1.0, "images_per_second": 1.0}
    assert np.isfinite(trained.history[-1]["validation_loss"])
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_an_architecture_that_is_added_is_built_and_estimated_by_its_own_figures(squares, tmp_path):
    config = RunConfig("squares", "mse", latent=3, epochs=1, batch_size=16, architecture="dense")
    trained = train(config, squares, tmp_path)
    assert trained.encoder.count_params() == 32 * 32 * 3 * 3 + 3
    assert Dense.made[-1] == (32, 32, 3)
    default = RunConfig("squares", "mse", epochs=1)
    images = 252 * (32 * 32) / (28 * 28)
    assert estimate_seconds(default, []) - estimate_seconds(config, []) == pytest.approx(images / 4800 - images / 9600)


@pytest.mark.parametrize("registry", [LOSSES, ARCHITECTURES, LOSS_NETWORKS, TEACHERS, TAPS])
def test_every_entry_tells_people_what_it_is(registry):
    titles = [one.title for one in registry.values()]
    assert len(set(titles)) == len(titles)
    for one in registry.values():
        assert one.summary[0].islower()
        assert not one.summary.endswith(".")


def test_every_entry_lies_in_a_file_that_loads_nothing_heavy():
    modules = {inspect.getmodule(type(one)).__name__ for registry in (LOSSES, ARCHITECTURES, LOSS_NETWORKS, TEACHERS, TAPS) for one in registry.values()}  # fmt: skip
    script = f"import sys, {', '.join(sorted(modules))}; print(sorted({{'keras', 'tensorflow', 'sklearn'}} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
