"""Nearest neighbours of embeddings, exactly, and what they say: how far two spaces agree, how many are of the own class.

Distances to all rows come from a matrix product in single precision, which says who can be among the nearest; the distances of
these few are then computed anew, in double precision, from the rows themselves. So the result is that of comparing every pair,
in a fraction of the time.
"""

import numpy as np

from core.analyse.rows import LARGEST, checked
from core.analyse.steady import steady
from core.checks import check_number
from core.errors import InvalidInputError

_BLOCK = 1_000_000  # distances at once: they stay in the processor's cache
_PRODUCT = 500_000  # multiplications at once, see `core.analyse.distances`: for more BLAS starts threads that wait for each other
_GROUP = 32  # distances of which only the smallest is looked at, to find out how near the nearest are
# Times the neighbours asked for: a row with more candidates, because many lie in one place, is compared with all rows.
_MOST_CANDIDATES = 20
_SINGLE_REACHES = 1e3  # times the usual distance from the middle, up to which single precision serves


class NeighbourIndex:
    """Rows to be searched, prepared once: a search for one image among 70,000 takes some milliseconds."""

    @steady()
    def __init__(self, base: np.ndarray):
        """`base`: floats (n, columns), at least one row. Raises InvalidInputError as `core.analyse.rows.checked`."""
        self.base = checked(base, "The rows to search")
        self._middle = self.base.mean(axis=0, dtype=np.float64)
        reach = float(np.abs([side - self._middle for side in (self.base.min(axis=0), self.base.max(axis=0))]).max())
        # A power of two, which rounds nothing: the farthest row then lies at about one, and every square is a number.
        self._unit = 2.0 ** int(np.frexp(reach)[1]) if reach else 1.0
        moved = self._moved(self.base)
        lengths = np.einsum("ij,ij->i", moved, moved)
        self._farthest = float(np.sqrt(lengths.max()))
        usual = float(np.sqrt(lengths.mean()))
        self._dtype = np.float32 if self._farthest <= _SINGLE_REACHES * usual else np.float64
        self._columns = np.ascontiguousarray((-2 * moved).astype(self._dtype).T)
        self._lengths = lengths.astype(self._dtype)

    @steady()
    def nearest(self, queries: np.ndarray, count: int, own: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The nearest rows of the base, see `nearest`. `own`: int (m,), the row that each query is itself, left out of its own."""
        queries, searched = checked(queries, "The rows whose neighbours are wanted"), len(self.base) - (own is not None)
        if queries.shape[1] != self.base.shape[1]:
            raise InvalidInputError(
                f"Rows with {queries.shape[1]} features, to be searched among rows with {self.base.shape[1]}. Expected as "
                "many: take both from one run."
            )
        if not searched:
            raise InvalidInputError("There is one row. Expected at least two: one alone has no neighbours.")
        count = int(check_number("Number of neighbours", count, 1, searched))
        indices, distances = np.empty((len(queries), count), np.int32), np.empty((len(queries), count), np.float32)
        step = max(1, _BLOCK // len(self.base))
        for start in range(0, len(queries), step):
            part = slice(start, start + step)
            indices[part], distances[part] = self._nearest(queries[part], count, None if own is None else own[part])
        return indices, distances

    def _moved(self, rows: np.ndarray) -> np.ndarray:
        return (rows - self._middle) / self._unit

    def _nearest(self, queries: np.ndarray, count: int, own: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        moved = self._moved(queries)
        reach = np.sqrt(np.einsum("ij,ij->i", moved, moved)) + self._farthest
        columns, lengths = self._columns, self._lengths
        if columns.dtype == np.float32 and reach.max() > _SINGLE_REACHES:
            columns, lengths = columns.astype(np.float64), lengths.astype(np.float64)
        # By how much a squared distance exceeds the query's own squared length.
        excess = product(moved.astype(columns.dtype), columns)
        excess += lengths
        if own is not None:
            excess[np.arange(len(own)), own] = np.inf
        # More than rounding takes from or adds to any of them.
        slack = (len(columns) + 8) * float(np.finfo(self._columns.dtype).eps) * reach**2
        candidate = excess <= (_bound(excess, count) + 2 * slack).astype(excess.dtype)[:, None]
        return self._ordered(queries, candidate, count, own)

    def _ordered(
        self, queries: np.ndarray, candidate: np.ndarray, count: int, own: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of the candidates, bool (m, n), the nearest: of as near ones the lower index first."""
        indices, distances = np.empty((len(queries), count), np.int32), np.empty((len(queries), count))
        numbers = np.count_nonzero(candidate, axis=1)
        crowded = numbers > _MOST_CANDIDATES * count + _GROUP
        for row in np.flatnonzero(crowded):
            squared = self._squared(queries[row], self.base)
            if own is not None:
                squared[own[row]] = np.inf
            found = np.flatnonzero(squared <= np.partition(squared, count - 1)[count - 1])
            found = found[np.argsort(squared[found], kind="stable")[:count]]
            indices[row], distances[row] = found, squared[found]
        few = np.flatnonzero(~crowded)
        if len(few):
            rows, columns = np.nonzero(candidate[few])
            squared = self._squared(queries[few[rows]], self.base[columns])
            order = np.lexsort((columns, squared, rows))
            first = np.cumsum(numbers[few]) - numbers[few]
            chosen = order[first[:, None] + np.arange(count)]
            indices[few], distances[few] = columns[chosen], squared[chosen]
        return indices, np.minimum(np.sqrt(distances) * self._unit, LARGEST).astype(np.float32)

    def _squared(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Squared distances in the index' own unit, float64, from the rows as they are."""
        between = (one.astype(np.float64) - other.astype(np.float64)) / self._unit
        return np.einsum("ij,ij->i", between, between)


def nearest(queries: np.ndarray, base: np.ndarray, count: int, *, same: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The nearest rows of `base` to each query by Euclidean distance, exactly, nearest first; of as near ones the lower index.

    Args:
        queries, base: floats (m, columns) and (n, columns).
        same: the queries are the base, and no row is its own neighbour.

    Returns indices int32 (m, count) and distances float32 (m, count).

    Raises InvalidInputError for more neighbours than there are rows, another number of columns, and what
    `core.analyse.rows.checked` refuses.
    """
    if same and len(queries) != len(base):
        raise InvalidInputError(
            f"{len(queries)} rows are to be their own base of {len(base)}. Expected the same rows: leave `same` out."
        )
    return NeighbourIndex(base).nearest(queries, count, np.arange(len(base)) if same else None)


@steady()
def overlap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How far the neighbours of each image in two spaces are the same: Jaccard index, float32 (n,), [0, 1], 1 for all.

    `one`, `other`: int (n, k) and (n, l), indices of neighbours, each once a row. Raises InvalidInputError for other images.
    """
    shared = shared_neighbours(one, other)
    return (shared / (one.shape[1] + other.shape[1] - shared)).astype(np.float32)


def shared_neighbours(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many neighbours each image has in both spaces: int64 (n,). Arguments as of `overlap`."""
    if len(one) != len(other) or one.ndim != 2 or other.ndim != 2:
        raise InvalidInputError(
            f"Neighbours of shapes {one.shape} and {other.shape}. Expected a row each for the same images: take both runs from "
            "one image set."
        )
    # Each once a row: an index that both rows hold stands twice, side by side, in the two together.
    both = np.sort(np.concatenate([one, other], axis=1), axis=1)
    return np.count_nonzero(both[:, 1:] == both[:, :-1], axis=1)


def same_class(indices: np.ndarray, labels: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Share of each image's neighbours that are of its own class: float64 (m,), [0, 1].

    Args:
        indices: int (m, k), the neighbours; labels: (n,), the classes of those searched; own: (m,), the classes of the images.
    """
    return np.mean(labels[indices] == own[:, None], axis=1)


def product(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The matrix product of (m, k) and (k, n), of one type, in pieces for which no threads are started."""
    result = np.empty((len(rows), columns.shape[1]), columns.dtype)
    step = max(1, _PRODUCT // max(1, rows.size))
    for start in range(0, columns.shape[1], step):
        part = slice(start, start + step)
        np.matmul(rows, columns[:, part], out=result[:, part])
    return result


def _bound(excess: np.ndarray, count: int) -> np.ndarray:
    """For each row of (m, n) a number that at least `count` of its values do not exceed, and few more: (m,)."""
    rows, width = excess.shape
    group = max(1, min(_GROUP, width // (4 * count)))
    groups = width // group
    # The smallest of every group, the groups interleaved: whole rows are compared at once.
    smallest = excess[:, : groups * group].reshape(rows, group, groups).min(axis=1)
    return np.partition(smallest, count - 1, axis=1)[:, count - 1].astype(np.float64)
