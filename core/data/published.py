"""Image sets published as IDX files: what each one is, and how it is found, downloaded, verified and read."""

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.idx import read_idx
from core.data.imageset import ImageSetInfo
from core.errors import DataCorruptError, DataError, DataNotFoundError, InvalidInputError, StorageWriteError
from core.paths import BUNDLED, cache_folder

FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
_TRIES = 2
_TIMEOUT_SECONDS = 30
_GIVEN = "the folder in LATENT_LENS_DATA"

_log = logging.getLogger(__name__)
Stamp = tuple[Any, ...]
_said: set[str] = set()  # faults that were told
_verified: dict[Path, Stamp | None] = {}  # copies found sound, as they were then


@dataclass(frozen=True)
class Published:
    """A published image set.

    A file that cannot be used is passed over, with a logged warning, and the next place serves. The bundled copy of a
    part (the project carries Fashion-MNIST's test part and its train labels) serves where the set is not installed, so
    browsing needs no download.

    Attributes:
        sha256: checksum of the *unpacked* bytes of each file; gzip bytes differ between sources.
        urls: published addresses, tried in order.
        debian: the Debian package and the folder that it fills, where there is one.
    """

    info: ImageSetInfo
    sha256: Mapping[str, str]
    urls: tuple[str, ...]
    debian: tuple[str, str] | None = None

    def read_part(self, part: str, *, download: bool = False, progress: bool = False) -> np.ndarray:
        """See `core.data.imageset.Source`. Raises DataNotFoundError or DataCorruptError."""
        _, array, faults = self._search(part)
        _warn(faults)
        if array is None and download:
            array = self._download(part, progress, faults)
        if array is None:
            raise self._not_found(part, faults)
        return array

    def read_rows(self, split: str, indices: np.ndarray) -> NDArray[np.uint8]:
        """See `core.data.imageset.Source`."""
        part = f"{split}_images"
        path = self.find(part)
        if path is None:
            raise self._not_found(part, self._search(part, read=False)[2])
        return _kept(path, _stamp(path, self.sha256.get(part)), self.info.part_shape(part))[indices]

    def where(self) -> str | None:
        path = self.find("train_images")
        return str(path.parent) if path else None

    def find(self, part: str) -> Path | None:
        """Where the copy of a part lies that `read_part` would use, or None. Verifies it, once a process and file."""
        path, _, faults = self._search(part, read=False)
        _warn(faults)
        return path

    def search_places(self) -> Iterator[tuple[Path, str]]:
        """The folders searched, in order, each with its name for people."""
        name = self.info.name
        given = os.environ.get("LATENT_LENS_DATA")
        if given:
            with contextlib.suppress(RuntimeError):  # no such user: `_wrong_setting` says so
                for spelling in (name, name.replace("_", "-")):
                    yield Path(given).expanduser() / spelling, _GIVEN
        with contextlib.suppress(
            InvalidInputError, StorageWriteError
        ):  # told with the runs; what is bundled can be read
            yield cache_folder() / name, "the project's cache"
        with contextlib.suppress(RuntimeError):  # an account without a home has no cache of Keras's
            yield Path.home() / ".keras" / "datasets" / name.replace("_", "-"), "Keras's cache"
        if self.debian:
            yield Path(self.debian[1]), f"Debian's package {self.debian[0]}"
        yield BUNDLED / "data" / name, "the part that comes with the project"

    def _search(self, part: str, *, read: bool = True) -> tuple[Path | None, np.ndarray | None, list[DataError]]:
        """The first copy of a part that can be used, and what is wrong with what was found before it.

        Without `read`, a copy that is as it was when it was last verified is not read again, and there is no array.
        """
        wrong = _wrong_setting()
        faults: list[DataError] = [wrong] if wrong else []
        for folder, what in self.search_places():
            if wrong and what == _GIVEN:
                continue
            try:
                paths = _spellings(folder, part)
            except (OSError, ValueError) as error:
                faults.append(DataNotFoundError(f"{_shown(folder)} ({what}) cannot be read: {_reason(error)}."))
                continue
            for path in paths:
                stamp = _stamp(path, self.sha256.get(part))
                if not read and stamp and _verified.get(path) == stamp:
                    return path, None, faults
                try:
                    array = read_idx(path, expected_sha256=self.sha256.get(part), shape=self.info.part_shape(part))
                except DataCorruptError as error:
                    faults.append(error)
                else:
                    _verified[path] = stamp
                    return path, array, faults
        return None, None, faults

    def _download(self, part: str, progress: bool, faults: list[DataError]) -> np.ndarray:
        """Fetch one gzipped file into the project's cache and read it. The file appears whole and verified, or not at all."""
        import pooch

        name = FILES[part] + ".gz"
        folder = cache_folder() / self.info.name
        arriving = folder / f"{name}.arriving-{os.getpid()}"
        fetch = pooch.HTTPDownloader(progressbar=progress, timeout=_TIMEOUT_SECONDS)
        failures = []
        for url in [address + name for address in self.urls] * _TRIES:
            try:
                # pooch's own hash would be of the gzip bytes, which differ between sources: the unpacked bytes are checked.
                pooch.retrieve(url, known_hash=None, fname=arriving.name, path=folder, downloader=fetch)
                array = read_idx(arriving, expected_sha256=self.sha256[part], shape=self.info.part_shape(part))
                path = arriving.replace(folder / name)
                _verified[path] = _stamp(path, self.sha256.get(part))
                return array
            except (OSError, ValueError, DataCorruptError) as error:  # requests' errors are OSErrors
                failures.append(f"{url}: {error}")
            finally:
                with contextlib.suppress(OSError):
                    arriving.unlink(missing_ok=True)
        raise self._not_found(part, faults, failures)

    def _not_found(self, part: str, faults: list[DataError], failures: Iterable[str] = ()) -> DataError:
        """The error that says where a part was looked for, what was found there, and the ways to get it."""
        ways = [
            f"with a network: `python -m core data fetch --dataset {self.info.name}`",
            f"put {', '.join(name + '.gz' for name in FILES.values())} into a folder {self.info.name}/ and set LATENT_LENS_DATA "
            "to the folder that holds it",
        ]
        if self.debian:
            again = "--reinstall " if any(self.debian[1] in str(fault) for fault in faults) else ""
            ways.insert(1, f"on Debian or Ubuntu: `apt-get install {again}{self.debian[0]}`")
        damaged = any(isinstance(fault, DataCorruptError) for fault in faults)
        places = [f"{_shown(folder)} ({what})" for folder, what in self.search_places()]
        text = f"{self.info.title}: no {'usable ' if damaged else ''}{FILES[part]} or {FILES[part]}.gz in" + _list(
            places
        )
        if faults:
            text += "\nWhat was found and cannot be used:" + _list(faults)
        text += "\nTo get it:" + _list(f"- {way}" for way in ways)
        if failures:
            text += "\nDownloading failed:" + _list(dict.fromkeys(failures))
        return DataCorruptError(text) if damaged else DataNotFoundError(text)


FASHION_MNIST = Published(
    ImageSetInfo(
        name="fashion_mnist",
        title="Fashion-MNIST",
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        mirror=True,
        train_size=60_000,
        test_size=10_000,
        validation_size=5_000,
        licence="MIT",
    ),
    sha256={
        "train_images": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train_labels": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "test_images": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "test_labels": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    urls=(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    debian=("dataset-fashion-mnist", "/usr/share/datasets/fashion-mnist"),
)
MNIST = Published(
    ImageSetInfo(
        name="mnist",
        title="MNIST",
        class_names=tuple("0123456789"),
        mirror=False,
        train_size=60_000,
        test_size=10_000,
        validation_size=5_000,
        licence="CC BY-SA 3.0",
    ),
    sha256={
        "train_images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train_labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "test_images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "test_labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    urls=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
)


@lru_cache(maxsize=2)
def _kept(path: Path, stamp: Stamp, shape: tuple[int, ...]) -> np.ndarray:
    """A file that was verified, kept in memory: pages ask for a few of its pictures at a time."""
    return read_idx(path, expected_sha256=stamp[-1], shape=shape)


def _spellings(folder: Path, part: str) -> list[Path]:
    """The files of a folder that are named as the part, with a dot for a dash or not, gzipped or not, in either case."""
    try:
        paths = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path for path in paths if path.name.lower().removesuffix(".gz").replace(".", "-") == FILES[part]]


def _stamp(path: Path, sha256: str | None) -> Stamp | None:
    """Changes whenever a file, or what is expected of it, is another."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_ino, now.st_size, now.st_mtime_ns, sha256


def _wrong_setting() -> DataError | None:
    """What is wrong with LATENT_LENS_DATA, if anything is."""
    given = os.environ.get("LATENT_LENS_DATA")
    if not given:
        return None
    try:
        next(Path(given).expanduser().iterdir(), None)
    except (OSError, ValueError, RuntimeError) as error:
        return DataNotFoundError(
            f"LATENT_LENS_DATA is {given!r}, which cannot be used: {_reason(error)}. Expected a folder that holds one "
            f"folder an image set ({FASHION_MNIST.info.name}, {MNIST.info.name}). Set it to such a folder, or unset it."
        )
    return None


def _warn(faults: list[DataError]) -> None:
    """Say what was passed over, once a process."""
    for fault in map(str, faults):
        if fault not in _said:
            _said.add(fault)
            _log.warning("Passed over: %s", fault)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).rstrip(".")


def _shown(path: Path) -> str:
    """A path as text that can be printed in one line."""
    return str(path) if str(path).isprintable() else repr(str(path))


def _list(lines: Iterable[object]) -> str:
    return "".join(f"\n  {line}" for line in lines)
