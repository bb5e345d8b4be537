"""Initial centroids for k-means: solutions for every k, each grown from the one for k - 1 on a weighted coreset of the rows.

Global k-means (Likas, Vlassis and Verbeek, Pattern Recognition 36, 2003) adds one centroid at a time. As in floating search (Pudil,
Novovičová and Kittler, Pattern Recognition Letters 15, 1994) centroids are also removed again: the solution for k + 1 without
one of its centroids is a candidate for k. One growth gives the initial centroids of every k, each in a few milliseconds, and
they end at lower inertias than random ones do.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils import check_random_state

from core.analyse.distances import squared_distances

RandomState = int | np.random.RandomState | None  # a seed, as scikit-learn takes it

# Above this many clusters random initial centroids do as well.
_MAX_GROWN = 32
# The coreset has at most so many points: each the mean of those of so many sampled rows that lie nearest to it.
_CORESET_POINTS = 512
_CORESET_ROWS = 60_000
# A new centroid is tried at so many candidate points.
_CANDIDATES = 4
# Growth goes so many centroids beyond a k before its solution is final: larger solutions still improve it.
_LOOKAHEAD = 2
# Lloyd iterations on the coreset at the most.
_MAX_ITERATIONS = 20
# The least relative decrease of the inertia for which a solution is replaced.
_LEAST_DECREASE = 1e-5
# Random initial centroids are refined on a sample of so many rows, at least so many a cluster.
_SAMPLE_ROWS = 6_000
_SAMPLE_ROWS_PER_CLUSTER = 60


def starts(
    rows: np.ndarray, sizes: Iterable[int], random_state: RandomState = None
) -> Iterator[tuple[int, np.ndarray]]:
    """Each k of `sizes`, in rising order, and its initial centroids, (k, n_features).

    `rows`: (n_samples, n_features), n_samples >= k.
    With the same seed (an int) those of one k do not depend on the other sizes.
    """
    sizes = set(sizes)
    if grown := {k for k in sizes if k <= _MAX_GROWN}:
        yield from _Coreset(rows, check_random_state(random_state)).grow(grown)
    for k in sorted(sizes - grown):
        yield k, _random_centroids(rows, k, random_state)


def _random_centroids(rows: np.ndarray, k: int, random_state: RandomState) -> np.ndarray:
    """Centroids from one random initialisation, refined on a sample."""
    random = check_random_state(random_state)
    count = max(_SAMPLE_ROWS, _SAMPLE_ROWS_PER_CLUSTER * k)
    sample = rows[random.choice(len(rows), count, replace=False)] if len(rows) > 2 * count else rows
    return KMeans(k, n_init=1, random_state=random).fit(sample).cluster_centers_


class _Solution(NamedTuple):
    """centroids: float32 (k, n_features); inertia: weighted, on the coreset."""

    centroids: np.ndarray
    inertia: float

    def improves(self, other: "_Solution") -> bool:
        return self.inertia < other.inertia * (1 - _LEAST_DECREASE)


class _Coreset:
    """Rows summarised by weighted means, float32 (n_points, n_features), centred and in units of their spread."""

    def __init__(self, rows: np.ndarray, random: np.random.RandomState) -> None:
        sample = rows[random.choice(len(rows), min(len(rows), _CORESET_ROWS), replace=False)]
        nearest = pairwise_distances_argmin(sample, sample[:_CORESET_POINTS])
        members = csr_matrix((np.ones(len(sample)), (nearest, np.arange(len(sample)))))
        weights = np.bincount(nearest)
        kept = weights > 0
        means = (members @ sample)[kept] / weights[kept, None]
        self.centre = np.average(means, axis=0, weights=weights[kept])
        self.spread = (means - self.centre).std() or 1.0
        self.points = ((means - self.centre) / self.spread).astype(np.float32)
        self.weights = weights[kept].astype(np.float32)
        self.pairwise = squared_distances(self.points, self.points)
        self.squared_norms = np.einsum("ij,ij->i", self.points, self.points)
        # A column of ones beside the points: one product gives sums and sizes of clusters, another whole distances.
        self.augmented = np.column_stack([self.points, np.ones_like(self.weights)])
        self.weighted = self.augmented * self.weights[:, None]

    def grow(self, sizes: set[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Each of the sizes, in rising order, and its centroids, in the rows' own coordinates."""
        best = {1: _Solution(np.zeros((1, self.points.shape[1]), np.float32), 0.0)}
        for k in range(2, max(sizes) + _LOOKAHEAD + 1):
            best[k] = self._add_centroid(best[k - 1].centroids)
            while (swapped := self._add_centroid(self._remove_centroid(best[k].centroids))).improves(best[k]):
                best[k] = swapped
            for fewer in range(k - 1, 1, -1):
                reduced = self._lloyd(self._remove_centroid(best[fewer + 1].centroids)[None])
                if not reduced.improves(best[fewer]):
                    break
                best[fewer] = reduced
            if k - _LOOKAHEAD in sizes:
                yield k - _LOOKAHEAD, best[k - _LOOKAHEAD].centroids * self.spread + self.centre

    def _add_centroid(self, centroids: np.ndarray) -> _Solution:
        """The best solution with one centroid more. Candidates are the points at which a centroid lowers the inertia most, at most
        one a cluster.
        """
        squared = self._squared_distances(centroids)
        nearest = squared.argmin(axis=0)
        decrease = self.weights @ np.maximum((squared.min(axis=0) + self.squared_norms)[:, None] - self.pairwise, 0)
        order = np.argsort(-decrease)
        first = np.sort(np.unique(nearest[order], return_index=True)[1])[:_CANDIDATES]
        return self._lloyd(np.stack([np.vstack([centroids, self.points[candidate]]) for candidate in order[first]]))

    def _remove_centroid(self, centroids: np.ndarray) -> np.ndarray:
        """The centroids without the one whose removal raises the inertia least."""
        squared = self._squared_distances(centroids)
        nearest, second = np.partition(squared, 1, axis=0)[:2]
        increase = np.bincount(squared.argmin(axis=0), self.weights * (second - nearest), minlength=len(centroids))
        return np.delete(centroids, increase.argmin(), axis=0)

    def _lloyd(self, candidates: np.ndarray) -> _Solution:
        """Lloyd's algorithm from several sets of centroids, (n_candidates, k, n_features): the solution of lowest inertia.

        All are iterated together: on so few points each by itself would take mostly Python's time.
        """
        centroids, clusters = candidates, np.arange(candidates.shape[1])[:, None]
        for _ in range(_MAX_ITERATIONS):
            members = self._squared_distances(centroids).argmin(axis=1)[:, None] == clusters
            sums = members.astype(np.float32) @ self.weighted
            moved = np.where(sums[..., -1:] > 0, sums[..., :-1] / np.maximum(sums[..., -1:], 1), centroids)
            if np.array_equal(moved, centroids):
                break
            centroids = moved
        inertias = (self._squared_distances(centroids).min(axis=1) + self.squared_norms).clip(0) @ self.weights
        return _Solution(centroids[inertias.argmin()], float(inertias.min()))

    def _squared_distances(self, centroids: np.ndarray) -> np.ndarray:
        """Squared distances, less the points' squared norms, of centroids (..., k, n_features): (..., k, n_points)."""
        norms = np.einsum("...i,...i->...", centroids, centroids)[..., None]
        return np.concatenate([-2 * centroids, norms], axis=-1) @ self.augmented.T
