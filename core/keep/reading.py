"""Read back what was stored: the bytes once, into memory, and nothing of them is used before type, shape and depth are checked.

Nothing is memory-mapped: a file that is shortened while it is mapped ends the process that looks at it.
"""

import io
import lzma
import os
import stat
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
import numpy as np
from numpy.lib import format as npy

from core.errors import FileDamagedError

T = TypeVar("T")

MAX_BYTES = 2_000_000_000
# What `zipfile` raises on a damaged archive, or on one of a kind that it does not know.
ARCHIVE_ERRORS = (
    OSError, ValueError, EOFError, RuntimeError, struct.error, zlib.error, lzma.LZMAError, zipfile.BadZipFile,
)  # fmt: skip
# What NumPy raises on the header of a damaged .npy file.
HEADER_ERRORS = (ValueError, SyntaxError, tokenize.TokenError, TypeError, RecursionError, MemoryError)
_MAX_HEADER = 10_000
_MAX_JSON_BYTES = 50_000_000


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes. Raises FileDamagedError, which names the file."""
    try:
        with open(path, "rb", opener=without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileDamagedError(f"{path} cannot be read: it is not a regular file.")
            raw = file.read(min(limit, status.st_size) + 1)  # `read` sets all that is asked for aside at once
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise FileDamagedError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(raw) > limit:
        raise FileDamagedError(f"{path} has more than {limit:,} bytes. Expected at most so many.")
    return raw


def read_json(path: Path, kind: type[T]) -> T:
    """A JSON file as `kind` (a TypedDict, `list[...]`, ...). Raises FileDamagedError."""
    return parse_json(read_bytes(path, limit=_MAX_JSON_BYTES), kind, path)


def parse_json(raw: bytes | str, kind: type[T], source: object) -> T:
    """JSON text as `kind`; keys that `kind` does not know are left out. `source` is named in the error.

    Raises FileDamagedError for text that is no JSON, numbers out of range, and values of other types than `kind` says.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FileDamagedError(f"{source} cannot be read: {_words(error)}.") from error


def convert(value: Any, kind: type[T], source: object) -> T:
    """A parsed value as `kind`. Raises as `parse_json`."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise FileDamagedError(f"{source} cannot be read: {_words(error)}.") from error


def parse_array(
    raw: bytes, source: object, *, dtypes: tuple[str, ...], shape: tuple[int | None, ...] | None
) -> np.ndarray:
    """The array of an .npy file, read-only, over the same memory.

    Args:
        dtypes: names of the dtypes that are allowed; pickled objects never are.
        shape: lengths of the axes; None for one that may have any length, or for any axes.

    Raises FileDamagedError for another format, dtype, shape, number of bytes, or values that are not finite.
    """
    file = io.BytesIO(raw)
    try:
        found, fortran, dtype = read_npy_header(file)
    except HEADER_ERRORS as error:
        raise FileDamagedError(f"{source} is not an array file: {_words(error)}.") from error
    if dtype.name not in dtypes or dtype.hasobject:
        raise FileDamagedError(f"{source} holds {dtype.name}, expected {' or '.join(dtypes)}.")
    if shape is not None and (
        len(found) != len(shape)
        or any(want is not None and have != want for have, want in zip(found, shape, strict=True))
    ):
        wanted = ", ".join("any" if one is None else str(one) for one in shape)
        raise FileDamagedError(f"{source} holds an array of shape {found}, expected ({wanted}).")
    count = int(np.prod(found, dtype=object))
    if len(raw) - file.tell() != count * dtype.itemsize:
        raise FileDamagedError(
            f"{source} has {len(raw) - file.tell()} bytes of numbers, expected {count * dtype.itemsize}: it is truncated or too long."
        )
    array = np.frombuffer(raw, dtype, count, file.tell()).reshape(found, order="F" if fortran else "C")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise FileDamagedError(f"{source} holds numbers that are not finite.")
    return array


def read_npy_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether columns come first, and dtype of an .npy file, which then stands at its first value. Raises HEADER_ERRORS."""
    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = header(file, max_header_size=_MAX_HEADER)
    return shape, fortran, dtype


def parse_archive(raw: bytes, source: object) -> dict[str, bytes]:
    """The .npy files of an .npz archive, unpacked, by name without `.npy`. Raises FileDamagedError."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_BYTES:
                raise FileDamagedError(f"{source} unpacks to more than {MAX_BYTES:,} bytes.")
            return {member.filename.removesuffix(".npy"): archive.read(member) for member in members}
    except ARCHIVE_ERRORS as error:
        raise FileDamagedError(f"{source} is not an archive of arrays: {_words(error)}.") from error


def without_waiting(path: str, flags: int) -> int:
    """An opener for `open`: a pipe in a file's place would otherwise wait until somebody opens its other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _words(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "its brackets are nested too deeply"
    return str(error).rstrip(".") or type(error).__name__
