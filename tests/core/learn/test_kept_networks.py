"""Loss networks that are kept, read again, damaged or taught anew."""

import dataclasses
import errno
import hashlib
import json
import os
import shutil

import keras
import numpy as np
import pytest

from core.data import ImageSet
from core.learn import fit
from core.learn.teachers.classifier import judge
from core.learn.teachers.kept import get_loss_network
from core.settings import LossNetworkConfig

CONFIG = LossNetworkConfig("digits", epochs=2)


class StopError(Exception):
    pass


@pytest.fixture(scope="module")
def few_digits(digits):
    info = dataclasses.replace(digits.info, train_size=300, test_size=60, validation_size=44)
    return ImageSet(
        info, digits.train_images[:300], digits.train_labels[:300], digits.test_images[:60], digits.test_labels[:60]
    )


def get(folder, dataset, config=CONFIG, on_event=lambda event: None):
    return get_loss_network(
        config, dataset, folder=folder / "networks", checkpoint=folder / "checkpoints", precision="float32",
        on_event=on_event,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cached(few_digits, tmp_path_factory):
    """A folder with a trained network, and that network."""
    folder = tmp_path_factory.mktemp("features")
    return folder, get(folder, few_digits)


@pytest.fixture
def cache(cached, tmp_path):
    """A copy of it that a test may damage."""
    path = tmp_path / "networks" / CONFIG.network_id
    path.mkdir(parents=True)
    for file in (cached[0] / "networks" / CONFIG.network_id).iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    return path


def assert_same_weights(one, other):
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


# --- training and keeping ------------------------------------------------------------------------------------------


def test_a_kept_network_is_read_and_not_trained_again(cached, few_digits, monkeypatch):
    folder, network = cached
    monkeypatch.setattr(fit, "fit", None)
    again = get(folder, few_digits)
    assert_same_weights(again.model, network.model)
    assert again.report == network.report


def test_its_accuracies_are_those_on_the_parts_it_was_not_fitted_to(cached, few_digits):
    _, network = cached
    held_out = few_digits.validation_slice
    validation, _ = judge(network.model, few_digits.train_images[held_out], few_digits.train_labels[held_out])
    assert network.report["validation_accuracy"] == pytest.approx(validation)
    assert network.report["test_accuracy"] == pytest.approx(
        judge(network.model, few_digits.test_images, few_digits.test_labels)[0]
    )


def test_a_network_learns_from_as_many_images_as_it_is_told(few_digits, tmp_path):
    without = few_digits.train_images.copy()
    without[100 : few_digits.fit_slice.stop] = 0
    changed = dataclasses.replace(few_digits, train_images=without)
    config = dataclasses.replace(CONFIG, images=100)
    assert_same_weights(get(tmp_path / "a", few_digits, config).model, get(tmp_path / "b", changed, config).model)


def test_accuracy_by_hand(few_digits):
    flat = keras.layers.Flatten()
    model = keras.Sequential([keras.Input((28, 28, 1)), flat, keras.layers.Dense(10, kernel_initializer="zeros")])
    model.layers[-1].bias.assign(keras.ops.one_hot(3, 10))
    assert judge(model, few_digits.test_images, few_digits.test_labels)[0] == np.mean(few_digits.test_labels == 3)


def test_a_network_recognises_what_it_was_trained_on(perceptual_run):
    assert perceptual_run.summary["loss_network"]["test_accuracy"] > 0.8


def test_a_kept_network_is_frozen(cached):
    assert cached[1].model.trainable_weights == []


def test_the_same_seed_gives_the_same_network_and_another_one_another(cached, few_digits, tmp_path):
    again = get(tmp_path, few_digits)
    assert_same_weights(again.model, cached[1].model)
    other = get(tmp_path, few_digits, dataclasses.replace(CONFIG, seed=1))
    assert not np.array_equal(other.model.get_weights()[0], again.model.get_weights()[0])


def test_an_interrupted_network_ends_at_the_weights_of_one_that_was_not(cached, few_digits, tmp_path):
    def stop(event):
        if event["event"] == "epoch":
            raise StopError

    with pytest.raises(StopError):
        get(tmp_path, few_digits, on_event=stop)
    assert_same_weights(get(tmp_path, few_digits).model, cached[1].model)


def test_a_finished_network_leaves_no_checkpoint(cached):
    folder, _ = cached
    assert not list((folder / "checkpoints").rglob("*.weights.h5"))


def change_a_byte(path):
    raw = bytearray(path.read_bytes())
    raw[-100] ^= 1
    path.write_bytes(raw)


DAMAGES = {
    "weights changed": ("network.weights.h5", change_a_byte),
    "weights emptied": ("network.weights.h5", lambda path: path.write_bytes(b"")),
    "weights removed": ("network.weights.h5", lambda path: path.unlink()),
    "report truncated": ("network.json", lambda path: path.write_bytes(path.read_bytes()[:50])),
    "report removed": ("network.json", lambda path: path.unlink()),
    "report of another kind": ("network.json", lambda path: path.write_text("[]")),
    "report changed": ("network.json", change_a_byte),
    "manifest changed": ("manifest.json", change_a_byte),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_network_is_told_set_aside_and_trained_anew(cached, cache, few_digits, damage, tmp_path, caplog):
    name, harm = DAMAGES[damage]
    harm(cache / name)
    again = get(tmp_path, few_digits)
    assert_same_weights(again.model, cached[1].model)
    assert str(cache / name) in caplog.text
    assert sorted(path.name.split("-")[0] for path in cache.parent.iterdir()) == [".damaged", "digits"]


@pytest.mark.parametrize("name", [".", "manifest.json"])
def test_a_network_that_cannot_be_looked_at_is_trained_anew(cached, cache, few_digits, name, tmp_path, monkeypatch):
    stat = os.stat
    closed = stat(cache / name).st_ino

    def refuse(path, **settings):
        found = stat(path, **settings)
        if found.st_ino == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return found

    monkeypatch.setattr(os, "stat", refuse)
    assert_same_weights(get(tmp_path, few_digits).model, cached[1].model)
    assert sorted(path.name.split("-")[0] for path in cache.parent.iterdir()) == [".damaged", "digits"]


def test_a_damaged_network_that_comes_with_the_project_is_passed_over(
    cached, cache, few_digits, tmp_path, monkeypatch, caplog
):
    bundled = tmp_path / "bundled"
    shutil.copytree(cache.parent, bundled / "loss_networks")
    change_a_byte(bundled / "loss_networks" / cache.name / "network.weights.h5")
    monkeypatch.setattr("core.learn.teachers.kept.BUNDLED", bundled)
    monkeypatch.setattr("core.learn.teachers.kept._train", None)  # the next place has a good one
    assert_same_weights(get(tmp_path, few_digits).model, cached[1].model)
    assert "network.weights.h5 has sha256" in caplog.text


def test_a_network_under_the_name_of_another_is_not_taken_for_that_one(cached, cache, few_digits, tmp_path):
    other = dataclasses.replace(CONFIG, seed=5)
    cache.rename(cache.with_name(other.network_id))
    with pytest.raises(AssertionError):
        assert_same_weights(get(tmp_path, few_digits, other).model, cached[1].model)


def test_a_network_of_an_earlier_version_is_used_while_its_weights_fit(
    cached, cache, few_digits, tmp_path, monkeypatch
):
    report, weights = cache / "network.json", cache / "network.weights.h5"
    (cache / "manifest.json").unlink()
    sealed = json.loads(report.read_text()) | {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    report.write_text(json.dumps(sealed))
    with monkeypatch.context() as patch:
        patch.setattr("core.learn.teachers.kept._train", None)
        assert_same_weights(get(tmp_path, few_digits).model, cached[1].model)
    change_a_byte(weights)
    assert_same_weights(get(tmp_path, few_digits).model, cached[1].model)
    assert len(list(cache.parent.iterdir())) == 2


def test_a_network_that_was_deleted_is_trained_again(cache, few_digits, tmp_path):
    for file in cache.iterdir():
        file.unlink()
    cache.rmdir()
    stages = []
    get(tmp_path, few_digits, on_event=lambda event: stages.append(event["stage"]))
    assert "loss network" in stages
    assert cache.is_dir()
