"""Maps of many points: fewer bytes a point, counts in cells, points inside an outline, unmapped images placed on a map."""

from collections.abc import Sequence

import numpy as np

from core.analyse.rows import checked, levelled
from core.analyse.steady import steady
from core.errors import InvalidInputError

# Above this many points in view a map shows how many lie where; below, each point.
MAX_DRAWN = 100_000
PLACED_BY = 5  # nearest mapped images that say where an unmapped one lies
_STEPS = 32_000


@steady()
def quantise(points: np.ndarray) -> np.ndarray:
    """float (n, 2) to int16 (n, 2): each axis in 64,000 steps, the longer one filling them, so shapes stay as they are.

    Half the bytes of float32 and finer than any screen, at a hundredfold zoom too.
    """
    if not len(points):
        return np.empty((0, 2), np.int16)
    points, _ = levelled(checked(points, "The points of the map"))
    low, high = points.min(axis=0), points.max(axis=0)
    reach = float((high - low).max()) / 2 or 1.0
    return np.round((points - (low + high) / 2) / reach * _STEPS).astype(np.int16)


def in_view(points: np.ndarray, view: Sequence[float]) -> np.ndarray:
    """Which points (n, 2) lie in the rectangle (left, right, bottom, top): bool (n,)."""
    left, right, bottom, top = view
    x, y = points[:, 0], points[:, 1]
    return (x >= left) & (x <= right) & (y >= bottom) & (y <= top)


@steady()
def prevailing_kinds(
    points: np.ndarray, values: np.ndarray, view: Sequence[float], shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Number of points in each cell of the view, and the most frequent kind among them: int64 (rows, columns), row 0 at the
    bottom. Of kinds as frequent the lowest number counts; empty cells have kind 0.

    Work and memory grow with the number of points, not of kinds.

    Args:
        values: (n,) kind of each point, whole numbers from 0.
        view: (left, right, bottom, top); points outside it are not counted.
    """
    cells, inside = _cells(points, view, shape)
    kind = values[inside].astype(np.int64)
    if kind.size and kind.min() < 0:
        raise InvalidInputError(f"A kind is {kind.min()}. Expected whole numbers from 0.")
    kinds = int(kind.max(initial=0)) + 1
    pairs, number = np.unique(cells * kinds + kind, return_counts=True)
    cell, kind = np.divmod(pairs, kinds)
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    counts, most = np.zeros((2, shape[0] * shape[1]), np.int64)
    if len(first):
        counts[cell[first]] = np.add.reduceat(number, first)
        rank = number * kinds + (kinds - 1 - kind)  # by number, then the lower kind
        most[cell[first]] = kinds - 1 - np.maximum.reduceat(rank, first) % kinds
    return counts.reshape(shape), most.reshape(shape)


@steady()
def mean_cells(
    points: np.ndarray, values: np.ndarray, view: Sequence[float], shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Number of points and mean of their values in each cell: int and float (rows, columns). Empty cells have mean 0."""
    cells, inside = _cells(points, view, shape)
    counts = np.bincount(cells, minlength=shape[0] * shape[1])
    sums = np.bincount(cells, weights=values[inside], minlength=shape[0] * shape[1])
    return counts.reshape(shape), (sums / np.maximum(counts, 1)).reshape(shape)


def _cells(points: np.ndarray, view: Sequence[float], shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    left, right, bottom, top = view
    inside = in_view(points, view)
    # Steps of a quantised map are whole numbers, which single precision holds; it is faster.
    chosen = points[inside].astype(np.float32 if points.dtype == np.int16 else np.float64)
    column = ((chosen[:, 0] - left) / ((right - left) or 1) * shape[1]).astype(np.int64)
    row = ((chosen[:, 1] - bottom) / ((top - bottom) or 1) * shape[0]).astype(np.int64)
    return np.minimum(row, shape[0] - 1) * shape[1] + np.minimum(column, shape[1] - 1), inside


@steady()
def inside(points: np.ndarray, x: Sequence[float], y: Sequence[float]) -> np.ndarray:
    """Which points (n, 2) lie inside the polygon (even-odd rule): bool (n,)."""
    result = np.zeros(len(points), bool)
    if len(x) < 3:
        return result
    rows = np.flatnonzero(in_view(points, (min(x), max(x), min(y), max(y))))
    px, py = points[rows].astype(np.float64).T
    found = np.zeros(len(rows), bool)
    for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > py) != (y1 > py)
        found ^= crosses & (px < (x1 - x0) * (py - y0) / (y1 - y0) + x0)
    result[rows] = found
    return result


@steady()
def place(mapped: np.ndarray, points: np.ndarray, unmapped: np.ndarray, neighbours: int = PLACED_BY) -> np.ndarray:
    """Where images that a map was not made of lie on it: float32 (m, 2).

    Each goes to the mean place of its nearest mapped embeddings, nearer ones counting more (inverse distance).

    Args:
        mapped: (n, latent) embeddings that the map shows; points: (n, 2) where it shows them.
        unmapped: (m, latent) embeddings to place.
    """
    from sklearn.neighbors import NearestNeighbors

    mapped, unmapped = checked(mapped, "The mapped embeddings"), checked(unmapped, "The embeddings to place")
    if len(points) != len(mapped) or mapped.shape[1] != unmapped.shape[1]:
        raise InvalidInputError(
            f"{len(points)} points for {len(mapped)} mapped embeddings of {mapped.shape[1]} features, and others of "
            f"{unmapped.shape[1]}. Expected one point each, and as many features: take all from one run."
        )
    points = checked(points, "The points of the map")
    mapped, unmapped = np.split(levelled(np.concatenate([mapped, unmapped]))[0], [len(mapped)])
    index = NearestNeighbors(n_neighbors=min(neighbours, len(mapped)), algorithm="brute").fit(mapped)
    distance, nearest = index.kneighbors(unmapped)
    weights = 1 / (distance + 1e-6)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("mk,mkd->md", weights, points[nearest]).astype(np.float32)
