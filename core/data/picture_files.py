"""An image file from an untrusted source, unpacked to a small grey picture in bounded memory and time."""

import io
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, ImageChops

from core.errors import InvalidInputError

MAX_BYTES = 5_000_000
MAX_PIXELS = 80_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
SIDE = 512
_MEMORY = 134_000_000  # bytes that unpacking one picture may take: 8.3 million pixels of WebP, 33 million of colour PNG
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


@dataclass(frozen=True, eq=False)
class GreyPicture:
    """An upright picture of at most SIDE pixels on a side.

    Attributes:
        grey: uint8 (height, width), 0 black to 255 white, as it looks on black.
        opacity: uint8 (height, width), 0 where nothing covers the ground to 255 where it is covered.
    """

    grey: np.ndarray
    opacity: np.ndarray


def open_picture(data: bytes) -> GreyPicture:
    """Unpack the bytes of an image file (FORMATS; of animations the first picture).

    Samples of 16 bits are scaled by 1/257. Metadata other than the orientation is passed over, of whatever size. The
    process unpacks one picture at a time, others wait: each takes up to about 150 MB for up to about two seconds.

    Raises InvalidInputError: not an image of these formats, larger than MAX_BYTES, of more than MAX_PIXELS pixels or of
    more than this format unpacks in bounded memory (told from the header, before anything is unpacked), or damaged.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInputError(
            f"The file has {len(data) / 1e6:.1f} MB. Expected at most {MAX_BYTES / 1e6:.0f} MB: save it smaller."
        )
    try:
        with _one_at_a_time, Image.open(io.BytesIO(_readable(data)), formats=FORMATS) as image:
            return _unpack(image, data)
    except InvalidInputError:
        raise
    except Image.UnidentifiedImageError as error:
        kind = "a zip archive" if data[:2] == b"PK" else "not an image that can be read"
        raise InvalidInputError(
            f"The file is {kind}. Expected a picture as {', '.join(FORMATS)}: open it in a picture program and save it so."
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


def _readable(data: bytes) -> bytes:
    """The file without what Pillow would stumble over."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data[:8] + b"".join(_needed_chunks(data))
    if data.startswith(b"\xff\xd8"):
        return data[:2] + b"".join(_needed_segments(data))
    if data.startswith(b"BM"):
        # A palette of plain greys is taken for the greys themselves, at whatever depth. One more bit of blue in its
        # first colour, and it is read as the palette that it is.
        header = struct.unpack("<I", data[14:18])[0]
        if data[24 if header == 12 else 28] in (4, 8):
            palette = 14 + header
            return data[:palette] + bytes([data[palette] ^ 1]) + data[palette + 1 :]
    return data


def _needed_chunks(data: bytes) -> Iterator[bytes]:
    """The chunks of a PNG that pixels and orientation need. Pillow refuses files for long text and profiles."""
    at = 8
    while at + 8 < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name = data[at + 4 : at + 8]
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf") or data.startswith(
            (b"XML:com.adobe.xmp\0\0", b"Raw profile type exif\0"), at + 8
        ):
            yield data[at : at + 12 + length]
        if name == b"IEND":
            break
        at += 12 + length


def _needed_segments(data: bytes) -> Iterator[bytes]:
    """The segments of a JPEG that pixels and orientation need. Pillow takes long over many small ones of metadata."""
    at, has_exif = 2, False
    while (at := data.find(b"\xff", at)) >= 0:
        marker = data[at + 1 : at + 2]
        if marker == b"\xda":  # here the pixels begin
            yield data[at:]
            return
        if marker in b"\0\1\xff\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9":  # has no content
            at += 1 if marker == b"\xff" else 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        exif = marker == b"\xe1" and data.startswith((b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"), at + 4)
        if marker in b"\xe0\xee" or not (b"\xe0" <= marker <= b"\xef" or marker == b"\xfe") or (exif and not has_exif):
            yield data[at:end]
        has_exif |= exif
        at = end


def _unpack(image: Image.Image, data: bytes) -> GreyPicture:
    width, height = image.size
    most = min(MAX_PIXELS, int(_MEMORY / _bytes_per_pixel(image, data)))
    if width * height > most:
        raise InvalidInputError(
            f"The picture is {width} x {height} pixels. Expected at most {most / 1e6:.1f} million pixels in a "
            f"{image.format} file of this kind: scale it down. 28 x 28 is all that the models see."
        )
    if image.format == "JPEG":
        longest = max(image.size)
        image.draft("L", (max(1, width * 2 * SIDE // longest), max(1, height * 2 * SIDE // longest)))
    elif image.format == "PNG":
        _scale_transparency(image)
    image.load()
    planes = _reduced(image)
    turn = _UPRIGHT.get(_orientation(image))
    for plane in planes:
        plane.thumbnail((SIDE, SIDE))
    if turn is not None:
        planes = [plane.transpose(turn) for plane in planes]
    return GreyPicture(*(np.asarray(plane) for plane in planes))


def _bytes_per_pixel(image: Image.Image, data: bytes) -> float:
    """How much memory unpacking takes at its peak."""
    if image.format == "JPEG":
        return _jpeg_bytes_per_pixel(image, data)
    if image.format == "WEBP":
        return 16  # the decoder's two canvases, its answer and Pillow's picture, four each
    if image.tile[0].codec_name == "bmp_rle":
        return 32  # Pillow unpacks it in Python: what is short here is time
    return {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(image.mode, 4)


def _jpeg_bytes_per_pixel(image: Image.Image, data: bytes) -> float:
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


def _scale_transparency(image: Image.Image) -> None:
    """Bring a PNG's transparent colour, given at the depth of the file, to the depth that Pillow unpacks to."""
    transparent = image.info.get("transparency")
    depth = image.tile[0].args
    if depth in ("L;2", "L;4") and transparent is not None:
        image.info["transparency"] = transparent * (85 if depth == "L;2" else 17)
    elif depth == "RGB;16B" and transparent is not None:
        image.info["transparency"] = tuple(value >> 8 for value in transparent)


def _reduced(image: Image.Image) -> list[Image.Image]:
    """Grey on black and opacity at about twice SIDE, made strip by strip so that no second full-size picture arises."""
    width, height = image.size
    factor = max(1, max(width, height) // (2 * SIDE))
    planes = [Image.new("L", (-(-width // factor), -(-height // factor))) for _ in range(2)]
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        for plane, part in zip(planes, _grey_and_opacity(strip), strict=True):
            plane.paste(part.reduce(factor), (0, top // factor))
    return planes


def _grey_and_opacity(strip: Image.Image) -> tuple[Image.Image, Image.Image]:
    if strip.mode == "I;16":
        values = np.asarray(strip)
        grey = Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))
        opacity = Image.fromarray(np.where(values == strip.info.get("transparency", -1), 0, 255).astype(np.uint8))
    else:
        colours = strip.convert("RGBA")
        grey, opacity = colours.convert("L"), colours.getchannel("A")
    return ImageChops.multiply(grey, opacity), opacity


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a camera's notes in disorder do not make its picture unusable
        return 1
