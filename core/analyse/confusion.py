"""Which classes clusters mix up most, and how the clusters of two models fit together."""

from typing import NamedTuple

import numpy as np

from core.analyse.clustering import Clustering, contingency


class Mixup(NamedTuple):
    """Images of one class that lie in clusters of another."""

    true: int
    said: int
    images: int
    share: float  # of the images of the true class


def class_matrix(found: Clustering, split: str, classes: int) -> np.ndarray:
    """Counts, int64 (classes, classes): true class by row, class of the cluster by column; also for classes that no image has."""
    matrix = found.confusion(split)
    return np.pad(matrix, (0, classes - len(matrix)))


def mixups(matrix: np.ndarray) -> list[Mixup]:
    """All mix-ups of a matrix (classes, classes), the most images first; of as many, the lower classes first."""
    wrong = np.array(matrix)
    np.fill_diagonal(wrong, 0)
    true, said = np.nonzero(wrong)
    images, shares = wrong[true, said], wrong[true, said] / matrix.sum(axis=1)[true]
    order = np.argsort(-images, kind="stable")
    columns = (true, said, images, shares)
    return [Mixup(*row) for row in zip(*(column[order].tolist() for column in columns), strict=True)]


def most_confused(matrix: np.ndarray, most: int) -> np.ndarray:
    """The classes that take part in most mix-ups, whichever way: at most so many, in rising order."""
    wrong = np.array(matrix)
    np.fill_diagonal(wrong, 0)
    return np.sort(np.argsort(-(wrong.sum(axis=0) + wrong.sum(axis=1)), kind="stable")[:most])


def confused_with(matrix: np.ndarray, one: int, most: int) -> np.ndarray:
    """A class and those it is mixed up with most, whichever way: at most so many in all, in rising order."""
    both = np.array(matrix[one] + matrix[:, one], np.int64)
    both[one] = both.max(initial=0) + 1
    order = np.argsort(-both, kind="stable")[:most]
    return np.sort(order[both[order] > 0])


def cross_table(one: np.ndarray, other: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """How many images each cluster of one model shares with each of another: int64 (rows + 1, columns + 1).

    Args:
        one, other: int (n,), the cluster of each image; -1 for none, which is counted in the last row or column.
    """
    return contingency(one % (rows + 1), other % (columns + 1), rows + 1, columns + 1)


def largest_first(table: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns of a table to show, int64 each, at most so many, those with the largest sums and none that are empty.

    Rows come in the order of their sums, the largest first; columns in the order of the rows that they share most with, and
    of one row the column that shares most with it first.
    """
    sums = table.sum(axis=1)
    rows = np.argsort(-sums, kind="stable")[: min(most, np.count_nonzero(sums))]
    totals = table.sum(axis=0)
    columns = np.argsort(-totals, kind="stable")[: min(most, np.count_nonzero(totals))]
    shared = table[np.ix_(rows, columns)]
    order = np.lexsort((-shared.max(axis=0, initial=0), shared.argmax(axis=0)))
    return rows, columns[order]
