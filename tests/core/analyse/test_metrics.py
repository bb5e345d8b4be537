"""Each score against scikit-learn's or figures worked out by hand, and what has none."""

import math

import numpy as np
import pytest
import sklearn.metrics

from core.analyse import metrics
from core.errors import InvalidInputError

# Two clusters of five and three points, labels in the columns.
HAND = np.array([[4, 1, 0], [1, 1, 1]])
TABLES = {
    "hand": HAND,
    "perfect": np.diag([3, 4, 5]),
    "one cluster": np.array([[3, 4]]),
    "one label": np.array([[3], [4]]),
    "one cluster, one label": np.array([[5]]),
    "one point": np.array([[1]]),
    "every point alone": np.eye(6, 2, dtype=int) + np.eye(6, 2, k=-2, dtype=int) + np.eye(6, 2, k=-4, dtype=int),
    "all alone, all different": np.eye(4, dtype=int),
    "independent": np.full((3, 4), 5),
    "empty cluster": np.array([[4, 1], [0, 0], [2, 7]]),
    "empty label": np.array([[4, 0, 1], [2, 0, 7]]),
    "large": np.diag([30_000, 30_000]),
    **{f"random {seed}": np.random.default_rng(seed).integers(0, 1 + 5**seed, (2 + 9 * seed, 10)) for seed in range(5)},
}


def as_points(counts):
    """The labels and the clusters of the points that a table counts."""
    clusters, labels = np.indices(counts.shape)
    return np.repeat(labels.ravel(), counts.ravel()), np.repeat(clusters.ravel(), counts.ravel())


def blobs(distance, count=150):
    random = np.random.default_rng(0)
    labels = np.arange(count) % 3
    return (random.normal(size=(count, 4)) + distance * np.eye(3, 4)[labels]).astype(np.float32), labels


@pytest.mark.parametrize("name", TABLES)
def test_nmi_from_counts_is_scikit_learns(name):
    labels, clusters = as_points(TABLES[name])
    expected = sklearn.metrics.normalized_mutual_info_score(labels, clusters)
    assert metrics.nmi_from_counts(TABLES[name]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", TABLES)
def test_ari_from_counts_is_scikit_learns(name):
    labels, clusters = as_points(TABLES[name])
    expected = sklearn.metrics.adjusted_rand_score(labels, clusters)
    assert metrics.ari_from_counts(TABLES[name]) == pytest.approx(expected, abs=1e-9)


def test_ari_by_hand():
    # Of 6 pairs 1 is together in both, 2 in the clusters and 1 in the labels; by chance 2 * 1 / 6 would be.
    assert metrics.ari_from_counts(np.array([[2, 0, 0], [0, 1, 1]])) == pytest.approx((1 - 2 / 6) / (1.5 - 2 / 6))


def test_purity_is_the_share_in_each_clusters_most_frequent_label():
    assert metrics.purity(HAND) == (4 + 1) / 8
    assert metrics.purity(np.eye(5, dtype=int)) == 1


def test_hungarian_gives_each_label_one_cluster():
    # The majority of both clusters is label 0; only one of them may have it.
    counts = np.array([[5, 1], [6, 2]])
    assert metrics.hungarian_accuracy(counts) == (5 + 2) / 14
    assert metrics.purity(counts) == (5 + 6) / 14


def test_hungarian_counts_surplus_clusters_as_wrong():
    assert metrics.hungarian_accuracy(np.array([[4, 0], [3, 0], [0, 3]])) == 7 / 10
    assert metrics.hungarian_accuracy(np.array([[4, 0, 3]])) == 4 / 7


def test_entropy_in_bits_by_hand():
    counts = np.array([[4, 0, 0, 0], [2, 2, 0, 0], [1, 1, 1, 1], [3, 1, 0, 0], [0, 0, 0, 0]])
    mixed = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    np.testing.assert_allclose(metrics.entropy(counts), [0, 1, 2, mixed, 0])


def test_all_scores_of_a_clustering_agree_with_those_from_counts():
    counts = TABLES["random 2"]
    scores = metrics.clustering_scores(*as_points(counts))
    assert scores["v_measure"] == pytest.approx(metrics.nmi_from_counts(counts))
    assert scores["ami"] == pytest.approx(sklearn.metrics.adjusted_mutual_info_score(*as_points(counts)))


def test_homogeneity_and_completeness_are_not_mixed_up():
    scores = metrics.clustering_scores(labels=np.array([0, 0, 1, 1]), clusters=np.array([0, 1, 2, 3]))
    assert scores["homogeneity"] == pytest.approx(1)
    assert scores["completeness"] == pytest.approx(0.5)


def direct_ssim(a, b):
    """Wang et al. 2004, window by window."""
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    scores = []
    for top in range(a.shape[0] - 10):
        for left in range(a.shape[1] - 10):
            x, y = a[top : top + 11, left : left + 11], b[top : top + 11, left : left + 11]
            mean_x, mean_y = (window * x).sum(), (window * y).sum()
            var_x, var_y = (window * (x - mean_x) ** 2).sum(), (window * (y - mean_y) ** 2).sum()
            both = (window * (x - mean_x) * (y - mean_y)).sum()
            top_line = (2 * mean_x * mean_y + 0.01**2) * (2 * both + 0.03**2)
            scores.append(top_line / ((mean_x**2 + mean_y**2 + 0.01**2) * (var_x + var_y + 0.03**2)))
    return np.mean(scores)


def test_ssim_is_that_of_the_paper(few_clothes):
    pictures = few_clothes.test_images[:4].astype(np.float32) / 255
    others = np.roll(pictures, 1, axis=0) * 0.8 + 0.1
    expected = [direct_ssim(a[..., 0], b[..., 0]) for a, b in zip(pictures, others, strict=True)]
    np.testing.assert_allclose(metrics.ssim(pictures, others), expected, atol=1e-6)


def test_ssim_is_1_for_equal_images_and_falls_with_noise(few_clothes):
    pictures = few_clothes.test_images[:20].astype(np.float32) / 255
    noise = np.random.default_rng(0).normal(size=pictures.shape)
    np.testing.assert_allclose(metrics.ssim(pictures, pictures), 1)
    np.testing.assert_allclose(metrics.ssim(np.zeros((1, 28, 28, 1)), np.zeros((1, 28, 28, 1))), 1)
    little, much = metrics.ssim(pictures, pictures + 0.05 * noise), metrics.ssim(pictures, pictures + 0.3 * noise)
    assert (much < little).all()
    assert (little < 1).all()


@pytest.mark.parametrize("shape", [(28, 28, 3), (64, 48, 3), (32, 32, 2)])
def test_ssim_of_several_channels_is_their_mean(shape):
    random = np.random.default_rng(0)
    pictures = random.random((3, *shape))
    others = np.clip(pictures + random.normal(size=(3, *shape)) * np.linspace(0.05, 0.5, shape[2]), 0, 1)
    channels = range(shape[2])
    expected = [
        np.mean([direct_ssim(a[..., c], b[..., c]) for c in channels]) for a, b in zip(pictures, others, strict=True)
    ]
    np.testing.assert_allclose(metrics.ssim(pictures, others), expected, atol=1e-6)


def test_ssim_sees_every_channel():
    pictures = np.random.default_rng(0).random((2, 28, 28, 3))
    for channel in range(3):
        erased = pictures.copy()
        erased[..., channel] = 0
        assert (metrics.ssim(pictures, erased) < 0.7).all()


def test_ssim_refuses_images_of_different_shapes():
    with pytest.raises(InvalidInputError, match=r"\(2, 28, 28, 1\).*\(3, 28, 28, 1\)"):
        metrics.ssim(np.zeros((2, 28, 28, 1)), np.zeros((3, 28, 28, 1)))


@pytest.mark.parametrize("score", [metrics.knn_accuracy, metrics.linear_probe_accuracy])
def test_probes_find_classes_that_are_there_and_none_that_are_not(score):
    apart, labels = blobs(distance=20)
    assert score(apart[:90], labels[:90], apart[90:], labels[90:]) == 1
    mixed, labels = blobs(distance=0)
    assert score(mixed[:90], labels[:90], mixed[90:], labels[90:]) < 0.6


def test_knn_takes_the_majority_of_five():
    train = np.array([[0.0], [1], [2], [3], [4], [50]])
    labels = np.array([1, 1, 0, 0, 0, 1])
    assert metrics.knn_accuracy(train, labels, np.array([[0.0]]), np.array([0])) == 1


def test_silhouette_by_hand():
    points = np.array([[0.0], [1], [10], [11]])
    expected = np.mean([1 - 1 / 10.5, 1 - 1 / 9.5, 1 - 1 / 9.5, 1 - 1 / 10.5])
    assert metrics.silhouette(points, np.array([0, 0, 1, 1])) == pytest.approx(expected)
    assert metrics.silhouette(points, np.zeros(4, int)) == 0


def test_trustworthiness_is_1_for_the_same_neighbours_and_low_for_random_ones():
    points, _ = blobs(distance=3)
    assert metrics.trustworthiness(points, 2 * points) == 1
    assert metrics.trustworthiness(points, np.random.default_rng(0).normal(size=(150, 2))) < 0.7


def test_scores_on_a_sample_come_near_those_on_all_points(monkeypatch):
    points, labels = blobs(distance=3, count=600)
    whole = metrics.silhouette(points, labels)
    monkeypatch.setattr(metrics, "PAIRWISE_SAMPLE", 300)
    assert metrics.silhouette(points, labels) == pytest.approx(whole, abs=0.05)
    assert metrics.silhouette(points, labels, seed=1) == metrics.silhouette(points, labels, seed=1)
    assert metrics.silhouette(points, labels, seed=1) != metrics.silhouette(points, labels, seed=2)
