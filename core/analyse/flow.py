"""How images flow from the clusters of one model to those of another: which clusters and streams to draw, where there are many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.analyse.clusterers import NOISE


class Stream(NamedTuple):
    """Images that are in a cluster of `a` and in one of `b`. A side is the cluster's number, NOISE, or OTHER. `fits`: the two are
    matched with each other.
    """

    a: int
    b: int
    images: int
    fits: bool


OTHER = -2  # all clusters of a side that are not drawn, together


@dataclass(frozen=True)
class Flow:
    """What is drawn of a flow.

    Attributes:
        left, right: clusters of `a` and of `b`, those that are matched in the order of their numbers, then the others, NOISE, OTHER;
            those that hold images which are drawn.
        numbers_a, numbers_b: by cluster that is matched, also of those that are not drawn, the number of its pair, from 1.
        streams: the largest first.
        others: images that OTHER shares with what is drawn of the other side, by side.
        elsewhere: images from OTHER to OTHER, which are not drawn.
        unseen: images in streams too many to be drawn, and how many those are.
    """

    left: list[int]
    right: list[int]
    numbers_a: dict[int, int]
    numbers_b: dict[int, int]
    streams: list[Stream]
    others: tuple[int, int]
    elsewhere: int
    unseen: tuple[int, int]


def flow(table: np.ndarray, matched: Sequence[tuple[int, int]], most_clusters: int, most_streams: int) -> Flow:
    """Choose the clusters that the largest streams join, and the largest streams between these and all others.

    Args:
        table: int (k_a + 1, k_b + 1), images that each two clusters share; noise in the last row and column.
        matched: pairs of clusters that fit together; their number is their place, from 1.
        most_clusters: of each side. A pair is drawn on both sides or on neither, as far as its clusters hold images.
        most_streams: in all.
    """
    table = np.asarray(table, np.int64)
    sums_a, sums_b = table.sum(axis=1), table.sum(axis=0)
    numbers_a = {a: number for number, (a, _) in enumerate(matched, 1)}
    numbers_b = {b: number for number, (_, b) in enumerate(matched, 1)}
    # What is drawn together: the pairs, then each cluster without a partner.
    groups: list[tuple[int | None, int | None]] = list(matched)
    groups += [(a, None) for a in range(len(sums_a) - 1) if a not in numbers_a]
    groups += [(None, b) for b in range(len(sums_b) - 1) if b not in numbers_b]
    largest_a, largest_b = table.max(axis=1), table.max(axis=0)
    weights = [max(0 if a is None else largest_a[a], 0 if b is None else largest_b[b]) for a, b in groups]
    filled = [place for place, weight in enumerate(weights) if weight]
    chosen = sorted(sorted(filled, key=lambda place: -weights[place])[:most_clusters])
    left = [a for a, _ in (groups[place] for place in chosen) if a is not None and sums_a[a]]
    right = [b for _, b in (groups[place] for place in chosen) if b is not None and sums_b[b]]
    # Noise is drawn by itself; the last row and column are all that is not drawn.
    left, right = [*left, NOISE, OTHER], [*right, NOISE, OTHER]
    small = _gathered(_gathered(table, left).T, right).T
    elsewhere, small[-1, -1] = int(small[-1, -1]), 0
    others = int(small[-1].sum()), int(small[:, -1].sum())
    fits = dict(matched)
    rows, columns = np.nonzero(small)
    streams = [
        Stream(
            left[row], right[column], int(small[row, column]), left[row] >= 0 and fits.get(left[row]) == right[column]
        )
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    streams.sort(key=lambda one: -one.images)
    unseen = streams[most_streams:]
    return Flow(
        left=[one for one, images in zip(left, small.sum(axis=1), strict=True) if images],
        right=[one for one, images in zip(right, small.sum(axis=0), strict=True) if images],
        numbers_a=numbers_a,
        numbers_b=numbers_b,
        streams=streams[:most_streams],
        others=others,
        elsewhere=elsewhere,
        unseen=(sum(one.images for one in unseen), len(unseen)),
    )


def central(assigned: np.ndarray, distances: np.ndarray, inside: np.ndarray, count: int) -> dict[int, np.ndarray]:
    """By cluster that has any, the indices of at most `count` of its images inside, nearest its centre first.

    Args:
        assigned: int (n,), the cluster of each image, NOISE for none; distances: float (n,), to its centre, NaN for none.
        inside: bool (n,).
    """
    rows = np.flatnonzero(inside)
    rows = rows[np.lexsort((distances[rows], assigned[rows]))]
    clusters, first = np.unique(assigned[rows], return_index=True)
    ends = np.append(first[1:], len(rows))
    return {
        int(cluster): rows[start : min(end, start + count)]
        for cluster, start, end in zip(clusters, first, ends, strict=True)
    }


def _gathered(table: np.ndarray, side: Sequence[int]) -> np.ndarray:
    """The rows of that side, which ends in OTHER: all that are not among them, summed."""
    rows = table[list(side[:-1])]
    return np.vstack([rows, table.sum(axis=0) - rows.sum(axis=0)])
