"""Image files in a folder or a zip; classes are its top folders, or a table names them."""

import os
import zipfile
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from core.data.own.outcome import Skipped
from core.data.own.sources.base import Listing, Raw, Source, coded, left_out, natural
from core.data.own.sources.labels import read_table
from core.data.picture_files import Bounds, still_suffixes
from core.errors import FileDamagedError, InvalidInputError
from core.keep.reading import ARCHIVE_ERRORS, read_bytes
from core.output import printable

# A photo as a telephone takes it, in any format; files are the user's own, and one is unpacked at a time.
BOUNDS = Bounds(None, 100_000_000, 1_000_000_000)
MAX_FILES = 2_000_000
_TRAIN, _VALIDATION, _TEST = {"train", "training"}, {"val", "valid", "validation"}, {"test", "testing"}
# A zip of pictures unpacks to less than so many bytes, or than so many times its own.
_LEAST_UNPACKED, _MOST_PACKED = 2_000_000_000, 200


class Files(Source):
    """Image files by their path in a folder or archive."""

    def __init__(self, kind: str, paths: Sequence[str], labels: str | None):
        known = still_suffixes()
        pictures: list[str] = []
        others: list[str] = []
        for path in paths:
            (pictures if PurePosixPath(path).suffix.lower() in known else others).append(path)
        if not pictures:
            raise InvalidInputError(
                f"The {kind} holds {len(paths):,} files and no pictures. Expected image files such as .png, .jpg or .webp, in "
                "folders named after their classes or all in one."
            )
        self._paths = sorted(pictures, key=natural)
        self.listing = self._listed(kind, labels, left_out("other files", sorted(others, key=natural)))

    def read(self, indices: Sequence[int]) -> Iterator[Raw]:
        """See `Source`."""
        for index in indices:
            try:
                yield self.content(self._paths[index])
            except InvalidInputError as error:
                yield error

    @abstractmethod
    def content(self, path: str) -> bytes:
        """The bytes of a file. Raises InvalidInputError."""

    def _listed(self, kind: str, labels: str | None, skipped: tuple[Skipped, ...]) -> Listing:
        names = _without_wrapper([printable(path.replace("\\", "/").lstrip("/")) for path in self._paths])
        names, test = _test_folder(names)
        listing = Listing(kind, names, test=test, skipped=skipped)
        if labels == "none":
            return listing
        if labels not in (None, "folder"):
            return self._labelled_by_table(listing, Path(labels))
        tops = [name.partition("/")[0] if "/" in name else None for name in names]
        if len({top for top in tops if top}) > 1 and (labels == "folder" or tops.count(None) <= len(tops) / 2):
            class_names, codes = coded(tops)
            return replace(listing, class_names=class_names, codes=codes)
        if labels == "folder":
            raise InvalidInputError(
                f"Labels were to be the names of folders, but the {kind} has no two folders with pictures. Expected one folder "
                "for each class. Sort the pictures into such, give a CSV of file names and labels, or add them without labels."
            )
        return replace(listing, notes=("The pictures are not in folders of classes, so the set has no labels.",))

    def _labelled_by_table(self, listing: Listing, path: Path) -> Listing:
        table = read_table(path, listing.names)
        found = [table.label(name) for name in listing.names]
        if not any(found):
            raise InvalidInputError(
                f"{path} names none of the pictures: its first is {table.first!r}, theirs is {listing.names[0]!r}. Expected a "
                "file name and a label a line, the name as it is in the source."
            )
        class_names, codes = coded(found)
        more = table.size - len(listing.names)
        notes = (f"{path.name} names more pictures than there are: {more:,}.",) if more > 0 else ()
        return replace(listing, class_names=class_names, codes=codes, notes=notes)


class Folder(Files):
    """Image files in a folder and the folders in it. Links to folders are not followed."""

    def __init__(self, path: Path, labels: str | None):
        self._root = path
        super().__init__("folder", self._found(), labels)

    def content(self, path: str) -> bytes:
        try:
            return read_bytes(self._root / path, limit=BOUNDS.file_bytes)
        except FileDamagedError as error:
            raise InvalidInputError(str(error)) from error

    def _found(self) -> list[str]:
        paths = []

        def refuse(error: OSError) -> None:
            raise InvalidInputError(
                f"{error.filename} cannot be read: {error.strerror}. Make the folder readable."
            ) from error

        for folder, folders, files in os.walk(self._root, onerror=refuse):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inside = Path(folder).relative_to(self._root)
            paths += [(inside / name).as_posix() for name in files if not name.startswith(".")]
            _require_few(len(paths))
        return paths


class Zip(Files):
    """Image files in a zip, unpacked one at a time and only in memory."""

    def __init__(self, path: Path, labels: str | None):
        try:
            self._archive = zipfile.ZipFile(path)
            self._members = {
                member.filename: member
                for member in self._archive.infolist()
                if member.filename and not member.is_dir()
            }
        except ARCHIVE_ERRORS as error:
            raise InvalidInputError(
                f"{path} cannot be read as a zip: {str(error).rstrip('.')}. Pack it again."
            ) from error
        _require_few(len(self._members))
        packed, unpacked = path.stat().st_size, sum(member.file_size for member in self._members.values())
        if unpacked > max(_LEAST_UNPACKED, _MOST_PACKED * packed):
            raise InvalidInputError(
                f"{path} says that its {packed / 1e6:.1f} MB unpack to {unpacked / 1e9:,.1f} GB. Expected pictures, which pack "
                f"to no less than a {_MOST_PACKED}th. Take out what is none, or unpack it and give the folder."
            )
        super().__init__("zip", [name for name in self._members if not _is_hidden(name)], labels)

    def content(self, path: str) -> bytes:
        try:
            with self._archive.open(self._members[path]) as file:
                return file.read(BOUNDS.file_bytes + 1)
        except ARCHIVE_ERRORS as error:
            raise InvalidInputError(f"It cannot be unpacked: {str(error).rstrip('.')}.") from error


def _require_few(count: int) -> None:
    if count > MAX_FILES:
        raise InvalidInputError(f"The source holds more than {MAX_FILES:,} files. Expected at most so many.")


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any((part.startswith(".") and not part.startswith("..")) or part == "__MACOSX" for part in parts)


def _without_wrapper(names: list[str]) -> list[str]:
    """Paths without the folders that hold all of them, where there are folders in these."""
    while all(name.count("/") > 1 for name in names) and len({name.partition("/")[0] for name in names}) == 1:
        names = [name.partition("/")[2] for name in names]
    return names


def _test_folder(names: list[str]) -> tuple[list[str], np.ndarray | None]:
    """Paths without the folders `train` and `test`, where these are the top ones, and which were in the latter.

    A validation folder is for testing where there is none named so, else joins the training pictures.
    """
    tops = [name.partition("/")[0].lower() for name in names]
    kinds = set(tops)
    if not (kinds & _TRAIN and kinds & (_TEST | _VALIDATION) and kinds <= _TRAIN | _TEST | _VALIDATION):
        return names, None
    held_out = _TEST if kinds & _TEST else _VALIDATION
    return [name.partition("/")[2] for name in names], np.array([top in held_out for top in tops])
