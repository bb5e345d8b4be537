"""Image files from anywhere: unpacked in bounded memory and time, or refused with the reason."""

import struct
import subprocess
import sys
import threading
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from core.data.picture_files import MAX_BYTES, MAX_PIXELS, SIDE, open_picture
from core.errors import InvalidInputError
from core.paths import ROOT
from tests.core.data.test_picture_kinds import GREY, KINDS, LEVELS, LUMA, PALETTE, RGB, SMOOTH, deep
from tests.core.picture_makers import bmp, chunk, png, saved


def test_a_large_picture_is_averaged_down():
    large = np.kron(np.arange(16).reshape(4, 4) * 17, np.ones((300, 300), int))
    for data in (
        png(large, 8, 0),
        png(deep(large), 16, 0),
        saved(large, "JPEG"),
        saved(large, "WEBP", "RGB", lossless=True),
    ):
        picture = open_picture(data)
        assert picture.grey.shape == (SIDE, SIDE)
        np.testing.assert_allclose(picture.grey[64::128, 64::128], np.arange(16).reshape(4, 4) * 17, atol=1)


# --- metadata ------------------------------------------------------------------------------------------------------

NOISE = np.random.default_rng(0).bytes(3_000_000)
PACKED = zlib.compress(bytes(20_000_000))
DISORDER = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x05\0\xff\xff\xff\xff" * 20
SEGMENT = b"\xff\xe2\xff\xff" + NOISE[:65533]


@pytest.mark.parametrize(
    "more",
    [
        chunk(b"zTXt", b"Comment\0\0" + PACKED),
        chunk(b"iTXt", b"Comment\0\1\0\0\0" + PACKED),
        chunk(b"iTXt", b"Comment\0\0\0\0\0" + b"x" * 3_000_000),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + PACKED),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"x" * 3_000_000),
        chunk(b"iCCP", b"profile\0\0" + PACKED),
        chunk(b"tEXt", b"Comment\0" + b"x" * 3_000_000),
        chunk(b"eXIf", NOISE),
        chunk(b"eXIf", DISORDER[6:]),
        chunk(b"prVt", NOISE),
        chunk(b"tEXt", b"key\0value") * 20_000,
    ],
)
def test_metadata_of_any_size_leaves_a_png_readable(more):
    assert np.array_equal(open_picture(png(GREY, 8, 0, before=more)).grey, GREY)
    assert np.array_equal(open_picture(png(GREY, 8, 0, after=more)).grey, GREY)


@pytest.mark.parametrize(
    "more",
    [
        SEGMENT * 40,
        b"\xff\xe2\xff\xff" + b"ICC_PROFILE\0\1\1" + NOISE[:65519],
        b"\xff\xe1\xff\xff" + b"Exif\0\0" + NOISE[:65527],
        b"\xff\xe1" + struct.pack(">H", len(DISORDER) + 2) + DISORDER,
        b"\xff\xed\xff\xff" + b"Photoshop 3.0\0" + NOISE[:65519],
        b"\xff\xe2\xff\xff" + b"MPF\0" + NOISE[:65529],
        b"\xff\xfe\0\2" * 200_000,
        b"\xff\xe1\0\x09Exif\0\0x" * 200_000,
    ],
)
def test_metadata_of_any_size_leaves_a_jpeg_readable(more):
    plain = saved(SMOOTH, "JPEG")
    assert np.array_equal(open_picture(plain[:2] + more + plain[2:]).grey, open_picture(plain).grey)


def test_metadata_of_any_size_leaves_a_webp_readable():
    data = saved(RGB, "WEBP", lossless=True, exif=DISORDER, xmp=NOISE[:1_000_000], icc_profile=NOISE[:1_000_000])
    np.testing.assert_allclose(open_picture(data).grey.astype(int), LUMA, atol=1)


# --- bounds --------------------------------------------------------------------------------------------------------


def claims(width, height, depth=8, colour=0) -> bytes:
    """A PNG that says it has so many pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def several_scans(side) -> bytes:
    data = saved(Image.new("RGB", (side, side)), "JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * 100 + data[-2:]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (claims(10_000, 10_000), "10000 x 10000 pixels.*at most 80.0 million pixels"),
        (claims(6_000, 6_000, 8, 6), "6000 x 6000 pixels.*at most 33.5 million pixels"),
        (claims(9_000, 8_000, 16, 0), "9000 x 8000 pixels.*at most 67.0 million pixels"),
        (claims(40_000, 40_000), r"too large: Image size \(1600000000 pixels\)\. Expected at most 80 million pixels"),
        (claims(2**31 - 1, 2**31 - 1), "too large"),
        (saved(Image.new("RGBA", (6000, 6000)), "WEBP", lossless=True), "6000 x 6000 pixels.*at most 8.4 million"),
        (saved(Image.new("RGB", (5000, 5000)), "JPEG", progressive=True, subsampling=0), "at most 22.3 million"),
        (bmp(b"\0\1", 5000, 5000, 8, palette=bytes(1024), compression=1), "at most 4.2 million"),
        (several_scans(64), "scans. Expected at most 100"),
        (bytes(MAX_BYTES + 1), "at most 5 MB"),
    ],
)
def test_more_pixels_than_can_be_unpacked_are_refused(data, words):
    with pytest.raises(InvalidInputError, match=words):
        open_picture(data)


def test_a_telephones_photo_of_fifty_million_pixels_is_read():
    assert MAX_PIXELS > 8160 * 6120
    photo = Image.new("RGB", (8160, 6120), "white")
    photo.paste("black", (2040, 1530, 6120, 4590))
    picture = open_picture(saved(photo, "JPEG"))
    assert picture.grey.shape == (384, 512)
    assert picture.grey[192, 256] == 0
    assert picture.grey[20, 20] == 255


PEAK = """
import pathlib, re, sys
from core.data.picture_files import open_picture
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
small, large = (pathlib.Path(name).read_bytes() for name in sys.argv[1:])
open_picture(small)
before = peak()
open_picture(large)
print(peak() - before)
"""


@pytest.mark.parametrize(
    ("mode", "side", "kind", "settings"),
    [
        ("RGBA", 2890, "WEBP", {"lossless": True}),
        ("RGBA", 5780, "PNG", {"compress_level": 1}),
        ("P", 8900, "GIF", {}),
        ("RGB", 8900, "JPEG", {}),
        ("RGB", 4700, "JPEG", {"progressive": True, "subsampling": 0}),
    ],
)
def test_the_largest_pictures_take_little_memory(tmp_path, mode, side, kind, settings):
    for name, picture in (("small", Image.new(mode, (30, 30))), ("large", Image.new(mode, (side, side)))):
        (tmp_path / name).write_bytes(saved(picture, kind, **settings))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path / "small"), str(tmp_path / "large")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) < 160_000  # kB


@pytest.mark.parametrize("shape", [(2, 20_000), (20_000, 2), (1, 1), (1, 700)])
def test_no_shape_is_too_odd(shape):
    assert max(open_picture(png(np.full(shape, 7), 8, 0)).grey.shape) == min(SIDE, max(shape))


def test_one_picture_is_unpacked_at_a_time(monkeypatch):
    inside, most, load = [], [], Image.Image.getexif

    def slow(image):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.01)
        inside.pop()
        return load(image)

    monkeypatch.setattr(Image.Image, "getexif", slow)
    threads = [threading.Thread(target=open_picture, args=(saved(GREY, "BMP"),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


# --- damage --------------------------------------------------------------------------------------------------------

WHOLE = {
    "PNG": png(RGB, 8, 2),
    "16-bit PNG": png(deep(GREY), 16, 0, before=chunk(b"tRNS", b"\0\0")),
    "PNG palette": png(LEVELS, 2, 3, before=PALETTE + chunk(b"tRNS", b"\0")),
    "JPEG": saved(RGB, "JPEG"),
    "JPEG progressive": saved(RGB, "JPEG", progressive=True),
    "WebP": saved(RGB, "WEBP"),
    "BMP": KINDS["BMP 8 bits, few shades"][0],
    "BMP packed": KINDS["BMP 8 bits, packed"][0],
    "GIF": saved(GREY, "GIF"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_damage_is_told_or_harmless(kind):
    random = np.random.default_rng(1)
    whole = np.frombuffer(WHOLE[kind], np.uint8)
    for number in range(60):
        damaged = whole.copy()
        damaged[random.integers(0, min(len(whole), 200 if number % 2 else len(whole)), 3)] = random.integers(0, 256, 3)
        for data in (damaged.tobytes(), damaged[: random.integers(len(whole))].tobytes()):
            try:
                picture = open_picture(data)
            except InvalidInputError as error:
                assert "Expected" in str(error)  # noqa: PT017
            else:
                assert picture.grey.shape == picture.opacity.shape


@pytest.mark.parametrize(
    "error", [MemoryError, RecursionError, OverflowError, struct.error, IndexError, zlib.error, KeyError, SystemError]
)
def test_whatever_a_reader_raises_is_told(monkeypatch, error):
    def fail(image):
        raise error

    monkeypatch.setattr("PIL.BmpImagePlugin.BmpImageFile.load", fail)
    with pytest.raises(InvalidInputError, match=f"damaged or of an unusual kind: {error.__name__}"):
        open_picture(saved(GREY, "BMP"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an image"),
        (b"hello, I am a text file", "not an image"),
        (b"PK\x03\x04" + bytes(100), "a zip archive"),
        (saved(GREY, "TIFF"), "not an image .* PNG, JPEG, WEBP, BMP, GIF"),
        (png(RGB, 8, 2)[:-30], "damaged"),
        (saved(SMOOTH, "JPEG")[:-400], "damaged"),
    ],
)
def test_other_files_are_refused_in_words(data, words):
    with pytest.raises(InvalidInputError, match=words):
        open_picture(data)
