"""What is said of one image, and how its name is read."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core.analyse.placing import Placing
from core.data import dataset_info
from dashboard import image_link, image_words
from dashboard.map_thumbnail import SIDE, frame_of, map_thumbnail, png, share_of_frame

TITLES = ["0 · Bag", "1 · boats · mostly Coat", "no cluster"]
PLACE = Placing(1, 1, 0.25, 0, 0.5, 1234, 7, 0.6123, 0.1249)
NOISE = Placing(-1, 1, 0.25, 0, 0.5, 0, None, None, None)
ALONE = Placing(0, 0, 0.25, None, None, 1, 0, None, None)


@pytest.mark.parametrize(
    ("text", "split", "read"),
    [
        ("1234", "test", "test.1234"), ("1234", "train", "train.1234"), ("test.1234", "train", "test.1234"),
        (" Train image 59,999 ", "test", "train.59999"), ("train 0", "test", "train.0"), ("007", "test", "test.7"), ("#12", "test", "test.12"),
        ("10000", "test", None), ("10000", "train", "train.10000"), ("train.60000", "test", None), ("-1", "test", None), ("", "test", None),
        ("1.5", "test", None), ("test", "test", None), ("validation.3", "test", None), ("9" * 5000, "test", None), ("<b>", "test", None),
        ("12,34", "test", None), ("test.12 34", "test", None),
    ],
)  # fmt: skip
def test_an_image_is_read_as_people_name_it(text, split, read):
    assert image_link.read(text, dataset_info("fashion_mnist"), split) == read


def test_keys_are_made_and_taken_apart():
    assert image_link.image_keys("train", np.array([3, 12])) == ("train.3", "train.12")
    assert image_link.keys_across([("test", 10), ("train", 5)], [0, 9, 10, 14]) == (
        "test.0",
        "test.9",
        "train.0",
        "train.4",
    )
    assert image_link.parts("train.12") == ("train", 12)
    assert image_words.title("train.12") == "Train image 12"


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0, "clearly in"), (0.7, "clearly in"), (0.71, "nearer this one"), (0.9, "nearer this one"), (0.91, "on the border"),
        (1, "on the border"), (1.1, "nearer the centre of another cluster"), (None, "the only cluster"),
    ],
)  # fmt: skip
def test_how_clearly_an_image_is_in_its_cluster(ratio, words):
    assert image_words.border(ratio) == words


def test_the_lines_about_a_cluster():
    assert image_words.cluster_line(PLACE, TITLES, "k-means") == "Cluster 1 · boats · mostly Coat"
    assert (
        image_words.company_line(PLACE, "test", "Shirt")
        == "1,234 test images, purity 61.2 %. Shirt, its own class, makes up 12.5 %."
    )
    own = replace(PLACE, own_share=0.6123)
    assert (
        image_words.company_line(own, "test", "Coat")
        == "1,234 test images, purity 61.2 %: Coat, its own class, is the most frequent."
    )
    assert (
        image_words.distance_line(PLACE, TITLES)
        == "0.250 from its centre, 0.500 from the next, cluster 0 · Bag: clearly in."
    )


def test_the_lines_about_noise_and_one_cluster():
    assert image_words.cluster_line(NOISE, TITLES, "HDBSCAN") == "In no cluster: HDBSCAN takes it for noise."
    assert image_words.company_line(NOISE, "test", "Shirt") == ""
    assert image_words.distance_line(NOISE, TITLES) == (
        "The nearest centre is that of cluster 1 · boats · mostly Coat, at 0.250; 0.500 from the next, cluster 0 · Bag."
    )
    assert image_words.company_line(ALONE, "train", None) == "1 train image."
    assert image_words.distance_line(ALONE, TITLES) == "0.250 from its centre: the only cluster."


@pytest.mark.parametrize(
    ("same", "count", "words"),
    [
        (7, 10, "Its 10 nearest images, train or test: 7 of its class"), (10, 10, "Its 10 nearest images, train or test: all of its class"),
        (0, 10, "Its 10 nearest images, train or test: none of its class"),
        (None, 10, "Its 10 nearest images, train or test"), (1, 1, "Its nearest image, train or test: of its class"),
        (0, 1, "Its nearest image, train or test: of another class"), (0, 0, "It has no neighbours: it is the only image."),
    ],
)  # fmt: skip
def test_what_is_said_of_neighbours(same, count, words):
    assert image_words.neighbours_line(same, count) == words


def test_a_map_as_a_small_picture_has_each_point_in_its_place_and_colour():
    points = np.array([[0, 0], [100, 0], [0, 100], [0, 100], [0, 100]])
    picture = map_thumbnail(points, np.array([0, 1, 1, 0, 0]), ["#ff0000", "#00ff00"])
    side = SIDE // 2  # few points
    assert picture.shape == (side, side, 4)
    assert (picture[..., 3] > 0).sum() == 3
    for point, colour in (((0, 0), [255, 0, 0]), ((100, 0), [0, 255, 0]), ((0, 100), [255, 0, 0])):
        x, y = share_of_frame(frame_of(points), np.array(point))
        assert picture[int(y * side), int(x * side), :3].tolist() == colour
    packed = Image.open(io.BytesIO(base64.b64decode(png(picture).partition(",")[2])))
    assert packed.mode == "P"
    there = np.array(packed.convert("RGBA"))
    assert (there[..., 3] == picture[..., 3]).all()
    assert (there[there[..., 3] > 0] == picture[picture[..., 3] > 0]).all()
    x, y = share_of_frame(frame_of(points), np.array([50, 50]))
    assert (x, y) == pytest.approx((0.5, 0.5))
    assert share_of_frame(frame_of(points), np.array([0, 100]))[1] < 0.1  # above


def test_a_map_of_one_place_is_drawn():
    points = np.zeros((5, 2))
    assert (map_thumbnail(points, np.zeros(5, int), ["#808791"])[..., 3] > 0).sum() == 1
    assert share_of_frame(frame_of(points), points[0]) == (0.5, 0.5)
