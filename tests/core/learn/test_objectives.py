"""The losses of drawings that were computed by hand."""

import math

import keras
import numpy as np
import pytest

from core.settings import LOSSES

mse, bce, perceptual = (LOSSES[name].loss for name in ("mse", "bce", "perceptual"))


def images(*values):
    """One 2x2 image a value, every pixel of that value."""
    return np.stack([np.full((2, 2, 1), value, np.float32) for value in values])


def numbers(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


# Target, output (features for the perceptual loss): shapes as in training.
EXAMPLES = {
    "mse": (images(0, 1), images(0.5, 0.8)),
    "bce": (images(1, 0.3), images(0.8, 0.6)),
    "perceptual": (np.zeros((2, 2, 3), np.float32), np.array([[1, 0, 0], [0, 2, 2]], np.float32)),
}


def test_mse_is_the_mean_squared_pixel_difference_of_each_image():
    output = images(0.5, 0)
    output[1, 0, 0] = 1
    np.testing.assert_allclose(numbers(mse(images(0, 0), output)), [0.25, 0.25])


def test_bce_is_the_mean_cross_entropy_of_each_image():
    expected = [-math.log(0.8), -(0.3 * math.log(0.6) + 0.7 * math.log(0.4))]
    np.testing.assert_allclose(numbers(bce(*EXAMPLES["bce"])), expected, rtol=1e-5)


def test_bce_of_a_grey_pixel_is_least_at_its_own_value():
    below, exact, above = numbers(bce(images(0.3, 0.3, 0.3), images(0.25, 0.3, 0.35)))
    assert exact == pytest.approx(-(0.3 * math.log(0.3) + 0.7 * math.log(0.7)), rel=1e-5)
    assert exact < min(below, above)


@pytest.mark.parametrize(
    ("target", "output", "low", "high"), [(0, 0, 0, 1e-6), (1, 1, 0, 1e-6), (0, 1, 15, 17), (1, 0, 15, 17)]
)
def test_bce_stays_finite_at_extreme_outputs(target, output, low, high):
    loss = numbers(bce(images(target), images(output)))[0]
    assert low <= loss <= high


def test_perceptual_takes_the_nearer_of_target_and_mirror_for_each_image():
    near, far = [0, 0], [10, 10]
    targets = np.array([[near, far], [far, near]], np.float32)
    features = np.array([[1, 0], [0, 2]], np.float32)
    # Once per batch it would be the smaller of (0.5 + 82) / 2 and (90.5 + 2) / 2.
    np.testing.assert_allclose(numbers(perceptual(targets, features)), [0.5, 2])


def test_perceptual_does_not_care_which_of_the_two_targets_comes_first():
    random = np.random.default_rng(0)
    targets, features = random.random((5, 2, 7)), random.random((5, 7))
    swapped = numbers(perceptual(targets[:, ::-1].copy(), features))
    np.testing.assert_allclose(numbers(perceptual(targets, features)), swapped)


def test_perceptual_accepts_targets_in_half_precision():
    loss = perceptual(np.full((1, 2, 4), 3, np.float16), np.full((1, 4), 1, np.float32))
    assert loss.dtype == "float32"
    assert numbers(loss) == [4]


@pytest.mark.parametrize("name", LOSSES)
def test_training_takes_the_mean_over_the_batch(name):
    target, output = EXAMPLES[name]
    model = keras.Sequential([keras.Input(output.shape[1:]), keras.layers.Identity()])
    model.compile("sgd", LOSSES[name].loss)
    per_image = numbers(LOSSES[name].loss(target, output))
    assert per_image.shape == (2,)
    assert model.test_on_batch(output, target) == pytest.approx(per_image.mean(), rel=1e-6)
