"""Kernels' gradients that are computed another way are those of Keras's own layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.learn.layers import Conv2D


@pytest.fixture
def maps(few_clothes):
    """Feature maps (8, 14, 14, 32): patches of real images, each shifted by another number of pixels."""
    images = few_clothes.train_images[:8].astype(np.float32) / 255
    return np.concatenate([np.roll(images, shift, axis=(1, 2))[:, ::2, ::2] for shift in range(32)], axis=-1)


def learned(kind, maps, dtype, **settings):
    """Outputs, and gradients to the maps and to each weight, of a loss that differs from place to place."""
    keras.utils.set_random_seed(0)
    layer = kind(filters=16, dtype=dtype, **settings)
    layer.build(maps.shape)
    images = tf.constant(maps)
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = tf.cast(layer(images, training=True), tf.float32)
        loss = tf.reduce_sum(outputs * tf.random.stateless_normal(outputs.shape, (0, 1)))
    gradients = tape.gradient(loss, [images, *layer.trainable_weights])
    return [outputs.numpy(), *(gradient.numpy() for gradient in gradients)]


@pytest.mark.parametrize("activation", [None, "relu"])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize(
    ("height", "width", "kernel", "stride", "padding"),
    [
        (14, 14, 3, 2, "same"),
        (7, 7, 3, 2, "same"),
        (8, 8, 3, 1, "same"),
        (8, 5, 3, 1, "valid"),
        (8, 8, 3, 2, "valid"),  # the last row and column are never reached
        (6, 7, 5, 2, "same"),
        (8, 8, 2, 1, "same"),
        (8, 8, 1, 2, "same"),
    ],
)
def test_every_gradient_is_that_of_keras_own_layer(maps, height, width, kernel, stride, padding, use_bias, activation):
    maps = maps[:, :height, :width]
    settings = {
        "kernel_size": kernel,
        "strides": stride,
        "padding": padding,
        "use_bias": use_bias,
        "activation": activation,
    }
    exact = learned(keras.layers.Conv2D, maps, "float32", **settings)
    ours = learned(Conv2D, maps, "mixed_bfloat16", **settings)
    theirs = learned(keras.layers.Conv2D, maps, "mixed_bfloat16", **settings)
    for reference, mine, other in zip(exact, ours, theirs, strict=True):
        # Eight bits of mantissa: as near to the exact values as Keras's own layer in the same precision.
        error, allowed = (np.linalg.norm(one - reference) / np.linalg.norm(reference) for one in (mine, other))
        assert mine.shape == reference.shape
        assert error < max(1.1 * allowed, 0.004)


@pytest.mark.parametrize(
    ("taken", "dtype", "settings"),
    [
        (True, "mixed_bfloat16", {}),
        (False, "float32", {}),
        (False, "mixed_bfloat16", {"activation": "sigmoid"}),
        (False, "mixed_bfloat16", {"strides": 1}),  # 14x14: slower there
        (False, "mixed_bfloat16", {"dilation_rate": 2, "strides": 1, "padding": "valid"}),
        (False, "mixed_bfloat16", {"groups": 2}),
    ],
)
def test_the_other_way_is_taken_where_it_gains(maps, monkeypatch, taken, dtype, settings):
    import core.learn.layers

    calls, own = [], core.learn.layers._kernel_gradient
    monkeypatch.setattr(core.learn.layers, "_kernel_gradient", lambda *args: calls.append(1) or own(*args))
    learned(Conv2D, maps, dtype, **{"kernel_size": 3, "strides": 2, "padding": "same"} | settings)
    assert bool(calls) == taken


def test_inference_and_frozen_layers_are_keras_own(maps, monkeypatch):
    layer = Conv2D(16, 3, 2, padding="same", dtype="mixed_bfloat16")
    layer.build(maps.shape)
    monkeypatch.setattr(tf, "custom_gradient", lambda function: pytest.fail("not Keras's own"))
    layer(maps, training=False)
    layer.trainable = False
    layer(maps, training=True)
