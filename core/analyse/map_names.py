"""Where on a map the names of groups stand: at the densest part of each that is compact."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.analyse.steady import steady

MOST_NAMED = 30  # groups; names of more would hide the map
_CELLS = 40  # along the longer side
_NEAR = 0.1  # of the longer side: points so near to a place count as there
_LEAST_SHARE = 0.25  # of a group's points that lie there
_ALMOST = 0.5  # of the densest cell: as dense are others that a name may stand at where the densest is taken
_LEAST_POINTS = 3
_MOST_POINTS = 50_000  # looked at; of more, every second, third and so on
_ROOM = (0.15, 0.045)  # of the longer side: how far apart, across or upwards, two names stand


class Place(NamedTuple):
    """Where the name of a group stands, in the map's own unit."""

    group: int
    x: float
    y: float


@steady()
def name_places(
    points: np.ndarray, groups: np.ndarray, count: int, frame: Sequence[float] | None = None
) -> list[Place]:
    """A place for the name of each group that is compact: at the median of its densest part. The largest groups first.

    A group is named where at least a quarter of its points lie within a tenth of the map of its densest cell, or of one about as
    dense where the name of a larger group would be covered. None at all for more than `MOST_NAMED` groups.

    Args:
        points: (n, 2).
        groups: int (n,), the group of each point, from 0; -1 for none.
        count: how many groups there are.
        frame: (left, right, bottom, top) of what is seen; without one, of the points.
    """
    if not 0 < count <= MOST_NAMED or not len(points):
        return []
    left, right, bottom, top = frame or (*_ends(points[:, 0]), *_ends(points[:, 1]))
    step = -(-len(points) // _MOST_POINTS)
    points, groups = np.asarray(points[::step], np.float64), np.asarray(groups[::step], np.int64)
    reach = max(right - left, top - bottom) or 1.0
    grid = np.clip(((points - [left, bottom]) / reach * _CELLS).astype(np.int64), 0, _CELLS - 1)
    inside = groups >= 0
    flat = (groups[inside] * _CELLS + grid[inside, 1]) * _CELLS + grid[inside, 0]
    cells = _blurred(np.bincount(flat, minlength=count * _CELLS**2).reshape(count, _CELLS, _CELLS))
    sizes = np.bincount(groups[inside], minlength=count)
    found: list[Place] = []
    for group in np.argsort(-sizes, kind="stable").tolist():
        if sizes[group] < _LEAST_POINTS:
            break
        own = points[groups == group]
        counts = cells[group].ravel()
        for cell in np.argsort(-counts, kind="stable")[: int((counts >= _ALMOST * counts.max()).sum())].tolist():
            row, column = divmod(cell, _CELLS)
            middle = np.array([left, bottom]) + (np.array([column, row]) + 0.5) / _CELLS * reach
            if not _free(middle, found, 0.8 * reach):
                continue
            near = own[np.linalg.norm(own - middle, axis=1) <= _NEAR * reach]
            if len(near) < _LEAST_SHARE * len(own):
                break  # this is not compact; places less dense will not be, either
            x, y = np.median(near, axis=0).tolist()
            if _free((x, y), found, reach):
                found.append(Place(group, x, y))
                break
    return found


def _free(place: Sequence[float] | np.ndarray, taken: Sequence[Place], reach: float) -> bool:
    """Whether a name here covers none of the others."""
    return all(abs(place[0] - one.x) > _ROOM[0] * reach or abs(place[1] - one.y) > _ROOM[1] * reach for one in taken)


def _ends(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _blurred(counts: np.ndarray) -> np.ndarray:
    """Each cell with its eight neighbours: (groups, cells, cells)."""
    padded = np.pad(counts, ((0, 0), (1, 1), (1, 1)))
    rows, columns = counts.shape[1:]
    shifted = [padded[:, i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    return np.sum(shifted, axis=0)
