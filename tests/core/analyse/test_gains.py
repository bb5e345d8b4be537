"""Which images one model serves better than another: shares and orders, by hand."""

import numpy as np
import pytest

from core.analyse.gains import better_equal_worse, largest_first
from core.errors import InvalidInputError


def test_shares_of_images_for_which_one_model_is_better_equal_and_worse():
    ours, theirs = np.array([9, 4, 7, 7, 10, 0, 3, 8]), np.array([2, 4, 9, 7, 10, 0, 2, 1])
    assert better_equal_worse(ours, theirs) == (0.375, 0.5, 0.125)
    assert better_equal_worse(theirs, ours) == (0.125, 0.5, 0.375)


@pytest.mark.parametrize(("ours", "theirs"), [([1, 2], [1]), ([], [])])
def test_other_numbers_of_images_are_not_compared(ours, theirs):
    with pytest.raises(InvalidInputError, match="Expected as many"):
        better_equal_worse(np.array(ours), np.array(theirs))


def test_the_largest_come_first_then_by_the_ties_then_by_place():
    values = np.array([1, 5, 5, 5, 0, 5])
    first, second = np.array([0, 1, 3, 1, 9, 1]), np.array([0, 0, 0, 2, 0, 0])
    assert largest_first(values, first, second).tolist() == [2, 3, 1, 5, 0, 4]
    assert largest_first(values).tolist() == [1, 2, 3, 5, 0, 4]
