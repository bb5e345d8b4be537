"""Which of several models sorts better: errors of a difference, levels and groups, by hand."""

import math

import numpy as np
import pytest

from core.analyse.ranking import Sorted, best_and_worst, difference_error, level
from core.errors import InvalidInputError


def flags(text: str) -> np.ndarray:
    return np.array([letter == "1" for letter in text])


def of(right: int, images: int = 1000, *starts: float) -> Sorted:
    """A model that sorts the first so many images right."""
    return Sorted(np.arange(images) < right, starts)


def test_images_that_both_sort_alike_say_nothing_of_the_difference():
    # Differences 1, 0, 0, -1, 1, 0, 0, 0: mean 1/8, mean square 3/8.
    found = difference_error(flags("11001000"), flags("01010000"))
    assert found == pytest.approx(math.sqrt((3 / 8 - 1 / 64) / 8))
    assert difference_error(flags("1100"), flags("1100")) == 0


@pytest.mark.parametrize(("one", "other"), [("11", "1"), ("", "")])
def test_other_images_are_not_compared(one, other):
    with pytest.raises(InvalidInputError, match="Expected the same images"):
        difference_error(flags(one), flags(other))


# Of 1,000 images m more are right: a difference of m/1000, with a standard error of sqrt(m/1000 (1 - m/1000) / 1000). Three
# come to .003 against 1.96 * .00173 = .0034, four to .004 against 1.96 * .002 = .0039.
@pytest.mark.parametrize(("more", "told_apart"), [(0, False), (3, False), (4, True)])
def test_a_difference_counts_beyond_its_95_percent_interval(more, told_apart):
    assert level(of(500), of(500 + more)) != told_apart
    assert level(of(500 + more), of(500)) != told_apart


@pytest.mark.parametrize(
    ("ahead", "behind", "alike"),
    [
        ((0.70, 0.72), (0.60, 0.69), False),
        ((0.70, 0.72), (0.60, 0.70), True),  # the last of one start is the first of another
        ((0.70, 0.72), (), False),
        ((), (0.60, 0.90), False),
    ],
)
def test_models_are_level_whose_order_changes_with_the_start(ahead, behind, alike):
    one, other = of(700, 1000, *ahead), of(600, 1000, *behind)
    assert level(one, other) == level(other, one) == alike


def test_the_best_and_the_worst_are_named_with_those_level_with_them():
    models = {"a": of(712, 1000, 0.70, 0.72), "b": of(880, 1000, 0.87, 0.88), "c": of(720, 1000, 0.71, 0.73)}
    assert best_and_worst(models) == (["b"], ["c", "a"])
    assert best_and_worst({name: models[name] for name in ("a", "b")}) == (["b"], ["a"])
    assert best_and_worst({name: models[name] for name in ("a", "c")}) == ([], [])
    assert best_and_worst({"a": models["a"]}) == best_and_worst({}) == ([], [])


def test_a_model_between_that_is_level_with_both_is_neither():
    models = {"low": of(600, 1000, 0.60, 0.64), "mid": of(650, 1000, 0.63, 0.67), "high": of(700, 1000, 0.66, 0.70)}
    assert best_and_worst(models) == (["high"], ["low"])
