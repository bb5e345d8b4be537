"""Every kind of picture file, each depth and transparency, against what it shows."""

import struct

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.data.picture import read_picture
from core.data.picture_files import FORMATS, open_picture
from tests.core.picture_makers import bmp, chunk, png, saved

# A thing of four shades on a dark ground, unlike its mirror images, of samples that every depth from 2 bits holds.
LEVELS = np.zeros((36, 30), int)
LEVELS[8:30, 6:20] = 3
LEVELS[8:14, 12:26] = 2
LEVELS[20:24, 6:12] = 1
GREY = LEVELS * 85
HERE = np.ones_like(GREY) * 255
HERE[:6] = 0
HALF = np.where(HERE == 0, 128, 255)
BLACK_AND_WHITE = np.where(LEVELS > 1, 255, 0)
RGB = np.stack([GREY, GREY[::-1], 255 - GREY], -1)
LUMA = np.asarray(Image.fromarray(RGB.astype(np.uint8)).convert("L"), int)


def grey_palette(shades) -> bytes:
    return bytes(np.repeat(np.asarray(shades, np.uint8), 3))


def bgr0(shades) -> bytes:
    return b"".join(bytes([shade, shade, shade, 0]) for shade in shades)


def bottom_up(samples, bits) -> bytes:
    """Rows of a BMP, each padded to four bytes."""
    rows = b""
    for row in np.asarray(samples)[::-1]:
        if bits > 8:
            packed = row.astype({16: "<u2", 32: "<u4"}[bits]).tobytes()
        else:
            packed = np.packbits(((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).ravel()).tobytes()
        rows += packed + bytes(-len(packed) % 4)
    return rows


def deep(values, factor=257):
    return np.asarray(values) * factor


def five(values, bits=5):
    return np.round(np.asarray(values) * (2**bits - 1) / 255).astype(int)


PALETTE = chunk(b"PLTE", grey_palette([0, 85, 170, 255]))
CLEAR = np.full_like(GREY, 255)
CLEAR[GREY == 0] = 0
FRAMES = [Image.fromarray(GREY[::-1].astype(np.uint8)), Image.fromarray(255 - GREY[::-1].astype(np.uint8))]
RGB565 = (five(RGB[..., 0]) << 11) | (five(RGB[..., 1], 6) << 5) | five(RGB[..., 2])
RGB555 = (five(RGB[..., 0]) << 10) | (five(RGB[..., 1]) << 5) | five(RGB[..., 2])
BGRX = (RGB[..., 0] << 16) | (RGB[..., 1] << 8) | RGB[..., 2]
RLE = b"".join(b"".join(bytes([1, level]) for level in row) + b"\0\0" for row in LEVELS[::-1]) + b"\0\1"

# Files of every kind with what they show: grey 0..255 and opacity 0..255.
KINDS = {
    "PNG grey 1 bit": (png(BLACK_AND_WHITE // 255, 1, 0), BLACK_AND_WHITE, 255),
    "PNG grey 2 bits": (png(LEVELS, 2, 0), GREY, 255),
    "PNG grey 4 bits": (png(LEVELS * 5, 4, 0), GREY, 255),
    "PNG grey 8 bits": (png(GREY, 8, 0), GREY, 255),
    "PNG grey 16 bits": (png(deep(GREY), 16, 0), GREY, 255),
    "PNG grey 16 bits, dim": (png(deep(GREY // 5), 16, 0), GREY // 5, 255),
    "PNG grey 16 bits, in between": (png(deep(GREY) - 100 * (GREY > 0), 16, 0), GREY, 255),
    "PNG RGB 8 bits": (png(RGB, 8, 2), LUMA, 255),
    "PNG RGB 16 bits": (png(deep(RGB), 16, 2), LUMA, 255),
    "PNG palette 1 bit": (png(BLACK_AND_WHITE // 255, 1, 3, before=chunk(b"PLTE", grey_palette([40, 200]))),
                          np.where(BLACK_AND_WHITE, 200, 40), 255),
    "PNG palette 2 bits": (png(LEVELS, 2, 3, before=PALETTE), GREY, 255),
    "PNG palette 4 bits": (png(LEVELS, 4, 3, before=PALETTE), GREY, 255),
    "PNG palette 8 bits": (png(LEVELS, 8, 3, before=PALETTE), GREY, 255),
    "PNG grey and alpha 8 bits": (png(np.stack([GREY, HALF], -1), 8, 4), GREY, HALF),
    "PNG grey and alpha 16 bits": (png(deep(np.stack([GREY, HALF], -1)), 16, 4), GREY, HALF),
    "PNG RGBA 8 bits": (png(np.dstack([RGB, HALF]), 8, 6), LUMA, HALF),
    "PNG RGBA 16 bits": (png(deep(np.dstack([RGB, HALF])), 16, 6), LUMA, HALF),
    "PNG grey 1 bit, a clear shade": (png(BLACK_AND_WHITE // 255, 1, 0, before=chunk(b"tRNS", b"\0\0")),
                                      BLACK_AND_WHITE, BLACK_AND_WHITE),
    "PNG grey 2 bits, a clear shade": (png(LEVELS, 2, 0, before=chunk(b"tRNS", b"\0\2")), GREY,
                                       np.where(LEVELS == 2, 0, 255)),
    "PNG grey 4 bits, a clear shade": (png(LEVELS * 5, 4, 0, before=chunk(b"tRNS", b"\0\5")), GREY,
                                       np.where(LEVELS == 1, 0, 255)),
    "PNG grey 8 bits, a clear shade": (png(GREY, 8, 0, before=chunk(b"tRNS", b"\0\xaa")), GREY,
                                       np.where(LEVELS == 2, 0, 255)),
    "PNG grey 16 bits, a clear shade": (png(deep(GREY), 16, 0, before=chunk(b"tRNS", b"\xaa\xaa")), GREY,
                                        np.where(LEVELS == 2, 0, 255)),
    "PNG RGB 8 bits, a clear colour": (png(np.dstack([GREY] * 3), 8, 2, before=chunk(b"tRNS", b"\0\xaa" * 3)), GREY,
                                       np.where(LEVELS == 2, 0, 255)),
    "PNG RGB 16 bits, a clear colour": (png(deep(np.dstack([GREY] * 3)), 16, 2, before=chunk(b"tRNS", b"\xaa\xaa" * 3)),
                                        GREY, np.where(LEVELS == 2, 0, 255)),
    "PNG palette, one clear": (png(LEVELS, 8, 3, before=PALETTE + chunk(b"tRNS", b"\0")), GREY, CLEAR),
    "PNG palette, half clear": (png(LEVELS, 2, 3, before=PALETTE + chunk(b"tRNS", b"\xff\x80\xff")), GREY,
                                np.where(LEVELS == 1, 128, 255)),
    "PNG interlaced 8 bits": (png(RGB, 8, 2, interlaced=True), LUMA, 255),
    "PNG interlaced 16 bits": (png(deep(GREY), 16, 0, interlaced=True), GREY, 255),
    "PNG interlaced 2 bits": (png(LEVELS, 2, 0, interlaced=True), GREY, 255),
    "PNG animated": (saved(GREY, save_all=True, append_images=FRAMES), GREY, 255),
    "PNG of Pillow's 16 bits": (saved(Image.fromarray(deep(GREY).astype(np.uint16))), GREY, 255),
    "BMP 1 bit": (bmp(bottom_up(BLACK_AND_WHITE // 255, 1), 30, 36, 1, palette=bgr0([0, 255])), BLACK_AND_WHITE, 255),
    "BMP 1 bit, other shades": (bmp(bottom_up(BLACK_AND_WHITE // 255, 1), 30, 36, 1, palette=bgr0([200, 40])),
                                np.where(BLACK_AND_WHITE, 40, 200), 255),
    "BMP 4 bits": (bmp(bottom_up(LEVELS, 4), 30, 36, 4, palette=bgr0([0, 85, 170, 255])), GREY, 255),
    "BMP 4 bits, its own shades": (bmp(bottom_up(LEVELS * 5, 4), 30, 36, 4, palette=bgr0(range(16))), LEVELS * 5, 255),
    "BMP 8 bits": (bmp(bottom_up(GREY, 8), 30, 36, 8, palette=bgr0(range(256))), GREY, 255),
    "BMP 8 bits, few shades": (bmp(bottom_up(LEVELS, 8), 30, 36, 8, palette=bgr0([0, 85, 170, 255])), GREY, 255),
    "BMP 8 bits, black and white": (bmp(bottom_up(BLACK_AND_WHITE // 255, 8), 30, 36, 8, palette=bgr0([0, 255])),
                                    BLACK_AND_WHITE, 255),
    "BMP 8 bits, packed": (bmp(RLE, 30, 36, 8, palette=bgr0([0, 85, 170, 255]), compression=1), GREY, 255),
    "BMP 16 bits 555": (bmp(bottom_up(RGB555, 16), 30, 36, 16), LUMA, 255),
    "BMP 16 bits 565": (bmp(bottom_up(RGB565, 16), 30, 36, 16, compression=3,
                            masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)), LUMA, 255),
    "BMP 24 bits": (saved(RGB, "BMP"), LUMA, 255),
    "BMP 32 bits": (bmp(bottom_up(BGRX, 32), 30, 36, 32), LUMA, 255),
    "BMP 32 bits with alpha": (bmp(bottom_up(BGRX | HALF << 24, 32), 30, 36, 32, compression=3, header=56,
                                   masks=struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)), LUMA, HALF),
    "GIF": (saved(GREY, "GIF"), GREY, 255),
    "GIF with a clear shade": (saved(GREY, "GIF", transparency=0), GREY, CLEAR),
    "GIF animated": (saved(GREY, "GIF", save_all=True, append_images=FRAMES), GREY, 255),
    "WebP without loss": (saved(RGB, "WEBP", lossless=True), LUMA, 255),
    "WebP with alpha": (saved(np.dstack([RGB, HALF]), "WEBP", lossless=True, exact=True), LUMA, HALF),
    "WebP animated": (saved(np.dstack([RGB, HALF]), "WEBP", lossless=True, exact=True, save_all=True,
                            append_images=[Image.new("RGBA", (30, 36), "red")]), LUMA, HALF),
}  # fmt: skip
# With losses: the same within what JPEG and WebP change of a smooth picture.
SMOOTH = np.asarray(Image.fromarray(GREY.astype(np.uint8)).resize((240, 288), Image.Resampling.BICUBIC))
COLOURED = np.stack([SMOOTH, SMOOTH // 2 + 60, 200 - SMOOTH // 2], -1)
LOSSY = {
    "JPEG grey": saved(SMOOTH, "JPEG", quality=98),
    "JPEG RGB": saved(SMOOTH, "JPEG", "RGB", quality=98),
    "JPEG RGB without a change of colours": saved(SMOOTH, "JPEG", "RGB", quality=98, keep_rgb=True),
    "JPEG progressive": saved(SMOOTH, "JPEG", "RGB", quality=98, progressive=True),
    "JPEG CMYK": saved(SMOOTH, "JPEG", "CMYK", quality=98),
    "JPEG of a camera with several pictures": saved(
        SMOOTH, "MPO", "RGB", quality=98, save_all=True, append_images=[Image.new("RGB", (240, 288))]
    ),
    "WebP": saved(SMOOTH, "WEBP", "RGB", quality=98),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_shows_what_is_in_it(kind):
    data, grey, opacity = KINDS[kind]
    opacity = np.broadcast_to(opacity, grey.shape)
    picture = open_picture(data)
    assert picture.grey.dtype == picture.opacity.dtype == np.uint8
    coarse = 5 if "16 bits 5" in kind else 1
    np.testing.assert_allclose(picture.grey.astype(int), grey * opacity / 255, atol=coarse)
    np.testing.assert_array_equal(picture.opacity, opacity)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_seen_like_its_twin_of_eight_bits(kind):
    data, grey, opacity = KINDS[kind]
    twin = png(np.stack([grey, np.broadcast_to(opacity, grey.shape)], -1), 8, 4)
    coarse = 12 if "16 bits 5" in kind or "dim" in kind or "own shades" in kind else 3
    np.testing.assert_allclose(read_picture(data).astype(int), read_picture(twin), atol=coarse)


@pytest.mark.parametrize("kind", LOSSY)
def test_files_with_losses_show_about_the_same(kind):
    picture = open_picture(LOSSY[kind])
    assert abs(picture.grey.astype(int) - SMOOTH).mean() < 2
    assert picture.opacity.min() == 255


def test_inks_of_an_adobe_jpeg_are_read_as_the_colours_they_print():
    inks = Image.fromarray(COLOURED).convert("CMYK")
    expected = np.asarray(Image.fromarray(COLOURED).convert("L"), int)
    assert abs(open_picture(saved(inks, "JPEG", quality=98)).grey.astype(int) - expected).mean() < 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_as_its_camera_was_held(kind, orientation):
    upright = Image.fromarray(SMOOTH)
    lying = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.rotate(180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.rotate(90, expand=True),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.rotate(270, expand=True),
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = open_picture(saved(lying, kind, "RGB", exif=exif, quality=98))
    assert picture.grey.shape == SMOOTH.shape
    assert abs(picture.grey.astype(int) - SMOOTH).mean() < 2


def test_the_formats_are_those_that_these_files_cover():
    assert {kind.split()[0].upper() for kind in (*KINDS, *LOSSY)} == set(FORMATS)
