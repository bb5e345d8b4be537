"""Arrays in .npy and IDX files and in .npz archives, read from their start, block by block; objects are never unpickled."""

import gzip
import io
import math
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.data.idx import GZIP
from core.errors import InvalidInputError
from core.keep.reading import ARCHIVE_ERRORS, HEADER_ERRORS, read_npy_header, without_waiting

_MAX_LABEL_BYTES = 200_000_000
_BLOCK_BYTES = 1_000_000
_IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


@dataclass(frozen=True)
class Stored:
    """An array in a file.

    Attributes:
        what: its name for people.
        open: gives a stream that stands at the first value.
    """

    what: str
    dtype: np.dtype
    shape: tuple[int, ...]
    fortran: bool
    open: Callable[[], BinaryIO]

    def blocks(self, length: int | None = None) -> Iterator[NDArray[Any]]:
        """The array's rows, so many at a time. Raises InvalidInputError for a truncated or damaged file."""
        row = self.shape[1:]
        size = math.prod(row) * self.dtype.itemsize
        step = length or max(1, _BLOCK_BYTES // size)
        with told(self.what), self.open() as stream:
            for start in range(0, self.shape[0], step):
                count = min(step, self.shape[0] - start)
                raw = _exactly(stream, count * size)
                yield np.frombuffer(raw, self.dtype).reshape(count, *row)

    def whole(self) -> NDArray[Any]:
        """All of it, for small ones. Raises InvalidInputError."""
        if math.prod(self.shape) * self.dtype.itemsize > _MAX_LABEL_BYTES:
            raise InvalidInputError(f"{self.what} has the shape {self.shape}. Expected one label a picture.")
        return np.concatenate([np.empty((0, *self.shape[1:]), self.dtype), *self.blocks()])


def is_idx(path: Path) -> bool:
    """Whether a file begins as an IDX file of pictures does."""
    try:
        with _idx_stream(path) as stream:
            start = stream.read(4)
    except ARCHIVE_ERRORS:
        return False
    return len(start) == 4 and start[:2] == b"\0\0" and start[2] in _IDX_TYPES and start[3] in (3, 4)


def npy_file(what: str, source: Callable[[], Any]) -> Stored:
    """An .npy file or member. Raises InvalidInputError; pickled objects are never read."""

    def values() -> BinaryIO:
        stream = source()
        stream.read(start)
        return stream

    with told(what), source() as stream:
        head = io.BytesIO(stream.read(12_000))
        shape, fortran, dtype = read_npy_header(head)
        start = head.tell()
    if dtype.hasobject or not dtype.itemsize or not shape or min(shape) < 1:
        raise InvalidInputError(
            f"{what} holds {dtype} of the shape {shape}. Expected an array of numbers, not of objects."
        )
    return Stored(what, dtype, shape, fortran and len(shape) > 1, values)


def idx_file(path: Path) -> Stored:
    """An IDX file of pictures or labels, packed or not. Raises InvalidInputError."""

    def values() -> BinaryIO:
        stream = _idx_stream(path)
        stream.read(4 + 4 * len(shape))
        return stream

    with told(path.name), _idx_stream(path) as stream:
        start = stream.read(4)
        if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _IDX_TYPES or start[3] not in (1, 3, 4):
            raise ValueError(f"it starts with bytes {start.hex(' ')!r}, which no IDX file of pictures or labels does")
        shape = struct.unpack(f">{start[3]}I", _exactly(stream, 4 * start[3]))
    if min(shape) < 1:
        raise InvalidInputError(f"{path.name} holds an array of shape {shape}. Expected pictures or labels.")
    return Stored(path.name, np.dtype(_IDX_TYPES[start[2]]), shape, False, values)


def _idx_stream(path: Path) -> BinaryIO:
    with open(path, "rb", opener=without_waiting) as file:
        packed = file.read(2) == GZIP
    return gzip.open(path, "rb") if packed else open(path, "rb", opener=without_waiting)  # type: ignore[return-value]


def opener(path: Path) -> Callable[[], BinaryIO]:
    """Opens the file anew each time it is called."""
    return lambda: open(path, "rb", opener=without_waiting)


class Member(io.RawIOBase):
    """A member of a zip that is opened and closed together with its archive."""

    def __init__(self, path: Path, name: str):
        self._archive = zipfile.ZipFile(path)
        self._file = self._archive.open(name)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self._file.close()
        self._archive.close()
        super().close()


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, set aside only as they come."""
    raw = bytearray()
    while len(raw) < size:
        more = stream.read(min(_BLOCK_BYTES, size - len(raw)))
        if not more:
            raise ValueError(f"it ends after {len(raw):,} of {size:,} bytes")
        raw += more
    return bytes(raw)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Errors of reading become one that names the file."""
    try:
        yield
    except InvalidInputError:
        raise
    except (*ARCHIVE_ERRORS, *HEADER_ERRORS) as error:
        raise InvalidInputError(
            f"{what} cannot be read: {getattr(error, 'strerror', None) or str(error).rstrip('.')}. It is damaged or of another "
            "kind. Expected an array as NumPy or MNIST's authors write it."
        ) from error
