"""Which of several models sorts images better, and which are level: on the same images, and over several starts of the clusterer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInputError

# A normal distribution has 95 % of its weight within so many standard errors.
WITHIN_95 = 1.96


@dataclass(frozen=True, eq=False)
class Sorted:
    """How a model sorts the images of a split.

    Attributes:
        right: bool (n,): whether each image is in a cluster of its class.
        starts: the share of such images with each of several seeds of the clusterer; empty where that is not known.
    """

    right: np.ndarray
    starts: Sequence[float] = ()

    @property
    def share(self) -> float:
        """Of images in a cluster of their class, [0, 1]."""
        return float(self.right.mean())


def difference_error(one: np.ndarray, other: np.ndarray) -> float:
    """Standard error of the difference between the means of two models' values, bool or float (n,) and (n,), of the same images.

    That of a mean of paired differences: images that both models sort alike say nothing of the difference. Raises
    InvalidInputError for other numbers of images.
    """
    if one.shape != other.shape or not one.size:
        raise InvalidInputError(
            f"{one.shape} images are compared with {other.shape}. Expected the same images: take one split of one image set."
        )
    return float((one.astype(np.float64) - other.astype(np.float64)).std() / np.sqrt(one.size))


def level(one: Sorted, other: Sorted) -> bool:
    """Whether the two cannot be told apart: the difference is within its 95 % interval, or the other has the larger share with
    some start against some start.
    """
    if abs(one.share - other.share) <= WITHIN_95 * difference_error(one.right, other.right):
        return True
    ahead, behind = (one, other) if one.share > other.share else (other, one)
    return bool(ahead.starts) and bool(behind.starts) and min(ahead.starts) <= max(behind.starts)


def best_and_worst(models: Mapping[str, Sorted]) -> tuple[list[str], list[str]]:
    """Names of the models that sort best and of those that sort worst, each from the larger share down: the one with the largest
    and those level with it; the one with the smallest and those level with it. Without what is in both; both empty where the
    first and the last are level.
    """
    names = sorted(models, key=lambda name: models[name].share, reverse=True)
    if not names or level(models[names[0]], models[names[-1]]):
        return [], []
    best = [name for name in names if level(models[names[0]], models[name])]
    worst = [name for name in names if level(models[names[-1]], models[name])]
    return [name for name in best if name not in worst], [name for name in worst if name not in best]
