"""Where an adding keeps the pictures that it has read until they are stored: a folder of its own, and the file in it."""

import math
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.data.framing import to_grey
from core.data.own.library import one_at_a_time
from core.data.own.stored import Part, block_length
from core.keep.files import ARRIVING, lock
from core.paths import locks_folder, pictures_folder

_PREFIX = f"{ARRIVING}adding-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder beside the sets, gone with the block. What addings that were killed left is removed first.

    Raises StorageWriteError.
    """
    _remove_left()
    path = pictures_folder() / f"{_PREFIX}{uuid.uuid4().hex[:8]}"
    with _hold(path):  # before the folder can be seen: nobody takes it for left
        path.mkdir(parents=True)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def _remove_left() -> None:
    for path in pictures_folder().glob(f"{_PREFIX}*"):
        with _hold(path) as free:
            if free:
                shutil.rmtree(path, ignore_errors=True)
    with one_at_a_time(wait=False) as free:
        if free:  # so nobody is writing a set
            for path in pictures_folder().glob(f"{ARRIVING}own-*"):
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _hold(path: Path) -> Iterator[bool]:
    """Hold the lock of a scratch folder; yields whether it could be had. Its file goes with the block."""
    file = locks_folder() / f"{path.name.removeprefix(ARRIVING)}.lock"
    with lock(file, wait=False) as held:
        yield held
    if held:
        with suppress(OSError):
            file.unlink(missing_ok=True)


class ScratchPictures:
    """Pictures written one after the other, given in any order.

    Args:
        file: holds pictures of this `shape` (height, width, channels), uint8.
        colour: whether they are given with three channels; else in grey, also where they were written in colour.
        positions: of the pictures that are wanted, among all that were written.
    """

    def __init__(self, file: BinaryIO, shape: tuple[int, int, int], colour: bool, positions: NDArray[np.int64]):
        self._file, self._shape, self._positions = file, shape, positions
        self._to_grey = shape[2] == 3 and not colour
        self._size = math.prod(shape)

    def part(self, order: NDArray[np.int64], labels: NDArray[np.uint16] | None) -> Part:
        """The wanted pictures of these numbers, in this order, with their labels of all that are wanted."""
        length = block_length((*self._shape[:2], 1) if self._to_grey else self._shape)

        def blocks() -> Iterator[NDArray[np.uint8]]:
            for start in range(0, len(order), length):
                yield self._read(self._positions[order[start : start + length]])

        return Part(len(order), blocks, None if labels is None else labels[order])

    def _read(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        raw = bytearray()
        for number in numbers.tolist():
            self._file.seek(number * self._size)
            raw += self._file.read(self._size)
        pictures = np.frombuffer(raw, np.uint8).reshape(-1, *self._shape)
        return to_grey(pictures) if self._to_grey else pictures
