"""How far each latent number moves between images, and the path from one embedding to another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError

LOW, HIGH, BINS = 1, 99, 24


@dataclass(frozen=True, eq=False)
class LatentNumbers:
    """What the latent numbers of some embeddings are like, one after the other.

    Attributes:
        order: int (latent,), the numbers from the one that varies most (standard deviation) to the one that varies least.
        low, high: float32 (latent,), the 1st and the 99th percentile; the same where a number never changes.
        counts: int (latent, BINS), how many of the embeddings lie in each of so many equal parts from low to high; those outside
            are left out.
    """

    order: np.ndarray
    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray


def describe(embeddings: np.ndarray) -> LatentNumbers:
    """What the latent numbers of these embeddings (n, latent) are like. Raises InvalidInputError for none."""
    if not len(embeddings):
        raise InvalidInputError("There are no embeddings. Expected at least one row.")
    order = np.argsort(-embeddings.std(axis=0, dtype=np.float64), kind="stable")
    low, high = np.percentile(embeddings, [LOW, HIGH], axis=0).astype(np.float32)
    counts = np.zeros((embeddings.shape[1], BINS), np.int64)
    for number, column in enumerate(embeddings.T):
        if low[number] < high[number]:
            counts[number] = np.histogram(column, BINS, (low[number], high[number]))[0]
    return LatentNumbers(order, low, high, counts)


def path(stops: np.ndarray, steps: int) -> np.ndarray:
    """Embeddings on the straight lines from stop to stop, float32 ((s - 1) * steps + 1, latent), each stop among them.

    Args:
        stops: (s, latent), at least one.
        steps: from each stop to the next, at least one.
    """
    stops = np.asarray(stops, np.float64)
    places = np.arange((len(stops) - 1) * steps + 1) / steps
    before = np.minimum(places.astype(int), max(len(stops) - 2, 0))
    after = np.minimum(before + 1, len(stops) - 1)
    part = (places - before)[:, None]
    return ((1 - part) * stops[before] + part * stops[after]).astype(np.float32)


def mean_of(embeddings: np.ndarray, members: np.ndarray | Sequence[int]) -> np.ndarray:
    """The mean of these rows, chosen by a mask or by indices: float32 (latent,), NaN where no row is chosen."""
    rows = embeddings[members]
    if not len(rows):
        return np.full(embeddings.shape[1], np.nan, np.float32)
    return np.asarray(rows.mean(axis=0, dtype=np.float64).astype(np.float32))
