"""On which images two models disagree: how many of each kind, and orders to rank them in."""

from typing import NamedTuple

import numpy as np

from core.analyse.compare import BOTH, NEITHER, ONLY_A, ONLY_B, Comparison
from core.errors import InvalidInputError


class Totals(NamedTuple):
    """How many images two clusterings name differently, and how many each names right. `astray`: named differently, both wrong."""

    images: int
    different: int
    right_only_a: int
    right_only_b: int
    both_right: int
    both_wrong: int
    astray: int


def totals(found: Comparison) -> Totals:
    """How many images there are of each kind. Raises InvalidInputError without labels."""
    if found.verdicts is None or found.named_differently is None:
        raise InvalidInputError(
            "These images have no labels, so that none is named right or wrong. Ask for `moved` or `overlap`."
        )
    who = np.bincount(found.verdicts, minlength=4).tolist()
    return Totals(
        images=found.images,
        different=int(found.named_differently.sum()),
        right_only_a=who[ONLY_A],
        right_only_b=who[ONLY_B],
        both_right=who[BOTH],
        both_wrong=who[NEITHER],
        astray=int((found.named_differently & (found.verdicts == NEITHER)).sum()),
    )


def in_common(overlap: np.ndarray, count: int) -> np.ndarray:
    """How many of `count` neighbours are the same in two spaces, int64 (n,), from the Jaccard index of both lists, float (n,).

    m of c and c neighbours in common make an index of m / (2 c - m).
    """
    index = overlap.astype(np.float64)
    return np.rint(2 * count * index / (1 + index)).astype(np.int64)


def ranked(values: np.ndarray, inside: np.ndarray, *, largest_first: bool = False) -> np.ndarray:
    """The images inside by their value: int64 (m,), of those alike the lower index first; images without a value (NaN) last.

    Args:
        values: float (n,).
        inside: bool (n,).
    """
    rows = np.flatnonzero(inside)
    keys = values[rows].astype(np.float64)
    return rows[np.argsort(-keys if largest_first else keys, kind="stable")]
