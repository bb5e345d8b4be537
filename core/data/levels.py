"""Numbers of unknown scale as levels of brightness, from 0 (black) to 255 (white)."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_NUMBERS = (math.inf, -math.inf)


def extremes(arrays: Iterable[NDArray[Any]]) -> tuple[float, float]:
    """The smallest and the largest finite number of all arrays; NO_NUMBERS where there is none."""
    low, high = NO_NUMBERS
    for array in arrays:
        finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return low, high


def value_range(low: float, high: float) -> tuple[float, float]:
    """What is black and what is white among numbers between these: the first of 0..1, 0..255, 0..65535 that holds them, else
    their own range. 0..1 for NO_NUMBERS.
    """
    return next(((0, most) for most in (1, 255, 65535) if low >= 0 and high <= most), (low, high))


def as_levels(numbers: NDArray[Any], black: float, white: float) -> NDArray[np.uint8]:
    """Numbers as uint8 of the same shape; those beyond black or white become these, and what is no number black."""
    scaled = (numbers.astype(np.float64) - black) * (255 / ((white - black) or 1))
    return np.nan_to_num(scaled).round().clip(0, 255).astype(np.uint8)
