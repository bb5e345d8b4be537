"""k-means on embeddings and majority labels, as scikit-learn estimators.

Centroids and labels come from train embeddings; unseen images go to the nearest centroid and take its label (study A
speaks of this, and scores on the images it fitted; study B does it).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, ClusterMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from core.config import SCALINGS, check_name
from core.errors import InvalidInputError
from core.evaluation import contingency, squared_distances
from core.kmeans_starts import starts

# A share of the spread: scikit-learn's own 1e-4 takes twice the steps and lowers the inertia by 0.0002 of itself.
_TOLERANCE = 2e-3
# So few rows cost next to nothing: they are refined until nothing moves, and from random starts as well, the best kept.
_FEW_ROWS = 10_000
_RANDOM_STARTS = 4


class ScaledKMeans(TransformerMixin, ClusterMixin, BaseEstimator):
    """k-means after an optional scaling of the embeddings.

    Parameters:
        n_clusters: number of clusters, at least 1.
        scaling: `none`, `unit` (each row divided by its length) or `standardised` (each column to mean 0, spread 1).
        random_state: seed; the same seed gives the same clusters.

    Attributes after `fit`:
        cluster_centers_: (n_clusters, n_features), in scaled coordinates.
        labels_: (n_samples,) cluster of each training row.
        inertia_: sum of squared distances to the nearest centroid, in scaled coordinates.
    """

    def __init__(self, n_clusters: int = 20, *, scaling: str = "none", random_state=None):
        self.n_clusters = n_clusters
        self.scaling = scaling
        self.random_state = random_state

    def fit(self, X, y=None):
        """Cluster the rows of X, (n_samples, n_features). Raises InvalidInputError for k above n_samples."""
        rows = self._prepare(X)
        ((_, start),) = starts(rows, [self.n_clusters], self.random_state)
        return self._refine(rows, start)

    def _prepare(self, X) -> np.ndarray:
        """Check X, learn its scale, and give its rows in scaled coordinates."""
        check_name("scaling", self.scaling, SCALINGS)
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        if self.n_clusters > len(X):
            raise InvalidInputError(
                f"Number of clusters is {self.n_clusters}, but n_samples={len(X)} rows were given. Expected at most "
                "one cluster a row: choose fewer clusters."
            )
        self.scaler_ = {"none": None, "unit": Normalizer(), "standardised": StandardScaler()}[self.scaling]
        if self.scaler_ is not None:
            self.scaler_.fit(X)
        return self._scale(X)

    def _refine(self, rows: np.ndarray, start: np.ndarray) -> Self:
        """Lloyd's algorithm on all rows, from the centroids `start`."""
        few = len(rows) <= _FEW_ROWS
        begin = start.astype(rows.dtype)
        kmeans = KMeans(self.n_clusters, init=begin, n_init=1, tol=0 if few else _TOLERANCE).fit(rows)
        if few:
            random = KMeans(self.n_clusters, n_init=_RANDOM_STARTS, random_state=self.random_state, tol=0).fit(rows)
            kmeans = min(kmeans, random, key=lambda one: one.inertia_)
        self.cluster_centers_ = kmeans.cluster_centers_
        self.labels_ = kmeans.labels_
        self.inertia_ = kmeans.inertia_
        self.n_iter_ = kmeans.n_iter_
        self._n_features_out = self.n_clusters
        return self

    def predict(self, X) -> np.ndarray:
        """Nearest centroid of each row: int (n_samples,)."""
        return np.argmin(self.transform(X), axis=1)

    def transform(self, X) -> np.ndarray:
        """Distance of each row to each centroid, in scaled coordinates: (n_samples, n_clusters)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.sqrt(squared_distances(self._scale(X), self.cluster_centers_.astype(X.dtype)))

    def fit_predict(self, X, y=None) -> np.ndarray:
        return self.fit(X).labels_

    def _scale(self, X):
        return X if self.scaler_ is None else self.scaler_.transform(X)

    def get_feature_names_out(self, input_features=None):
        check_is_fitted(self)
        return np.asarray([f"scaledkmeans{index}" for index in range(self.n_clusters)], dtype=object)


def sweep(
    X: np.ndarray, sizes: Sequence[int], *, scaling: str = "none", random_state: int = 0
) -> Iterator[ScaledKMeans]:
    """For each k of `sizes` what `ScaledKMeans(k).fit(X)` gives, several times faster: all grow from one start."""
    sizes = list(sizes)
    if not sizes:
        return
    rows = ScaledKMeans(max(sizes), scaling=scaling)._prepare(X)

    def refine(k: int, start: np.ndarray) -> ScaledKMeans:
        estimator = ScaledKMeans(k, scaling=scaling, random_state=random_state)
        return estimator._refine(estimator._prepare(X), start)

    # Two at a time, and while the next ones grow: a third of the work on each k keeps only one processor busy.
    with ThreadPoolExecutor(2) as pool:
        found = {k: pool.submit(refine, k, start) for k, start in starts(rows, sizes, random_state)}
        yield from (found[k].result() for k in sizes)


class MajorityLabelClassifier(ClassifierMixin, BaseEstimator):
    """A classifier that knows only clusters: each cluster answers with the majority label of its training members.

    Parameters: as `ScaledKMeans`. A cluster count above the number of rows is lowered to it.

    Attributes after `fit`:
        kmeans_: the fitted `ScaledKMeans`.
        cluster_labels_: (n_clusters,) label of each cluster. Ties go to the smallest label.
    """

    def __init__(self, n_clusters: int = 20, *, scaling: str = "none", random_state=None):
        self.n_clusters = n_clusters
        self.scaling = scaling
        self.random_state = random_state

    def fit(self, X, y):
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.kmeans_ = ScaledKMeans(
            min(self.n_clusters, len(X)), scaling=self.scaling, random_state=self.random_state
        ).fit(X)
        counts = contingency(self.kmeans_.labels_, codes, self.kmeans_.n_clusters, len(self.classes_))
        self.cluster_labels_ = self.classes_[counts.argmax(axis=1)]
        return self

    def predict(self, X) -> np.ndarray:
        """Majority label of the nearest centroid's cluster: (n_samples,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return self.cluster_labels_[self.kmeans_.predict(X)]
