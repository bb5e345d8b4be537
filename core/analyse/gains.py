"""Which images one model serves better than another, by a number an image each."""

import numpy as np

from core.errors import InvalidInputError


def better_equal_worse(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float, float]:
    """Shares of the images for which `ours` is above, the same as and below `theirs`; both (n,). They add up to 1.

    Raises InvalidInputError for no images, or for other numbers of them.
    """
    if ours.shape != theirs.shape or not ours.size:
        raise InvalidInputError(
            f"There are numbers of {ours.shape} images and of {theirs.shape}. Expected as many, at least one: take those of one "
            "image set."
        )
    above, below = float((ours > theirs).mean()), float((ours < theirs).mean())
    return above, float((ours == theirs).mean()), below


def largest_first(values: np.ndarray, *ties: np.ndarray) -> np.ndarray:
    """Indices from the largest of `values` (n,) to the smallest, int64 (n,). Where they are equal the larger of the first of
    `ties` (n,) comes first, then of the next; of those that are equal in all the smaller index.

    Shares that are to count as equal are given as whole numbers, such as counts: .3 - .2 is not .2 - .1.
    """
    return np.lexsort([-np.asarray(one) for one in (*ties[::-1], values)])
