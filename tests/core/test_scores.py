"""Scores of a run, each computed from the inputs that it is of: test images, and what was trained on train alone."""

import numpy as np
import pytest

from core import scores, serve
from core.keep.results import NoSettings

SCORES = {one.key: one for one in scores.SCORES}
RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (40, 28, 28, 3), dtype=np.uint8)


def of(key: str, **inputs) -> float:
    """The score as the stages compute it, from inputs by name."""
    return SCORES[key].run(inputs, NoSettings()).values["score"]


@pytest.fixture
def drawn(monkeypatch):
    """A decoder that draws, for the embedding (i,), picture i."""
    monkeypatch.setattr(
        serve, "decode", lambda decoder, rows: PICTURES[rows[:, 0].astype(int)].astype(np.float32) / 255
    )


def test_ssim_compares_each_test_image_with_its_own_drawing(drawn):
    numbers = np.arange(40.0)[:, None]
    assert of("reconstruction_ssim", some_test_images=PICTURES[:10], test_embeddings=numbers, decoder=b"") == 1
    others = of("reconstruction_ssim", some_test_images=PICTURES[:10], test_embeddings=numbers[::-1], decoder=b"")
    assert abs(others) < 0.05  # of noise with other noise


def test_the_pixel_error_is_that_of_all_test_images():
    assert of("reconstruction_mse", test_errors=np.array([0.1, 0.2, 0.6])) == pytest.approx(0.3)


@pytest.mark.parametrize("key", ["linear_probe_accuracy", "knn_accuracy"])
def test_what_is_learnt_from_train_is_scored_on_test(key):
    """On train all is right. Of eight test images, which lie as those do, two carry the other label."""
    rows = np.array([[-1.0, 0], [1.0, 0]] * 20) + RANDOM.normal(0, 0.01, (40, 2))
    labels = np.array([0, 1] * 20)
    tested = labels[:8].copy()
    tested[[0, 5]] = 1 - tested[[0, 5]]
    given = {"train_embeddings": rows, "train_labels": labels, "test_embeddings": rows[:8], "test_labels": tested}
    assert of(key, **given) == 0.75
    assert of(key, **given | {"test_labels": labels[:8]}) == 1
