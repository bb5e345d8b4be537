"""Where a user's pictures may come from: what lies under a path, told from its content."""

import zipfile
from pathlib import Path

from core.data.own.choices import Adding
from core.data.own.sources.array_files import is_idx
from core.data.own.sources.arrays import read_idx_pictures, read_npy, read_npz
from core.data.own.sources.base import Joined, Listing, Source
from core.data.own.sources.files import Folder, Zip
from core.data.own.sources.tables import Parquet
from core.errors import InvalidInputError
from core.keep.reading import ARCHIVE_ERRORS, without_waiting

__all__ = ["Listing", "Source", "open_source"]
_EXPECTED = "Expected a folder or a zip of image files, a Parquet, .npy, .npz or IDX file"


def open_source(adding: Adding) -> Source:
    """The source of an adding, its test part included. Raises InvalidInputError."""
    source = _open(adding.source, adding.labels)
    return source if adding.test is None else Joined(source, _open(adding.test, adding.labels))


def _open(given: str, labels: str | None) -> Source:
    try:
        path = Path(given).expanduser().absolute()
        if path.is_dir():
            return _open_folder(path, labels)
        with open(path, "rb", opener=without_waiting) as file:
            start = file.read(8)
    except InvalidInputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise InvalidInputError(
            f"{given!r} cannot be read: {getattr(error, 'strerror', None) or str(error).rstrip('.')}. {_EXPECTED}."
        ) from error
    if start.startswith(b"PK"):
        return read_npz(path, labels) if _holds_arrays(path) else Zip(path, labels)
    if start.startswith(b"PAR1"):
        return Parquet([path], labels)
    if start.startswith(b"\x93NUMPY"):
        return read_npy(path, labels)
    if is_idx(path):
        return read_idx_pictures(path, labels)
    raise InvalidInputError(f"{given!r} starts with bytes {start.hex(' ')!r}. {_EXPECTED}.")


def _open_folder(path: Path, labels: str | None) -> Source:
    """Image files; or what tables and IDX files the folder holds, where it holds such."""
    files = sorted(file for file in path.rglob("*.parquet") if file.is_file())
    if files:
        return Parquet(files, labels)
    idx = {
        file.name.split("-")[0].split("_")[0].lower(): file
        for file in sorted(path.glob("*images*"))
        if file.is_file() and is_idx(file)
    }
    train, test = idx.get("train"), idx.get("t10k") or idx.get("test")
    if train is None:
        return Folder(path, labels)
    source = read_idx_pictures(train, labels)
    return Joined(source, read_idx_pictures(test, labels)) if test else source


def _holds_arrays(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except ARCHIVE_ERRORS:
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)
