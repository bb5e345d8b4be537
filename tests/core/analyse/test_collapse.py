"""Models that tell nothing apart are noticed; noise, units and a few outliers mislead nobody."""

import numpy as np
import pytest

import core
from core.analyse.collapse import collapse
from core.errors import InvalidInputError
from core.keep.run import Run
from core.paths import BUNDLED

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), np.uint8)
DRAWINGS = IMAGES / np.float32(255)
EMBEDDINGS = np.random.default_rng(1).normal(size=(200, 5))


@pytest.mark.parametrize("value", [0, 1, 0.1, 1e-30, 1e20])
def test_embeddings_that_are_all_alike_have_collapsed(value):
    assert collapse(np.full((200, 5), value, np.float32), DRAWINGS, IMAGES) == "embeddings"


def test_rounding_and_a_few_other_embeddings_do_not_hide_a_collapse():
    almost = 7 + 1e-4 * EMBEDDINGS
    almost[::50] = 90
    assert collapse(almost) == "embeddings"


@pytest.mark.parametrize("unit", [1e-30, 1, 1e20])
@pytest.mark.parametrize("offset", [0, 30])
def test_embeddings_that_differ_have_not(unit, offset):
    assert collapse((EMBEDDINGS + offset) * unit, DRAWINGS, IMAGES) is None


def test_drawings_that_are_all_alike_have_collapsed():
    one = np.repeat(DRAWINGS[:1], 16, axis=0)
    assert collapse(EMBEDDINGS, one, IMAGES) == "drawings"
    assert collapse(EMBEDDINGS, one * 0.99 + 0.01 * DRAWINGS, IMAGES) == "drawings"
    assert collapse(EMBEDDINGS, one * 0.8 + 0.2 * DRAWINGS, IMAGES) is None


def test_drawings_of_noise_have_not_while_they_differ():
    assert collapse(EMBEDDINGS, np.random.default_rng(2).random(DRAWINGS.shape), IMAGES) is None


def test_one_image_or_images_that_are_alike_themselves_say_nothing():
    assert collapse(EMBEDDINGS[:1], DRAWINGS[:1], IMAGES[:1]) is None
    assert collapse(EMBEDDINGS, np.repeat(DRAWINGS[:1], 16, axis=0), np.repeat(IMAGES[:1], 16, axis=0)) is None


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(InvalidInputError, match="not finite"):
        collapse(EMBEDDINGS, np.where(DRAWINGS > 0.5, np.nan, DRAWINGS), IMAGES)


def test_no_bundled_model_has_collapsed(monkeypatch):
    monkeypatch.setattr("core.keep.runs.BUNDLED", BUNDLED)
    runs: list[Run] = [run for run in core.list_runs()[0] if run.bundled]
    images = core.data.read_part("fashion_mnist", "test_images")[:16]
    assert len(runs) == 12
    assert [collapse(run.test_embeddings, run.decode(run.test_embeddings[:16]), images) for run in runs] == [None] * 12
