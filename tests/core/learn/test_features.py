"""What a loss compares of a network: taps, their scale, and the features of all targets."""

import keras
import numpy as np
import pytest

from core.errors import UnknownNameError
from core.learn.models import build_loss_network
from core.learn.teachers.features import build_extractor, target_features
from core.settings import LOSS_NETWORKS, TAPS

WIDTHS = {
    ("default", "pooled"): 128,
    ("default", "pooled_and_first"): 128 + 7 * 7 * 32,
    ("default", "last_map"): 4 * 4 * 128,
    ("default", "layers"): 32 + 64 + 64 + 128 + 128,
    ("study_a", "pooled"): 256,
    ("study_a", "pooled_and_first"): 256 + 7 * 7 * 32,
    ("study_a", "last_map"): 2304,
    ("study_a", "layers"): 32 + 64 + 128 + 128 + 256 + 256,
    ("plain", "pooled"): 64,
    ("plain", "pooled_and_first"): 64 + 7 * 7 * 32,
    ("plain", "last_map"): 7 * 7 * 64,
    ("plain", "layers"): 32 + 64,
}


@pytest.fixture(scope="module")
def networks():
    keras.utils.set_random_seed(0)
    return {name: build_loss_network(name, (28, 28, 1), 10) for name in LOSS_NETWORKS}


@pytest.fixture(scope="module")
def clothes(few_clothes):
    return few_clothes.train_images


@pytest.mark.parametrize("tap", TAPS)
@pytest.mark.parametrize("name", LOSS_NETWORKS)
def test_every_tap_of_every_network_gives_one_row_an_image(networks, clothes, name, tap):
    extractor = build_extractor(networks[name], tap, clothes)
    rows = extractor.predict_on_batch(clothes[:5].astype(np.float32) / 255)
    assert rows.shape == (5, WIDTHS[name, tap])
    assert rows.dtype == np.float32
    assert extractor.trainable_weights == []


@pytest.mark.parametrize("tap", TAPS)
@pytest.mark.parametrize("name", LOSS_NETWORKS)
def test_distances_are_shares_of_the_features_variance(networks, clothes, name, tap):
    extractor = build_extractor(networks[name], tap, clothes)
    rows = extractor.predict_on_batch(clothes.astype(np.float32) / 255)
    lost = np.mean((rows - rows.mean(axis=0)) ** 2)  # by always answering with the mean
    extra = 0.2 if tap == "pooled_and_first" else 0  # the little of the first layer
    assert 0.999 < lost < 1.001 + extra


@pytest.mark.parametrize("tap", TAPS)
def test_targets_are_the_features_of_the_image_and_of_its_mirror_image(networks, clothes, tap):
    extractor = build_extractor(networks["default"], tap, clothes)
    targets = target_features(extractor, clothes, lambda event: None)
    mirrored = np.ascontiguousarray(np.flip(clothes, axis=2))
    assert targets.shape == (len(clothes), 2, WIDTHS["default", tap])
    for view, images in enumerate((clothes, mirrored)):
        expected = extractor.predict_on_batch(images.astype(np.float32) / 255)
        np.testing.assert_allclose(targets[:, view], expected, rtol=2e-3, atol=2e-3)  # wide ones are kept as float16
    assert not np.allclose(targets[:, 0], targets[:, 1])


def test_wide_targets_take_half_the_memory(networks, clothes):
    types = {
        tap: target_features(build_extractor(networks["default"], tap, clothes), clothes[:3], lambda event: None).dtype
        for tap in TAPS
    }
    assert types["pooled"] == np.float32
    assert types["last_map"] == np.float16


@pytest.mark.parametrize(("side", "places"), [(8, 4), (28, 7), (32, 8), (64, 8)])
def test_the_first_layer_keeps_its_places_whatever_the_side(side, places):
    network = build_loss_network("default", (side, side, 1), 2)
    images = np.random.default_rng(0).integers(0, 256, (4, side, side, 1), np.uint8)
    width = build_extractor(network, "pooled_and_first", images).output.shape[1]
    assert width == 128 + places * places * 32


def test_an_unknown_tap_lists_the_known_ones(networks, clothes):
    with pytest.raises(UnknownNameError, match=r"'flat'.*last_map, layers, pooled"):
        build_extractor(networks["default"], "flat", clothes)
