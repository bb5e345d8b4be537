"""A single picture of a user's own, brought to what the models of a set take."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from core.data import Framing, dataset_info, read_part
from core.data.picture import MAX_BYTES, read_picture
from core.errors import InvalidInputError


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


WHITE_ON_NOTHING = np.zeros((60, 60, 4))
WHITE_ON_NOTHING[20:40, 10:50] = 255


@pytest.mark.parametrize("shade", [0, 30, 128, 225, 255])
def test_a_thing_on_transparent_ground_stands_out_whatever_its_shade(shade):
    pixels = WHITE_ON_NOTHING.copy()
    pixels[..., :3] *= shade / 255
    picture = read_picture(png(pixels))
    assert picture[14, 14, 0] > 200
    assert picture[1, 14, 0] == 0


def test_an_opaque_picture_with_clear_corners_is_judged_by_its_own_ground():
    pixels = np.dstack([*[bar(255, 0)] * 3, np.full((80, 120), 255)])
    pixels[:5, :5, 3] = pixels[-5:, -5:, 3] = 0
    assert np.array_equal(read_picture(png(pixels)), read_picture(png(bar(255, 0))))


# --- nothing to be seen --------------------------------------------------------------------------------------------

RANDOM = np.random.default_rng(0)
SPECK = np.zeros((100, 100))
SPECK[50, 50] = 255
PLUS = np.full((600, 600), 255)
PLUS[10:590, 300] = PLUS[300, 10:590] = 0


@pytest.mark.parametrize("ground", ["auto", "dark", "light"])
@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.full((40, 40), 255), "one shade"),
        (np.zeros((40, 40)), "one shade"),
        (np.full((40, 40), 77), "one shade"),
        (np.zeros((1, 1)), "one shade"),
        (np.full((1, 1), 255), "one shade"),
        (np.full((1, 3000), 200), "one shade"),
        (250 + RANDOM.integers(-3, 4, (120, 120)), "one shade"),
        (np.linspace(250, 253, 100)[None].repeat(100, 0), "one shade"),
        (np.zeros((50, 50, 4)), "transparent"),
        (SPECK, "speck of 1 x 1 pixels"),
        (PLUS, "so thin"),
    ],
)
def test_a_picture_in_which_nothing_is_seen_is_not_classified(pixels, words, ground):
    if ground == "dark" and pixels is PLUS:
        pixels = 255 - PLUS
    if ground == "light" and pixels is SPECK:
        pixels = 255 - SPECK
    with pytest.raises(InvalidInputError, match=f"{words}.*Expected one thing.*: .*"):
        read_picture(png(pixels), ground=ground)


def test_what_does_not_stand_out_from_the_chosen_ground_is_said_with_the_way():
    with pytest.raises(InvalidInputError, match="choose another ground than light"):
        read_picture(png(WHITE_ON_NOTHING), ground="light")
    assert read_picture(png(WHITE_ON_NOTHING), ground="dark")[14, 14, 0] == 255


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("ground", ["auto", "dark", "light"])
@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: 255 - image,
        lambda image: 110 + image * 15 / 255,  # hardly any contrast
        lambda image: 200 - image * 15 / 255,
        lambda image: image[30:110, 30:110],  # fills the frame
        lambda image: 255 - image[30:110, 30:110],
        lambda image: np.pad(image, 300),  # small in a large frame
    ],
)
def test_photos_of_clothes_are_never_taken_for_blank(change, ground, kind):
    for image in read_part("fashion_mnist", "test_images")[:10]:
        large = np.asarray(Image.fromarray(image[..., 0]).resize((140, 140), Image.Resampling.BICUBIC), float)
        assert read_picture(png(change(large), kind), ground=ground).max() > 100


def test_a_white_thing_that_leaves_next_to_no_ground_is_seen():
    pixels = np.full((100, 100), 255)
    pixels[:20, :20] = 0
    picture = read_picture(png(pixels), ground="dark")
    assert picture[14, 14, 0] == 255
    assert picture[3, 3, 0] == 0


def test_a_drawing_in_thin_lines_is_seen():
    assert read_picture(png(PLUS[::3, ::3])).max() > 20


# --- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello, I am a text file", "not an image"),
        (png(bar(0, 255))[:-30], "damaged"),
        (bytes(MAX_BYTES + 1), "at most 5 MB"),
    ],
)
def test_bad_files_are_refused_in_words(data, words):
    with pytest.raises(InvalidInputError, match=words):
        read_picture(data)


@pytest.mark.parametrize("data", [png(bar(0, 255)), b"no picture"])
def test_unknown_ground_lists_the_known_ones(data):
    with pytest.raises(InvalidInputError, match=r"'green'.*auto, dark, light"):
        read_picture(data, ground="green")


# --- for a set of the user's own -----------------------------------------------------------------------------------


def in_own_set(shape, fit="fit", ground="#0000ff"):
    info = dataset_info("digits")
    return dataclasses.replace(info, shape=shape, own=True, framing=Framing(fit, ground))


def test_a_picture_for_a_colour_set_keeps_its_colour_and_gets_the_sets_ground():
    red = np.zeros((40, 80, 3), np.uint8)
    red[..., 0] = 200
    seen = read_picture(png(red), in_own_set((64, 64, 3)))
    assert seen.shape == (64, 64, 3)
    assert (seen[16:48] == (200, 0, 0)).all()
    assert (seen[:16] == (0, 0, 255)).all()


def test_a_picture_for_a_grey_set_is_no_more_inverted_than_the_sets_own():
    grey = np.full((32, 32), 250, np.uint8)
    grey[8:24, 8:24] = 10
    np.testing.assert_array_equal(read_picture(png(grey), in_own_set((32, 32, 1)))[..., 0], grey)
    cropped = read_picture(png(np.hstack([grey, grey, grey])), in_own_set((32, 32, 1), fit="crop"))
    np.testing.assert_array_equal(cropped[..., 0], grey)


def test_a_picture_for_a_published_set_is_as_ever():
    picture = png(bar(255, 30))
    np.testing.assert_array_equal(read_picture(picture, dataset_info("digits")), read_picture(picture))


def test_a_picture_of_one_shade_is_refused_for_an_own_set_too():
    with pytest.raises(InvalidInputError, match="Nothing can be seen"):
        read_picture(png(np.full((30, 30, 3), 77, np.uint8)), in_own_set((28, 28, 3)))
