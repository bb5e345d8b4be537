"""Pictures as arrays of pixels: .npy, .npz and IDX files, read block by block."""

import math
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.levels import as_levels, extremes
from core.data.own.sources.array_files import Member, Stored, idx_file, npy_file, opener, told
from core.data.own.sources.base import Listing, Numbered, Raw, Source
from core.errors import InvalidInputError

MAX_PICTURES = 2_000_000
MAX_SIDE = 4096
# Names of arrays by who writes them: Keras and most others, MedMNIST, scikit-learn, numpy.savez without names.
_TRAIN = ("x_train", "train_images", "X_train", "images", "x", "X", "data", "image", "imgs", "arr_0")
_TRAIN_LABELS = ("y_train", "train_labels", "Y_train", "labels", "y", "Y", "target", "label", "arr_1")
_VALIDATION, _VALIDATION_LABELS = ("x_val", "val_images", "X_val"), ("y_val", "val_labels", "Y_val")
_TEST, _TEST_LABELS = ("x_test", "test_images", "X_test", "arr_2"), ("y_test", "test_labels", "Y_test", "arr_3")
_CLASS_NAMES = ("class_names", "label_names", "classes", "target_names")


class Arrays(Source):
    """Stacks of pictures (n, height, width) or (n, height, width, channels), one after the other, with labels or without."""

    def __init__(
        self,
        kind: str,
        stacks: list[Stored],
        labels: NDArray[Any] | None,
        class_names: Sequence[str] = (),
        test: NDArray[np.bool_] | None = None,
    ):
        self._stacks = stacks
        self._layouts = [_Layout.of(stack) for stack in stacks]
        count = sum(stack.shape[0] for stack in stacks)
        if not 0 < count <= MAX_PICTURES:
            raise InvalidInputError(f"There are {count:,} pictures. Expected 1 to {MAX_PICTURES:,}.")
        self.listing = Listing(kind, Numbered(count), test=test)
        if labels is not None:
            self.listing = _labelled(self.listing, labels, class_names)
        self._numbers = [stack for stack in stacks if stack.dtype != np.uint8]
        self.extremes = extremes(block for stack in self._numbers for block in stack.blocks())
        self.scale(*self.extremes)

    def scale(self, low: float, high: float) -> None:
        super().scale(low, high)
        notes = [
            f"{stack.what}: {self.black:g} is taken for black, {self.white:g} for white." for stack in self._numbers
        ]
        self.listing = replace(self.listing, notes=tuple(dict.fromkeys(notes)))

    def read(self, indices: Sequence[int]) -> Iterator[Raw]:
        """See `Source`."""
        wanted, start = iter(indices), 0
        index = next(wanted, None)
        for stack, layout in zip(self._stacks, self._layouts, strict=True):
            end = start + stack.shape[0]
            if index is not None and index < end:
                for block in stack.blocks():
                    while index is not None and index < start + len(block):
                        yield layout.picture(block[index - start], self.black, self.white)
                        index = next(wanted, None)
                    start += len(block)
                    if index is None:
                        return
            start = end


@dataclass(frozen=True)
class _Layout:
    """How one picture lies in a stack."""

    shape: tuple[int, int, int]
    channels_first: bool

    @classmethod
    def of(cls, stack: Stored) -> "_Layout":
        shape = stack.shape[1:]
        side = math.isqrt(shape[0]) if len(shape) == 1 else 0
        if side and side * side == shape[0]:
            shape = (side, side)  # rows of pixels
        first = len(shape) == 3 and shape[0] in (1, 2, 3, 4) and shape[2] not in (1, 2, 3, 4)
        if first:
            shape = (*shape[1:], shape[0])
        height, width, channels = shape if len(shape) == 3 else (*shape, 1) if len(shape) == 2 else (0, 0, 0)
        if channels not in (1, 2, 3, 4) or not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
            raise InvalidInputError(
                f"{stack.what} has the shape {stack.shape}. Expected pictures: (n, height, width) or (n, height, width, 1 to 4 "
                f"channels), of at most {MAX_SIDE} pixels on a side."
            )
        if stack.fortran:
            raise InvalidInputError(f"{stack.what} is stored column by column. Save it with `numpy.ascontiguousarray`.")
        if stack.dtype.kind not in "buif" or stack.dtype.itemsize > 8:
            raise InvalidInputError(
                f"{stack.what} holds {stack.dtype}. Expected whole numbers from 0 to 255, or other numbers."
            )
        return cls((height, width, channels), first)

    def picture(self, values: NDArray[Any], black: float, white: float) -> Raw:
        """One picture as uint8 (height, width, channels). Bytes are taken as they are."""
        height, width, channels = self.shape
        values = (
            np.moveaxis(values.reshape(channels, height, width), 0, -1)
            if self.channels_first
            else values.reshape(self.shape)
        )
        if values.dtype == np.uint8:
            return values
        if not np.isfinite(values).all():
            return InvalidInputError("It holds values that are no numbers.")
        return as_levels(values, black, white)


def read_npz(path: Path, labels: str | None) -> Arrays:
    """An .npz archive of pictures and, where there are any, labels and a test part. Raises InvalidInputError."""
    with told(str(path)), zipfile.ZipFile(path) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}

    def stored(names: Sequence[str]) -> Stored | None:
        name = next((name for name in names if name in members), None)
        return npy_file(f"{path.name}, {name}", lambda: Member(path, members[name])) if name else None

    stacks = [stored(names) for names in (_TRAIN, _VALIDATION, _TEST)]
    answers = [stored(names) for names in (_TRAIN_LABELS, _VALIDATION_LABELS, _TEST_LABELS)]
    if stacks[0] is None:
        raise InvalidInputError(
            f"{path} holds the arrays {', '.join(members) or '(none)'}. Expected pictures under one of: {', '.join(_TRAIN)}."
        )
    pairs = [(stack, answer) for stack, answer in zip(stacks, answers, strict=True) if stack is not None]
    test = None
    if stacks[2] is not None:
        test = np.repeat([False] * (len(pairs) - 1) + [True], [stack.shape[0] for stack, _ in pairs])
    names = stored(_CLASS_NAMES)
    given = _named_labels(labels)
    if labels is None and all(answer is not None for _, answer in pairs):
        given = np.concatenate([_flat(answer) for _, answer in pairs if answer is not None])
    return Arrays(
        "NumPy",
        [stack for stack, _ in pairs],
        given,
        [] if names is None else [str(name) for name in _flat(names)],
        test,
    )


def read_npy(path: Path, labels: str | None) -> Arrays:
    """An .npy file of pictures; labels from another one, or from an IDX file. Raises InvalidInputError."""
    stack = npy_file(path.name, opener(path))
    return Arrays("NumPy", [stack], _named_labels(labels))


def read_idx_pictures(path: Path, labels: str | None) -> Arrays:
    """An IDX file of pictures, packed or not. Its labels lie beside it under the usual name, or where `labels` says."""
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    given = _named_labels(labels)
    if labels is None and beside != path and beside.is_file():
        given = _flat(idx_file(beside))
    return Arrays("IDX", [idx_file(path)], given)


def _named_labels(labels: str | None) -> NDArray[Any] | None:
    """Those of the array that `labels` names, if it names one. Raises InvalidInputError."""
    if labels in (None, "none"):
        return None
    if labels == "folder":
        raise InvalidInputError(
            "Labels were to be the names of folders, but pictures in an array lie in none. Expected `none`, or the path of an "
            "array with one label a picture."
        )
    path = Path(labels)
    if path.suffix == ".npy":
        return _flat(npy_file(path.name, opener(path)))
    return _flat(idx_file(path))


def _flat(stored: Stored) -> NDArray[Any]:
    """Labels (n,), also of (n, 1). Raises InvalidInputError."""
    shape = stored.shape
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1) or stored.dtype.kind not in "buiUS":
        raise InvalidInputError(
            f"{stored.what} holds {stored.dtype} of the shape {shape}. Expected one label a picture, a whole number or a name."
        )
    return stored.whole().reshape(-1)


def _labelled(listing: Listing, labels: NDArray[Any], class_names: Sequence[str]) -> Listing:
    if len(labels) != len(listing.names):
        raise InvalidInputError(
            f"There are {len(labels):,} labels for {len(listing.names):,} pictures. Expected one each."
        )
    found, codes = np.unique(labels, return_inverse=True)
    if labels.dtype.kind in "iu" and class_names and found.min() >= 0 and found.max() < len(class_names):
        names = [class_names[label] for label in found.tolist()]
    else:
        names = [label.decode(errors="replace") if isinstance(label, bytes) else str(label) for label in found.tolist()]
    return replace(listing, class_names=tuple(names), codes=codes.astype(np.int32))
