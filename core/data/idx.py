"""IDX files, the format in which MNIST and its like are published: unsigned bytes of one or three dimensions, often gzipped."""

import gzip
import hashlib
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from core.errors import DataCorruptError, FileDamagedError
from core.keep.reading import read_bytes

MAX_BYTES = 256_000_000  # unpacked; five times the largest file of the datasets here
GZIP = b"\x1f\x8b"
_UINT8 = 0x08
_CHUNK = 1_000_000
_WAY = "Delete it or put a good copy in its place; `python -m core data fetch` passes it over and gets one."


def read_idx(path: Path, *, expected_sha256: str | None = None, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Read an IDX file of unsigned bytes; whether it is gzipped is told from its content, not from its name.

    Args:
        expected_sha256: checksum of the unpacked bytes.
        shape: of the returned array. No more than that many bytes are unpacked, MAX_BYTES where it is not given.

    Returns read-only uint8 (n,), or (n, height, width, 1): image stacks get a last axis of one channel.

    Raises:
        DataCorruptError: cannot be read, not gzip, truncated, not IDX of unsigned bytes, or with another checksum or
            shape.
    """
    try:
        packed = read_bytes(path, limit=MAX_BYTES)
    except FileDamagedError as error:
        raise DataCorruptError(f"{error} Expected an IDX file, gzipped or not. {_WAY}") from error
    file = io.BytesIO(packed)
    try:
        header, values = _unpack(gzip.GzipFile(fileobj=file) if packed.startswith(GZIP) else file, path, shape)
    except (OSError, EOFError, zlib.error) as error:
        raise DataCorruptError(f"Cannot unpack {path}: {error}. Expected a gzipped IDX file. {_WAY}") from error
    if expected_sha256 is not None:
        checksum = hashlib.sha256(header)
        checksum.update(values)
        if checksum.hexdigest() != expected_sha256:
            raise DataCorruptError(
                f"{path} has sha256 {checksum.hexdigest()} when unpacked, expected {expected_sha256}. The file is damaged "
                f"or of another dataset. {_WAY}"
            )
    array = np.frombuffer(values, np.uint8).reshape(_dimensions(header))
    array.flags.writeable = False
    if shape is not None and array.shape != shape:
        raise DataCorruptError(f"{path} holds an array of shape {array.shape}, expected {shape}. {_WAY}")
    return array


def _unpack(stream: io.BufferedIOBase, path: Path, shape: tuple[int, ...] | None) -> tuple[bytes, bytearray]:
    """Header and values, once the header says that there are as many values as there may be."""
    header = stream.read(4)
    if len(header) < 4 or header[:3] != bytes([0, 0, _UINT8]) or header[3] not in (1, 3):
        raise DataCorruptError(
            f"{path} starts with bytes {header.hex(' ')!r}, expected '00 00 08 01' or '00 00 08 03' (an IDX file of "
            f"unsigned bytes). It is not an image or label file of this dataset. {_WAY}"
        )
    header += stream.read(4 * header[3])
    if len(header) < 4 + 4 * header[3]:
        raise DataCorruptError(f"{path} ends inside its header ({len(header)} bytes). {_WAY}")
    dimensions = _dimensions(header)
    wanted, most = math.prod(dimensions), MAX_BYTES if shape is None else math.prod(shape)
    if not 0 < wanted <= most:
        raise DataCorruptError(
            f"{path} says that it holds an array of shape {dimensions}, expected "
            f"{f'1 to {most:,} values' if shape is None else shape}. {_WAY}"
        )
    values = bytearray()
    while more := stream.read(min(_CHUNK, wanted + 1 - len(values))):  # never more set aside than there is
        values += more
    if len(values) != wanted:
        received = f"{len(values):,}" if len(values) < wanted else f"more than {wanted:,}"
        raise DataCorruptError(
            f"{path} holds {received} values, expected {wanted:,} for dimensions {dimensions}: it is truncated or has "
            f"bytes too many. {_WAY}"
        )
    return header, values


def _dimensions(header: bytes) -> tuple[int, ...]:
    dimensions = struct.unpack(f">{header[3]}I", header[4:])
    return (*dimensions, 1) if len(dimensions) == 3 else dimensions
