"""The overview's headline: the best first, the worst last, and no difference where the numbers bear none out."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.analyse.ranking import Sorted
from dashboard.words import headline, over_starts

SHOWN = {
    key: SimpleNamespace(title=title)
    for key, title in (("mse", "Pixel MSE"), ("bce", "Cross-entropy"), ("own", "Perceptual"))
}


def models(**given) -> dict[str, Sorted]:
    """Models by the share of 10,000 images that each sorts right, always the first, and by shares with other starts."""
    return {key: Sorted(np.arange(10_000) < 10_000 * share, starts) for key, (share, *starts) in given.items()}


def of(collapsed=(), **given) -> str:
    """The headline, with plain spaces."""
    return headline(models(**given), SHOWN, collapsed).replace("\u00a0", " ")


def test_the_best_is_named_first_and_the_worst_last_in_whatever_order_they_come():
    given = {"mse": (0.712,), "own": (0.880,), "bce": (0.742,)}
    words = "Perceptual sorts 88 % of the images into groups of their own kind, Pixel MSE 71 %"
    assert of(**given) == words
    assert of(**dict(reversed(given.items()))) == words


def test_models_whose_order_changes_with_the_start_are_named_together():
    given = {"mse": (0.712, 0.70, 0.72), "own": (0.880, 0.87, 0.88), "bce": (0.718, 0.71, 0.73)}
    assert of(**given) == (
        "Perceptual sorts 88 % of the images into groups of their own kind, Cross-entropy and Pixel MSE 71 to 72 %"
    )
    assert of(mse=given["mse"], bce=given["bce"]) == (
        "Pixel MSE and Cross-entropy are level: each sorts 71 to 72 % of the images into groups of their own kind"
    )
    assert of(own=given["own"], bce=(0.875, 0.86, 0.89), mse=given["mse"]) == (
        "Perceptual and Cross-entropy sort 88 % of the images into groups of their own kind, Pixel MSE 71 %"
    )


@pytest.mark.parametrize(("more", "told"), [(3, False), (4, True)])  # of 10,000 images: see `test_ranking`
def test_a_difference_is_told_only_beyond_its_95_percent_interval(more, told):
    words = of(mse=(0.5,), own=(0.5 + more / 10_000,))
    assert words.startswith("Perceptual sorts 50 %") == told
    assert ("are level" in words) != told


def test_one_model_is_compared_with_none():
    assert of(mse=(0.712,)) == "Pixel MSE sorts 71 % of the images into clusters of their class"


def test_a_model_that_has_collapsed_is_neither_praised_nor_compared():
    assert of(collapsed=["own"], own=(0.9,), mse=(0.712,)) == (
        "Pixel MSE sorts 71 % of the images into clusters of their class"
    )
    assert of(collapsed=["own"], own=(0.9,)).startswith("What has collapsed sorts nothing")
    assert of().startswith("The labels are names given to these clusters")


def test_what_other_starts_make_of_it_is_said_or_that_it_is_open():
    known = models(mse=(0.712, 0.706, 0.719, 0.711), own=(0.880, 0.8712, 0.8818, 0.88))
    assert over_starts(known, SHOWN, "kmeans") == (
        "Over 3 starts of k-means: 70.6 to 71.9 % for Pixel MSE and 87.1 to 88.2 % for Perceptual."
    )
    half = models(mse=(0.712, 0.706, 0.719), own=(0.880,))
    assert over_starts(half, SHOWN, "kmeans") == (
        "k-means starts at random: whether the order of these models holds with other starts is not tried yet."
    )
    assert over_starts(models(mse=(0.712,)), SHOWN, "kmeans") == over_starts({}, SHOWN, "kmeans") == ""
