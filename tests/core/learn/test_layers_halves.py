"""A batch taken in two halves gives what the whole one does."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from core.learn.batches import as_float
from core.learn.layers import BatchNormalization, DataParallel
from core.learn.models import build_encoder, build_loss_network


@pytest.fixture
def clothes(few_clothes):
    return as_float(few_clothes.train_images[:17])


@pytest.mark.parametrize("count", [17, 16, 2, 1])
def test_any_number_of_images_gives_what_the_model_gives(clothes, count):
    encoder = build_encoder("default", (28, 28, 1), 10)
    parallel = DataParallel(encoder.input, encoder.output)
    expected = encoder.predict_on_batch(clothes[:count])
    np.testing.assert_allclose(parallel.predict_on_batch(clothes[:count]), expected, rtol=1e-4, atol=1e-5)


def test_a_step_changes_the_weights_as_one_of_the_whole_batch(clothes):
    def trained(kind):
        keras.utils.set_random_seed(0)
        encoder = build_encoder("default", (28, 28, 1), 3)
        model = kind(encoder.input, encoder.output)
        model.compile(keras.optimizers.SGD(0.1), "mse")
        loss = model.train_on_batch(clothes, np.ones((len(clothes), 3), np.float32))
        return [np.float32(loss), *encoder.get_weights()]

    for ours, theirs in zip(trained(DataParallel), trained(keras.Model), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_each_half_is_normalised_by_itself_and_both_are_remembered(clothes):
    image = keras.Input(clothes.shape[1:])
    model = DataParallel(image, BatchNormalization(momentum=0.9)(image))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    model.train_on_batch(clothes[:16], clothes[:16])
    first, second = clothes[:8].mean(), clothes[8:16].mean()
    mean = model.layers[-1].get_weights()[2]
    assert mean == pytest.approx(0.9 * 0.1 * first + 0.1 * second, rel=1e-4)


def test_weights_are_kept_as_those_of_the_model_within(clothes, tmp_path):
    network = build_loss_network("default", (28, 28, 1), 10)
    DataParallel(network.input, network.output).save_weights(tmp_path / "kept.weights.h5")
    other = build_loss_network("default", (28, 28, 1), 10)
    other.load_weights(tmp_path / "kept.weights.h5")
    assert all(np.array_equal(*pair) for pair in zip(network.get_weights(), other.get_weights(), strict=True))


def test_dropout_drops_other_units_in_each_half():
    image = keras.Input((50,))
    model = DataParallel(image, layers.Dropout(0.5, seed=0)(image))
    kept = keras.ops.convert_to_numpy(model(np.ones((8, 50), np.float32), training=True)) > 0
    assert len({row.tobytes() for row in kept}) == 8


def test_processors_are_shared_only_before_the_first_operation():
    """In a process of its own: the number of threads cannot be changed later, nor taken back."""
    script = """
import keras, tensorflow as tf
from core.learn import layers
from core.learn.layers import share_processors
share_processors()
keras.ops.convert_to_numpy(keras.ops.ones(3) + 1)
threads = tf.config.threading
print(threads.get_inter_op_parallelism_threads(), threads.get_intra_op_parallelism_threads())
layers._processors = lambda: 100
share_processors()
print("late calls do no harm")
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert found[0].split()[0] == "2"
    assert int(found[0].split()[1]) >= 1
    assert found[1] == "late calls do no harm"
