"""A map as a small picture, on which a single image's place can be marked."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.analyse import map_geometry

SIDE = 96  # cells each way; half as many for few points, which would be hard to see
_FEW = 2_000
_MARGIN = 1.06
Frame = tuple[float, float, float, float]  # left, right, bottom, top


def map_thumbnail(points: np.ndarray, kinds: np.ndarray, colours: Sequence[str]) -> np.ndarray:
    """The map of points (n, 2): uint8 (side, side, 4), red, green, blue, and 255 where points are, else 0.

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
    picture[there, 3] = 255
    return picture[::-1]  # row 0 of cells is at the bottom


def png(picture: np.ndarray) -> str:
    """Such a picture as PNG, a data URI: a number a pixel where there are few colours, a third of the bytes."""
    colours, numbers = np.unique(picture.reshape(-1, 4), axis=0, return_inverse=True)
    options: dict = {"compress_level": 9}
    if len(colours) <= 256:
        image = Image.fromarray(numbers.reshape(picture.shape[:2]).astype(np.uint8))
        image.putpalette(colours[:, :3].tobytes())
        options["transparency"] = colours[:, 3].tobytes()
    else:
        image = Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


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
