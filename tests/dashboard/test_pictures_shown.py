"""Pictures on the pages: of any size, in grey and in colour."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from dashboard.components import gallery
from dashboard.components.comparison import compare
from dashboard.components.gallery import Row, error_colours, rows_html, width_on_screen
from dashboard.components.thumbnails import data_uris, images_on_a_sheet, sheet
from tests.dashboard.conftest import as_shown

SHAPES = [(28, 28, 1), (28, 28, 3), (64, 64, 1), (64, 64, 3), (20, 31, 3)]


def some(count, shape):
    return np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8)


def unpacked(png: bytes) -> np.ndarray:
    pixels = np.array(Image.open(io.BytesIO(png)))
    return pixels[..., None] if pixels.ndim == 2 else pixels


@pytest.mark.parametrize("shape", SHAPES)
def test_uris_and_sheets_hold_every_pixel_of_every_channel(shape):
    pictures = some(4, shape)
    for picture, uri in zip(pictures, data_uris(pictures), strict=True):
        assert np.array_equal(unpacked(base64.b64decode(uri.removeprefix("data:image/png;base64,"))), picture)
    found = unpacked(sheet(pictures))
    assert found.shape == (shape[0], 4 * shape[1], shape[2])
    for index, picture in enumerate(pictures):
        assert np.array_equal(found[:, index * shape[1] : (index + 1) * shape[1]], picture)


@pytest.mark.parametrize(
    ("shape", "count"), [((28, 28, 1), 100), ((28, 28, 3), 42), ((64, 64, 3), 8), ((400, 400, 3), 1)]
)
def test_a_sheet_holds_what_is_fetched_quickly(shape, count):
    assert images_on_a_sheet(shape) == count


@pytest.mark.parametrize(
    ("side", "size", "width", "hard"),
    [(28, 72, 72, True), (28, 56, 56, True), (64, 72, 96, False), (200, 72, 128, False)],
)
def test_pictures_are_shown_larger_where_there_is_more_to_see(side, size, width, hard):
    pictures = some(2, (side, side, 3))
    assert width_on_screen(pictures, size) == width
    drawn = re.findall(
        r"<img( class='ll-coarse')? src='[^']*' width='(\d+)' height='(\d+)'",
        rows_html([Row("a", pictures)], size=size),
    )
    assert drawn == [(" class='ll-coarse'" if hard else "", str(width), str(width))] * 2


def test_a_picture_keeps_its_proportions():
    assert "width='72' height='36'" in rows_html([Row("a", some(1, (20, 40, 1)))])


def test_an_error_in_any_channel_is_seen_and_the_scale_is_that_of_the_means(monkeypatch):
    rows: list[Row] = []
    monkeypatch.setattr("dashboard.components.comparison.rows_of_pictures", lambda found, size: rows.extend(found))
    originals = np.zeros((1, 2, 2, 3), np.uint8)
    redrawn = np.zeros((1, 2, 2, 3), np.float32)
    redrawn[0, 0, 0, 2] = 0.9  # only in blue
    compare(originals, {"mse": redrawn}, ["x"], heat=True, shown=as_shown({"mse": None}))
    assert rows[1].captions == [f"{0.81 / 12:.4f}"]
    heat = rows[2].pictures[0]
    assert tuple(heat[0, 0]) == tuple(error_colours(np.array([[[1.0]]]), 1.0)[0, 0, 0])  # the largest there is
    assert not heat[0, 1].any()


def test_errors_go_from_black_through_red_to_yellow():
    black, red, yellow = error_colours(np.array([[[0.0, 0.45, 1.0]]]), 1.0)[0, 0].astype(int)
    assert black.sum() == 0
    assert red[0] > 240 > 40 > red[1]
    assert min(yellow[:2]) > 240
    assert gallery.as_bytes(np.array([0.0, 0.5, 1.2])).tolist() == [0, 128, 255]
