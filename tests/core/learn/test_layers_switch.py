"""What is fast on processors only is off wherever something else computes."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.learn import layers
from core.learn.layers import BatchNormalization, Conv2D, DataParallel, on_processors, share_processors


@pytest.fixture
def elsewhere(monkeypatch):
    monkeypatch.setattr(layers, "on_processors", lambda: False)


@pytest.mark.parametrize(
    ("devices", "expected"), [(["CPU"], True), (["CPU", "GPU"], False), (["CPU", "TPU", "TPU"], False)]
)
def test_an_accelerator_beside_the_processors_is_seen(monkeypatch, devices, expected):
    listed = [SimpleNamespace(device_type=kind) for kind in devices]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda: listed)
    on_processors.cache_clear()
    try:
        assert on_processors() == expected
    finally:
        on_processors.cache_clear()


def test_another_backend_is_seen(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    on_processors.cache_clear()
    try:
        assert not on_processors()
    finally:
        on_processors.cache_clear()


@pytest.mark.usefixtures("elsewhere")
def test_layers_train_as_keras_own(monkeypatch):
    monkeypatch.setattr(tf, "custom_gradient", lambda function: pytest.fail("an own gradient"))
    monkeypatch.setattr(
        tf.compat.v1.nn, "fused_batch_norm", lambda *args, **settings: pytest.fail("the fused operation")
    )
    maps = np.ones((8, 8, 8, 32), np.float32)
    for layer in (Conv2D(16, 3, padding="same", dtype="mixed_bfloat16"), BatchNormalization()):
        layer(maps, training=True)


@pytest.mark.parametrize("halves", [True, False])
def test_a_batch_stays_whole(monkeypatch, halves):
    monkeypatch.setattr(layers, "on_processors", lambda: halves)
    seen = []

    class Count(keras.layers.Layer):
        def call(self, inputs):
            seen.append(inputs.shape)
            return inputs

    image = keras.Input((3,))
    model = DataParallel(image, Count()(image))
    seen.clear()
    model(np.zeros((10, 3), np.float32))
    assert seen == ([(5, 3), (5, 3)] if halves else [(10, 3)])


@pytest.mark.usefixtures("elsewhere")
def test_threads_are_left_alone(monkeypatch):
    monkeypatch.setattr(
        tf.config.threading, "set_inter_op_parallelism_threads", lambda count: pytest.fail("threads were set")
    )
    share_processors()
