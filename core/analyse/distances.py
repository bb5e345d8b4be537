"""Distances between embeddings and centroids, fast enough to redo at every move of a slider."""

from collections.abc import Iterator

import numpy as np

from core.analyse.rows import checked
from core.analyse.steady import steady
from core.errors import InvalidInputError

# Multiplications at once. What more give leaves the processor's cache, and for more BLAS starts threads: on a busy machine
# one then waits for the other far longer than it computes.
_BLOCK = 500_000


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
    squared lengths, and these.

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
