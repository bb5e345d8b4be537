"""Maps laid over each other: turned, mirrored, scaled and shifted, so that what moved is what differs between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.analyse.steady import steady
from core.errors import InvalidInputError

_ROUNDS = 30  # of reweighting; displacements then change in the fourth digit
_LEAST = 1e-4  # radii: nearer points weigh no more
# Steps from the middle to the farthest point of the first of several maps: finer than a screen, with room for wider ones in int16.
_REACH = 16_000


@dataclass(frozen=True, eq=False)
class Similarity:
    """A map of the plane onto itself that keeps shapes: `points @ matrix + shift`.

    Attributes:
        matrix: float64 (2, 2), a rotation or reflection times one scale.
        shift: float64 (2,).
    """

    matrix: np.ndarray
    shift: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) where they come to lie, float32 (n, 2)."""
        return (points @ self.matrix + self.shift).astype(np.float32)


@steady()
def align(moving: np.ndarray, fixed: np.ndarray, *, robust: bool = True) -> Similarity:
    """What lays one map over another of the same images: Procrustes with rotation, reflection, one scale and a shift.

    Gower 1975 minimises the squared displacements, in which a few clouds that lie elsewhere outweigh all that stayed. `robust`
    minimises the displacements themselves by iterative reweighting (Weiszfeld 1937), as a median does: what can stay in place, stays.

    Args:
        moving, fixed: (n, 2), row by row the same image.

    Raises InvalidInputError for maps of another number of points. Where either has all points in one place it is only shifted.
    """
    moving, fixed = np.asarray(moving, np.float64), np.asarray(fixed, np.float64)
    if moving.shape != fixed.shape or moving.ndim != 2 or moving.shape[1] != 2 or not len(moving):
        raise InvalidInputError(
            f"Maps of shape {moving.shape} and {fixed.shape} cannot be laid over each other. Expected both (n, 2), of the same images."
        )
    reach = radius(fixed)
    if not reach or not radius(moving):
        return Similarity(np.eye(2), fixed.mean(axis=0) - moving.mean(axis=0))
    found = _weighted(moving, fixed, np.ones(len(moving)))
    for _ in range(_ROUNDS if robust else 0):
        moved = np.linalg.norm(moving @ found.matrix + found.shift - fixed, axis=1)
        found = _weighted(moving, fixed, 1 / np.maximum(moved, _LEAST * reach))
    return found


def radius(points: np.ndarray) -> float:
    """Root of the mean squared distance of points (n, 2) from their middle: what displacements are measured in."""
    points = np.asarray(points, np.float64)
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def displacements(moved: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """How far each point of one map lies from where it is on the other, in radii of the other: float64 (n,)."""
    apart = np.asarray(moved, np.float64) - fixed
    return np.linalg.norm(apart, axis=1) / (radius(fixed) or 1.0)


def _weighted(moving: np.ndarray, fixed: np.ndarray, weights: np.ndarray) -> Similarity:
    """The least-squares similarity, in closed form."""
    weights = weights / weights.sum()
    middle, onto = weights @ moving, weights @ fixed
    one, other = moving - middle, fixed - onto
    left, stretch, right = np.linalg.svd((one * weights[:, None]).T @ other)
    matrix = left @ right * (stretch.sum() / (weights @ (one**2).sum(axis=1)))
    return Similarity(matrix, onto - middle @ matrix)


def overlaid(maps: Sequence[np.ndarray], rows: int) -> list[np.ndarray]:
    """Maps of the same images in one system of coordinates, each laid over the first by its first `rows` points (`align`).

    Args:
        maps: each (n, 2), row by row the same image.

    Returns int16 (n, 2) a map, in steps of which the first fills 32,000 along its longer axis. So the first is the same whatever
    lies beside it, but where another reaches more than twice as far and all are drawn smaller.
    """
    first = np.asarray(maps[0], np.float64)
    low, high = first.min(axis=0), first.max(axis=0)
    first = (first - (low + high) / 2) * (_REACH / (float((high - low).max()) / 2 or 1.0))
    placed = [first, *(align(one[:rows], first[:rows])(one) for one in maps[1:])]
    farthest = max(float(np.abs(one).max()) for one in placed)
    return [np.round(one * min(1.0, np.iinfo(np.int16).max / (farthest or 1.0))).astype(np.int16) for one in placed]
