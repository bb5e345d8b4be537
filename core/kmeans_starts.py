"""Where k-means begins: centroids that grow one at a time on a summary of the rows.

After Likas, Vlassis and Verbeek, *The global k-means clustering algorithm* (Pattern Recognition 36, 2003). One growth gives
the starts of every k, each in about a millisecond, and they end at lower inertias than random starts do.
"""

from collections.abc import Iterable

import numpy as np
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state

from core.evaluation import squared_distances

# Above this many clusters a random start does as well.
_MOST_GROWN = 32
# A summary has so many points, each the mean of those of so many rows that lie nearest to it.
_POINTS = 512
_ROWS_A_POINT = 20
# While there are few clusters, one in a wrong place weighs most: then so many random places are tried as well.
_FEW = 10
_TRIES = 4
_STEPS = 20
# A random start is refined on a sample of this many rows, at least so many a cluster.
_SAMPLE_ROWS = 6_000
_SAMPLE_ROWS_A_CLUSTER = 60


def starts(rows: np.ndarray, sizes: Iterable[int], random_state=None) -> dict[int, np.ndarray]:
    """Centroids to begin at, (k, n_features), for each k of `sizes`; `rows`: (n_samples, n_features), n_samples >= k.

    With the same seed (an int) those of one k do not depend on the other sizes.
    """
    sizes = set(sizes)
    found = {k: _sampled(rows, k, random_state) for k in sizes if k > _MOST_GROWN}
    if grown := sizes - found.keys():
        found |= _grown(*_summary(rows, check_random_state(random_state)), grown)
    return found


def _sampled(rows: np.ndarray, k: int, random_state) -> np.ndarray:
    """Centroids of a random start, refined on a sample."""
    random = check_random_state(random_state)
    count = max(_SAMPLE_ROWS, _SAMPLE_ROWS_A_CLUSTER * k)
    sample = rows[random.choice(len(rows), count, replace=False)] if len(rows) > 2 * count else rows
    return KMeans(k, n_init=1, random_state=random).fit(sample).cluster_centers_


def _summary(rows: np.ndarray, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Points (m, n_features) and their weights (m,): a sample of the rows, each counted at the nearest of m of them."""
    sample = rows[random.choice(len(rows), min(len(rows), _POINTS * _ROWS_A_POINT), replace=False)]
    nearest = squared_distances(sample, sample[:_POINTS]).argmin(axis=1)
    weights = np.bincount(nearest)
    sums = np.stack([np.bincount(nearest, column) for column in sample.T], axis=1)
    kept = weights > 0
    return sums[kept] / weights[kept, None], weights[kept].astype(float)


def _grown(points: np.ndarray, weights: np.ndarray, sizes: set[int]) -> dict[int, np.ndarray]:
    """Centroids for each of the sizes, from one to the largest. The one of least use moves as long as that helps."""
    between = squared_distances(points, points)

    def with_one_more(centroids: np.ndarray, tries: int) -> tuple[np.ndarray, float]:
        """The centroids and one more at the place of most use, or at one of `tries` random places; and their inertia."""
        nearest = squared_distances(points, centroids).min(axis=1)
        use = weights @ np.maximum(nearest[:, None] - between, 0)
        places = [use.argmax(), *range(min(tries, len(points)))]  # the points stand in random order
        refined = (_refined(points, weights, np.vstack([centroids, points[place]])) for place in places)
        return min(refined, key=lambda one: one[1])

    centroids = np.average(points, axis=0, weights=weights)[None]
    found = {1: centroids}
    for k in range(2, max(sizes) + 1):
        tries = _TRIES if k <= _FEW else 0
        centroids, inertia = with_one_more(centroids, tries)
        while True:
            moved, lower = with_one_more(_without_one(points, weights, centroids), tries)
            if lower >= inertia * (1 - 1e-6):
                break
            centroids, inertia = moved, lower
        found[k] = centroids
    return {k: found[k] for k in sizes}


def _without_one(points: np.ndarray, weights: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """All but the centroid whose points lie hardly farther from another."""
    squared = squared_distances(points, centroids)
    own, other = np.partition(squared, 1, axis=1)[:, :2].T
    use = np.bincount(squared.argmin(axis=1), weights * (other - own), minlength=len(centroids))
    return np.delete(centroids, use.argmin(), axis=0)


def _refined(points: np.ndarray, weights: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, float]:
    """Lloyd's steps on weighted points, and the inertia. Scikit-learn's checks would take longer than these few points."""
    for _ in range(_STEPS):
        nearest = squared_distances(points, centroids).argmin(axis=1)
        members = (nearest == np.arange(len(centroids))[:, None]) * weights
        sizes = members.sum(axis=1, keepdims=True)
        moved = np.where(sizes > 0, members @ points / np.maximum(sizes, 1e-9), centroids)
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    return centroids, float(weights @ squared_distances(points, centroids).min(axis=1))
