"""Embeddings as maps, clusterings and scores take them: checked, and of a magnitude whose squares floats hold."""

import numpy as np

from core.errors import InvalidInputError

# Embeddings are kept in single precision: larger values, or differences smaller than its smallest number, it does not hold.
LARGEST, SMALLEST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).smallest_subnormal)
# Single precision serves rows that reach so far from each other, and lie no farther from zero than so many times that.
_LEAST_REACH, _MOST_REACH = 1e-6, 1e6
_MOST_OFFSET = 100


def checked(rows: np.ndarray, what: str = "The embeddings") -> np.ndarray:
    """`rows` as float32 or float64 (n, columns); half precision becomes single, whole numbers double.

    Raises InvalidInputError for another number of axes, no rows or columns, no real numbers, values that are not finite or
    larger than single precision holds, and rows that differ by less than it holds.
    """
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.size == 0 or rows.dtype.kind not in "fiub":
        raise InvalidInputError(
            f"{what} are an array of shape {rows.shape} and type {rows.dtype}. Expected real numbers of shape "
            "(rows, columns), at least one of each."
        )
    if rows.dtype not in (np.float32, np.float64):
        rows = rows.astype(np.float32 if rows.dtype == np.float16 else np.float64)
    check_magnitudes(rows, what)
    return rows


def check_magnitudes(rows: np.ndarray, what: str) -> None:
    """Raise InvalidInputError where floats `rows`, (n, columns), hold what single precision does not."""
    low, high = float(rows.min()), float(rows.max())
    if not np.isfinite([low, high]).all():
        raise InvalidInputError(
            f"{what} hold values that are not finite. Expected numbers: choose a run whose training converged, or leave "
            "those rows out."
        )
    if max(-low, high) > LARGEST:
        raise InvalidInputError(
            f"{what} hold values from {low:g} to {high:g}. Expected at most {LARGEST:g} in size, the most that single "
            "precision holds: divide them by a number."
        )
    if rows.dtype == np.float64 and 0 < _reach(rows) < SMALLEST:
        raise InvalidInputError(
            f"{what} differ by {_reach(rows):g} at the most. Expected at least {SMALLEST:g}, the least that single "
            "precision holds: multiply them by a number."
        )


def alike(rows: np.ndarray) -> bool:
    """Whether all rows (n, columns) are the same."""
    return _reach(rows) == 0


def ordinary(rows: np.ndarray) -> bool:
    """Whether single precision serves for distances between the rows (n, columns): neither over- nor underflow, and rows
    that lie no farther from zero than their differences bear."""
    reach = _reach(rows)
    return _LEAST_REACH <= reach <= _MOST_REACH and float(np.abs(rows).max()) <= _MOST_OFFSET * reach


def levelled(rows: np.ndarray) -> tuple[np.ndarray, float]:
    """Rows with the same distances between them up to a factor, and that factor.

    Ordinary rows are returned as they are, with 1; others as float64 (n, columns) with the first row at zero and the largest
    value between 1 and 2, so that every distance can be squared. The factor is a power of two: nothing is rounded.
    """
    if ordinary(rows):
        return rows, 1.0
    moved = rows - rows[0].astype(np.float64)
    exponent = int(np.frexp(np.abs(moved).max())[1]) - 1
    return np.ldexp(moved, -exponent), 2.0**exponent


def _reach(rows: np.ndarray) -> float:
    """The largest difference in any column."""
    return float((rows.max(axis=0).astype(np.float64) - rows.min(axis=0)).max())
