"""Pictures in exports: as PNG each, and side by side on a sheet."""

import io
import math

import numpy as np
from PIL import Image

THUMBNAIL = 96  # pixels, the longer side at most
_SHEET = 8192  # pixels a side, the most that browsers draw


def pngs(pictures: np.ndarray, longest: int = THUMBNAIL) -> list[bytes]:
    """uint8 (n, h, w, 1) grey or (n, h, w, 3) colour, each as PNG, made smaller where a side is longer than so many pixels."""
    return [_png(_image(picture, longest)) for picture in pictures]


def sheet(pictures: np.ndarray) -> tuple[bytes, tuple[int, int]]:
    """All pictures on one square sheet as PNG, row by row, and the width and height of one on it.

    They are made smaller where the sheet would be larger than browsers draw.
    """
    across = math.isqrt(max(0, len(pictures) - 1)) + 1
    first = _image(pictures[0], min(THUMBNAIL, _SHEET // across))
    width, height = first.size
    whole = Image.new(first.mode, (across * width, across * height))
    for number, picture in enumerate(pictures):
        row, column = divmod(number, across)
        whole.paste(_image(picture, max(width, height)), (column * width, row * height))
    return _png(whole), (width, height)


def _image(picture: np.ndarray, longest: int) -> Image.Image:
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    if max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return image


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
