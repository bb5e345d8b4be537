"""Cluster a run's embeddings and score the clusters: what the pages and `evaluate` show.

Centroids and labels always come from the train embeddings; the split says whose points are counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.analyse import metrics
from core.analyse.rows import checked
from core.analyse.steady import steady
from core.errors import InvalidInputError
from core.keep.runs import Run
from core.settings import ClusteringConfig, check_name

SPLITS = {"test": "Test images, never seen in training", "train": "Training images"}
# Centroids kept with every run, so that sweeps over k and moves of the slider need no fitting.
STORED_K = (*range(2, 31), 40, 50, 64, 100, 150, 200, 250)
# Multiplications at once. What more give leaves the processor's cache, and for more BLAS starts threads: on a busy machine
# one then waits for the other far longer than it computes.
_BLOCK = 500_000


@dataclass(frozen=True, eq=False)
class Clustering:
    """A clustering of one run.

    Attributes:
        centroids: float32 (k, latent), in scaled coordinates.
        counts: by split, int (k, classes): points of each label in each cluster.
        assignments: by split, int (n,): cluster of each point.
        distances: by split, float64 (n,): distance to the own centroid, in scaled coordinates.
        cluster_labels: int (k,): majority label of each cluster's train points.
        inertia: sum of squared distances of the train points, in scaled coordinates.
    """

    config: ClusteringConfig
    centroids: np.ndarray
    counts: dict[str, np.ndarray]
    assignments: dict[str, np.ndarray]
    distances: dict[str, np.ndarray]
    cluster_labels: np.ndarray
    inertia: float

    def predicted(self, split: str) -> np.ndarray:
        """The label each point gets from its cluster: int (n,)."""
        return self.cluster_labels[self.assignments[split]]

    def confusion(self, split: str) -> np.ndarray:
        """Counts, int (classes, classes): true label by row, label of the cluster by column."""
        counts = self.counts[split]
        matrix = np.zeros((counts.shape[1], counts.shape[1]), np.int64)
        np.add.at(matrix.T, self.cluster_labels, counts)
        return matrix

    def accuracy(self, split: str) -> float:
        """Share of points whose label is their cluster's majority label in train. [0, 1], higher is better."""
        return float(np.trace(self.confusion(split)) / self.counts[split].sum())

    def accuracy_error(self, split: str) -> float:
        """Standard error of that share, from the number of points: differences below two of it mean little."""
        share = self.accuracy(split)
        return float(np.sqrt(share * (1 - share) / self.counts[split].sum()))

    def classify(self, embeddings: np.ndarray, train: np.ndarray) -> np.ndarray:
        """The label that new embeddings (n, latent) get from their nearest centroid: int (n,)."""
        return self.cluster_labels[nearest(scale(embeddings, self.config.scaling, train), self.centroids)[0]]

    @cached_property
    def _scores(self) -> dict[str, dict[str, float]]:
        return {}

    def scores(self, split: str) -> dict[str, float]:
        """accuracy, purity, hungarian, nmi and ari of a split."""
        if split not in self._scores:
            counts = self.counts[split]
            self._scores[split] = {
                "accuracy": self.accuracy(split),
                "purity": metrics.purity(counts),
                "hungarian": metrics.hungarian_accuracy(counts),
                "nmi": metrics.nmi_from_counts(counts),
                "ari": metrics.ari_from_counts(counts),
            }
        return self._scores[split]

    def most_central(self, split: str) -> np.ndarray:
        """Index of each cluster's point nearest its centroid, int (k,); -1 for a cluster without points."""
        order = np.argsort(self.distances[split], kind="stable")
        central = np.full(len(self.centroids), -1)
        clusters, first = np.unique(self.assignments[split][order], return_index=True)
        central[clusters] = order[first]
        return central

    @steady()
    def typical_embeddings(self, embeddings: np.ndarray, split: str) -> np.ndarray:
        """Mean embedding of each cluster's points, *unscaled*, float32 (k, latent): what the decoder can draw."""
        clusters = len(self.centroids)
        sums = np.stack([np.bincount(self.assignments[split], column, clusters) for column in embeddings.T], axis=1)
        return (sums / np.maximum(self.counts[split].sum(axis=1, keepdims=True), 1)).astype(np.float32)


@steady()
def scale(embeddings: np.ndarray, scaling: str, reference: np.ndarray) -> np.ndarray:
    """Embeddings (n, latent) in the coordinates of a scaling: float64, but as they are for `none`.

    `reference` is train, whose mean and spread count. Raises InvalidInputError for values that are not finite or beyond
    single precision.
    """
    embeddings = checked(embeddings)
    if scaling == "none":
        return embeddings
    if scaling == "unit":
        rows = embeddings.astype(np.float64)
        length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return np.divide(rows, np.where(length == 0, 1, length), out=rows)
    reference = checked(reference)
    mean = reference.mean(axis=0, dtype=np.float64)
    centred = reference - mean
    spread = np.sqrt(np.einsum("ij,ij->j", centred, centred) / len(reference))
    spread[(reference == reference[0]).all(axis=0)] = 1  # a constant's spread is not always rounded to 0
    rows = centred if embeddings is reference else embeddings - mean
    return np.divide(rows, spread, out=rows)


def stored_name(config: ClusteringConfig) -> str:
    return f"{config.scaling}-{config.clusters}"


@steady()
def fit_centroids(train: np.ndarray, config: ClusteringConfig) -> np.ndarray:
    """Centroids in scaled coordinates, float32 (k, latent), of train embeddings (n, latent)."""
    if config.clusters > len(train):
        raise InvalidInputError(
            f"Number of clusters is {config.clusters}, but there are only {len(train)} training images. Expected at "
            "most one cluster an image: choose fewer clusters."
        )
    from core.analyse.kmeans import (
        ScaledKMeans,  # scikit-learn takes over a second to import; stored centroids need none
    )

    estimator = ScaledKMeans(config.clusters, scaling=config.scaling, random_state=config.seed).fit(train)
    return estimator.cluster_centers_.astype(np.float32)


def cluster_run(run: Run, config: ClusteringConfig, labels: dict[str, np.ndarray]) -> Clustering:
    """Cluster a run. `labels`: by split, uint8 (n,). Stored centroids serve where there are any; the result is the same.

    Raises InvalidInputError for k above the number of training images.
    """
    stored = run.clusterings.get(stored_name(config)) if config.seed == 0 else None
    train = run.train_embeddings
    centroids = stored if stored is not None else fit_centroids(train, config)
    embeddings = {"train": train, "test": run.test_embeddings}
    return assign(centroids, config, embeddings, labels)


@steady()
def assign(
    centroids: np.ndarray, config: ClusteringConfig, embeddings: dict[str, np.ndarray], labels: dict[str, np.ndarray]
) -> Clustering:
    """Give every point to its nearest centroid and every cluster its majority label from train."""
    for split, points in embeddings.items():
        if len(labels[split]) != len(points):
            raise InvalidInputError(
                f"There are {len(labels[split])} labels for the {len(points)} {split} embeddings. Expected one each."
            )
    scaled = {split: scale(points, config.scaling, embeddings["train"]) for split, points in embeddings.items()}
    classes = int(max(part.max() for part in labels.values())) + 1
    counts, assignments, distances = {}, {}, {}
    inertia = 0.0
    for split, points in scaled.items():
        own, squared = nearest(points, centroids)
        assignments[split] = own.astype(np.int16)
        distances[split] = np.sqrt(squared)
        counts[split] = contingency(own, labels[split], len(centroids), classes)
        if split == "train":
            inertia = float(squared.sum())
    return Clustering(config, centroids, counts, assignments, distances, counts["train"].argmax(axis=1), inertia)


@steady()
def nearest(rows: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest centroid of each row, int (n,), and the squared distance to it, float64 (n,)."""
    own, squared = np.empty(len(rows), np.int64), np.empty(len(rows))
    for part, differences, lengths in _by_block(rows, centroids):
        own[part] = nearest = differences.argmin(axis=1)
        squared[part] = lengths + differences[np.arange(len(nearest)), nearest]
    return own, np.maximum(squared, 0, out=squared)


@steady()
def squared_distances(rows: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances, float64 (n, k)."""
    squared = np.empty((len(rows), len(centroids)))
    for part, differences, lengths in _by_block(rows, centroids):
        np.add(differences, lengths[:, None], out=squared[part])
    return np.maximum(squared, 0, out=squared)


def _by_block(rows: np.ndarray, centroids: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """For some rows at a time, by one matrix product: which, by how much their squared distances (rows, k) exceed their own
    squared lengths, and these. Fast enough to redo at every move of a slider.

    In double precision around the centroids' mean: a product of single ones cannot tell rows apart that lie far from zero.
    """
    centroids = checked(centroids, "The centroids")
    if rows.shape[1] != centroids.shape[1]:
        raise InvalidInputError(
            f"The embeddings have {rows.shape[1]} features, the centroids {centroids.shape[1]}. Expected as many: take the "
            "centroids of this very run."
        )
    centre = centroids.mean(axis=0, dtype=np.float64)
    moved = centroids - centre
    double, lengths = -2 * moved.T, np.einsum("ij,ij->i", moved, moved)
    step = max(1, _BLOCK // centroids.size)
    for start in range(0, len(rows), step):
        block = rows[start : start + step] - centre
        differences = block @ double
        differences += lengths
        yield slice(start, start + step), differences, np.einsum("ij,ij->i", block, block)


def contingency(clusters: np.ndarray, labels: np.ndarray, k: int, classes: int) -> np.ndarray:
    """How many members of each cluster have each label: int64 (k, classes)."""
    pairs = clusters.astype(np.int64) * classes + labels
    return np.bincount(pairs, minlength=k * classes).reshape(k, classes)


def cluster_table(clustering: Clustering, split: str, class_names: tuple[str, ...]) -> dict[str, list]:
    """The purity table, by column, a row a cluster: cluster, size, label, purity, runner_up, runner_up_share, entropy.

    `label` is the majority class in train, `purity` the share of the split's points that have the cluster's most
    frequent class there; for a cluster without points in the split it is None.
    """
    check_name("split", split, SPLITS)
    counts = clustering.counts[split]
    sizes = counts.sum(axis=1)
    order = np.argsort(-counts, axis=1, kind="stable")
    shares = counts / np.maximum(sizes[:, None], 1)
    rows = np.arange(len(counts))
    top, second = shares[rows, order[:, 0]], shares[rows, order[:, 1]]
    filled = sizes > 0
    return {
        "cluster": rows.tolist(),
        "size": sizes.tolist(),
        "label": [class_names[label] for label in clustering.cluster_labels],
        "purity": [float(value) if ok else None for value, ok in zip(top, filled, strict=True)],
        "runner_up": [
            class_names[label] if value > 0 else "" for label, value in zip(order[:, 1], second, strict=True)
        ],
        "runner_up_share": [float(value) if ok else None for value, ok in zip(second, filled, strict=True)],
        "entropy": metrics.entropy(counts).tolist(),
    }


def evaluation_report(run: Run, clustering: Clustering, split: str, class_names: tuple[str, ...]) -> dict:
    """What `python -m core evaluate --json` prints."""
    check_name("split", split, SPLITS)
    table = cluster_table(clustering, split, class_names)
    rows = zip(*(table[column] for column in ("cluster", "size", "label", "purity")), strict=True)
    return {
        "run": run.id,
        "split": split,
        "clusters_k": clustering.config.clusters,
        "scaling": clustering.config.scaling,
        **clustering.scores(split),
        "accuracy_standard_error": clustering.accuracy_error(split),
        "label_informed": run.config.loss == "perceptual",
        "clusters": [dict(zip(("cluster", "size", "label", "purity"), row, strict=True)) for row in rows],
        "confusion": clustering.confusion(split).tolist(),
    }
