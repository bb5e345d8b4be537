"""Pictures as PNG: one by one as data URIs for tables and galleries, and many on a sheet for hover cards."""

import base64
import io

import numpy as np
from PIL import Image

_MOST_ON_A_SHEET = 100
_SHEET_BYTES = 100_000  # before packing: what a hover card waits for


def data_uris(pictures: np.ndarray) -> list[str]:
    """uint8 (n, h, w, 1) grey or (n, h, w, 3) colour to PNG data URIs."""
    return ["data:image/png;base64," + base64.b64encode(_png(picture)).decode() for picture in pictures]


def images_on_a_sheet(shape: tuple[int, int, int]) -> int:
    """How many pictures of this shape (h, w, c) share a sheet."""
    height, width, channels = shape
    return max(1, min(_MOST_ON_A_SHEET, _SHEET_BYTES // (height * width * channels)))


def sheet(pictures: np.ndarray) -> bytes:
    """uint8 (n, h, w, 1) or (n, h, w, 3) side by side as one PNG, h pixels high and n * w wide."""
    return _png(np.concatenate(pictures, axis=1))


def _png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, "PNG", compress_level=1)
    return file.getvalue()
