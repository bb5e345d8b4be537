"""All image sets, published ones and a user's own: listed, found and read by name."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.digits import Digits
from core.data.imageset import PARTS, ImageSet, ImageSetInfo, Source
from core.data.own.library import find_own, own_sets
from core.data.own.stored import NAME
from core.data.published import FASHION_MNIST, MNIST, Published
from core.errors import InvalidInputError, UnknownNameError

PUBLISHED: dict[str, Source] = {source.info.name: source for source in (FASHION_MNIST, MNIST, Digits())}


def image_sets() -> dict[str, ImageSetInfo]:
    """The facts of every usable set by name: the published ones first, then the user's own by title."""
    return {name: source.info for name, source in (*PUBLISHED.items(), *own_sets().items())}


def dataset_info(name: str) -> ImageSetInfo:
    """The facts of a set. Raises UnknownNameError; SetNotFoundError for one of the user's own that is not there, or damaged."""
    return source(name).info


def source(name: str) -> Source:
    """Where a set comes from. Raises as `dataset_info`."""
    if isinstance(name, str):
        if name in PUBLISHED:
            return PUBLISHED[name]
        if NAME.fullmatch(name):
            return find_own(name)
    raise UnknownNameError("image set", name, image_sets())


def load(name: str, *, download: bool = True, progress: bool = False) -> ImageSet:
    """Find (or download), verify and read an image set.

    Raises:
        UnknownNameError, SetNotFoundError: no such set.
        DataNotFoundError: found nowhere, and it could not be downloaded.
        DataCorruptError: found, but damaged.
    """
    found = source(name)
    parts: dict[str, Any] = {part: found.read_part(part, download=download, progress=progress) for part in PARTS}
    return ImageSet(found.info, **parts)


def read_part(name: str, part: str, *, download: bool = False, progress: bool = False) -> np.ndarray | None:
    """One of `train_images`, `train_labels`, `test_images`, `test_labels`, verified, read-only; None for labels where a set
    has none. Raises as `load`.
    """
    found = source(name)
    _check_part(part)
    return found.read_part(part, download=download, progress=progress)


def read_labels(name: str) -> dict[str, np.ndarray] | None:
    """The labels by split, `train` and `test`, whole numbers from 0, (n,) each, verified, read-only; None where a set has none.

    Raises as `load`.
    """
    found = source(name)
    if not found.info.labelled:
        return None
    labels: Any = {split: found.read_part(f"{split}_labels") for split in ("train", "test")}
    return labels


def read_rows(name: str, split: str, indices: np.ndarray) -> NDArray[np.uint8]:
    """Some images of `train` or `test`, uint8 (m, height, width, channels), verified; of a user's own set only those are read.

    Raises as `load`, and InvalidInputError for an index that is not in the split.
    """
    found = source(name)
    _check_part(f"{split}_images")
    count = found.info.part_shape(f"{split}_images")[0]
    indices = np.asarray(indices, np.int64)
    if indices.size and not 0 <= indices.min() <= indices.max() < count:
        wrong = indices.min() if indices.min() < 0 else indices.max()
        raise InvalidInputError(
            f"Image {wrong} of {name} ({split}) was asked for. Expected a number from 0 to {count - 1}."
        )
    return found.read_rows(split, indices)


def find(name: str, part: str) -> Path | None:
    """Where the file of a published set's part lies that `read_part` would use, or None. Raises UnknownNameError."""
    found = source(name)
    _check_part(part)
    return found.find(part) if isinstance(found, Published) else None


def _check_part(part: str) -> None:
    if part not in PARTS:
        raise UnknownNameError("part of an image set", part, PARTS)
