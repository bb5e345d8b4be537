"""HDBSCAN: clusters are where embeddings lie dense; what lies between them is in none."""

import numpy as np

from core.analyse.clusterers.base import NOISE, Model, sample
from core.analyse.rows import levelled
from core.analyse.scaling import scale
from core.analyse.steady import steady

# The neighbour whose distance says how dense it is around a row. More make clusters smoother, and more rows noise.
_NEIGHBOUR = 10
# The smallest cluster, as a share of an even one of n / k rows: k says how fine, not how many.
_SMALLEST_SHARE = 0.2
_LEAST_MEMBERS = 5


class Hdbscan:
    """Campello, Moulavi and Sander 2013; scikit-learn's, by excess of mass.

    `clusters` sets the size of the smallest cluster: a fifth of an even share of the rows, at least 5.
    """

    name = "hdbscan"
    title = "HDBSCAN"
    summary = "finds how many dense clusters there are, of any shape, and leaves what lies between them out"
    has_centroids = False
    takes_k = False
    has_noise = True

    @steady()
    def fit(self, train: np.ndarray, scaling: str, clusters: int, seed: int) -> Model:
        """centroids; rows float32 (m, latent), clusters int16 (m,) and reach float32 (m,) of the fitted rows."""
        from sklearn.cluster import HDBSCAN
        from sklearn.neighbors import NearestNeighbors

        rows = sample(scale(train, scaling, train), seed)
        smallest = max(_LEAST_MEMBERS, round(_SMALLEST_SHARE * len(rows) / clusters))
        neighbour = min(_NEIGHBOUR, len(rows) - 1)
        near_one, unit = levelled(rows)
        found = HDBSCAN(min(smallest, len(rows)), min_samples=neighbour, copy=True).fit(near_one).labels_
        reach = NearestNeighbors(n_neighbors=neighbour).fit(near_one).kneighbors()[0][:, -1] * unit
        members = [rows[found == cluster].mean(axis=0, dtype=np.float64) for cluster in range(found.max() + 1)]
        return {
            "centroids": np.reshape(members, (-1, rows.shape[1])).astype(np.float32),
            "rows": rows.astype(np.float32),
            "clusters": np.maximum(found, NOISE).astype(np.int16),
            "reach": reach.astype(np.float32),
        }

    @steady()
    def assign(self, model: Model, rows: np.ndarray) -> np.ndarray:
        """A row goes where the nearest fitted row is, if it lies no farther from it than that row's tenth neighbour."""
        from sklearn.neighbors import NearestNeighbors

        fitted = model["rows"].astype(np.float64)
        index = NearestNeighbors(n_neighbors=1, algorithm="kd_tree").fit(fitted)
        distance, nearest = (part[:, 0] for part in index.kneighbors(rows.astype(np.float32).astype(np.float64)))
        within = distance <= model["reach"][nearest] * (1 + 1e-6)
        return np.where(within, model["clusters"][nearest], NOISE).astype(np.int64)
