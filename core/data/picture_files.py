"""An image file from an untrusted source, unpacked to a small picture, grey or in colour, in bounded memory and time."""

import io
import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageFile, UnidentifiedImageError

from core.data.levels import as_levels, value_range
from core.data.picture_bytes import readable
from core.errors import InvalidInputError

MAX_BYTES = 5_000_000
MAX_PIXELS = 80_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
SIDE = 512
# Formats that start another program, that only Windows reads, or that Pillow knows by name alone.
_UNREADABLE = {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG", "IPTC"}
_DEEP = re.compile(r"I;16|;16[BLN]")  # how Pillow names samples of 16 bits
_STRIP_PIXELS = 1_000_000
_MAX_SCANS = 100
_one_at_a_time = threading.Lock()

_UPRIGHT = {  # EXIF's orientation: what brings such a picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = {_UPRIGHT[number] for number in (5, 6, 7, 8)}


@dataclass(frozen=True)
class Bounds:
    """What is unpacked: formats (None: every still format of Pillow's), bytes of a file, and of memory that one picture may take."""

    formats: tuple[str, ...] | None
    file_bytes: int
    memory: int


# Memory for 8.3 million pixels of WebP, 33 million of colour PNG.
UPLOAD = Bounds(FORMATS, MAX_BYTES, 134_000_000)


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture of a bounded number of pixels on a side.

    Attributes:
        pixels: uint8 (height, width, channels), 0 to 255, as it looks on black; one channel of grey, or red, green, blue.
        opacity: uint8 (height, width), 0 where nothing covers the ground to 255 where it is covered.
        size: width and height in pixels that the file says.
        kind: of file, in words: "PNG, colour, 8 bits, transparent".
    """

    pixels: np.ndarray
    opacity: np.ndarray
    size: tuple[int, int]
    kind: str

    @property
    def grey(self) -> np.ndarray:
        """The first channel, uint8 (height, width)."""
        return self.pixels[..., 0]


def open_picture(data: bytes, *, colour: bool = False, side: int = SIDE, bounds: Bounds = UPLOAD) -> Picture:
    """Unpack the bytes of an image file, of animations the first picture, to at most `side` pixels on a side.

    Samples of 16 bits are scaled by 1/257; of numbers with more bits the range is taken for 0..1, 0..255 or 0..65535 if they
    fit it, else theirs is stretched. Metadata other than the orientation is passed over, of whatever size. The process
    unpacks one picture at a time, others wait: with the usual bounds each takes up to about 150 MB for up to two seconds.

    Raises InvalidInputError: not an image of these formats, a larger file, of more than MAX_PIXELS pixels or of
    more than this format unpacks in bounded memory (told from the header, before anything is unpacked), or damaged.
    """
    if len(data) > bounds.file_bytes:
        raise InvalidInputError(
            f"The file has {len(data) / 1e6:.1f} MB. Expected at most {bounds.file_bytes / 1e6:.0f} MB: save it smaller."
        )
    formats = bounds.formats or still_formats()
    try:
        with _one_at_a_time, Image.open(io.BytesIO(readable(data)), formats=formats) as image:
            return _unpack(image, data, colour, side, bounds.memory)
    except InvalidInputError:
        raise
    except UnidentifiedImageError as error:
        kind = "a zip archive" if data[:2] == b"PK" else "not an image that can be read"
        raise InvalidInputError(
            f"The file is {kind}. Expected a picture as {', '.join(bounds.formats or FORMATS)}: open it in a picture program and save it so."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        size = str(error).partition(" exceeds")[0]  # what follows is Pillow's own limit
        raise InvalidInputError(
            f"The picture is too large: {size}. Expected at most {MAX_PIXELS / 1e6:.0f} million pixels: scale it down."
        ) from error
    except Exception as error:  # on damaged bytes Pillow's readers raise whatever they come across
        raise InvalidInputError(
            f"The picture is damaged or of an unusual kind: {str(error) or type(error).__name__}. Expected a whole image "
            "file: open it in a picture program and save it again."
        ) from error


@lru_cache(maxsize=1)
def still_formats() -> tuple[str, ...]:
    """Names of the formats that Pillow reads as pictures by itself."""
    Image.init()
    return tuple(name for name in Image.OPEN if name not in _UNREADABLE)


@lru_cache(maxsize=1)
def still_suffixes() -> frozenset[str]:
    """The file-name suffixes of `still_formats`, in small letters with their dot."""
    formats = still_formats()
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in formats)


def _unpack(image: ImageFile.ImageFile, data: bytes, colour: bool, side: int, memory: int) -> Picture:
    width, height = image.size
    most = min(MAX_PIXELS, int(memory / _bytes_per_pixel(image, data)))
    if width * height > most:
        raise InvalidInputError(
            f"The picture is {width} x {height} pixels. Expected at most {most / 1e6:.1f} million pixels in a "
            f"{image.format} file of this kind: scale it down. The models see far fewer."
        )
    kind = _kind(image)
    if image.format == "JPEG":
        longest = max(image.size)
        image.draft(
            "RGB" if colour else "L", (max(1, width * 2 * side // longest), max(1, height * 2 * side // longest))
        )
    elif image.format == "PNG":
        _scale_transparency(image)
    image.load()
    planes = _reduced(image, colour, side)
    turn = _UPRIGHT.get(_orientation(image))
    for plane in planes:
        plane.thumbnail((side, side))
    if turn is not None:
        planes = [plane.transpose(turn) for plane in planes]
        if turn in _ON_ITS_SIDE:
            width, height = height, width
    shown, opacity = (np.asarray(plane) for plane in planes)
    return Picture(shown if colour else shown[..., None], opacity, (width, height), kind)


def _kind(image: ImageFile.ImageFile) -> str:
    grey = image.mode.startswith(("1", "L", "I", "F"))
    sort = "palette" if image.mode in ("P", "PA") else "grey" if grey and image.mode != "LAB" else "colour"
    samples = f"{image.mode} {[tile.args for tile in image.tile]}"
    bits = {"1": 1, "I": 32, "F": 32}.get(image.mode, 16 if _DEEP.search(samples) else 8)
    transparent = ", transparent" if image.has_transparency_data else ""
    return f"{image.format}, {sort}, {bits} bit{'s' * (bits > 1)}{transparent}"


def _bytes_per_pixel(image: ImageFile.ImageFile, data: bytes) -> float:
    """How much memory unpacking takes at its peak."""
    if image.format == "JPEG":
        return _jpeg_bytes_per_pixel(image, data)
    if image.format in ("WEBP", "AVIF"):
        return 16  # the decoder's two canvases, its answer and Pillow's picture, four each
    if image.format == "JPEG2000":
        return 24  # the decoder keeps four bytes a sample
    if image.tile and image.tile[0].codec_name == "bmp_rle":
        return 32  # Pillow unpacks it in Python: what is short here is time
    return {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(image.mode, 4)


def _jpeg_bytes_per_pixel(image: Any, data: bytes) -> float:
    """A JPEG of one scan is reduced while it is unpacked; one of several is kept whole, two bytes a coefficient."""
    pixels_at = image.fp.tell()
    first_scan = data[pixels_at - 8 - 2 * image.layers : pixels_at - 6 - 2 * image.layers]
    if not image.info.get("progressive") and first_scan == b"\xff\xda":
        return 1  # all layers are in the first scan
    scans = data.count(b"\xff\xda", pixels_at)
    if scans > _MAX_SCANS:
        raise InvalidInputError(f"The picture has {scans} scans. Expected at most {_MAX_SCANS}: save it again.")
    _, across, down, _ = (max(values) for values in zip(*image.layer, strict=True))
    return 2 * sum(horizontal * vertical for _, horizontal, vertical, _ in image.layer) / (across * down)


def _scale_transparency(image: ImageFile.ImageFile) -> None:
    """Bring a PNG's transparent colour, given at the depth of the file, to the depth that Pillow unpacks to."""
    transparent = image.info.get("transparency")
    depth = image.tile[0].args
    if depth in ("L;2", "L;4") and transparent is not None:
        image.info["transparency"] = transparent * (85 if depth == "L;2" else 17)
    elif depth == "RGB;16B" and transparent is not None:
        image.info["transparency"] = tuple(value >> 8 for value in transparent)


def _reduced(image: Image.Image, colour: bool, side: int) -> list[Image.Image]:
    """Grey or colours on black, and opacity, at about twice `side`, made strip by strip so that no second full-size picture arises."""
    width, height = image.size
    factor = max(1, max(width, height) // (2 * side))
    values = _value_range(image)
    if factor == 1 and width * height <= _STRIP_PIXELS:
        return _planes(image, values, colour)
    size = -(-width // factor), -(-height // factor)
    planes = [Image.new("RGB" if colour else "L", size), Image.new("L", size)]
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        for plane, part in zip(planes, _planes(strip, values, colour), strict=True):
            plane.paste(part.reduce(factor), (0, top // factor))
    return planes


def _value_range(image: Image.Image) -> tuple[float, float]:
    """What is black and what is white in a picture whose samples have more than eight bits."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        return 0, 65535
    if image.mode in ("I", "F"):
        return value_range(*image.getextrema())
    return 0, 255


def _planes(strip: Image.Image, values: tuple[float, float], colour: bool) -> list[Image.Image]:
    """Grey or colours on black, and opacity."""
    mode = "RGB" if colour else "L"
    if strip.mode.startswith("I") or strip.mode == "F":
        grey, opacity = _deep_grey(strip, values)
        shown = grey.convert(mode)
    elif strip.has_transparency_data:
        colours = strip.convert("RGBA")
        shown, opacity = colours.convert(mode), colours.getchannel("A")
    else:
        shown, opacity = strip.convert("RGB").convert(mode), Image.new("L", strip.size, 255)
    if opacity.getextrema() != (255, 255):
        shown = ImageChops.multiply(shown, Image.merge(mode, [opacity] * 3) if colour else opacity)
    return [shown, opacity]


def _deep_grey(strip: Image.Image, values: tuple[float, float]) -> tuple[Image.Image, Image.Image]:
    """Samples of 16 bits and more as grey of 8 bits, and opacity."""
    samples = np.asarray(strip)
    if values == (0, 65535):
        grey = ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
    else:
        grey = as_levels(samples, *values)
    opacity = np.where(samples == strip.info.get("transparency", -1), 0, 255).astype(np.uint8)
    return Image.fromarray(grey), Image.fromarray(opacity)


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a camera's notes in disorder do not make its picture unusable
        return 1
