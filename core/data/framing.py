"""Any picture brought to the square of an image set that a user added."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from core.data.imageset import Framing
from core.data.picture_files import Picture

LEAST_CONTRAST = 5  # of 255; with less nothing is seen
_LEAST_COLOUR = 8  # of 255, between two channels of one pixel; what JPEG makes of grey has less


def frame(picture: Picture, side: int, framing: Framing) -> NDArray[np.uint8]:
    """A picture of three channels on its ground, fitted or cropped to a square: uint8 (side, side, 3), 0..255."""
    ground = np.array(ImageColor.getrgb(framing.ground), np.uint8)
    colours = _on_ground(picture, ground)
    height, width = colours.shape[:2]
    if framing.fit == "crop":
        edge = min(height, width)
        top, left = (height - edge) // 2, (width - edge) // 2
        return _resized(colours[top : top + edge, left : left + edge], side, side)
    scale = side / max(height, width)
    small = _resized(colours, max(1, round(height * scale)), max(1, round(width * scale)))
    if small.shape[:2] == (side, side):
        return small
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = ground
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def unpacked_side(side: int) -> int:
    """How large, at most, a picture need be unpacked to be framed to `side`: four times averages enough."""
    return 4 * side


def to_grey(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma of pictures uint8 (..., height, width, 3): uint8 (..., height, width, 1), as Pillow has it."""
    weights = np.array([19595, 38470, 7471], np.uint32)
    return ((colours @ weights + 0x8000) >> 16).astype(np.uint8)[..., None]


def has_colour(colours: NDArray[np.uint8]) -> bool:
    """Whether any pixel of uint8 (..., 3) is clearly other than grey."""
    red, green, blue = (colours[..., channel].astype(np.int16) for channel in range(3))
    return bool(max(np.abs(red - green).max(), np.abs(green - blue).max(), np.abs(red - blue).max()) > _LEAST_COLOUR)


def contrast(colours: NDArray[np.uint8]) -> int:
    """Between the brightest and the darkest of uint8 (height, width, 3), 0..255, in the channel where it is largest."""
    extremes: Any = Image.fromarray(colours).getextrema()
    return max(int(high) - int(low) for low, high in extremes)


def picture_of(array: NDArray[np.uint8]) -> Picture:
    """Pixels uint8 (height, width) or (height, width, 1: grey, 2: grey and opacity, 3: colour, 4: colour and opacity)."""
    array = array[..., None] if array.ndim == 2 else array
    height, width, channels = array.shape
    colours = array[..., :3] if channels > 2 else np.repeat(array[..., :1], 3, axis=-1)
    opacity = array[..., -1] if channels in (2, 4) else np.full((height, width), 255, np.uint8)
    if channels in (2, 4):
        colours = ((colours * opacity[..., None].astype(np.uint16) + 127) // 255).astype(np.uint8)
    sort = "grey" if channels < 3 else "colour"
    return Picture(colours, opacity, (width, height), f"pixels, {sort}{', transparent' * (channels in (2, 4))}")


def _on_ground(picture: Picture, ground: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.opacity.min() == 255:
        return picture.pixels
    bare = 255 - picture.opacity[..., None].astype(np.uint16)
    return np.minimum(picture.pixels + (bare * ground + 127) // 255, 255).astype(np.uint8)


def _resized(colours: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    if colours.shape[:2] == (height, width):
        return np.ascontiguousarray(colours)
    return np.asarray(Image.fromarray(colours).resize((width, height), Image.Resampling.LANCZOS))
