"""A picture of a user's own, made into what the models take."""

import numpy as np
from PIL import Image

from core.data.framing import LEAST_CONTRAST, contrast, frame, to_grey, unpacked_side
from core.data.imageset import ImageSetInfo
from core.data.picture_files import FORMATS, MAX_BYTES, MAX_PIXELS, Picture, open_picture
from core.errors import InvalidInputError

__all__ = ["FORMATS", "MAX_BYTES", "MAX_PIXELS", "as_model_input", "as_seen", "open_picture", "read_picture"]

_GROUNDS = ("auto", "dark", "light")
_INNER = 24  # the datasets leave a margin of about two pixels around the thing shown
_LEAST_SIDE = 4  # pixels
_LEAST_BRIGHTNESS = 20  # of 255; that of a white line of one pixel in a thing of 300


def read_picture(data: bytes, info: ImageSetInfo | None = None, *, ground: str = "auto") -> np.ndarray:
    """Bytes of an image file to uint8 (height, width, channels), as models of a set are given theirs.

    info: of the set. None: MNIST and its like, bright on dark, (28, 28, 1).

    Raises InvalidInputError as `open_picture` and `as_seen` do.
    """
    _check_ground(ground)
    if info is None or info.framing is None:
        return as_model_input(open_picture(data), ground=ground)
    return as_seen(open_picture(data, colour=True, side=unpacked_side(info.shape[0])), info)


def as_seen(picture: Picture, info: ImageSetInfo, ground: str = "auto") -> np.ndarray:
    """A picture as models of this set are given theirs: uint8 (height, width, channels).

    Of a set of the user's own it is made as the set's pictures were: the picture must have three channels, and `ground` is
    the set's. Of others it is `as_model_input`. Raises InvalidInputError where nothing would be seen.
    """
    if info.framing is None:
        return as_model_input(picture, ground=ground)
    framed = frame(picture, info.shape[0], info.framing)
    if contrast(framed) < LEAST_CONTRAST:
        raise InvalidInputError(_nothing_seen(picture, "auto", contrast(framed)))
    return framed if info.shape[2] == 3 else to_grey(framed)


def as_model_input(picture: Picture, *, ground: str = "auto") -> np.ndarray:
    """The thing that a picture shows as uint8 (28, 28, 1), 0..255, bright on dark, centred, its contrast stretched.

    ground: `dark`, `light` (is inverted) or `auto` (judged by the picture's rim). Transparent parts are ground.

    Raises InvalidInputError: nothing would be seen in the result, because the picture is of one shade or what it shows
    is too small or too thin.
    """
    _check_ground(ground)
    grey = _on_ground(picture, ground)
    if ground == "light" or (ground == "auto" and _rim(grey) > 127):
        grey = 255 - grey
    found = _contrast_of_parts(grey)
    if found < LEAST_CONTRAST:
        raise InvalidInputError(_nothing_seen(picture, ground, found))
    darkest = float(np.percentile(grey, 5))
    if grey.max() - darkest < LEAST_CONTRAST:  # the thing fills the picture: next to nothing is ground
        darkest = float(grey.min())
    grey = np.clip(grey - darkest, 0, None)
    grey *= 255 / grey.max()
    thing = _crop(grey)
    if max(thing.shape) < _LEAST_SIDE:
        raise InvalidInputError(
            f"All that stands out in the picture is a speck of {thing.shape[1]} x {thing.shape[0]} pixels. Expected "
            f"one thing of at least {_LEAST_SIDE} pixels: take it from closer by, or cut the picture to it."
        )
    result = _fit(thing)
    if result.max() < _LEAST_BRIGHTNESS:
        raise InvalidInputError(
            "What the picture shows is so thin that nothing of it is left at 28 x 28 pixels. Expected one thing with "
            "an area: draw it filled or with thicker lines."
        )
    return result[..., None]


def _check_ground(ground: str) -> None:
    if ground not in _GROUNDS:
        raise InvalidInputError(f"Ground is {ground!r}. Expected one of: {', '.join(_GROUNDS)}.")


def _on_ground(picture: Picture, ground: str) -> np.ndarray:
    """The picture's grey, float32 (height, width), with its transparent parts filled with the ground."""
    grey, opacity = picture.grey.astype(np.float32), picture.opacity.astype(np.float32) / 255
    if opacity.min() == 1:
        return grey
    if ground != "auto":
        fill = 255.0 if ground == "light" else 0.0
    elif _rim(opacity) < 0.5:  # the ground is transparent: let it be what the thing stands out from
        fill = 255.0 if grey.sum() < 127 * opacity.sum() else 0.0
    else:
        fill = _rim(grey)
    return np.clip(grey + (1 - opacity) * fill, 0, 255)


def _nothing_seen(picture: Picture, ground: str, found: float) -> str:
    """For a picture whose contrast was found to be too little."""
    if picture.opacity.max() == 0:
        received, way = "all of it is transparent", "save it with a thing on it that can be seen"
    else:
        received = f"it is of one shade all over, its contrast is {found:.0f} of 255"
        way = "take one with more light or contrast"
        if ground != "auto" and picture.opacity.min() < 255:
            way = f"choose another ground than {ground}, which what it shows does not stand out from"
    return f"Nothing can be seen in the picture: {received}. Expected one thing on a plain ground it stands out from: {way}."


def _rim(values: np.ndarray) -> float:
    return float(np.median(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])))


def _contrast_of_parts(grey: np.ndarray) -> float:
    """Between the brightest and the darkest part, 0..255. Parts are as fine as the models see: noise averages out."""
    parts = np.asarray(Image.fromarray(grey.astype(np.uint8)).reduce(max(1, max(grey.shape) // 28)))
    return float(parts.max()) - float(parts.min())


def _crop(grey: np.ndarray) -> np.ndarray:
    """The smallest box that holds everything clearly brighter than the ground."""
    rows, columns = np.where(grey > 40)
    return grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _fit(grey: np.ndarray) -> np.ndarray:
    """Scale to fit the inner square and centre on 28x28 black."""
    height, width = grey.shape
    scale = _INNER / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(grey.astype(np.uint8)).resize(size, Image.Resampling.LANCZOS))
    canvas = np.zeros((28, 28), np.uint8)
    top, left = (28 - small.shape[0]) // 2, (28 - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas
