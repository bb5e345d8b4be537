import io

import numpy as np
import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.pictures import MAX_BYTES, read_picture


def png(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, kind)
    return file.getvalue()


def bar(ground: int, thing: int) -> np.ndarray:
    """A tall bar in the middle of a wide picture."""
    pixels = np.full((80, 120), ground)
    pixels[20:60, 50:70] = thing
    return pixels


@pytest.mark.parametrize(("ground", "thing"), [(0, 255), (255, 0), (230, 40)])
def test_a_thing_on_plain_ground_becomes_bright_on_black_and_centred(ground, thing):
    picture = read_picture(png(bar(ground, thing)))
    assert picture.shape == (28, 28, 1)
    assert picture.dtype == np.uint8
    assert picture[14, 14, 0] > 240
    assert picture[0].max() == picture[:, 0].max() == 0
    rows, columns = np.nonzero(picture[..., 0] > 128)
    assert rows.max() - rows.min() + 1 == 24  # fitted to the inner square, proportions kept
    assert 11 <= columns.max() - columns.min() + 1 <= 13
    assert abs((columns.max() + columns.min()) / 2 - 13.5) <= 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_common_formats_are_read(kind):
    assert read_picture(png(bar(0, 255), kind)).max() > 200


def test_transparent_ground_counts_as_ground():
    pixels = np.zeros((60, 60, 4))
    pixels[20:40, 10:50] = (30, 30, 30, 255)
    picture = read_picture(png(pixels))
    assert picture[14, 14, 0] > 200
    assert picture[1, 14, 0] == 0


def test_the_ground_can_be_given():
    light = png(bar(255, 0))
    assert np.array_equal(read_picture(light, ground="light"), read_picture(light))
    assert read_picture(light, ground="dark")[14, 14, 0] < 50


def test_an_empty_picture_gives_black():
    assert read_picture(png(np.full((40, 40), 255))).max() < 60


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an image"),
        (b"hello, I am a text file", "not an image"),
        (b"PK\x03\x04" + bytes(100), "a zip archive"),
        (png(bar(0, 255))[:-30], "damaged"),
        (png(np.zeros((2, 20_000))), "20000 x 2"),
        (bytes(MAX_BYTES + 1), "at most 5 MB"),
    ],
)
def test_bad_files_are_refused_in_words(data, words):
    with pytest.raises(InvalidInputError, match=words):
        read_picture(data)


def test_unknown_ground_lists_the_known_ones():
    with pytest.raises(InvalidInputError, match="auto, dark, light"):
        read_picture(png(bar(0, 255)), ground="green")
