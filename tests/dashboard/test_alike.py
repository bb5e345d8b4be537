"""More like this: who is compared, which images come first, and what is said of them, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from dashboard import alike, alike_words
from dashboard.alike import Chosen

LABELS = np.array([0, 0, 1, 1])
# Of four images the three others, nearest first, under two models.
PLAIN = np.array([[2, 3, 1], [2, 0, 3], [0, 1, 3], [2, 0, 1]])
GOOD = np.array([[1, 2, 3], [0, 3, 2], [3, 0, 1], [0, 2, 1]])
SHOWN = {"mse": SimpleNamespace(title="Pixel MSE"), "own": SimpleNamespace(title="Perceptual")}


@pytest.fixture(autouse=True)
def _two_nearest(monkeypatch):
    monkeypatch.setattr(alike, "COUNTED", 2)
    monkeypatch.setattr(alike, "SHOWN", 1)


def test_neighbours_of_the_own_class_are_counted_and_images_ranked_by_what_is_gained():
    found = alike.alike({"mse": PLAIN, "own": GOOD}, LABELS)
    # Of two nearest: 0, 1, 0, 1 under the one, 1, 1, 1, 1 under the other.
    assert {key: same.tolist() for key, same in found.same.items()} == {"mse": [0, 1, 0, 1], "own": [1, 1, 1, 1]}
    assert (found.better, found.than) == ("own", "mse")
    assert {name: order.tolist() for name, order in found.orders.items()} == {"helps": [0, 2], "fails": []}
    assert alike.honestly(SHOWN, found) == (
        "On average over all 4 test images, of the 2 nearest **0.5** under Pixel MSE and **1.0** under Perceptual are of the "
        "image's class. Perceptual is better than Pixel MSE for 50 % of the images, equal for 50 %, worse for 0 %."
    )
    assert alike.said(SHOWN, found, "mse", 3) == "1 of its 2 nearest are of its class, 0.5 on average"
    assert alike.order_titles(SHOWN, found) == {
        "helps": (
            "Perceptual is better",
            "Images with more neighbours of their class under Perceptual than under Pixel MSE",
        )
    }  # nowhere is it worse


def test_what_is_seen_settles_ties():
    # One of two is gained for both images 0 and 1; only of image 1 is the one that is shown of its class.
    plain = np.array([[2, 3], [2, 3], [0, 1], [0, 1]])
    good = np.array([[2, 1], [0, 3], [0, 1], [0, 1]])
    assert alike.alike({"a": plain, "b": good}, LABELS).orders["helps"].tolist() == [1, 0]


def test_the_best_of_three_is_compared_with_the_worst():
    nearest = {
        "mid": np.array([[1, 2], [2, 3], [3, 0], [0, 1]]),
        "good": GOOD,
        "bad": np.array([[2, 3], [2, 3], [0, 1], [0, 1]]),
    }
    found = alike.alike(nearest, LABELS)
    assert (found.better, found.than) == ("good", "bad")
    assert found.orders["fails"].tolist() == []


def test_one_model_is_ranked_by_itself():
    found = alike.alike({"mse": PLAIN}, LABELS)
    assert found.better == found.than == "mse"
    # 3 before 1: its nearest is of its class.
    assert {name: order.tolist() for name, order in found.orders.items()} == {
        "helps": [3, 1, 0, 2],
        "fails": [0, 2, 1, 3],
    }
    assert alike.honestly(SHOWN, found) == (
        "On average over all 4 test images, of the 2 nearest **0.5** under Pixel MSE are of the image's class."
    )
    assert [title for title, _ in alike.order_titles(SHOWN, found).values()] == ["Where it works", "Where it fails"]


def test_without_labels_two_models_are_compared_by_the_neighbours_they_share():
    found = alike.alike({"mse": PLAIN, "own": GOOD}, None)
    # Shared: {2,3} {1,2}: 1; {2,0} {0,3}: 1; {0,1} {3,0}: 1; {2,0} {0,2}: 2.
    assert found.shared.tolist() == [1, 1, 1, 2]
    assert {name: order.tolist() for name, order in found.orders.items()} == {
        "helps": [0, 1, 2, 3],
        "fails": [3, 0, 1, 2],
    }
    assert alike.honestly(SHOWN, found) == (
        "On average over all 4 test images, Pixel MSE and Perceptual have **1.2** of the 2 nearest in common."
    )
    assert alike.said(SHOWN, found, "own", 3) == "2 of its 2 nearest are the same as under Pixel MSE, 1.2 on average"


def test_one_model_without_labels_is_only_looked_at():
    found = alike.alike({"mse": PLAIN}, None)
    assert found.orders == {}
    assert "Without labels nothing says" in alike.honestly(SHOWN, found)
    assert alike.chosen("", found) == alike.chosen("fails.2", found) == Chosen(0)


def test_a_text_names_a_place_in_an_order_or_an_image():
    found = alike.alike({"mse": PLAIN, "own": GOOD}, LABELS)
    assert alike.chosen("", found) == Chosen(0, "helps", 1, 2)
    assert alike.chosen("helps.2", found) == Chosen(2, "helps", 2, 2)
    assert alike.chosen("helps.4", found) == Chosen(2, "helps", 2, 2)  # it ends before
    assert alike.chosen("test.3", found) == Chosen(3)
    assert alike.chosen("fails.1", found) == Chosen(0)  # there is none
    assert alike.chosen("nonsense", found) == Chosen(0, "helps", 1, 2)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("helps.1", "helps.1"), ("fails.04", "fails.4"), ("test.0", "test.0"), ("test.3", "test.3"), ("helps.4", "helps.4"),
        ("test.4", None), ("helps.0", None), ("helps.5", None), ("test.-1", None), ("train.1", None), ("", None), ("<b>", None),
    ],
)  # fmt: skip
def test_a_link_names_what_there_can_be_of_four_images(text, meant):
    assert alike.read(text, 4) == meant


def test_fewer_images_have_fewer_neighbours_and_that_is_said():
    assert alike_words.of_nearest(1, 1, 0.77) == "its nearest is of its class; on average 77 % are of it"
    assert alike_words.of_nearest(0, 1, 0.77).startswith("its nearest is of another class; ")
    assert alike_words.place(1, 4093) == "1 of 4,093"
    assert alike_words.shares((0.41, 0.5, 0.09), "A", "B") == (
        "A is better than B for 41 % of the images, equal for 50 %, worse for 9 %."
    )
    assert alike_words.average({"a": 8.8, "b": 7.7, "c": 7.74}, {"a": "A", "b": "B", "c": "C"}, 10, 10_000) == (
        "On average over all 10,000 test images, of the 10 nearest **7.7** under B, **7.7** under C and **8.8** under A are of "
        "the image's class."
    )
