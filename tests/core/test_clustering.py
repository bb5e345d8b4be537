import warnings

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from core.clustering import MajorityLabelClassifier, ScaledKMeans, sweep
from core.config import SCALINGS
from core.errors import InvalidInputError, UnknownNameError

ESTIMATORS = [ScaledKMeans, MajorityLabelClassifier]
CHECKS = parametrize_with_checks(
    [estimator(3, scaling=scaling) for estimator in ESTIMATORS for scaling in SCALINGS] + [MajorityLabelClassifier()]
).mark
# One check looks at arrays of other libraries, which numpy-only estimators need not take, and skips itself.
PAIRS = [pair for pair in CHECKS.args[1] if "array_api" not in str(pair[1])]


@pytest.fixture
def blobs():
    """Three groups of 20 points, far apart and in different directions, with their number."""
    labels = np.arange(60) % 3
    centres = np.array([[10.0, 0], [0, 10], [-10, -10]])
    return centres[labels] + np.random.default_rng(0).normal(size=(60, 2)) / 2, labels


@pytest.mark.parametrize(("estimator", "check"), PAIRS, ids=CHECKS.kwargs["ids"])
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_groups_that_lie_apart_are_found(blobs, scaling):
    points, labels = blobs
    clusters = ScaledKMeans(3, scaling=scaling, random_state=0).fit_predict(points)
    assert len(set(zip(clusters, labels, strict=True))) == 3


@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_same_seed_gives_the_same_clusters(scaling):
    points = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    first, second = (ScaledKMeans(8, scaling=scaling, random_state=3).fit(points) for _ in range(2))
    np.testing.assert_array_equal(first.labels_, second.labels_)
    np.testing.assert_array_equal(first.cluster_centers_, second.cluster_centers_)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_predict_gives_training_rows_their_own_cluster(scaling):
    points = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    kmeans = ScaledKMeans(8, scaling=scaling, random_state=0).fit(points)
    np.testing.assert_array_equal(kmeans.predict(points), kmeans.labels_)
    nearest = kmeans.transform(points).min(axis=1)
    assert (nearest**2).sum() == pytest.approx(kmeans.inertia_, rel=1e-4)


@pytest.mark.parametrize("clusters", [2, 7, 20, 30])
def test_clusters_are_no_looser_than_those_of_scikit_learn_on_the_average(mse_run, clusters):
    points = mse_run.train_embeddings
    plain = [KMeans(clusters, random_state=seed).fit(points).inertia_ for seed in range(5)]
    assert ScaledKMeans(clusters, random_state=0).fit(points).inertia_ <= np.mean(plain)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_sweep_gives_what_single_fits_give(mse_run, scaling):
    points = mse_run.train_embeddings
    for found in sweep(points, [40, 3, 20], scaling=scaling, random_state=1):
        single = ScaledKMeans(found.n_clusters, scaling=scaling, random_state=1).fit(points)
        # Not exactly: scikit-learn's threads add up in the order in which they finish.
        np.testing.assert_allclose(found.cluster_centers_, single.cluster_centers_, atol=1e-4)


def test_clusters_settle_on_rows_that_are_all_alike():
    with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        kmeans = ScaledKMeans(3, random_state=0).fit(np.ones((40, 2)))
    assert kmeans.inertia_ == 0
    np.testing.assert_allclose(kmeans.cluster_centers_[kmeans.labels_[0]], 1)


def test_many_rows_are_clustered_as_well_as_by_plain_kmeans():
    random = np.random.default_rng(0)
    points = (random.normal(size=(14_000, 3)) + 4 * random.integers(0, 3, (14_000, 3))).astype(np.float32)
    ours, again = (ScaledKMeans(27, random_state=0).fit(points) for _ in range(2))
    assert ours.inertia_ <= 1.02 * KMeans(27, n_init=4, random_state=0).fit(points).inertia_
    assert len(ours.labels_) == 14_000
    np.testing.assert_array_equal(again.labels_, ours.labels_)


def test_no_scaling_is_plain_kmeans(blobs):
    points, _ = blobs
    ours, plain = ScaledKMeans(3, random_state=0).fit(points), KMeans(3, n_init=10, random_state=0).fit(points)
    assert ours.inertia_ == pytest.approx(plain.inertia_)
    assert len(set(zip(ours.labels_, plain.labels_, strict=True))) == 3


def test_unit_scaling_ignores_the_length_of_rows(blobs):
    points, _ = blobs
    longer = points * np.random.default_rng(1).uniform(0.1, 50, (60, 1))
    kmeans = ScaledKMeans(3, scaling="unit", random_state=0).fit(points)
    np.testing.assert_array_equal(kmeans.predict(longer), kmeans.labels_)
    again = ScaledKMeans(3, scaling="unit", random_state=0).fit(longer)
    np.testing.assert_allclose(again.cluster_centers_, kmeans.cluster_centers_)


def test_unit_scaling_bears_rows_of_zeros(blobs):
    points, _ = blobs
    kmeans = ScaledKMeans(4, scaling="unit", random_state=0).fit(np.vstack([points, np.zeros((5, 2))]))
    assert np.isfinite(kmeans.cluster_centers_).all()
    zeros = kmeans.predict(np.zeros((2, 2)))
    assert zeros.tolist() == [kmeans.labels_[-1]] * 2
    assert np.isfinite(kmeans.transform(np.zeros((1, 2)))).all()


def test_standardising_makes_units_irrelevant(blobs):
    points, _ = blobs
    points[:, 1] += np.arange(60)
    kmeans = ScaledKMeans(3, scaling="standardised", random_state=0)
    np.testing.assert_array_equal(kmeans.fit_predict(points), kmeans.fit_predict(points * [1000, 1] + [5, -3]))


def test_standardising_bears_a_constant_column(blobs):
    points, labels = blobs
    constant = np.column_stack([points, np.full(60, 0.1)])
    kmeans = ScaledKMeans(3, scaling="standardised", random_state=0).fit(constant)
    assert len(set(zip(kmeans.labels_, labels, strict=True))) == 3


def test_more_clusters_than_rows_are_refused():
    with pytest.raises(InvalidInputError, match="Number of clusters is 6, but n_samples=5"):
        ScaledKMeans(6).fit(np.eye(5))


def test_as_many_clusters_as_rows_give_one_each():
    assert sorted(ScaledKMeans(5, random_state=0).fit_predict(np.eye(5))) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_unknown_scaling_lists_the_known_ones(estimator):
    with pytest.raises(UnknownNameError, match=r"'log'.*none, standardised, unit"):
        estimator(2, scaling="log").fit(np.eye(5), np.arange(5) % 2)


def test_clusters_answer_with_the_majority_label_of_their_members(blobs):
    points, groups = blobs
    words = np.array(["shirt", "boot", "bag"])[groups]
    words[:6:3] = "coat"  # two of the first group
    classifier = MajorityLabelClassifier(3, random_state=0).fit(points, words)
    np.testing.assert_array_equal(classifier.predict(points), np.array(["shirt", "boot", "bag"])[groups])
    assert classifier.score(points, words) == 58 / 60
    assert classifier.predict([[9, 1]]) == ["shirt"]


def test_ties_go_to_the_smallest_label(blobs):
    points, groups = blobs
    labels = np.where(np.arange(60) % 2, 7, 2)
    labels[groups == 1] = 9
    classifier = MajorityLabelClassifier(3, random_state=0).fit(points, labels)
    assert classifier.predict([[10, 0], [0, 10], [-10, -10]]).tolist() == [2, 9, 2]


def test_more_clusters_follow_classes_that_fewer_cannot():
    points = np.arange(40.0)[:, None]
    labels = np.arange(40) // 5 % 2
    few, many = (MajorityLabelClassifier(k, random_state=0).fit(points, labels) for k in (2, 20))
    assert few.score(points, labels) < many.score(points, labels)


def test_the_classifier_takes_at_most_a_cluster_a_row():
    classifier = MajorityLabelClassifier(50, random_state=0).fit(np.eye(4), [3, 1, 4, 1])
    assert classifier.predict(np.eye(4)).tolist() == [3, 1, 4, 1]
