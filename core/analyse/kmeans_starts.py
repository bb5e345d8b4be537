"""Where k-means begins: centroids that grow one at a time on a summary of the rows.

After Likas, Vlassis and Verbeek, *The global k-means clustering algorithm* (Pattern Recognition 36, 2003), with the steps back
of Pudil, Novovičová and Kittler's floating search (Pattern Recognition Letters 15, 1994): what k + 1 centroids have found
serves k as well. One growth gives the starts of every k, each in a few milliseconds, and they end at lower inertias than random
starts do.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils import check_random_state

from core.analyse.distances import squared_distances

RandomState = int | np.random.RandomState | None  # a seed, as scikit-learn takes it

# Above this many clusters a random start does as well.
_MOST_GROWN = 32
# A summary has so many points, each the mean of those of so many rows that lie nearest to it.
_POINTS = 512
_ROWS = 60_000
# Another centroid is tried in so many places, and steps back are taken from up to so many centroids more.
_PLACES = 4
_BEYOND = 2
# Lloyd's steps on the summary at the most, and the least share of the inertia by which a change has to lower it.
_STEPS = 20
_GAIN = 1e-5
# A random start is refined on a sample of this many rows, at least so many a cluster.
_SAMPLE_ROWS = 6_000
_SAMPLE_ROWS_A_CLUSTER = 60


def starts(
    rows: np.ndarray, sizes: Iterable[int], random_state: RandomState = None
) -> Iterator[tuple[int, np.ndarray]]:
    """Each k of `sizes`, in rising order, and centroids to begin at, (k, n_features).

    `rows`: (n_samples, n_features), n_samples >= k.
    With the same seed (an int) those of one k do not depend on the other sizes.
    """
    sizes = set(sizes)
    if grown := {k for k in sizes if k <= _MOST_GROWN}:
        yield from _Summary(rows, check_random_state(random_state)).grow(grown)
    for k in sorted(sizes - grown):
        yield k, _sampled(rows, k, random_state)


def _sampled(rows: np.ndarray, k: int, random_state: RandomState) -> np.ndarray:
    """Centroids of a random start, refined on a sample."""
    random = check_random_state(random_state)
    count = max(_SAMPLE_ROWS, _SAMPLE_ROWS_A_CLUSTER * k)
    sample = rows[random.choice(len(rows), count, replace=False)] if len(rows) > 2 * count else rows
    return KMeans(k, n_init=1, random_state=random).fit(sample).cluster_centers_


class _Summary:
    """Weighted points that stand for all rows, float32 (n_points, n_features), around their mean, in units of their spread."""

    def __init__(self, rows: np.ndarray, random: np.random.RandomState) -> None:
        sample = rows[random.choice(len(rows), min(len(rows), _ROWS), replace=False)]
        nearest = pairwise_distances_argmin(sample, sample[:_POINTS])
        members = csr_matrix((np.ones(len(sample)), (nearest, np.arange(len(sample)))))
        weights = np.bincount(nearest)
        kept = weights > 0
        points = (members @ sample)[kept] / weights[kept, None]
        self.centre = np.average(points, axis=0, weights=weights[kept])
        self.spread = (points - self.centre).std() or 1.0
        self.points = ((points - self.centre) / self.spread).astype(np.float32)
        self.weights = weights[kept].astype(np.float32)
        self.between = squared_distances(self.points, self.points)
        self.lengths = np.einsum("ij,ij->i", self.points, self.points)
        # A column of ones beside the points: one product gives sums and sizes of clusters, another whole distances.
        self.columns = np.column_stack([self.points, np.ones_like(self.weights)])
        self.weighted = self.columns * self.weights[:, None]

    def grow(self, sizes: set[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Each of the sizes, in rising order, and its centroids."""
        found = {1: (np.zeros((1, self.points.shape[1]), np.float32), 0.0)}
        for k in range(2, max(sizes) + _BEYOND + 1):
            found[k] = self._one_more(found[k - 1][0])
            while _lower(moved := self._one_more(self._without_one(found[k][0])), found[k]):
                found[k] = moved
            for fewer in range(k - 1, 1, -1):
                back = self._refined(self._without_one(found[fewer + 1][0])[None])
                if not _lower(back, found[fewer]):
                    break
                found[fewer] = back
            if k - _BEYOND in sizes:
                yield k - _BEYOND, found[k - _BEYOND][0] * self.spread + self.centre

    def _one_more(self, centroids: np.ndarray) -> tuple[np.ndarray, float]:
        """The centroids and one more, and their inertia: of the best places in several clusters the one that ends lowest."""
        squared = self._squared(centroids)
        nearest = squared.argmin(axis=0)
        use = self.weights @ np.maximum((squared.min(axis=0) + self.lengths)[:, None] - self.between, 0)
        order = np.argsort(-use)
        first = np.sort(np.unique(nearest[order], return_index=True)[1])[:_PLACES]
        return self._refined(np.stack([np.vstack([centroids, self.points[place]]) for place in order[first]]))

    def _without_one(self, centroids: np.ndarray) -> np.ndarray:
        """All but the centroid whose points lie hardly farther from another."""
        squared = self._squared(centroids)
        own, other = np.partition(squared, 1, axis=0)[:2]
        use = np.bincount(squared.argmin(axis=0), self.weights * (other - own), minlength=len(centroids))
        return np.delete(centroids, use.argmin(), axis=0)

    def _refined(self, centroids: np.ndarray) -> tuple[np.ndarray, float]:
        """The centroids that end lowest of several, (n, k, n_features), and their inertia.

        Lloyd's steps are taken from all at once: on so few points each by itself would take mostly Python's time.
        """
        clusters = np.arange(centroids.shape[1])[:, None]
        for _ in range(_STEPS):
            members = self._squared(centroids).argmin(axis=1)[:, None] == clusters
            sums = members.astype(np.float32) @ self.weighted
            moved = np.where(sums[..., -1:] > 0, sums[..., :-1] / np.maximum(sums[..., -1:], 1), centroids)
            if np.array_equal(moved, centroids):
                break
            centroids = moved
        inertias = (self._squared(centroids).min(axis=1) + self.lengths).clip(0) @ self.weights
        return centroids[inertias.argmin()], float(inertias.min())

    def _squared(self, centroids: np.ndarray) -> np.ndarray:
        """Squared distances, less the points' own squared lengths, of centroids (..., k, n_features): (..., k, n_points)."""
        lengths = np.einsum("...i,...i->...", centroids, centroids)[..., None]
        return np.concatenate([-2 * centroids, lengths], axis=-1) @ self.columns.T


def _lower(one: tuple[np.ndarray, float], other: tuple[np.ndarray, float]) -> bool:
    return one[1] < other[1] * (1 - _GAIN)
