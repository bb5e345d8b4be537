"""A picture of a user's own, read from untrusted bytes into what the models take."""

import io

import numpy as np

from core.errors import InvalidInputError

MAX_BYTES = 5_000_000
MAX_SIDE = 6_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_GROUNDS = ("auto", "dark", "light")
_INNER = 24  # the datasets leave a margin of about two pixels around the thing shown


def read_picture(data: bytes, *, ground: str = "auto") -> np.ndarray:
    """Bytes of an image file to uint8 (28, 28, 1), bright on dark as in the datasets.

    ground: `dark`, `light` (is inverted) or `auto` (judged by the picture's rim).

    Raises InvalidInputError: not an image of a known format, larger than MAX_BYTES or wider or higher than MAX_SIDE
    pixels (told from the header, before anything is unpacked), or damaged.
    """
    from PIL import Image, ImageOps

    if ground not in _GROUNDS:
        raise InvalidInputError(f"Ground is {ground!r}. Expected one of: {', '.join(_GROUNDS)}.")
    if len(data) > MAX_BYTES:
        raise InvalidInputError(
            f"The file has {len(data) / 1e6:.1f} MB. Expected at most {MAX_BYTES / 1e6:.0f} MB: save it smaller."
        )
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if max(width, height) > MAX_SIDE:
                raise InvalidInputError(
                    f"The picture is {width} x {height} pixels. Expected at most {MAX_SIDE} on a side: scale it down. "
                    "28 x 28 is all that the models see."
                )
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except InvalidInputError:
        raise
    except (Image.UnidentifiedImageError, Image.DecompressionBombError) as error:
        kind = "a zip archive" if data[:2] == b"PK" else "not an image that can be read"
        raise InvalidInputError(
            f"The file is {kind}. Expected a picture as {', '.join(FORMATS)}: open it in a picture program and save it so."
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise InvalidInputError(
            f"The picture is damaged: {error}. Expected a whole image file: save it again."
        ) from error
    # Transparent parts count as ground.
    flat = Image.new("RGBA", upright.size, "white")
    flat.alpha_composite(upright)
    flat = flat.convert("L")
    flat.thumbnail((512, 512))
    grey = np.asarray(flat, np.float32)
    if ground == "light" or (ground == "auto" and _rim(grey) > 127):
        grey = 255 - grey
    grey = np.clip(grey - np.percentile(grey, 5), 0, None)
    grey *= 255 / max(float(grey.max()), 1.0)
    return _fit(_crop(grey))[..., None]


def _rim(grey: np.ndarray) -> float:
    return float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def _crop(grey: np.ndarray) -> np.ndarray:
    """The smallest box that holds everything clearly brighter than the ground."""
    rows, columns = np.where(grey > 40)
    if len(rows) == 0:
        return grey
    return grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _fit(grey: np.ndarray) -> np.ndarray:
    """Scale to fit the inner square and centre on 28x28 black."""
    from PIL import Image

    height, width = grey.shape
    scale = _INNER / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(grey.astype(np.uint8)).resize(size, Image.Resampling.LANCZOS))
    canvas = np.zeros((28, 28), np.uint8)
    top, left = (28 - small.shape[0]) // 2, (28 - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas
