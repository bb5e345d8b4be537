"""What *Add pictures* says."""

from dataclasses import replace

import numpy as np
import pytest

from core.data import ImageSetInfo
from core.data.own import Preview, Skipped
from dashboard import picture_preview, picture_sets
from dashboard.picture_choice import title_of
from dashboard.preview_process import pack, unpack

PREVIEW = Preview(
    kind="folder", found=1234, looked_at=1234, smallest=(24, 30), largest=(400, 300),
    kinds={"JPEG, colour, 8 bits": 34, "PNG, grey, 8 bits, transparent": 1200}, shape=(32, 48, 3),
    class_counts={"cat": 1000, "dog": 234}, samples=np.arange(2 * 32 * 48 * 3, dtype=np.uint8).reshape(2, 32, 48, 3),
    sample_names=("cat/1.png", "dog/1.jpg"), sample_labels=("cat", "dog"),
    skipped=(Skipped("damaged", 3, ("cat/9.png: cut short", "cat/10.png")), Skipped("other files", 1, ())),
    train_size=987, validation_size=98, test_size=247, epochs=12, notes=("One.", "Two."),
)  # fmt: skip
INFO = ImageSetInfo(
    "own-0123456789abcdef", "Pets", ("cat", "dog"), False, 987, 247, 98, "", shape=(32, 48, 3), own=True
)


def test_a_preview_comes_back_from_its_process_as_it_was():
    found = unpack(pack(PREVIEW))
    assert np.array_equal(found.samples, PREVIEW.samples)
    assert found.samples.dtype == np.uint8
    assert vars(replace(found, samples=None)) == vars(replace(PREVIEW, samples=None))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "1,234 pictures in 2 classes"),
        ({"found": 1, "class_counts": {"cat": 1}}, "1 picture in 1 class"),
        ({"class_counts": {}}, "1,234 pictures without labels"),
    ],
)
def test_the_headline_counts_pictures_and_classes(changed, words):
    assert picture_preview.headline(replace(PREVIEW, **changed)) == words


def test_the_originals_are_told_by_size_and_the_commonest_kinds_first():
    words = picture_preview.originals(PREVIEW).replace("\\", "")
    assert words == "From 24×30 to 400×300 pixels. PNG, grey, 8 bits, transparent; JPEG, colour, 8 bits."
    alike = replace(PREVIEW, largest=(24, 30), kinds={f"kind {number}": number for number in range(6)})
    words = picture_preview.originals(alike).replace("\\", "")
    assert words == "All of 24×30 pixels. kind 5; kind 4; 4 other kinds."


def test_width_comes_before_height_as_people_say_it():
    assert picture_preview.as_seen(PREVIEW) == "48×32 pixels, in colour"
    assert picture_preview.as_seen(replace(PREVIEW, shape=(28, 28, 1))) == "28×28 pixels, grey"


def test_the_split_is_told_with_what_is_kept_back():
    assert picture_preview.split(PREVIEW) == (
        "987 for training, of them 98 kept back to judge settings by; 247 for testing."
    )


def test_a_set_is_told_in_one_line():
    assert picture_sets.facts(INFO, 3_210_000, 1) == (
        "1,234 pictures (247 of them for testing) · 48×32 colour · 2 classes · 3.21 MB · 1 run"
    )
    plain = replace(INFO, class_names=(), shape=(28, 28, 1))
    assert picture_sets.facts(plain, 840, 0).endswith("28×28 grey · no labels · 1 kB · no runs")


@pytest.mark.parametrize(
    ("size", "words"), [(12_345, "12 kB"), (999_000, "999 kB"), (3_240_000, "3.24 MB"), (1_228_800_000, "1.23 GB")]
)
def test_sizes_are_told_as_people_say_them(size, words):
    assert picture_sets.size_text(size) == words


@pytest.mark.parametrize(
    ("page", "here", "there", "words"),
    [(1, 1, 1, "1 picture"), (1, 60, 60, "60 pictures"), (1, 60, 130, "1 to 60 of 130 pictures"), (3, 10, 130, "121 to 130 of 130 pictures")],
)  # fmt: skip
def test_a_page_of_the_gallery_says_where_it_is(page, here, there, words):
    assert picture_sets.shown_words(page, here, there) == words


@pytest.mark.parametrize(
    ("path", "title"),
    [("/a/tux_paint-stamps", "Tux paint stamps"), ("/a/pets.zip", "Pets"), ("/a/train.idx3.gz", "Train"), ("/a/.arriving-0f", "My pictures")],
)  # fmt: skip
def test_a_set_is_first_named_after_its_file(path, title):
    assert title_of(path) == title
