"""The k-means estimators: as scikit-learn demands, as tight as its own, and the same in a sweep."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from core.analyse.kmeans import MajorityLabelClassifier, ScaledKMeans, sweep
from core.errors import InvalidInputError, UnknownNameError
from core.settings import SCALINGS

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


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("clusters", [0, -1, 2.5, 3.0, "3", None, True, np.float64(3), [3]])
def test_a_number_of_clusters_that_is_none_is_refused(estimator, clusters):
    with pytest.raises(InvalidInputError, match=r"Number of clusters is .*Expected a whole number from 1 to 5"):
        estimator(clusters).fit(np.eye(5), np.arange(5) % 2)
    with pytest.raises(InvalidInputError, match="Number of clusters"):
        list(sweep(np.eye(5), [2, clusters]))


@pytest.mark.parametrize("clusters", [1, np.int64(3), np.uint8(5)])
def test_whole_numbers_of_any_kind_are_numbers_of_clusters(blobs, clusters):
    kmeans = ScaledKMeans(clusters, random_state=0).fit(blobs[0])
    assert len(kmeans.cluster_centers_) == len(set(kmeans.labels_)) == clusters
    assert [one.n_clusters for one in sweep(blobs[0], [clusters])] == [clusters]


@pytest.mark.parametrize("seed", ["zero", -1, 0.5])
def test_a_seed_that_is_none_is_refused(blobs, seed):
    with pytest.raises(InvalidInputError, match="random_state is"):
        ScaledKMeans(3, random_state=seed).fit(blobs[0])


def test_parameters_set_after_a_fit_count_from_the_next_fit_on(blobs):
    points, _ = blobs
    kmeans = ScaledKMeans(5, random_state=0).fit(points)
    before = kmeans.transform(points)
    kmeans.set_params(n_clusters=7, scaling="unit")
    np.testing.assert_array_equal(kmeans.transform(points), before)
    np.testing.assert_array_equal(kmeans.predict(points), kmeans.labels_)
    assert kmeans.get_feature_names_out().tolist() == [f"scaledkmeans{index}" for index in range(5)]
    assert kmeans.fit(points[:, :1]).transform(points[:, :1]).shape == (60, 7)
    assert len(kmeans.get_feature_names_out()) == 7
    fresh = clone(kmeans).fit(points)
    np.testing.assert_array_equal(fresh.labels_, ScaledKMeans(7, scaling="unit", random_state=0).fit(points).labels_)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_copy_answers_as_the_original(blobs, scaling):
    points, groups = blobs
    for estimator in (one(4, scaling=scaling, random_state=0).fit(points, groups) for one in ESTIMATORS):
        np.testing.assert_array_equal(copy.deepcopy(estimator).predict(points), estimator.predict(points))


@pytest.mark.parametrize("scaling", SCALINGS)
def test_one_row_at_a_time_gets_what_all_get_together(blobs, scaling):
    points, _ = blobs
    kmeans = ScaledKMeans(6, scaling=scaling, random_state=0).fit(points)
    np.testing.assert_array_equal([kmeans.predict(row[None])[0] for row in points], kmeans.labels_)
    np.testing.assert_array_equal(kmeans.predict(points[::-1]), kmeans.labels_[::-1])


def test_columns_of_a_data_frame_keep_their_names(blobs):
    frame = pd.DataFrame(blobs[0], columns=["width", "height"])
    kmeans = ScaledKMeans(3, random_state=0).fit(frame)
    assert kmeans.feature_names_in_.tolist() == ["width", "height"]
    np.testing.assert_array_equal(kmeans.predict(frame), kmeans.labels_)
    with pytest.raises(InvalidInputError, match="feature names"):
        kmeans.predict(frame[["height", "width"]])
    with pytest.raises(InvalidInputError, match="3 features"):
        ScaledKMeans(3, random_state=0).fit(blobs[0]).predict(np.ones((1, 3)))


def test_the_classifier_takes_words_in_a_series_and_a_single_class(blobs):
    points, groups = blobs
    words = pd.Series(np.array(["shirt", "boot", "bag"])[groups], dtype="string")
    classifier = MajorityLabelClassifier(3, random_state=0).fit(points, words)
    assert classifier.classes_.tolist() == ["bag", "boot", "shirt"]
    assert classifier.predict(points).tolist() == words.tolist()
    alone = MajorityLabelClassifier(3, random_state=0).fit(points, ["bag"] * 60)
    assert set(alone.predict(points)) == {"bag"}


def test_labels_that_are_none_are_refused(blobs):
    for labels in (np.linspace(0, 1, 60), None, np.arange(59), ["a", None, 3] * 20, [b"a"] * 60):
        with pytest.raises(InvalidInputError):
            MajorityLabelClassifier(3).fit(blobs[0], labels)


@pytest.mark.parametrize("rows", [[[10**400, 1], [2, 3], [4, 5]], [["a", "b"]] * 3, np.eye(5) * 1j])
def test_rows_that_are_none_are_refused_in_words(rows):
    for estimator in ESTIMATORS:
        with pytest.raises(InvalidInputError):
            estimator(2).fit(rows, [0, 1, 0, 1, 0][: np.shape(rows)[0]])
    with pytest.raises(InvalidInputError):
        list(sweep(rows, [2]))


def test_sparse_rows_are_refused_with_the_way_out():
    for estimator in ESTIMATORS:
        with pytest.raises(TypeError, match="toarray"):
            estimator(2).fit(csr_matrix(np.eye(4)), [0, 1, 0, 1])
