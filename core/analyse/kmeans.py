"""k-means on embeddings and majority labels, as scikit-learn estimators.

Centroids and labels come from train embeddings; unseen images go to the nearest centroid and take its label (study A
speaks of this, and scores on the images it fitted; study B does it).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from core.analyse.clustering import contingency
from core.analyse.distances import nearest, squared_distances
from core.analyse.kmeans_starts import RandomState, starts
from core.analyse.rows import check_magnitudes, ordinary
from core.analyse.scaling import Scaler
from core.analyse.steady import steady
from core.errors import InvalidInputError
from core.settings import SCALINGS, check_name, check_number

# A share of the spread: scikit-learn's own 1e-4 takes twice the steps and lowers the inertia by 0.0002 of itself.
_TOLERANCE = 2e-3
# So few rows cost next to nothing: they are refined until nothing moves, and from random starts as well, the best kept.
_FEW_ROWS = 10_000
_RANDOM_STARTS = 4
# scikit-learn takes single-precision rows of a length below 1.2e-6 for rows of zeros.
_SHORT = 1e-5


class ScaledKMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    """k-means after an optional scaling of the embeddings.

    Parameters:
        n_clusters: number of clusters, from 1 to n_samples. With fewer different rows some centroids coincide.
        scaling: `none`, `unit` (each row divided by its length) or `standardised` (each column to mean 0, spread 1).
        random_state: seed; the same seed gives the same clusters.

    Attributes after `fit`:
        cluster_centers_: (n_clusters, n_features), in scaled coordinates.
        labels_: (n_samples,) cluster of each training row.
        inertia_: sum of squared distances to the nearest centroid, in scaled coordinates.

    Raises InvalidInputError for parameters or rows that cannot be used; TypeError, as scikit-learn demands, for sparse rows and
    rows of objects.
    """

    def __init__(self, n_clusters: int = 20, *, scaling: str = "none", random_state: RandomState = None) -> None:
        self.n_clusters = n_clusters
        self.scaling = scaling
        self.random_state = random_state

    @steady()
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Cluster the rows of X, (n_samples, n_features)."""
        X, rows = self._prepare(X)
        ((_, start),) = starts(rows, [_cluster_count(self.n_clusters, X)], self.random_state)
        return self._refine(X, rows, start)

    def _prepare(self, X: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Check X and the parameters, learn the scale, and give X and its rows in scaled coordinates, fit for k-means."""
        check_name("scaling", self.scaling, SCALINGS)
        checked: np.ndarray = _validated(self, X)
        _cluster_count(self.n_clusters, checked)
        try:
            check_random_state(self.random_state)
        except ValueError as error:
            raise InvalidInputError(
                f"random_state is {self.random_state!r}: {error}. Choose a whole number."
            ) from error
        self.scaler_ = Scaler.of(self.scaling, checked)
        rows = self._scale(checked)
        if checked.dtype == np.float32 and ordinary(checked) and ordinary(rows) and _no_short_rows(checked):
            rows = self.scaler_.scale(checked)  # in single precision, twice as fast
        return checked, rows

    def _refine(self, X: np.ndarray, rows: np.ndarray, start: np.ndarray) -> Self:
        """Lloyd's algorithm on all rows, from the centroids `start`."""
        few = len(rows) <= _FEW_ROWS
        k, begin = len(start), start.astype(rows.dtype)
        # An integer where nothing is random: without one it would draw from the caller's own random numbers.
        kmeans = KMeans(k, init=begin, n_init=1, random_state=0, tol=0 if few else _TOLERANCE).fit(rows)
        if few:
            random = KMeans(k, n_init=_RANDOM_STARTS, random_state=self.random_state, tol=0).fit(rows)
            kmeans = min(kmeans, random, key=lambda one: one.inertia_)
        self.cluster_centers_ = kmeans.cluster_centers_.astype(X.dtype)
        self.labels_, squared = nearest(self._scale(X), self.cluster_centers_)
        self.inertia_ = float(squared.sum())
        self.n_iter_ = kmeans.n_iter_
        self._n_features_out = k
        return self

    @steady()
    def predict(self, X: ArrayLike) -> np.ndarray:
        """Nearest centroid of each row: int (n_samples,)."""
        return nearest(self._scaled(X), self.cluster_centers_)[0]

    @steady()
    def transform(self, X: ArrayLike) -> np.ndarray:
        """Distance of each row to each centroid, in scaled coordinates: float64 (n_samples, n_clusters)."""
        return np.sqrt(squared_distances(self._scaled(X), self.cluster_centers_))

    def fit_predict(self, X: ArrayLike, y: object = None) -> np.ndarray:
        return self.fit(X).labels_

    def _scaled(self, X: ArrayLike) -> np.ndarray:
        """Unseen rows in scaled coordinates."""
        check_is_fitted(self)
        return self._scale(_validated(self, X, reset=False))

    def _scale(self, X: np.ndarray) -> np.ndarray:
        """Rows in scaled coordinates, float64."""
        return self.scaler_.scale(X.astype(np.float64))


def _cluster_count(k: object, X: np.ndarray) -> int:
    """A number of clusters for the rows of X, as a plain int. Raises InvalidInputError."""
    if isinstance(k, Integral) and int(k) > len(X):
        raise InvalidInputError(
            f"Number of clusters is {k}, but n_samples={len(X)} rows were given. Expected at most one cluster a row: "
            "choose fewer clusters."
        )
    return int(check_number("Number of clusters", k, 1, len(X)))


def _no_short_rows(X: np.ndarray) -> bool:
    largest = np.abs(X).max(axis=1)
    return bool(((largest == 0) | (largest > _SHORT)).all())


def _validated(estimator: BaseEstimator, *data: ArrayLike, **options: Any) -> Any:
    """scikit-learn's checks of X, or of X and y, and whether single precision holds X."""
    try:
        checked = validate_data(estimator, *data, dtype=[np.float64, np.float32], **options)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(str(error)) from error
    check_magnitudes(checked[0] if len(data) > 1 else checked, "The rows of X")
    return checked


def sweep(
    X: np.ndarray, sizes: Sequence[int], *, scaling: str = "none", random_state: int = 0
) -> Iterator[ScaledKMeans]:
    """For each k of `sizes` what `ScaledKMeans(k).fit(X)` gives, several times faster: all grow from one start."""
    sizes = list(sizes)
    if not sizes:
        return

    @steady()
    def refine(k: int, start: np.ndarray) -> ScaledKMeans:
        estimator = ScaledKMeans(k, scaling=scaling, random_state=random_state)
        return estimator._refine(*estimator._prepare(X), start)

    # Two at a time, and while the next ones grow: a third of the work on each k keeps only one processor busy.
    with ThreadPoolExecutor(2) as pool:
        with steady():
            checked, rows = ScaledKMeans(1, scaling=scaling, random_state=random_state)._prepare(X)
            sizes = [_cluster_count(k, checked) for k in sizes]
            found = {k: pool.submit(refine, k, start) for k, start in starts(rows, sizes, random_state)}
        yield from (found[k].result() for k in sizes)


class MajorityLabelClassifier(ClassifierMixin, BaseEstimator):
    """A classifier that knows only clusters: each cluster answers with the majority label of its training members.

    Parameters: as `ScaledKMeans`. A cluster count above the number of rows is lowered to it.

    Attributes after `fit`:
        kmeans_: the fitted `ScaledKMeans`.
        cluster_labels_: (n_clusters,) label of each cluster. Ties go to the smallest label.
    """

    def __init__(self, n_clusters: int = 20, *, scaling: str = "none", random_state: RandomState = None) -> None:
        self.n_clusters = n_clusters
        self.scaling = scaling
        self.random_state = random_state

    @steady()
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        X, y = _validated(self, X, y)
        try:
            check_classification_targets(y)
            self.classes_, codes = np.unique(y, return_inverse=True)
        except (ValueError, TypeError) as error:  # labels of several kinds have no order
            raise InvalidInputError(f"These labels cannot be used: {error}.") from error
        k = min(self.n_clusters, len(X)) if isinstance(self.n_clusters, Integral) else self.n_clusters
        self.kmeans_ = ScaledKMeans(k, scaling=self.scaling, random_state=self.random_state).fit(X)
        counts = contingency(self.kmeans_.labels_, codes, len(self.kmeans_.cluster_centers_), len(self.classes_))
        self.cluster_labels_ = self.classes_[counts.argmax(axis=1)]
        return self

    @steady()
    def predict(self, X: ArrayLike) -> np.ndarray:
        """Majority label of the nearest centroid's cluster: (n_samples,)."""
        check_is_fitted(self)
        return self.cluster_labels_[self.kmeans_.predict(_validated(self, X, reset=False))]
