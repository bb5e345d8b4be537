"""Clusterers beside k-means: against scikit-learn's own, with noise counted by hand, without labels, and one added."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn.metrics
from sklearn.cluster import HDBSCAN
from sklearn.mixture import GaussianMixture

from core.analyse.clusterers import CLUSTERERS
from core.analyse.clustering import assign, cluster_table, contingency, fit
from core.analyse.scaling import scale
from core.errors import InvalidInputError, UnknownNameError
from core.paths import ROOT
from core.settings import SCALINGS, ClusteringConfig

RANDOM = np.random.default_rng(0)
LABELS = np.arange(300) % 3
# Three groups of different widths; the last 30 rows lie anywhere.
ROWS = (7 * np.eye(3, 5)[LABELS] + RANDOM.normal(size=(300, 5)) * (0.3 + 0.4 * LABELS)[:, None] + 10).astype(np.float32)
ROWS[270:] = RANDOM.uniform(0, 25, (30, 5))
SPLITS = {"train": ROWS, "test": ROWS[::2] + np.float32(0.01)}
SPLIT_LABELS = {"train": LABELS, "test": LABELS[::2]}


def clustering(method, clusters=3, scaling="none", labels=SPLIT_LABELS):
    config = ClusteringConfig(clusters, scaling, method=method)
    return assign(fit(ROWS, config), config, SPLITS, labels)


@pytest.fixture
def noisy():
    """Two clusters and noise, by hand: points on a line, each split with one point in no cluster."""
    model = {"centroids": np.array([[0], [10]], np.float32)}
    parts = {"train": np.array([[0.0], [1], [-1], [10], [50]]), "test": np.array([[2.0], [12], [9], [60]])}
    kept = {"train": np.array([0, 0, 0, 1, -1]), "test": np.array([0, 1, 1, -1])}
    labels = {"train": np.array([0, 0, 1, 1, 2]), "test": np.array([0, 1, 0, 2])}
    return assign(model, ClusteringConfig(2, "none", method="hdbscan"), parts, labels, kept)


# --- noise, by hand ------------------------------------------------------------------------------------------------


def test_noise_is_in_no_cluster_and_not_right(noisy):
    assert noisy.sizes("train").tolist() == [3, 1]
    assert noisy.sizes("test").tolist() == [1, 2]
    assert noisy.counts["train"].tolist() == [[2, 1, 0], [0, 1, 0]]
    assert noisy.cluster_labels.tolist() == [0, 1]
    assert noisy.predicted("test").tolist() == [0, 1, 1, -1]
    assert noisy.confusion("test").tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert noisy.share_clustered("train") == 4 / 5
    assert noisy.accuracy("train") == 3 / 5
    assert noisy.accuracy("test") == 2 / 4
    assert noisy.accuracy_error("test") == pytest.approx((0.5 * 0.5 / 4) ** 0.5)


def test_noise_is_right_in_no_share_and_one_more_cluster_for_nmi_and_ari(noisy):
    scores = noisy.scores("test")
    assert scores["purity"] == (1 + 1) / 4
    assert scores["hungarian"] == (1 + 1) / 4
    truth, found = noisy.labels["test"], noisy.assignments["test"]
    assert scores["nmi"] == pytest.approx(sklearn.metrics.normalized_mutual_info_score(truth, found))
    assert scores["ari"] == pytest.approx(sklearn.metrics.adjusted_rand_score(truth, found))


def test_noise_has_no_distance_and_is_no_typical_member(noisy):
    np.testing.assert_array_equal(noisy.distances["test"], [2, 2, 1, np.nan])
    assert noisy.inertia == 0 + 1 + 1 + 0
    np.testing.assert_allclose(noisy.spread("train"), [2 / 3, 0])
    assert noisy.most_central("test").tolist() == [0, 2]
    parts = {"train": np.array([[0.0], [10]]), "test": np.array([[60.0], [1]])}
    kept = {"train": np.array([0, 1]), "test": np.array([-1, 0])}
    last_empty = assign(noisy.model, noisy.config, parts, None, kept)
    assert last_empty.most_central("test").tolist() == [1, -1]
    np.testing.assert_allclose(noisy.typical_embeddings(np.array([[2.0], [12], [9], [60]]), "test"), [[2], [10.5]])


def test_the_silhouette_leaves_noise_out(noisy):
    parts = {"train": np.array([[0.0], [1], [-1], [10], [50]]), "test": np.array([[2.0], [12], [9], [60]])}
    inside = sklearn.metrics.silhouette_score(parts["train"][:4], [0, 0, 0, 1])
    assert noisy.silhouette(parts, "train") == pytest.approx(inside)


def test_contingency_leaves_noise_out():
    assert contingency(np.array([-1, 0, 1, 1]), np.array([80, 0, 80, 2]), 2, 81).sum(axis=1).tolist() == [1, 2]


def test_nothing_but_noise_has_scores(noisy):
    parts = {"train": np.zeros((4, 2)), "test": np.ones((2, 2))}
    kept = {"train": np.full(4, -1), "test": np.full(2, -1)}
    labels = {"train": np.array([0, 1, 0, 1]), "test": np.array([0, 1])}
    none = assign({"centroids": np.zeros((0, 2), np.float32)}, noisy.config, parts, labels, kept)
    assert none.scores("test") == {"accuracy": 0, "purity": 0, "hungarian": 0, "nmi": 0, "ari": 0}
    assert none.confusion("test").tolist() == [[0, 0], [0, 0]]
    assert none.predicted("test").tolist() == [-1, -1]
    assert none.silhouette(parts, "test") == 0
    assert cluster_table(none, "test", ("a", "b"))["size"] == []


# --- without labels ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", CLUSTERERS)
def test_images_without_labels_are_clustered_alike(method):
    with_labels, without = clustering(method), clustering(method, labels=None)
    assert not without.labelled
    for split in SPLITS:
        np.testing.assert_array_equal(without.assignments[split], with_labels.assignments[split])
        np.testing.assert_array_equal(without.sizes(split), with_labels.counts[split].sum(axis=1))
    assert without.silhouette(SPLITS, "test") == with_labels.silhouette(SPLITS, "test") > 0.3
    assert without.scores("test") == {}
    assert cluster_table(without, "test", ()).keys() == {"cluster", "size", "spread"}


def test_what_needs_labels_is_refused_in_words():
    without = clustering("kmeans", labels=None)
    for ask in (without.predicted, without.confusion, without.accuracy, without.accuracy_error):
        with pytest.raises(InvalidInputError, match=r"no labels.*by hand"):
            ask("test")


# --- against scikit-learn ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", SCALINGS)
def test_gaussian_mixtures_are_scikit_learns(scaling):
    rows = scale(ROWS, scaling, ROWS).astype(np.float64)
    standard = (rows - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0).mean())
    expected = GaussianMixture(4, random_state=0).fit(standard).predict(standard)
    np.testing.assert_array_equal(clustering("gmm", 4, scaling).assignments["train"], expected)


def test_gaussian_mixtures_do_not_depend_on_the_unit():
    config = ClusteringConfig(3, "none", method="gmm")
    expected = CLUSTERERS["gmm"].assign(fit(ROWS, config), ROWS)
    for unit in (1e-12, 1e12):
        rows = (ROWS * np.float64(unit)).astype(np.float32)
        np.testing.assert_array_equal(CLUSTERERS["gmm"].assign(fit(rows, config), rows), expected)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize(
    ("clusters", "smallest"), [(3, 20), (10, 6), (100, 5)]
)  # a fifth of 300 / clusters, at least 5
def test_hdbscan_is_scikit_learns(scaling, clusters, smallest):
    rows = scale(ROWS, scaling, ROWS)
    expected = HDBSCAN(min_cluster_size=smallest, min_samples=10, copy=True).fit_predict(rows)
    found = clustering("hdbscan", clusters, scaling)
    np.testing.assert_array_equal(found.assignments["train"], expected)
    for cluster, centre in enumerate(found.centroids):
        np.testing.assert_allclose(centre, rows[expected == cluster].mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize(("clusters", "found"), [(4, 3), (2, 2)])  # at least 11 rows, or 21
def test_for_hdbscan_k_says_how_small_a_cluster_may_be(clusters, found):
    middles = np.repeat([[0, 0], [50, 0], [0, 50]], [100, 100, 12], axis=0)
    rows = (middles + np.random.default_rng(0).normal(size=(212, 2))).astype(np.float32)
    assert len(fit(rows, ClusteringConfig(clusters, "none", method="hdbscan"))["centroids"]) == found


def test_hdbscan_leaves_out_what_lies_between_the_clusters():
    found = clustering("hdbscan")
    assert len(found.centroids) == 3
    assert found.share_clustered("train") < 0.95
    assert (found.assignments["train"][270:] == -1).mean() > 0.8
    assert (found.predicted("train")[:270] == LABELS[:270]).mean() > 0.9
    # The test rows lie beside every second train row, and go with it.
    np.testing.assert_array_equal(found.assignments["test"], found.assignments["train"][::2])
    far = ROWS[:1] + np.float32(50)
    assert found.cluster_of(np.concatenate([ROWS[:3], far]), ROWS).tolist() == [*found.assignments["train"][:3], -1]


def test_hdbscan_takes_in_no_row_that_lies_farther_than_the_neighbours_of_the_nearest_one():
    rows = np.concatenate([RANDOM.normal(size=(40, 2)), RANDOM.normal(size=(40, 2)) + 50]).astype(np.float32)
    config = ClusteringConfig(2, "none", method="hdbscan")
    model = fit(rows, config)
    nearest = rows[:40][rows[:40, 0].argmax()]
    tenth = np.sort(np.linalg.norm(rows - nearest, axis=1))[10]
    step = np.array([1.0, 0])
    asked = np.stack([nearest, nearest + 0.99 * tenth * step, nearest + 1.01 * tenth * step])
    own = CLUSTERERS["hdbscan"].assign(model, rows)[rows[:40, 0].argmax()]
    assert own in (0, 1)
    assert CLUSTERERS["hdbscan"].assign(model, asked).tolist() == [own, own, -1]


def test_more_rows_than_are_fitted_are_assigned_like_new_ones(monkeypatch):
    monkeypatch.setattr("core.analyse.clusterers.base._MOST_ROWS", 200)
    for method in ("gmm", "hdbscan"):
        found, again = clustering(method), clustering(method)
        assert len(found.assignments["train"]) == 300
        assert (found.predicted("train")[:270] == LABELS[:270]).mean() > 0.85
        np.testing.assert_array_equal(found.assignments["train"], again.assignments["train"])


@pytest.mark.parametrize("method", CLUSTERERS)
def test_the_same_seed_gives_the_same_clusters_and_new_pictures_those_of_their_like(method):
    found = clustering(method, scaling="unit")
    np.testing.assert_array_equal(found.assignments["train"], clustering(method, scaling="unit").assignments["train"])
    np.testing.assert_array_equal(found.cluster_of(SPLITS["test"], ROWS), found.assignments["test"])


@pytest.mark.parametrize("method", CLUSTERERS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rows_that_are_all_alike_are_borne(method):
    alike, labels = np.full((40, 3), 0.1, np.float32), np.arange(40) % 2
    config = ClusteringConfig(2, "none", method=method)
    found = assign(fit(alike, config), config, {"train": alike, "test": alike}, {"train": labels, "test": labels})
    assert np.isfinite(list(found.scores("test").values())).all()


def test_more_clusters_than_training_images_are_refused_by_all():
    for method in CLUSTERERS:
        with pytest.raises(InvalidInputError, match="Number of clusters is 11, but there are only 10"):
            fit(ROWS[:10], ClusteringConfig(11, method=method))


# --- the registry --------------------------------------------------------------------------------------------------


class Halves:
    """A clusterer that knows only left and right."""

    name, title, summary = "halves", "Halves", "left and right"
    has_centroids, takes_k, has_noise = False, False, False

    def fit(self, train, scaling, clusters, seed):
        right = train[:, 0] > train[:, 0].mean()
        return {
            "centroids": np.stack([train[~right].mean(axis=0), train[right].mean(axis=0)]),
            "edge": train[:, 0].mean(),
        }

    def assign(self, model, rows):
        return (rows[:, 0] > model["edge"]).astype(np.int64)


def test_a_clusterer_is_one_entry(monkeypatch):
    with pytest.raises(UnknownNameError, match=r"Unknown clusterer 'halves'.*gmm, hdbscan, kmeans"):
        ClusteringConfig(method="halves")
    monkeypatch.setitem(CLUSTERERS, "halves", Halves())
    found = clustering("halves")
    np.testing.assert_array_equal(found.assignments["test"], SPLITS["test"][:, 0] > ROWS[:, 0].mean())
    assert found.sizes("train").sum() == 300


def test_the_registry_loads_nothing_heavy():
    code = "import sys; from core.analyse.clusterers import CLUSTERERS; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    for name, one in CLUSTERERS.items():
        assert one.name == name
        assert one.title
        assert one.summary
