"""A user's own image set on disk, written once and checked when it is read.

`pictures/ID/` is a sealed folder (`core.keep.sealed`) that holds

    set.json                        the facts: shape, classes, sizes, and how it was made
    train.npy, test.npy             uint8 (n, height, width, channels)
    train-labels.npy, ...           uint16 (n,), where there are labels
    train-blocks.npy, ...           uint8 (m, 32), sha256 of each block of pictures

ID is "own-" and 16 hex digits of the sha256 of the content: pixels, split, labels, class names and whether mirror images
count. The title, which may be changed, lies beside the folder once it was: `pictures/ID.title.json`.
"""

import contextlib
import hashlib
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, BinaryIO, TypedDict

import numpy as np
from msgspec import Meta
from numpy.lib import format as npy
from numpy.typing import NDArray

from core.data.imageset import Framing, ImageSetInfo
from core.errors import DataCorruptError, FileDamagedError, SetNotFoundError
from core.keep.files import write_text
from core.keep.reading import parse_array, parse_json, without_waiting
from core.keep.sealed import SealedFolder, read_sealed, seal, write_sealed_folder
from core.paths import pictures_folder

NAME = re.compile(r"own-[0-9a-f]{16}")
LICENCE = "your own pictures"
_BLOCK_BYTES = 65_536
_FACTS = "set.json"
_Count = Annotated[int, Meta(ge=0, le=10_000_000)]
_Side = Annotated[int, Meta(ge=1, le=1024)]


class Facts(TypedDict):
    """What `set.json` holds. `source` is the name of the folder or file; `skipped` as `outcome.Skipped`: reason, count, first names."""

    title: str
    shape: tuple[_Side, _Side, Annotated[int, Meta(ge=1, le=3)]]
    class_names: list[str]
    mirror: bool
    train_size: _Count
    test_size: _Count
    validation_size: _Count
    epochs: Annotated[int, Meta(ge=1, le=1000)]
    fit: str
    ground: str
    created: str
    source: str
    skipped: list[tuple[str, int, list[str]]]


class _Title(TypedDict):
    set: str
    title: str


@dataclass(frozen=True, eq=False)
class Part:
    """One split to be stored: `blocks` gives its pictures anew each time, in blocks of `block_length`."""

    count: int
    blocks: Callable[[], Iterator[NDArray[np.uint8]]]
    labels: NDArray[np.uint16] | None


def block_length(shape: tuple[int, ...]) -> int:
    """How many pictures one checksum is for: pages show a few at a time, and no more than these blocks need be read."""
    return max(1, _BLOCK_BYTES // math.prod(shape))


def identify(
    shape: tuple[int, int, int],
    class_names: tuple[str, ...],
    mirror: bool,
    validation_size: int,
    parts: dict[str, Part],
) -> tuple[str, dict[str, NDArray[np.uint8]]]:
    """The name of a set of this content, and the checksums of its blocks by split."""
    checksums = {}
    digest = hashlib.sha256(json.dumps(["images", 1, shape, class_names, mirror, validation_size]).encode())
    for split, part in sorted(parts.items()):
        sums = [hashlib.sha256(block.data).digest() for block in part.blocks()]
        checksums[split] = np.frombuffer(b"".join(sums), np.uint8).reshape(-1, 32)
        digest.update(f"{split} {part.count}".encode() + checksums[split].tobytes())
        digest.update(b"" if part.labels is None else part.labels.astype("<u2").tobytes())
    return f"own-{digest.hexdigest()[:16]}", checksums


def write(name: str, facts: Facts, parts: dict[str, Part], checksums: dict[str, NDArray[np.uint8]]) -> "OwnSet":
    """Store a set; the folder appears whole. Raises StorageWriteError."""

    def fill(folder: Path) -> None:
        (folder / _FACTS).write_text(json.dumps(facts, indent=1))
        for split, part in parts.items():
            with open(folder / f"{split}.npy", "wb") as file:
                file.write(_header((part.count, *facts["shape"])))
                for block in part.blocks():
                    file.write(block.data)
            np.save(folder / f"{split}-blocks.npy", checksums[split], allow_pickle=False)
            if part.labels is not None:
                np.save(folder / f"{split}-labels.npy", part.labels, allow_pickle=False)

    path = pictures_folder() / name
    write_sealed_folder(path, name, fill)
    return OwnSet(path)


@dataclass(frozen=True)
class OwnSet:
    """A stored set, as a `core.data.imageset.Source`.

    Raises DataCorruptError for a file that is not as it was written, SetNotFoundError where the set was removed meanwhile.
    """

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def facts(self) -> Facts:
        with self._told():
            facts = parse_json(self._folder.read(_FACTS), Facts, self.path / _FACTS)
            if facts["validation_size"] >= facts["train_size"] or not facts["test_size"]:
                raise FileDamagedError(f"{self.path / _FACTS} holds sizes that no set has.")
            return facts

    @cached_property
    def info(self) -> ImageSetInfo:
        """See `Source`. The title is the one that the set had when this was first asked for."""
        facts = self.facts
        return ImageSetInfo(
            name=self.name, title=self._title(), class_names=tuple(facts["class_names"]), mirror=facts["mirror"],
            train_size=facts["train_size"], test_size=facts["test_size"], validation_size=facts["validation_size"],
            licence=LICENCE, epochs=facts["epochs"], shape=facts["shape"], own=True,
            framing=Framing(facts["fit"], facts["ground"]),
        )  # fmt: skip

    def _title(self) -> str:
        """The one it was given last, else the one it was added with."""
        try:
            told = read_sealed(title_path(self.name), _Title)
        except FileDamagedError:  # there is none, or it is damaged: the first one still says what it is
            return self.facts["title"]
        return told["title"] if told["set"] == self.name else self.facts["title"]

    def where(self) -> str:
        return str(self.path)

    def read_part(self, part: str, *, download: bool = False, progress: bool = False) -> np.ndarray | None:
        """See `Source`."""
        split, _, kind = part.partition("_")
        if kind == "labels":
            return self._labels(split)
        shape, length = self.info.part_shape(part), block_length(self.info.shape)
        images = np.empty(shape, np.uint8)
        with self._told(), open(self._images(split), "rb", opener=without_waiting) as file:
            for number in range(len(self._checksums(split))):
                images[number * length : (number + 1) * length] = self._block(file, split, number)
        images.flags.writeable = False
        return images

    def read_rows(self, split: str, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Source`. Only the blocks that hold these images are read and checked."""
        length = block_length(self.info.shape)
        rows = np.empty((len(indices), *self.info.shape), np.uint8)
        with self._told(), open(self._images(split), "rb", opener=without_waiting) as file:
            for number in np.unique(indices // length).tolist():
                here = indices // length == number
                rows[here] = self._block(file, split, number)[indices[here] % length]
        return rows

    def _block(self, file: BinaryIO, split: str, number: int) -> NDArray[np.uint8]:
        """The pictures of a block. Read, not mapped: a file that is shortened then is an error and no end of the process."""
        total, *shape = self.info.part_shape(f"{split}_images")
        length, size = block_length(self.info.shape), math.prod(shape)
        count = min(length, total - number * length)
        file.seek(len(_header((total, *shape))) + number * length * size)
        raw = file.read(count * size)
        if hashlib.sha256(raw).digest() != self._checksums(split)[number].tobytes():
            raise FileDamagedError(f"{self._images(split)} is damaged: block {number} does not fit its checksum.")
        return np.frombuffer(raw, np.uint8).reshape(count, *shape)

    def _checksums(self, split: str) -> NDArray[np.uint8]:
        if split not in self._kept:
            name = f"{split}-blocks.npy"
            total, *shape = self.info.part_shape(f"{split}_images")
            wanted = (-(-total // block_length(tuple(shape))), 32)
            self._kept[split] = parse_array(self._folder.read(name), self.path / name, dtypes=("uint8",), shape=wanted)
        return self._kept[split]

    def _labels(self, split: str) -> NDArray[np.uint16] | None:
        if not self.info.labelled:
            return None
        name = f"{split}-labels.npy"
        with self._told():
            shape = self.info.part_shape(f"{split}_labels")
            labels = parse_array(self._folder.read(name), self.path / name, dtypes=("uint16",), shape=shape)
            if labels.max() >= len(self.info.class_names):
                raise FileDamagedError(f"{self.path / name} holds a label of no class.")
            return labels

    def _images(self, split: str) -> Path:
        return self.path / f"{split}.npy"

    @cached_property
    def _kept(self) -> dict[str, NDArray[np.uint8]]:
        return {}

    @cached_property
    def _folder(self) -> SealedFolder:
        return SealedFolder(self.path, self.name)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of reading become ones that say what to do about this set."""
        try:
            yield
        except (FileDamagedError, OSError) as error:
            if not os.path.lexists(self.path):
                raise gone(self.name) from error
            what = (
                error
                if isinstance(error, FileDamagedError)
                else f"{self.path} cannot be read: {error.strerror or error}."
            )
            raise DataCorruptError(
                f"{what} Remove the set with `python -m core data remove {self.name}` and add the pictures again; other sets are "
                "not affected."
            ) from error


def gone(name: str) -> SetNotFoundError:
    """The error for a set that is not there (any more)."""
    return SetNotFoundError(
        f"The image set {name!r} is not here: it was removed, or LATENT_LENS_ARTIFACTS names another folder than when it was "
        "added. Add the same pictures with the same choices again, and it has this very name. `python -m core data list` "
        "tells what there is."
    )


def title_path(name: str) -> Path:
    """Where the title is that a set was given after it was added; there is no file before that."""
    return pictures_folder() / f"{name}.title.json"


def write_title(name: str, title: str) -> None:
    """Give a set another title; a reader sees the old one or the new one. Raises StorageWriteError."""
    write_text(title_path(name), seal({"set": name, "title": title}))


def _header(shape: tuple[int, ...]) -> bytes:
    """Of an .npy file of uint8."""
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file.getvalue()
