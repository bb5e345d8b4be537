"""A clustering: which point is where, which label a cluster gets, and the figures that follow, worked out by hand."""

import numpy as np
import pytest
import sklearn.metrics
from scipy.spatial.distance import cdist

from core.analyse.clustering import assign, cluster_table, contingency, fit
from core.analyse.distances import squared_distances
from core.analyse.scaling import scale
from core.errors import InvalidInputError, UnknownNameError
from core.settings import ClusteringConfig

NAMES = ("shirt", "boot", "bag")
CENTROIDS = np.array([[0, 0], [10, 0], [0, 10], [50, 50]], np.float32)
POINTS = {
    "train": np.array([[0, 0], [0, 2], [1, 0], [10, 1], [11, 0], [0, 10], [0, 12], [49, 50]], np.float32),
    "test": np.array([[2, 0], [0, 1], [9, 0], [0, 9], [0, 11]], np.float32),
}
LABELS = {"train": np.array([0, 0, 1, 1, 1, 2, 1, 2], np.uint8), "test": np.array([0, 1, 1, 2, 2], np.uint8)}


@pytest.fixture
def clustering():
    """Four clusters of few points. The third has a tie in train, the fourth no test points."""
    return assign({"centroids": CENTROIDS}, ClusteringConfig(4, "none"), POINTS, LABELS)


# --- by hand -------------------------------------------------------------------------------------------------------


def test_points_go_to_the_nearest_centroid(clustering):
    assert clustering.assignments["train"].tolist() == [0, 0, 0, 1, 1, 2, 2, 3]
    assert clustering.assignments["test"].tolist() == [0, 0, 1, 2, 2]
    np.testing.assert_allclose(clustering.distances["test"], [2, 1, 1, 1, 1])
    assert clustering.inertia == 0 + 4 + 1 + 1 + 1 + 0 + 4 + 1


def test_clusters_take_the_majority_label_of_train_and_ties_the_smallest(clustering):
    assert clustering.cluster_labels.tolist() == [0, 1, 1, 2]
    assert clustering.predicted("test").tolist() == [0, 0, 1, 1, 1]


def test_confusion_has_true_labels_in_rows_and_cluster_labels_in_columns(clustering):
    assert clustering.confusion("test").tolist() == [[1, 0, 0], [1, 1, 0], [0, 2, 0]]
    assert clustering.confusion("train").tolist() == [[2, 0, 0], [1, 3, 0], [0, 1, 1]]


def test_accuracy_uses_train_labels_and_purity_the_splits_own(clustering):
    scores = clustering.scores("test")
    assert scores["accuracy"] == pytest.approx(2 / 5)
    assert scores["purity"] == pytest.approx((1 + 1 + 2) / 5)
    assert scores["hungarian"] == pytest.approx((1 + 1 + 2) / 5)
    assert clustering.accuracy_error("test") == pytest.approx((0.4 * 0.6 / 5) ** 0.5)


def test_the_cluster_table_says_what_each_cluster_holds(clustering):
    assert cluster_table(clustering, "train", NAMES) == {
        "cluster": [0, 1, 2, 3],
        "size": [3, 2, 2, 1],
        "spread": pytest.approx([(0 + 2 + 1) / 3, 1, 1, 1]),
        "label": ["shirt", "boot", "boot", "bag"],
        "most": ["shirt", "boot", "boot", "bag"],
        "purity": pytest.approx([2 / 3, 1, 0.5, 1]),
        "runner_up": ["boot", "", "bag", ""],
        "runner_up_share": pytest.approx([1 / 3, 0, 0.5, 0]),
        "entropy": pytest.approx([0.918296, 0, 1, 0], abs=1e-6),
    }


def test_a_cluster_without_points_in_the_split_has_no_purity(clustering):
    table = cluster_table(clustering, "test", NAMES)
    last = {column: values[-1] for column, values in table.items()}
    assert last == {
        "cluster": 3, "size": 0, "spread": None, "label": "bag", "most": "", "purity": None, "runner_up": "",
        "runner_up_share": None, "entropy": 0,
    }  # fmt: skip
    assert clustering.most_central("test").tolist() == [1, 2, 3, -1]
    assert np.isfinite(list(clustering.scores("test").values())).all()


def test_typical_embeddings_are_means_before_scaling():
    clustering = assign({"centroids": np.eye(2, dtype=np.float32)}, ClusteringConfig(2, "unit"), POINTS, LABELS)
    typical = clustering.typical_embeddings(POINTS["test"], "test")
    np.testing.assert_allclose(typical, [[11 / 2, 0], [0, 21 / 3]])


def test_an_unknown_split_lists_the_known_ones(clustering):
    with pytest.raises(UnknownNameError, match=r"'all'.*test, train"):
        cluster_table(clustering, "all", NAMES)


# --- parts ---------------------------------------------------------------------------------------------------------


def test_squared_distances_are_scipys():
    random = np.random.default_rng(0)
    rows, centroids = random.normal(size=(50, 7)), random.normal(size=(9, 7))
    np.testing.assert_allclose(squared_distances(rows, centroids), cdist(rows, centroids, "sqeuclidean"))
    assert squared_distances(rows, rows).min() >= 0


def test_contingency_is_scikit_learns():
    random = np.random.default_rng(0)
    clusters, labels = random.integers(0, 5, 200).astype(np.int16), random.integers(0, 3, 200).astype(np.uint8)
    expected = sklearn.metrics.cluster.contingency_matrix(labels, clusters).T
    np.testing.assert_array_equal(contingency(clusters, labels, 5, 3), expected)


def test_unit_scaling_leaves_rows_of_zeros():
    np.testing.assert_allclose(scale(np.array([[3.0, 4], [0, 0]]), "unit", None), [[0.6, 0.8], [0, 0]])


def test_standardising_uses_the_mean_and_spread_of_train():
    train = np.array([[0, 5], [4, 5]], np.float32)
    np.testing.assert_allclose(scale(train, "standardised", train), [[-1, 0], [1, 0]])
    np.testing.assert_allclose(scale(np.array([[6, 5]], np.float32), "standardised", train), [[2, 0]])


@pytest.mark.parametrize("value", [0.1, 0.3, 1000.1])
def test_standardising_bears_a_constant_feature(value):
    train = np.full((1437, 1), value, np.float32)
    np.testing.assert_allclose(scale(train, "standardised", train), np.zeros((1437, 1)))


def test_more_clusters_than_training_images_are_refused():
    with pytest.raises(InvalidInputError, match="Number of clusters is 11, but there are only 10 training images"):
        fit(np.zeros((10, 2), np.float32), ClusteringConfig(11))


@pytest.mark.parametrize("classes", [12, 81, 300])
def test_more_classes_than_ten_are_counted_each_in_its_own_cell(classes):
    random = np.random.default_rng(0)
    labels = {split: random.permutation(np.arange(4 * classes) % classes).astype(np.uint16) for split in POINTS}
    points = {split: random.normal(size=(4 * classes, 3)) for split in POINTS}
    found = assign({"centroids": points["train"][:20].astype(np.float32)}, ClusteringConfig(20, "none"), points, labels)
    for split in POINTS:
        expected = sklearn.metrics.confusion_matrix(labels[split], found.predicted(split), labels=range(classes))
        np.testing.assert_array_equal(found.confusion(split), expected)
        assert found.accuracy(split) == pytest.approx(np.mean(labels[split] == found.predicted(split)))
    nmi = sklearn.metrics.normalized_mutual_info_score(labels["test"], found.assignments["test"])
    assert found.scores("test")["nmi"] == pytest.approx(nmi)
    table = cluster_table(found, "test", tuple(map(str, range(classes))))
    assert sum(table["size"]) == 4 * classes
    assert table["label"] == [str(label) for label in found.cluster_labels]
