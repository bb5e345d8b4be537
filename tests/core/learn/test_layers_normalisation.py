"""The fused normalisation gives what Keras's own layer does."""

import keras
import numpy as np
import pytest

from core.learn.layers import BatchNormalization


@pytest.fixture
def maps(few_clothes):
    """Feature maps (32, 14, 14, 4) of real images."""
    images = few_clothes.train_images[:32].astype(np.float32) / 255
    return images.reshape(32, 14, 2, 14, 2).transpose(0, 1, 3, 2, 4).reshape(32, 14, 14, 4)


def built(layer, maps):
    layer.build(maps.shape)
    layer.set_weights([np.float32([2, 1, 0.5, 3]), np.float32([0, 1, -1, 2]), np.zeros(4), np.ones(4)])
    return layer


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("training", [True, False])
def test_it_gives_what_keras_gives(maps, training, dtype):
    ours, theirs = (
        built(kind(momentum=0.9, dtype=dtype), maps) for kind in (BatchNormalization, keras.layers.BatchNormalization)
    )
    outputs = [
        keras.ops.convert_to_numpy(keras.ops.cast(layer(maps, training=training), "float32"))
        for layer in (ours, theirs)
    ]
    tolerance = 1e-4 if dtype == "float32" else 3e-2
    np.testing.assert_allclose(*outputs, rtol=tolerance, atol=tolerance)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, reference, rtol=2e-3 if dtype == "float32" else 2e-2)


def test_training_takes_the_fused_operation(maps, monkeypatch):
    from tensorflow import compat

    fused, calls = compat.v1.nn.fused_batch_norm, []
    monkeypatch.setattr(
        compat.v1.nn, "fused_batch_norm", lambda *args, **settings: calls.append(1) or fused(*args, **settings)
    )
    layer = built(BatchNormalization(), maps)
    layer(maps, training=False)
    assert calls == []
    layer(maps, training=True)
    assert calls == [1]


def test_a_frozen_layer_does_not_learn_the_batch(maps):
    layer = built(BatchNormalization(), maps)
    layer.trainable = False
    before = layer.get_weights()
    layer(maps, training=True)
    for old, new in zip(before, layer.get_weights(), strict=True):
        assert np.array_equal(old, new)


def test_weights_kept_by_keras_own_layer_can_be_read(maps, tmp_path):
    def model(kind):
        image = keras.Input(maps.shape[1:])
        return keras.Model(image, kind()(image))

    theirs, ours = model(keras.layers.BatchNormalization), model(BatchNormalization)
    theirs.layers[-1].set_weights([np.float32([1, 2, 3, 4])] * 4)
    theirs.save_weights(tmp_path / "kept.weights.h5")
    ours.load_weights(tmp_path / "kept.weights.h5")
    assert [weight.tolist() for weight in ours.get_weights()] == [[1, 2, 3, 4]] * 4
