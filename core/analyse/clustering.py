"""A clustering of one run: which image is in which cluster, and what that says about classes, where there are any."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.analyse import metrics
from core.analyse.clusterers import CLUSTERERS, NOISE, Model
from core.analyse.distances import nearest
from core.analyse.scaling import scale
from core.analyse.steady import steady
from core.errors import InvalidInputError
from core.settings import ClusteringConfig, check_name

Parts = dict[str, np.ndarray]  # by split
SPLITS = {"test": "Test images, never seen in training", "train": "Training images"}


@dataclass(frozen=True, eq=False)
class Clustering:
    """A clustering of one run. A point that is in no cluster is noise: its assignment is -1.

    What is said of labels counts noise among the points that are not right, and raises InvalidInputError without labels.

    Attributes:
        model: what new embeddings are assigned by, see `core.analyse.clusterers`.
        assignments: by split, int16 (n,): cluster of each point, or -1.
        distances: by split, float64 (n,): distance to the own centroid, in scaled coordinates; NaN for noise.
        inertia: sum of the squared distances of train points, noise left out.
        labels: by split, int (n,), or None.
        counts: by split, int64 (k, classes): points of each label in each cluster. Empty without labels.
        cluster_labels: int (k,): majority label of each cluster's train points. Empty without labels.
    """

    config: ClusteringConfig
    model: Model
    assignments: Parts
    distances: Parts
    inertia: float
    labels: Parts | None
    counts: Parts
    cluster_labels: np.ndarray

    @property
    def labelled(self) -> bool:
        return self.labels is not None

    @property
    def centroids(self) -> np.ndarray:
        """The middle of each cluster, float32 (k, latent), in scaled coordinates."""
        return self.model["centroids"]

    # --- without labels ---

    def sizes(self, split: str) -> np.ndarray:
        """Points in each cluster: int (k,)."""
        return np.bincount(self.assignments[split] + 1, minlength=len(self.centroids) + 1)[1:]

    def spread(self, split: str) -> np.ndarray:
        """Mean distance of each cluster's points to its centroid, float64 (k,); NaN for a cluster without points."""
        inside = self.assignments[split] != NOISE
        sums = np.bincount(self.assignments[split][inside], self.distances[split][inside], len(self.centroids))
        sizes = self.sizes(split)
        return np.divide(sums, sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)

    def share_clustered(self, split: str) -> float:
        """Share of points that are in a cluster: 1 where the clusterer knows no noise."""
        return float((self.assignments[split] != NOISE).mean())

    def silhouette(self, embeddings: dict[str, np.ndarray], split: str) -> float:
        """Mean silhouette of a sample of the points that are in a cluster (`core.analyse.metrics`). [-1, 1], higher is better.

        `embeddings`: by split, (n, latent). 0 with less than two clusters.
        """
        inside = self.assignments[split] != NOISE
        if not inside.any():
            return 0.0
        rows = scale(embeddings[split], self.config.scaling, embeddings["train"])
        return metrics.silhouette(rows[inside], self.assignments[split][inside])

    def most_central(self, split: str) -> np.ndarray:
        """Index of each cluster's point nearest its centroid, int (k,); -1 for a cluster without points."""
        order = np.argsort(self.distances[split], kind="stable")  # noise is last
        order = order[self.assignments[split][order] != NOISE]
        central = np.full(len(self.centroids), -1)
        clusters, first = np.unique(self.assignments[split][order], return_index=True)
        central[clusters] = order[first]
        return central

    @steady()
    def typical_embeddings(self, embeddings: np.ndarray, split: str) -> np.ndarray:
        """Mean embedding of each cluster's points, *unscaled*, float32 (k, latent): what the decoder can draw."""
        own, clusters = self.assignments[split], len(self.centroids)
        sums = np.stack([np.bincount(own + 1, column, clusters + 1)[1:] for column in embeddings.T], axis=1)
        return (sums / np.maximum(self.sizes(split)[:, None], 1)).astype(np.float32)

    def cluster_of(self, embeddings: np.ndarray, train: np.ndarray) -> np.ndarray:
        """The cluster that new embeddings (n, latent) belong to: int (n,), -1 for none. `train`: the train embeddings."""
        return CLUSTERERS[self.config.method].assign(self.model, scale(embeddings, self.config.scaling, train))

    # --- with labels ---

    def predicted(self, split: str) -> np.ndarray:
        """The label each point gets from its cluster: int (n,), -1 for noise."""
        self._counted("train")
        return np.append(self.cluster_labels, NOISE)[self.assignments[split]]  # -1 is the last

    def confusion(self, split: str) -> np.ndarray:
        """Counts, int (classes, classes): true label by row, label of the cluster by column. Noise is not in it."""
        counts = self._counted(split)
        matrix = np.zeros((counts.shape[1], counts.shape[1]), np.int64)
        np.add.at(matrix.T, self.cluster_labels, counts)
        return matrix

    def accuracy(self, split: str) -> float:
        """Share of points whose label is their cluster's majority label in train; noise is not right. [0, 1], higher is better."""
        return float(np.trace(self.confusion(split)) / len(self.assignments[split]))

    def accuracy_error(self, split: str) -> float:
        """Standard error of that share, from the number of points: differences below two of it mean little."""
        share = self.accuracy(split)
        return float(np.sqrt(share * (1 - share) / len(self.assignments[split])))

    def scores(self, split: str) -> dict[str, float]:
        """accuracy, purity, hungarian, nmi and ari of a split; nothing without labels.

        Noise is right in none of the first three, and one more cluster for the last two, as in scikit-learn's.
        """
        if not self.labelled:
            return {}
        if split not in self._scores:
            counts, points = self.counts[split], len(self.assignments[split])
            noise = self._noise(split)
            with_noise = np.vstack([counts, noise]) if noise.any() else counts
            self._scores[split] = {
                "accuracy": self.accuracy(split),
                "purity": metrics.purity(counts, points),
                "hungarian": metrics.hungarian_accuracy(counts, points),
                "nmi": metrics.nmi_from_counts(with_noise),
                "ari": metrics.ari_from_counts(with_noise),
            }
        return self._scores[split]

    @cached_property
    def _scores(self) -> dict[str, dict[str, float]]:
        return {}

    def _noise(self, split: str) -> np.ndarray:
        """Points of each label that are noise: int (classes,)."""
        noise = self.assignments[split] == NOISE
        assert self.labels is not None  # asked only where there are labels
        return np.bincount(self.labels[split][noise], minlength=self.counts[split].shape[1])

    def _counted(self, split: str) -> np.ndarray:
        if not self.labelled:
            raise InvalidInputError(
                "These images have no labels, so their clusters have neither names nor accuracy. Ask for sizes, spread or "
                "silhouette, or name the clusters by hand."
            )
        return self.counts[split]


def fit(train: np.ndarray, config: ClusteringConfig) -> Model:
    """The clusters of train embeddings (n, latent). Raises InvalidInputError for more clusters than there are rows."""
    if config.clusters > len(train):
        raise InvalidInputError(
            f"Number of clusters is {config.clusters}, but there are only {len(train)} training images. Expected at "
            "most one cluster an image: choose fewer clusters."
        )
    return CLUSTERERS[config.method].fit(train, config.scaling, config.clusters, config.seed)


@steady()
def assign(
    model: Model,
    config: ClusteringConfig,
    embeddings: Parts,
    labels: Parts | None,
    kept: Mapping[str, np.ndarray | None] | None = None,
) -> Clustering:
    """Give every point its cluster, and every cluster the majority label of its train points. Ties go to the smallest label.

    Args:
        embeddings: by split, (n, latent).
        labels: by split, whole numbers from 0, (n,); None for images without labels.
        kept: by split, assignments that were computed before; without, they are computed now.
    """
    for split, points in embeddings.items():
        if labels and len(labels[split]) != len(points):
            raise InvalidInputError(
                f"There are {len(labels[split])} labels for the {len(points)} {split} embeddings. Expected one each."
            )
    scaled = {split: scale(points, config.scaling, embeddings["train"]) for split, points in embeddings.items()}
    assignments, distances = {}, {}
    inertia = 0.0
    for split, points in scaled.items():
        own, squared = _assigned(model, config.method, points, kept[split] if kept else None)
        assignments[split] = own.astype(np.int16)
        distances[split] = np.sqrt(squared)
        if split == "train":
            inertia = float(squared[own != NOISE].sum())
    counts, names = {}, np.empty(0, np.int64)
    if labels is not None:
        k, classes = len(model["centroids"]), int(max(part.max() for part in labels.values())) + 1
        counts = {split: contingency(own, labels[split], k, classes) for split, own in assignments.items()}
        names = counts["train"].argmax(axis=1)
    return Clustering(config, model, assignments, distances, inertia, labels, counts, names)


def _assigned(model: Model, method: str, points: np.ndarray, kept: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each point, and the squared distance to its centroid, NaN for noise."""
    clusterer, centroids = CLUSTERERS[method], model["centroids"]
    if clusterer.has_centroids:
        return nearest(points, centroids)
    own = clusterer.assign(model, points) if kept is None else kept
    centres = np.vstack([centroids, np.full((1, points.shape[1]), np.nan)]).astype(np.float64)  # -1 is the last
    return own, np.square(points - centres[own]).sum(axis=1)


def contingency(clusters: np.ndarray, labels: np.ndarray, k: int, classes: int) -> np.ndarray:
    """How many members of each cluster have each label: int64 (k, classes). Noise (-1) is left out."""
    pairs = (clusters.astype(np.int64) + 1) * classes + labels
    return np.bincount(pairs, minlength=(k + 1) * classes).reshape(k + 1, classes)[1:]


def cluster_table(clustering: Clustering, split: str, class_names: tuple[str, ...]) -> dict[str, list[Any]]:
    """The table of clusters, by column, a row a cluster: cluster, size, spread (`Clustering.spread`), and with labels label,
    most, purity, runner_up, runner_up_share, entropy.

    `label` is the majority class in train, `most` the most frequent class in the split, which may be another, and `purity`
    its share; a cluster without points in the split has "" and None, and None as its spread.
    """
    check_name("split", split, SPLITS)
    sizes = clustering.sizes(split)
    table: dict[str, list[Any]] = {
        "cluster": list(range(len(sizes))),
        "size": sizes.tolist(),
        "spread": [float(value) if size else None for value, size in zip(clustering.spread(split), sizes, strict=True)],
    }
    if not clustering.labelled:
        return table
    counts = clustering.counts[split]
    order = np.argsort(-counts, axis=1, kind="stable")
    shares = counts / np.maximum(sizes[:, None], 1)
    rows = np.arange(len(counts))
    top, second = shares[rows, order[:, 0]], shares[rows, order[:, 1]]
    filled = sizes > 0
    return table | {
        "label": [class_names[label] for label in clustering.cluster_labels],
        "most": [class_names[label] if ok else "" for label, ok in zip(order[:, 0], filled, strict=True)],
        "purity": [float(value) if ok else None for value, ok in zip(top, filled, strict=True)],
        "runner_up": [
            class_names[label] if value > 0 else "" for label, value in zip(order[:, 1], second, strict=True)
        ],
        "runner_up_share": [float(value) if ok else None for value, ok in zip(second, filled, strict=True)],
        "entropy": metrics.entropy(counts).tolist(),
    }
