"""k-means: every embedding belongs to the nearest of k centroids (see `core.analyse.kmeans`)."""

import numpy as np

from core.analyse.clusterers.base import Model
from core.analyse.distances import nearest


class KMeans:
    name = "kmeans"
    title = "k-means"
    summary = "as many round clusters as asked for; every image belongs to the nearest centre"
    has_centroids = True
    takes_k = True
    has_noise = False

    def fit(self, train: np.ndarray, scaling: str, clusters: int, seed: int) -> Model:
        from core.analyse.kmeans import ScaledKMeans  # scikit-learn takes a second to import; kept clusters need none

        estimator = ScaledKMeans(clusters, scaling=scaling, random_state=seed).fit(train)
        return {"centroids": estimator.cluster_centers_.astype(np.float32)}

    def assign(self, model: Model, rows: np.ndarray) -> np.ndarray:
        return nearest(rows, model["centroids"])[0]
