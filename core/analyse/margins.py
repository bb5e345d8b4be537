"""How clearly a point belongs to its cluster rather than to the next one."""

import numpy as np

from core.analyse.distances import squared_distances
from core.analyse.steady import steady


@steady()
def margins(rows: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """How much nearer each row's nearest centroid is than the second nearest, float32 (n,): 1 - nearest / second, in [0, 1].

    0 half-way between two clusters, 1 on a centroid, or where there is only one. It is the simplified silhouette of Hruschka, de
    Castro and Campello 2004.

    Args:
        rows, centroids: (n, latent) and (k, latent), in the same coordinates.
    """
    if len(centroids) == 1:
        return np.ones(len(rows), np.float32)
    squared = np.partition(squared_distances(rows, centroids), 1, axis=1)
    best, second = np.sqrt(squared[:, 0]), np.sqrt(squared[:, 1])
    return (1 - np.divide(best, second, out=np.ones(len(rows)), where=second > 0)).astype(np.float32)
