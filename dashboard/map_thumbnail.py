"""A map as a small picture, on which a single image's place can be marked."""

from collections.abc import Sequence

import numpy as np

from core.analyse import map_geometry

SIDE = 96  # cells each way; half as many for few points, which would be hard to see
_FEW = 2_000
_MARGIN = 1.06
Frame = tuple[float, float, float, float]  # left, right, bottom, top


def map_thumbnail(points: np.ndarray, kinds: np.ndarray, colours: Sequence[str]) -> np.ndarray:
    """The map of points (n, 2), clear where there is none: uint8 (side, side, 4), red, green, blue and how solid.

    Args:
        kinds: int (n,), what each point is coloured by; of each cell the most frequent counts.
        colours: of each kind, as `#rrggbb`.
    """
    side = SIDE if len(points) > _FEW else SIDE // 2
    counts, kind = map_geometry.prevailing_kinds(points, kinds, frame_of(points), (side, side))
    palette = np.array([list(bytes.fromhex(colour.removeprefix("#"))) for colour in colours], np.uint8)
    picture = np.zeros((side, side, 4), np.uint8)
    there = counts > 0
    picture[there, :3] = palette[kind[there]]
    picture[there, 3] = np.clip(110 + 40 * counts[there], 0, 255)
    return picture[::-1]  # row 0 of cells is at the bottom


def frame_of(points: np.ndarray) -> Frame:
    """The square around all points, with a margin."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    middle, reach = (low + high) / 2, float((high - low).max()) / 2 * _MARGIN or 1.0
    return middle[0] - reach, middle[0] + reach, middle[1] - reach, middle[1] + reach


def share_of_frame(frame: Frame, point: np.ndarray) -> tuple[float, float]:
    """Where a point (2,) is in the picture of a map with that frame: shares of its width from the left and of its height from the top."""
    left, right, bottom, top = frame
    x, y = (float(value) for value in point)
    return min(max((x - left) / (right - left), 0.0), 1.0), min(max((top - y) / (top - bottom), 0.0), 1.0)
