"""Where one image lies among the clusters, worked out by hand."""

import numpy as np
import pytest

from core.analyse.clustering import assign
from core.analyse.placing import placing
from core.errors import InvalidInputError, UnknownNameError
from core.settings import ClusteringConfig

CENTROIDS = np.array([[0, 0], [10, 0], [0, 20]], np.float32)
POINTS = {
    "train": np.array([[0, 0], [0, 1], [10, 0], [0, 20]], np.float32),
    "test": np.array([[3, 0], [0, 1], [-2, 0], [6, 8], [0, 18]], np.float32),
}
LABELS = {"train": np.array([0, 0, 1, 2]), "test": np.array([1, 0, 0, 1, 0])}


def found(config=None, model=None, labels=LABELS, kept=None):
    return assign(model or {"centroids": CENTROIDS}, config or ClusteringConfig(3, "none"), POINTS, labels, kept)


def test_an_image_among_the_others_of_its_cluster():
    place = placing(found(), POINTS, "test", 0)
    assert (place.cluster, place.nearest, place.distance) == (0, 0, pytest.approx(3))
    assert (place.second, place.second_distance) == (1, pytest.approx(7))
    assert place.ratio == pytest.approx(3 / 7)
    assert (place.size, place.typical) == (3, 1)  # the images 0, 1 and 2, of which 1 is nearest
    assert place.purity == pytest.approx(2 / 3)
    assert place.own_share == pytest.approx(1 / 3)


def test_an_image_of_the_training_part_is_counted_among_these():
    place = placing(found(), POINTS, "train", 1)
    assert (place.size, place.typical, place.purity, place.own_share) == (2, 0, 1, 1)
    assert placing(found(), POINTS, "train", 2).own_share == 1
    assert (place.distance, place.second, place.second_distance) == (pytest.approx(1), 1, pytest.approx(np.sqrt(101)))


def test_distances_are_in_the_coordinates_of_the_scaling():
    unit = {"centroids": np.array([[1, 0], [0, 1]], np.float32)}
    place = placing(found(ClusteringConfig(2, "unit"), unit), POINTS, "test", 3)
    assert place.distance == pytest.approx(np.hypot(0.6, 0.2))
    assert place.second_distance == pytest.approx(np.hypot(0.4, 0.8))


def test_without_labels_there_are_no_shares():
    place = placing(found(labels=None), POINTS, "test", 0)
    assert (place.size, place.typical, place.purity, place.own_share) == (3, 1, None, None)


def test_noise_is_in_no_cluster_and_has_a_nearest_centre():
    kept = {split: np.full(len(points), -1, np.int16) for split, points in POINTS.items()}
    place = placing(found(ClusteringConfig(3, "none", method="hdbscan"), kept=kept), POINTS, "test", 0)
    assert (place.cluster, place.nearest, place.second) == (-1, 0, 1)
    assert (place.size, place.typical, place.purity, place.own_share) == (0, None, None, None)


def test_of_a_cluster_that_is_not_the_nearest_the_ratio_is_above_one():
    kept = {split: np.ones(len(points), np.int16) for split, points in POINTS.items()}
    place = placing(found(ClusteringConfig(3, "none", method="hdbscan"), kept=kept), POINTS, "test", 0)
    assert (place.nearest, place.distance, place.second, place.ratio) == (1, pytest.approx(7), 0, pytest.approx(7 / 3))


def test_one_cluster_has_no_next():
    place = placing(found(ClusteringConfig(2, "none"), {"centroids": CENTROIDS[:1]}), POINTS, "test", 0)
    assert (place.second, place.second_distance, place.ratio) == (None, None, None)


def test_what_is_no_image_is_refused():
    with pytest.raises(InvalidInputError, match=r"Index of the image is 5\. Expected a whole number from 0 to 4"):
        placing(found(), POINTS, "test", 5)
    with pytest.raises(UnknownNameError):
        placing(found(), POINTS, "hidden", 0)
