"""Embeddings of a model that has collapsed, diverged or works in odd units: a right answer or a told error, never a warning."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from core.analyse import map_geometry, metrics
from core.analyse.clustering import assign, cluster_table
from core.analyse.distances import squared_distances
from core.analyse.kmeans import MajorityLabelClassifier, ScaledKMeans, sweep
from core.analyse.maps import project
from core.analyse.scaling import scale
from core.errors import InvalidInputError
from core.paths import ROOT
from core.settings import PROJECTIONS, SCALINGS, ClusteringConfig, ProjectionConfig

LABELS = np.arange(120) % 3
POINTS = (np.random.default_rng(0).normal(size=(120, 5)) + 7 * np.eye(3, 5)[LABELS]).astype(np.float32)
LARGEST = np.finfo(np.float32).max
UNITS = [1e-44, 1e-30, 1e-12, 1e12, 1e20, 2e37]  # the first below, the last near what single precision holds in full
OFFSETS = [1e2, 1e4, 1e6]
ALIKE = {
    "zeros": np.zeros((120, 5)),
    "ones": np.ones((120, 5)),
    "tenths": np.full((120, 5), 0.1),
    "far": np.full((120, 5), -3e38),
}
FEW = {
    "one is another": np.eye(1, 120).T @ np.ones((1, 5)) + 1,
    "two": POINTS[LABELS % 2],
    "three": POINTS[LABELS],
    "one column": POINTS[:, :1],
    "a constant column": np.column_stack([POINTS, np.full(120, 1e4)]),
    "whole numbers": np.round(POINTS).astype(np.int8),
    "half precision": POINTS.astype(np.float16),
    "strided": np.asfortranarray(np.repeat(POINTS, 2, axis=0))[::2, ::-1],
}
NOT_USABLE = {
    "not finite": np.where(POINTS > 8, np.nan, POINTS),
    "not finite too": np.where(POINTS > 8, -np.inf, POINTS),
    "beyond single precision": POINTS.astype(np.float64) * 1e300,
    "below single precision": POINTS.astype(np.float64) * 1e-300,
    "no rows": POINTS[:0],
    "no columns": POINTS[:, :0],
    "one axis": POINTS[0],
    "complex": POINTS + 1j,
    "words": np.full((120, 5), "boot"),
}


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def scaled_exactly(rows, scaling):
    """Rows in the coordinates of a scaling, in the longest floats there are."""
    rows = rows.astype(np.longdouble)
    if scaling == "unit":
        return rows / np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return (rows - rows.mean(axis=0)) / rows.std(axis=0) if scaling == "standardised" else rows


def nearest_exactly(rows, centroids):
    return np.square(rows[:, None] - centroids.astype(np.longdouble)).sum(axis=2).argmin(axis=1)


# --- maps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", ALIKE.values(), ids=ALIKE)
@pytest.mark.parametrize("method", PROJECTIONS)
def test_rows_that_are_all_alike_lie_in_one_place(method, rows):
    points = project(rows.astype(np.float32), ProjectionConfig(method, 8))
    assert points.dtype == np.float32
    np.testing.assert_array_equal(points, np.zeros((120, 2)))
    np.testing.assert_array_equal(map_geometry.quantise(points), np.zeros((120, 2)))


@pytest.mark.parametrize("unit", UNITS[1:])
def test_pca_of_other_units_is_that_of_the_rows_in_these_units(unit):
    expected = project(POINTS, ProjectionConfig("pca")).astype(np.float64)
    for rows in (POINTS.astype(np.float64) * unit, (POINTS.astype(np.float64) * unit).astype(np.float32)):
        points = project(rows, ProjectionConfig("pca")) / unit
        np.testing.assert_allclose(points * np.sign((points * expected).sum(axis=0)), expected, atol=1e-4)


def test_neighbours_on_a_map_do_not_depend_on_the_unit():
    # In a process of its own: what this is about ended the process.
    code = """
import warnings
import numpy as np
from scipy.spatial.distance import cdist
from core.settings import ProjectionConfig
from core.analyse.metrics import trustworthiness
from core.analyse.maps import project
from tests.core.analyse.test_degenerate import LABELS, POINTS, UNITS
warnings.simplefilter("error", RuntimeWarning)
for unit in (UNITS[0], UNITS[-1]):
    rows = POINTS.astype(np.float64) * unit
    points = project(rows.astype(np.float32), ProjectionConfig("tsne", 8))
    distances = cdist(points, points) + 1e9 * np.eye(120)
    assert (LABELS[distances.argmin(axis=1)] == LABELS).all(), unit
    assert trustworthiness(rows, points) > 0.95, unit
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("offset", OFFSETS)
def test_rows_far_from_zero_have_the_map_of_those_near_it(offset):
    rows = POINTS + np.float32(offset)
    near, far = (project(each, ProjectionConfig("pca")) for each in (rows - np.float64(offset), rows))
    np.testing.assert_allclose(far, near, atol=1e-3)


@pytest.mark.parametrize(
    ("method", "name"),
    [*(("pca", name) for name in FEW), *(("tsne", name) for name in ("one is another", "two", "one column"))],
)
def test_few_different_rows_and_odd_arrays_have_a_map(method, name):
    points = project(FEW[name], ProjectionConfig(method, 8))
    assert points.shape == (120, 2)
    assert np.isfinite(points).all()
    assert np.ptp(points, axis=0).max() > 0


@pytest.mark.parametrize("rows", NOT_USABLE.values(), ids=NOT_USABLE)
@pytest.mark.parametrize("method", PROJECTIONS)
def test_what_has_no_map_is_told(method, rows):
    with pytest.raises(InvalidInputError, match="Expected"):
        project(rows, ProjectionConfig(method, 8))


def test_a_map_beyond_single_precision_is_told():
    with pytest.raises(InvalidInputError, match="within single precision"):
        project(np.sign(POINTS) * LARGEST, ProjectionConfig("pca"))


# --- clusters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize(
    "rows",
    [
        *((POINTS.astype(np.float64) * unit).astype(np.float32) for unit in UNITS),
        *(POINTS + np.float32(far) for far in OFFSETS),
    ],
    ids=[*map(str, UNITS), *map(str, OFFSETS)],
)
def test_labels_are_those_of_the_nearest_centroid_everywhere(rows, scaling):
    kmeans = ScaledKMeans(7, scaling=scaling, random_state=0).fit(rows)
    found = assign(
        {"centroids": kmeans.cluster_centers_},
        ClusteringConfig(7, scaling),
        {"train": rows, "test": rows},
        {"train": LABELS, "test": LABELS},
    )
    exact = nearest_exactly(scaled_exactly(rows, scaling), kmeans.cluster_centers_)
    assert len(set(exact)) == 7
    for labels in (
        kmeans.labels_,
        kmeans.predict(rows),
        kmeans.transform(rows).argmin(axis=1),
        found.assignments["test"],
    ):
        np.testing.assert_array_equal(labels, exact)
    np.testing.assert_array_equal(found.cluster_of(rows, rows), exact)
    np.testing.assert_array_equal(found.predicted("test"), found.cluster_labels[exact])
    assert found.inertia == pytest.approx(kmeans.inertia_, rel=1e-6)
    assert all(np.isfinite(found.distances[split]).all() for split in found.distances)
    assert metrics.silhouette(scale(rows, scaling, rows), exact) > 0.1
    assert [one.n_clusters for one in sweep(rows, [2, 40], scaling=scaling)] == [2, 40]


def test_groups_far_apart_from_each_other_keep_their_own_clusters():
    # No common centre serves: single precision loses distances of 1 within groups that lie 20,000 apart.
    rows = np.vstack([POINTS + np.float32(10_000), POINTS - np.float32(10_000)])
    centroids = np.vstack([rows[:3], rows[120:123]])
    exact = nearest_exactly(rows.astype(np.longdouble), centroids)
    np.testing.assert_array_equal(squared_distances(rows, centroids).argmin(axis=1), exact)
    np.testing.assert_array_equal(np.bincount(exact), [40] * 6)


@pytest.mark.parametrize("unit", UNITS)
def test_clusters_do_not_depend_on_the_unit(unit):
    expected = ScaledKMeans(3, random_state=0).fit(POINTS)
    found = ScaledKMeans(3, random_state=0).fit((POINTS.astype(np.float64) * unit).astype(np.float32))
    np.testing.assert_array_equal(found.labels_, expected.labels_)
    np.testing.assert_allclose(found.cluster_centers_ / np.float64(unit), expected.cluster_centers_, atol=0.2)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("rows", (ALIKE | FEW).values(), ids=ALIKE | FEW)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_more_clusters_than_different_rows_give_each_row_a_centroid_of_its_own(rows, scaling):
    kmeans = ScaledKMeans(20, scaling=scaling, random_state=0).fit(rows)
    np.testing.assert_array_equal(kmeans.predict(rows), kmeans.labels_)
    different = len(np.unique(scale(rows, scaling, rows).round(6), axis=0))
    assert len(set(kmeans.labels_)) >= min(different, 20)
    if different <= 20:
        assert kmeans.inertia_ == pytest.approx(0, abs=1e-5 * max(1, float(np.abs(kmeans.cluster_centers_).max()) ** 2))
    parts, labels = {"train": rows, "test": rows}, {"train": LABELS, "test": LABELS}
    found = assign({"centroids": kmeans.cluster_centers_}, ClusteringConfig(20, scaling), parts, labels)
    assert np.isfinite(list(found.scores("test").values())).all()
    assert sum(cluster_table(found, "test", tuple("abc"))["size"]) == 120


@pytest.mark.parametrize("rows", NOT_USABLE.values(), ids=NOT_USABLE)
def test_what_has_no_clusters_is_told(rows):
    for estimator in (ScaledKMeans(3), MajorityLabelClassifier(3)):
        with pytest.raises(InvalidInputError):
            estimator.fit(rows, LABELS[: len(rows)])
    with pytest.raises(InvalidInputError):
        list(sweep(rows, [3]))
    parts, labels = {"train": rows, "test": rows}, {"train": LABELS[: len(rows)], "test": LABELS[: len(rows)]}
    with pytest.raises(InvalidInputError):
        assign({"centroids": POINTS[:3]}, ClusteringConfig(3, "none"), parts, labels)


def test_labels_or_centroids_of_other_embeddings_are_told():
    parts = {"train": POINTS, "test": POINTS}
    with pytest.raises(InvalidInputError, match="119 labels for the 120 train"):
        assign({"centroids": POINTS[:3]}, ClusteringConfig(3), parts, {"train": LABELS[1:], "test": LABELS})
    with pytest.raises(InvalidInputError, match="5 features, the centroids 4"):
        assign({"centroids": POINTS[:3, :4]}, ClusteringConfig(3), parts, {"train": LABELS, "test": LABELS})


# --- scores --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS[1:])
def test_scores_do_not_depend_on_the_unit(unit):
    rows = (POINTS.astype(np.float64) * unit).astype(np.float32)
    flat = project(POINTS, ProjectionConfig("pca"))
    halves = [(each[:60], LABELS[:60], each[60:], LABELS[60:]) for each in (rows, POINTS)]
    assert metrics.silhouette(rows, LABELS) == pytest.approx(metrics.silhouette(POINTS, LABELS), abs=1e-5)
    assert metrics.trustworthiness(rows, flat) == pytest.approx(metrics.trustworthiness(POINTS, flat), abs=1e-3)
    for score in (metrics.knn_accuracy, metrics.linear_probe_accuracy):
        ours, expected = (score(*half) for half in halves)
        assert ours == expected


def test_scores_of_embeddings_that_are_all_alike():
    rows = np.full((120, 5), 0.1, np.float32)
    assert metrics.silhouette(rows, LABELS) == 0
    assert metrics.trustworthiness(rows, POINTS[:, :2]) == 1
    for score in (metrics.knn_accuracy, metrics.linear_probe_accuracy):
        assert score(rows, LABELS, rows, LABELS) == pytest.approx(1 / 3)


def test_few_points_or_labels_have_scores_too():
    assert metrics.silhouette(POINTS, np.arange(120)) == 0
    assert metrics.trustworthiness(POINTS[:3], POINTS[:3, :2]) == 1
    assert metrics.knn_accuracy(POINTS[:3], LABELS[:3], POINTS[:1], LABELS[:1]) in (0, 1)
    assert metrics.linear_probe_accuracy(POINTS, np.ones(120), POINTS, LABELS) == 1 / 3


@pytest.mark.parametrize("rows", NOT_USABLE.values(), ids=NOT_USABLE)
def test_what_has_no_score_is_told(rows):
    labels = LABELS[: len(rows)]
    for score in (
        lambda: metrics.silhouette(rows, labels),
        lambda: metrics.trustworthiness(rows, POINTS[: len(rows), :2]),
        lambda: metrics.trustworthiness(POINTS[: len(rows)], rows),
        lambda: metrics.knn_accuracy(rows, labels, POINTS, LABELS),
        lambda: metrics.linear_probe_accuracy(POINTS, LABELS, rows, labels),
    ):
        with pytest.raises(InvalidInputError, match="Expected"):
            score()


@pytest.mark.parametrize(
    "score", [metrics.purity, metrics.hungarian_accuracy, metrics.nmi_from_counts, metrics.ari_from_counts]
)
def test_a_table_that_counts_nothing_is_told(score):
    with pytest.raises(InvalidInputError, match="counts 0 points"):
        score(np.zeros((3, 2), int))


@pytest.mark.parametrize(
    "pictures",
    [
        np.full((2, 28, 28, 1), np.nan),
        np.full((2, 28, 28, 1), 255),
        np.full((2, 28, 28, 1), 1e200),
        np.zeros((2, 8, 8, 1)),
    ],
    ids=["not finite", "bytes", "too large", "smaller than the window"],
)
def test_pictures_without_a_similarity_are_told(pictures):
    with pytest.raises(InvalidInputError, match="Expected"):
        metrics.ssim(pictures, pictures)


# --- points on a map -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS[1:])
def test_places_on_a_map_do_not_depend_on_the_unit(unit):
    flat = POINTS[:, :2]
    rows = (POINTS.astype(np.float64) * unit).astype(np.float32)
    points = (flat.astype(np.float64) * unit).astype(np.float32)
    np.testing.assert_allclose(map_geometry.quantise(points), map_geometry.quantise(flat), atol=1)
    np.testing.assert_allclose(
        map_geometry.place(rows[:90], flat[:90], rows[90:]),
        map_geometry.place(POINTS[:90], flat[:90], POINTS[90:]),
        atol=1e-3,
    )
    view = np.array([-4.5, 9.25, -4.5, 9.25])
    expected = map_geometry.prevailing_kinds(flat.astype(np.float64), LABELS, view, (6, 7))
    np.testing.assert_array_equal(
        map_geometry.prevailing_kinds(flat.astype(np.float64) * unit, LABELS, view * unit, (6, 7)), expected
    )
    assert expected[0].sum() > 100


def test_odd_points_are_told():
    flat = POINTS[:, :2].copy()
    assert map_geometry.quantise(flat[:0]).shape == (0, 2)
    with pytest.raises(InvalidInputError, match="A kind is -1"):
        map_geometry.prevailing_kinds(flat, LABELS.astype(int) - 1, (-9, 9, -9, 9), (2, 2))
    with pytest.raises(InvalidInputError, match="119 points for 120"):
        map_geometry.place(POINTS, flat[1:], POINTS)
    flat[0, 0] = np.nan
    with pytest.raises(InvalidInputError, match="not finite"):
        map_geometry.quantise(flat)
