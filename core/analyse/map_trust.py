"""How far a map can be trusted, point by point: which neighbours it invents, which it loses, how many are true.

Venna and Kaski 2001, Neighborhood preservation in nonlinear projection methods: trustworthiness and continuity are means over
points; here are their terms.
"""

from typing import NamedTuple

import numpy as np

from core.analyse.neighbours import nearest, product, shared_neighbours
from core.analyse.rows import checked, levelled
from core.analyse.steady import steady
from core.errors import InvalidInputError

NEIGHBOURS = 15
_MOST_PAIRS = 2_500_000_000  # distances of each space that are sorted: half a minute or so
_BLOCK = 500_000  # distances at once
_LEAST_POINTS = 4


class MapTrust(NamedTuple):
    """Of each point; terms are 1 where nothing is wrong, and less (0 at about the worst) the farther off the neighbours are.

    true: float32 (n,), share of the neighbours in the latent space that are neighbours on the map, [0, 1].
    invented: float64 (n,), the point's term of trustworthiness: by how many ranks the map's neighbours are none in truth.
    lost: float64 (n,), the point's term of continuity: by how many ranks its true neighbours are none on the map.
    neighbours: how many are looked at, fewer than 15 of few points.

    `invented` and `lost` are NaN for points beyond the sample that is judged of very many.
    """

    true: np.ndarray
    invented: np.ndarray
    lost: np.ndarray
    neighbours: int


@steady()
def map_trust(embeddings: np.ndarray, points: np.ndarray, neighbours: int = NEIGHBOURS, seed: int = 0) -> MapTrust:
    """Judge a map's neighbours at every point. The means of `invented` and `lost` are trustworthiness and continuity as
    scikit-learn defines them, of all points (`core.analyse.metrics.trustworthiness` gives that of a sample).

    Of more than 50,000 points `true` is exact at each, the terms at a random sample, as many as some minutes allow. As near
    rows count as the same rank: nothing is invented or lost where all are alike.

    Args:
        embeddings: floats (n, latent); points: (n, 2), where the map shows them.
        neighbours: of as few points as need it fewer are looked at.

    Raises InvalidInputError for fewer than four points, or another number of points than embeddings.
    """
    embeddings, points = checked(embeddings), checked(points, "The points of the map")
    count = len(embeddings)
    if len(points) != count or count < _LEAST_POINTS:
        raise InvalidInputError(
            f"{len(points)} points of a map for {count} embeddings. Expected as many, and at least {_LEAST_POINTS}: fewer have "
            "no neighbours to compare."
        )
    k = max(1, min(neighbours, count // 2 - 1))
    latent, shown = (nearest(rows, rows, k, same=True)[0] for rows in (embeddings, points))
    judged = np.arange(count)
    if count**2 > _MOST_PAIRS:
        judged = np.sort(np.random.default_rng(seed).choice(count, _MOST_PAIRS // count, replace=False))
    # The most ranks that all neighbours of a point can be off by together, on average: as in Venna and Kaski.
    most = k * (2 * count - 3 * k - 1) / 2

    def term(rows: np.ndarray, claimed: np.ndarray) -> np.ndarray:
        """1, less by how far those that another space claims as neighbours are from being it in the space of the rows."""
        off = np.maximum(ranks(rows, judged, claimed[judged]) - k, 0).sum(axis=1)
        result = np.full(count, np.nan)
        result[judged] = 1 - off / most
        return result

    true = (shared_neighbours(latent, shown) / k).astype(np.float32)
    return MapTrust(true, term(embeddings, shown), term(points, latent), k)


def ranks(rows: np.ndarray, queries: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The rank of some rows among all by their distance from others: int64 (m, k), 1 for the nearest. As near ones share the
    lowest rank.

    Args:
        rows: floats (n, columns).
        queries: int (m,), the rows from which distances count; others: int (m, k), those whose ranks are wanted.
    """
    rows = levelled(rows)[0].astype(np.float64)
    rows = rows - rows.mean(axis=0)
    lengths = np.einsum("ij,ij->i", rows, rows)
    double, farthest = np.ascontiguousarray(-2 * rows.T), lengths.max()
    found = np.empty(others.shape, np.int64)
    step = max(1, _BLOCK // len(rows))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        own = queries[part]
        excess = product(rows[own], double)
        excess += lengths
        # Nearer by more than rounding: in the order of computing, equal rows may differ by that.
        limit = np.take_along_axis(excess, others[part], axis=1)
        limit -= 8 * (rows.shape[1] + 8) * np.finfo(np.float64).eps * (lengths[own] + farthest)[:, None]
        excess[np.arange(len(own)), own] = np.inf  # no row is its own neighbour
        for row, away, limits in zip(range(start, start + len(own)), excess, limit, strict=True):
            nearer = away[away < limits.max()]
            nearer.sort()
            found[row] = np.searchsorted(nearer, limits)
    return found + 1
