"""Two clusterings of the same images compared: which images they name differently, which clusters fit together, what each class
gains and loses. `a` and `b` are the two `Clustering`s, `split` says whose points are counted.

What is said of names needs labels, and raises InvalidInputError without; all else serves without. Noise (-1) is in no cluster: it
has no name, is right nowhere, and is counted by itself.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.analyse import metrics
from core.analyse.clusterers import NOISE
from core.analyse.clustering import SPLITS, Clustering
from core.analyse.confusion import class_matrix, cross_table
from core.analyse.neighbours import overlap
from core.analyse.steady import steady
from core.checks import check_name
from core.errors import InvalidInputError

NEITHER, ONLY_A, ONLY_B, BOTH = range(4)  # who names an image right, see `verdicts`


class Gain(NamedTuple):
    """What one class gains from `a` to `b`."""

    label: int
    images: int
    share_a: float  # of the class's images that a names right, [0, 1]
    share_b: float
    gained: int  # images that b alone names right
    lost: int  # images that a alone names right

    @property
    def difference(self) -> float:
        """share_b - share_a, [-1, 1]."""
        return self.share_b - self.share_a


@dataclass(frozen=True, eq=False)
class Comparison:
    """All that two runs' clusters say of each other. What needs labels is None without.

    Attributes:
        named_differently, right_only_a, right_only_b: bool (n,), see the functions of these names.
        verdicts: int8 (n,), who names each image right: NEITHER, ONLY_A, ONLY_B or BOTH.
        moved: bool (n,), see `moved`.
        overlap: float32 (n,), of each image's nearest test images in the two latent spaces (`neighbours.overlap`); None for train.
        table: int64 (k_a + 1, k_b + 1), images that each two clusters share; noise in the last row and column.
        matched: pairs of cluster numbers that fit together, see `matched`.
        agreement: see `agreement`.
        gains: by class, the largest gain first.
        confusion_difference: int64 (classes, classes), see the function of this name.
    """

    split: str
    images: int
    named_differently: np.ndarray | None
    right_only_a: np.ndarray | None
    right_only_b: np.ndarray | None
    verdicts: np.ndarray | None
    moved: np.ndarray
    overlap: np.ndarray | None
    table: np.ndarray
    matched: list[tuple[int, int]]
    agreement: dict[str, float]
    gains: list[Gain] | None
    confusion_difference: np.ndarray | None


def compare(
    a: Clustering, b: Clustering, split: str, neighbours: tuple[np.ndarray, np.ndarray] | None = None
) -> Comparison:
    """Compare two clusterings in every way there is. `neighbours`: int (n, k) of a's and b's latent space, by image."""
    labelled = a.labelled and b.labelled
    return Comparison(
        split=split,
        images=len(_same_images(a, b, split)[0]),
        named_differently=named_differently(a, b, split) if labelled else None,
        right_only_a=right_only(a, b, split) if labelled else None,
        right_only_b=right_only(b, a, split) if labelled else None,
        verdicts=verdicts(a, b, split) if labelled else None,
        moved=moved(a, b, split),
        overlap=None if neighbours is None else overlap(*neighbours),
        table=table(a, b, split),
        matched=matched(a, b, split),
        agreement=agreement(a, b, split),
        gains=class_gains(a, b, split) if labelled else None,
        confusion_difference=confusion_difference(a, b, split) if labelled else None,
    )


# --- with labels ---


def named_differently(a: Clustering, b: Clustering, split: str) -> np.ndarray:
    """Images that get another name from the one than from the other: bool (n,). To have none is another than any name."""
    _same_images(a, b, split)
    return a.predicted(split) != b.predicted(split)


def right_only(a: Clustering, b: Clustering, split: str) -> np.ndarray:
    """Images that `a` names right and `b` does not: bool (n,)."""
    return verdicts(a, b, split) == ONLY_A


def verdicts(a: Clustering, b: Clustering, split: str) -> np.ndarray:
    """Who names each image right: NEITHER, ONLY_A, ONLY_B or BOTH, int8 (n,)."""
    _same_images(a, b, split)
    labels = _labels(a, split)
    return ((a.predicted(split) == labels) * ONLY_A + (b.predicted(split) == labels) * ONLY_B).astype(np.int8)


def put_with(found: Clustering, split: str, true: int, named: int) -> np.ndarray:
    """Images of one class that lie in clusters of a class: bool (n,). With `true` as `named` those that are right."""
    return (_labels(found, split) == true) & (found.predicted(split) == named)


def class_gains(a: Clustering, b: Clustering, split: str) -> list[Gain]:
    """For every class that has images, what it gains from `a` to `b`: the largest difference of shares first, then the lower class."""
    said, labels = verdicts(a, b, split), _labels(a, split)
    classes = int(labels.max(initial=0)) + 1
    counts = np.stack([np.bincount(labels[said == who], minlength=classes) for who in range(4)])
    sizes = counts.sum(axis=0)
    gains = [
        Gain(
            label, int(sizes[label]), float((counts[ONLY_A, label] + counts[BOTH, label]) / sizes[label]),
            float((counts[ONLY_B, label] + counts[BOTH, label]) / sizes[label]), int(counts[ONLY_B, label]),
            int(counts[ONLY_A, label]),
        )
        for label in np.flatnonzero(sizes).tolist()
    ]  # fmt: skip
    # Counted in images: shares that are the same could differ by rounding.
    return sorted(gains, key=lambda one: (-(one.gained - one.lost) / one.images, one.label))


def confusion_difference(a: Clustering, b: Clustering, split: str) -> np.ndarray:
    """How many images more `b` names so: int64 (classes, classes), true class by row, name by column. Noise is not in it."""
    _same_images(a, b, split)
    classes = max(found.counts[split].shape[1] for found in (a, b))
    return class_matrix(b, split, classes) - class_matrix(a, split, classes)


# --- without labels ---


def table(a: Clustering, b: Clustering, split: str) -> np.ndarray:
    """Images that each cluster of `a` shares with each of `b`: int64 (k_a + 1, k_b + 1); the last of each is noise."""
    one, other = _same_images(a, b, split)
    return cross_table(one, other, len(a.centroids), len(b.centroids))


@steady()
def matched(a: Clustering, b: Clustering, split: str) -> list[tuple[int, int]]:
    """Clusters of `a` and of `b` that fit together, one to one, so that they share as many images as they can (Kuhn 1955): the
    pair that shares most first, then the lower numbers.

    With another number of clusters the surplus has no partner, nor have clusters that would share no image.
    """
    from scipy.optimize import linear_sum_assignment

    shared = table(a, b, split)[:-1, :-1]
    rows, columns = linear_sum_assignment(shared, maximize=True)
    pairs = [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if shared[row, column]]
    return sorted(pairs, key=lambda pair: (-int(shared[pair]), pair))


def moved(a: Clustering, b: Clustering, split: str) -> np.ndarray:
    """Images whose cluster of `b` is not the one that fits their cluster of `a` (`matched`): bool (n,). What has noise on one
    side alone has moved.
    """
    one, other = _same_images(a, b, split)
    partner = np.full(len(a.centroids) + 1, NOISE - 1)
    for mine, theirs in matched(a, b, split):
        partner[mine] = theirs
    partner[NOISE] = NOISE
    return partner[one] != other


def agreement(a: Clustering, b: Clustering, split: str) -> dict[str, float]:
    """How far two clusterings agree: `ari` at most 1 and 0 for chance, `nmi` and `v_measure` [0, 1], each 1 for the same clusters.

    Images that are noise in either are left out; NaN where none is left. V-measure (Rosenberg and Hirschberg 2007) counts
    homogeneity and completeness alike, and is then NMI by the arithmetic mean.
    """
    shared = table(a, b, split)[:-1, :-1]
    if not shared.any():
        return dict.fromkeys(("ari", "nmi", "v_measure"), float("nan"))
    nmi = metrics.nmi_from_counts(shared)
    return {"ari": metrics.ari_from_counts(shared), "nmi": nmi, "v_measure": nmi}


def noise(a: Clustering, b: Clustering, split: str) -> dict[str, int]:
    """How many images are in no cluster: of `a`, of `b`, of `both`."""
    shared = table(a, b, split)
    return {"a": int(shared[-1].sum()), "b": int(shared[:, -1].sum()), "both": int(shared[-1, -1])}


def _same_images(a: Clustering, b: Clustering, split: str) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each image of the split. Raises InvalidInputError for clusterings of other images."""
    check_name("split", split, SPLITS)
    one, other = a.assignments[split], b.assignments[split]
    if len(one) != len(other):
        raise InvalidInputError(
            f"Clusterings of {len(one)} and {len(other)} {split} images. Expected the same images: compare runs of one image set."
        )
    return one, other


def _labels(found: Clustering, split: str) -> np.ndarray:
    found.predicted(split)  # raises without labels
    assert found.labels is not None
    return found.labels[split]
