"""The overview's headline: the best first, the worst last, and no difference where the numbers bear none out."""

from types import SimpleNamespace

import pytest

from dashboard.words import headline

SHOWN = {
    key: SimpleNamespace(title=title)
    for key, title in (("mse", "Pixel MSE"), ("bce", "Cross-entropy"), ("own", "Perceptual"))
}


def of(**scores):
    """The headline for an accuracy and a standard error each, with plain spaces."""
    given = {key: {"accuracy": accuracy, "error": error} for key, (accuracy, error) in scores.items()}
    return headline(given, {key: SHOWN[key] for key in given}).replace("\u00a0", " ")


def test_the_best_is_named_first_and_the_worst_last_in_whatever_order_they_come():
    scores = {"mse": (0.712, 0.0045), "own": (0.880, 0.0033), "bce": (0.718, 0.0045)}
    words = "Perceptual sorts 88 % of the images into groups of their own kind, Pixel MSE 71 %"
    assert of(**scores) == words
    assert of(**dict(reversed(scores.items()))) == words


@pytest.mark.parametrize(("gap", "told"), [(0.0112, False), (0.0114, True)])  # two standard errors of it: .011314
def test_a_difference_is_told_only_beyond_two_standard_errors_of_it(gap, told):
    words = of(mse=(0.5, 0.004), own=(0.5 + gap, 0.004))
    assert words.startswith("Perceptual sorts 51 %") == told
    assert ("within the noise" in words) != told


def test_one_model_is_compared_with_none():
    assert of(mse=(0.712, 0.0045)) == "Pixel MSE sorts 71 % of the images into clusters of their class"
