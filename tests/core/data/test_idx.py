"""IDX files: read as they were written, packed or not, and every kind of damage told."""

import gzip
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from core.data.idx import MAX_BYTES, read_idx
from core.errors import DataCorruptError


def header(*dimensions: int) -> bytes:
    return struct.pack(f">HBB{len(dimensions)}I", 0, 8, len(dimensions), *dimensions)


IMAGES = np.arange(5 * 6 * 7, dtype=np.uint8).reshape(5, 6, 7)
WHOLE = header(5, 6, 7) + IMAGES.tobytes()


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize(
    "content",
    [
        WHOLE,
        gzip.compress(WHOLE),
        gzip.compress(WHOLE[:50]) + gzip.compress(WHOLE[50:]),
        gzip.compress(WHOLE) + bytes(99),
    ],
)
def test_the_content_tells_whether_it_is_packed(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    images = read_idx(tmp_path / name, shape=(5, 6, 7, 1))
    assert images.dtype == np.uint8
    assert np.array_equal(images[..., 0], IMAGES)


def test_labels_have_one_dimension(tmp_path):
    (tmp_path / "labels").write_bytes(header(3) + bytes([2, 0, 1]))
    assert read_idx(tmp_path / "labels").tolist() == [2, 0, 1]


def bomb(start: bytes) -> bytes:
    """A small gzip file that unpacks to 50 MB of zeros after `start`."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(start) + packer.compress(bytes(50_000_000)) + packer.flush()


@pytest.fixture
def little_memory():
    """Fails the test if it sets more than a few megabytes aside."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header(2**32 - 1, 2**32 - 1, 2**32 - 1) + b"x", "expected 1 to 256,000,000 values"),
        (header(2**31, 2**31, 4) + b"", "expected 1 to"),  # 2**64, which is 0 in 64 bits
        (header(2**31, 2**31, 4) + bytes(7), "expected 1 to"),
        (header(1_912_923_437, 1_143_881_027, 2_294_773_849), "expected 1 to"),  # 96,847,919 in 64 bits
        (header(MAX_BYTES + 1), "expected 1 to"),
        (header(0), r"shape \(0,\), expected 1 to"),
        (header(5, 0, 28), r"shape \(5, 0, 28, 1\), expected 1 to"),
        (header(3) + bytes(2), "holds 2 values, expected 3"),
        (header(3) + bytes(4), "holds more than 3 values"),
        (header(200_000_000) + bytes(4), "holds 4 values, expected 200,000,000"),
        (header(1, 2), "starts with bytes '00 00 08 02'"),
        (header(5, 6, 7)[:9], r"ends inside its header \(9 bytes\)"),
        (b"", "starts with bytes ''"),
    ],
)
def test_headers_that_cannot_be_are_told(tmp_path, little_memory, content, words, packed):
    (tmp_path / "file").write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataCorruptError, match=words):
        read_idx(tmp_path / "file")


STARTS = [b"", header(6, 28, 28), header(300, 1000, 1000), header(2**32 - 1)]


@pytest.fixture(scope="module")
def bombs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bombs")
    for start in STARTS:
        (folder / f"{start.hex()}.gz").write_bytes(bomb(start))
    return folder


@pytest.mark.parametrize("shape", [None, (6, 28, 28, 1)])
@pytest.mark.parametrize("start", STARTS)
def test_no_more_is_unpacked_than_may_be_there(bombs, little_memory, start, shape):
    with pytest.raises(DataCorruptError):
        read_idx(bombs / f"{start.hex()}.gz", shape=shape)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(WHOLE)[:-9],
        gzip.compress(WHOLE) + b"more",
        gzip.compress(WHOLE)[:-8] + bytes(8),
        gzip.compress(WHOLE) + gzip.compress(WHOLE)[:30],
        b"\x1f\x8b",
        b"\x1f\x8b\x08\x00" + b"\xff" * 50,
    ],
)
def test_a_damaged_gzip_is_told(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(DataCorruptError, match=r"file.*(Cannot unpack|holds more than)|Cannot unpack .*file"):
        read_idx(tmp_path / "file")


def test_another_shape_and_another_checksum_are_told(tmp_path):
    (tmp_path / "file").write_bytes(WHOLE)
    with pytest.raises(DataCorruptError, match=r"shape \(5, 6, 7, 1\), expected \(7, 6, 5, 1\)"):
        read_idx(tmp_path / "file", shape=(7, 6, 5, 1))
    with pytest.raises(DataCorruptError, match=r"has sha256 .* expected abc"):
        read_idx(tmp_path / "file", expected_sha256="abc")


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataCorruptError, match="nothing cannot be read: No such file"):
        read_idx(tmp_path / "nothing")
