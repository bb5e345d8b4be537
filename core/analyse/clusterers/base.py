"""What a way to find clusters is."""

from typing import Protocol

import numpy as np

# All that new rows are assigned by, as arrays by name: what is kept of a fit. `centroids`, float32 (k, latent) in scaled
# coordinates, the middle of each cluster, is always among them.
Model = dict[str, np.ndarray]

NOISE = -1  # the assignment of a row that is in no cluster
_MOST_ROWS = 20_000


class Clusterer(Protocol):
    """A way to find clusters in scaled embeddings.

    Attributes:
        name: as it is written in settings and links.
        title, summary: for people who do not know the field.
        has_centroids: whether a row belongs to the nearest centroid. Without, centroids are only the members' means.
        takes_k: whether it finds as many clusters as are asked for.
        has_noise: whether rows may be in no cluster.
    """

    name: str
    title: str
    summary: str
    has_centroids: bool
    takes_k: bool
    has_noise: bool

    def fit(self, train: np.ndarray, scaling: str, clusters: int, seed: int) -> Model:
        """The clusters of train embeddings (n, latent), which it scales itself, with 2 <= clusters <= n.

        Raises InvalidInputError where these rows have no such clusters.
        """
        ...

    def assign(self, model: Model, rows: np.ndarray) -> np.ndarray:
        """The cluster of each row (n, latent), in scaled coordinates: int64 (n,), NOISE for none. Train rows keep theirs."""
        ...


def sample(rows: np.ndarray, seed: int) -> np.ndarray:
    """All rows, or a random 20,000 of more: to those clusterers are fitted whose time grows faster than what more rows tell."""
    if len(rows) <= _MOST_ROWS:
        return rows
    return rows[np.sort(np.random.default_rng(seed).choice(len(rows), _MOST_ROWS, replace=False))]
