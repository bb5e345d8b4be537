"""Starts of k-means beside the exact optimum, which along a line can be computed: clusters of sorted numbers are intervals."""

import numpy as np
import pytest

from core.analyse.kmeans import ScaledKMeans, sweep
from core.analyse.kmeans_starts import starts

# Of random lines those on which growing alone, without steps back from more centroids, ends above the optimum.
NEED_STEPS_BACK = [(3, 7), (5, 5), (13, 6), (18, 4), (30, 4)]


def line(seed: int, repeats: int = 1) -> np.ndarray:
    """24 whole numbers in [0, 60), each `repeats` times: float64 (24 * repeats, 1)."""
    return np.repeat(np.random.default_rng(seed).integers(0, 60, (24, 1)).astype(float), repeats, axis=0)


def optimum(rows: np.ndarray, k: int) -> float:
    """The least inertia that any k clusters of numbers can have, by dynamic programming over where the last one begins."""
    numbers = np.sort(rows[:, 0])
    sums, squares = (np.concatenate([[0], np.cumsum(numbers**power)]) for power in (1, 2))

    def inertia(begin, end):
        return squares[end] - squares[begin] - (sums[end] - sums[begin]) ** 2 / (end - begin)

    best = {0: 0.0}
    for clusters in range(1, k + 1):
        best = {
            end: min(best[begin] + inertia(begin, end) for begin in best if begin < end)
            for end in range(clusters, len(numbers) + 1)
        }
    return best[len(numbers)]


def inertia_at(rows: np.ndarray, centroids: np.ndarray) -> float:
    return float(((rows[:, None] - centroids) ** 2).sum(axis=2).min(axis=1).sum())


@pytest.mark.parametrize(("seed", "k"), NEED_STEPS_BACK)
def test_starts_reach_the_optimum_also_where_growing_alone_does_not(seed, k):
    rows = line(seed)
    ((size, start),) = starts(rows, [k], random_state=0)
    assert (size, start.shape) == (k, (k, 1))
    assert inertia_at(rows, start) == pytest.approx(optimum(rows, k), rel=1e-4)


def test_a_point_of_the_summary_weighs_as_many_rows_as_it_stands_for():
    rows = np.array([[0.0]] * 99 + [[1.0], [20.0], [20.0]])
    ((_, start),) = starts(rows, [2], random_state=0)
    np.testing.assert_allclose(np.sort(start[:, 0]), [0.01, 20], atol=1e-5)  # 0.5 if 0 and 1 weighed the same


@pytest.mark.parametrize(("seed", "k"), NEED_STEPS_BACK)
def test_k_means_begins_at_its_start_and_stays_at_the_optimum(seed, k):
    rows = line(seed, repeats=500)  # so many that no random starts are tried beside it
    best = 500 * optimum(line(seed), k)
    assert ScaledKMeans(k, random_state=0).fit(rows).inertia_ == pytest.approx(best, rel=1e-3)
    (swept,) = sweep(rows, [k])
    assert swept.inertia_ == pytest.approx(best, rel=1e-3)
