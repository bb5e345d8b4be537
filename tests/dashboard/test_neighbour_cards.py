"""Cards of images with their neighbours under two models, as HTML."""

import base64
import io
import re

import numpy as np
from PIL import Image

from dashboard.components.neighbour_cards import Card, Neighbour, Side, cards_html

NEAR = [Neighbour(7, "<b>coat", True, False), Neighbour(5, "shirt", False, True)]
CARDS = [
    Card(5, "shirt", "1 of 15 in common", [
        Side("A", "Pixel <MSE>", "#d55e00", "✓ shirt", "cluster 3", NEAR), Side("B", "Other", "#009e73", "✗ <b>coat", "", NEAR[1:]),
    ])
]  # fmt: skip


def test_odd_neighbours_are_marked_in_words_and_names_are_no_html():
    found = cards_html(CARDS, np.array([5, 7]), np.zeros((2, 28, 28, 1), np.uint8))
    assert "Pixel &lt;MSE&gt;: ✓ shirt · cluster 3" in found
    assert "Other: ✗ &lt;b&gt;coat" in found
    assert "<b>coat" not in found
    (odd,) = re.findall(r"<figure class='odd'.*?</figure>", found)
    assert "data-image='test.7'" in odd
    assert "alt='&lt;b&gt;coat, test image 7, another class'" in odd
    assert "<i aria-hidden='true'>✗</i><figcaption>&lt;b&gt;coat</figcaption>" in odd
    both = re.findall(r"<figure class='both'.*?</figure>", found)
    assert len(both) == 2
    assert all("near under both" in one and "figcaption" not in one and "✗" not in one for one in both)


def test_without_pictures_images_are_named_by_their_numbers():
    found = cards_html(CARDS, np.array([5, 7]), None)
    assert "<img" not in found
    assert re.findall(r"data-image='(.*?)'", found) == ["test.5", "test.7", "test.5", "test.5"]
    assert re.findall(r"<span class='row'>(.*?)</span>", found) == ["5", "7", "5", "5"]


def test_large_pictures_in_colour_are_brought_down_to_what_is_seen():
    pictures = np.zeros((2, 400, 200, 3), np.uint8)
    pictures[1] = (200, 100, 50)
    found = cards_html(CARDS, np.array([5, 7]), pictures)
    uri = re.search(r"data-image='test.7'.*?base64,(.*?)'", found)[1]
    picture = Image.open(io.BytesIO(base64.b64decode(uri)))
    assert picture.size == (48, 96)
    assert picture.getpixel((20, 40)) == (200, 100, 50)
    assert " class='coarse'" not in found
