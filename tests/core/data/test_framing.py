"""Pictures of any size, colour and depth, against what a set then shows of them."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from core.data.framing import frame, has_colour, picture_of, to_grey
from core.data.imageset import Framing
from core.data.own.sources.files import BOUNDS
from core.data.picture_files import open_picture, still_formats, still_suffixes
from tests.core.picture_makers import png, saved

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def plain(height, width, colour, opacity=None):
    channels = colour if opacity is None else (*colour, opacity)
    return np.full((height, width, len(channels)), channels, np.uint8)


def opened(data):
    return open_picture(data, colour=True, side=256, bounds=BOUNDS)


def test_a_wide_picture_is_fitted_with_the_ground_above_and_below():
    framed = frame(picture_of(plain(10, 20, RED)), 28, Framing("fit", "#0000ff"))
    assert framed.shape == (28, 28, 3)
    assert (framed[7:21] == RED).all()
    assert (framed[:7] == BLUE).all()
    assert (framed[21:] == BLUE).all()


def test_a_tall_picture_is_cropped_to_its_middle():
    tall = np.concatenate([plain(20, 28, BLUE), plain(28, 28, RED), plain(20, 28, BLUE)])
    assert (frame(picture_of(tall), 28, Framing("crop", "#ffffff")) == RED).all()


def test_a_picture_of_the_very_size_stays_as_it_is():
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    for fit in ("fit", "crop"):
        np.testing.assert_array_equal(frame(picture_of(picture), 32, Framing(fit, "#000000")), picture)


@pytest.mark.parametrize(("opacity", "seen"), [(0, WHITE), (51, (255, 204, 204)), (255, RED)])
def test_what_is_transparent_lets_the_ground_through(opacity, seen):
    """51 of 255 is a fifth: a fifth of red and four fifths of white."""
    for picture in (picture_of(plain(28, 28, RED, opacity)), opened(saved(plain(28, 28, RED, opacity)))):
        np.testing.assert_allclose(frame(picture, 28, Framing("fit", "#ffffff")), plain(28, 28, seen), atol=1)


def test_grey_is_luma_as_pillow_has_it():
    colours = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 3), np.uint8)
    greys = np.stack([np.asarray(Image.fromarray(one).convert("L")) for one in colours])
    np.testing.assert_array_equal(to_grey(colours), greys[..., None])


def test_colour_is_what_jpeg_does_not_make_of_grey():
    grey = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    assert not has_colour(opened(saved(np.stack([grey] * 3, -1), "JPEG", quality=50)).pixels)
    assert has_colour(opened(saved(plain(28, 28, (120, 100, 100)))).pixels)


SHAPE = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
GREY = SHAPE[..., 0]


def written(mode, kind, **settings):
    file = io.BytesIO()
    Image.fromarray(SHAPE).convert(mode).save(file, kind, **settings)
    return file.getvalue()


def deep_tiff(samples):
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "TIFF")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "grey"),
    [
        (written("RGB", "PNG"), False),
        (written("RGBA", "PNG"), False),
        (written("RGB", "TIFF"), False),
        (written("RGB", "TIFF", compression="tiff_lzw"), False),
        (written("RGB", "PPM"), False),
        (written("RGB", "TGA"), False),
        (written("RGB", "BMP"), False),
        (written("RGB", "ICO", sizes=[(32, 32)]), False),
        (written("RGB", "WEBP", lossless=True), False),
        (written("RGB", "JPEG2000"), False),
        (png(SHAPE.astype(int) * 257, 16, 2), False),
        (png(GREY.astype(int) * 257, 16, 0), True),
        (deep_tiff(GREY.astype(np.uint16) * 257), True),
        (deep_tiff(GREY.astype(np.int32)), True),
        (deep_tiff(GREY.astype(np.float32) / 255), True),
        (deep_tiff(GREY.astype(np.float32)), True),
        (b"P5 32 32 65535\n" + (GREY.astype(">u2") * 257).tobytes(), True),
        (b"P5 32 32 255\n" + GREY.tobytes(), True),
    ],
)
def test_every_format_and_depth_shows_the_same(data, grey):
    picture = opened(data)
    expected = np.stack([GREY] * 3, -1) if grey else SHAPE
    np.testing.assert_allclose(picture.pixels.astype(int), expected, atol=1 if b"jP" in data[:12] else 0)
    assert picture.size == (32, 32)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(SHAPE.astype(int) * 257, 16, 2), "PNG, colour, 16 bits"),
        (saved(GREY), "PNG, grey, 8 bits"),
        (saved(plain(8, 8, RED, 99)), "PNG, colour, 8 bits, transparent"),
        (saved(SHAPE, mode="P"), "PNG, palette, 8 bits"),
        (saved(GREY, mode="1"), "PNG, grey, 1 bit"),
        (saved(SHAPE, "JPEG"), "JPEG, colour, 8 bits"),
    ],
)
def test_what_a_file_is_can_be_told(data, kind):
    assert opened(data).kind == kind


def test_lab_and_cmyk_are_read():
    """Both by Pillow's own arithmetic: pure white stays white."""
    white = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    file = io.BytesIO()
    white.save(file, "TIFF")
    assert (opened(file.getvalue()).pixels == 255).all()


def test_a_picture_on_its_side_is_told_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = opened(saved(plain(10, 20, RED), "JPEG", exif=exif))
    assert picture.size == (10, 20)
    assert picture.pixels.shape == (20, 10, 3)


def test_no_format_starts_another_program():
    assert "EPS" not in still_formats()
    assert ".eps" not in still_suffixes()
    assert {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".avif", ".jp2", ".tga", ".ppm"} <= still_suffixes()


def test_a_postscript_file_in_disguise_is_refused():
    with pytest.raises(Exception, match="not an image that can be read"):
        opened(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n" + struct.pack("4x"))
