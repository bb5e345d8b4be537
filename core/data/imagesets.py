"""Datasets: what each one is, and how it is found, downloaded, verified and read.

Images stay uint8 of shape (n, 28, 28, 1), range 0..255, until they are fed to a model; labels are uint8 of
shape (n,), 0..9. Every choice of epoch or setting is made on the validation part (the last images of the
training set); test labels choose nothing.
"""

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from core.data.idx import read_idx
from core.errors import (
    DataCorruptError,
    DataError,
    DataNotFoundError,
    InvalidInputError,
    StorageWriteError,
    UnknownNameError,
)
from core.paths import BUNDLED, cache_folder

IMAGE_SHAPE = (28, 28, 1)
_TRIES = 2
_TIMEOUT_SECONDS = 30
_GIVEN = "the folder in LATENT_LENS_DATA"

_log = logging.getLogger(__name__)
_said: set[str] = set()  # faults that were told
_verified: dict[Path, tuple | None] = {}  # copies found sound, as they were then


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a dataset without reading it.

    Attributes:
        mirror: whether a left-right mirrored image is still an image of its class (true for clothes, not for
            digits). Training mirrors images at random only where it is.
        validation_size: how many of the last training images are kept for choosing epochs and settings.
        epochs: how many a training takes unless told otherwise; a small set needs more to take as many steps.
        sha256: checksum of the *unpacked* bytes of each file; gzip bytes differ between sources.
        urls: published addresses, tried in order.
        debian: the Debian package and the folder that it fills, where there is one.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    mirror: bool
    train_size: int
    test_size: int
    validation_size: int
    licence: str
    epochs: int = 10
    sha256: dict[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    debian: tuple[str, str] | None = None

    @property
    def fit_size(self) -> int:
        """How many training images weights are fitted to."""
        return self.train_size - self.validation_size


@dataclass(frozen=True, eq=False)
class ImageDataset:
    """A dataset in memory. Arrays: images uint8 (n, 28, 28, 1), labels uint8 (n,)."""

    info: DatasetInfo
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    @cached_property
    def fit_slice(self) -> slice:
        """The part of the training set that weights are fitted to."""
        return slice(0, len(self.train_images) - self.info.validation_size)

    def learn_from(self, images: int) -> "ImageDataset":
        """The dataset with only the first so many images to fit weights to; those for validation and testing all stay."""
        if images >= len(self.train_images[self.fit_slice]):
            return self

        def cut(part: np.ndarray) -> np.ndarray:
            return np.concatenate([part[self.fit_slice][:images], part[self.validation_slice]])

        return replace(self, train_images=cut(self.train_images), train_labels=cut(self.train_labels))

    @cached_property
    def validation_slice(self) -> slice:
        """The part of the training set that choices are made on: its last images."""
        return slice(len(self.train_images) - self.info.validation_size, len(self.train_images))


FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}

DATASETS: dict[str, DatasetInfo] = {
    "fashion_mnist": DatasetInfo(
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
    ),
    "mnist": DatasetInfo(
        name="mnist",
        title="MNIST",
        class_names=tuple("0123456789"),
        mirror=False,
        train_size=60_000,
        test_size=10_000,
        validation_size=5_000,
        licence="CC BY-SA 3.0",
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
    ),
    "digits": DatasetInfo(
        name="digits",
        title="Digits (small)",
        class_names=tuple("0123456789"),
        mirror=False,
        train_size=1_437,
        test_size=360,
        validation_size=180,
        licence="CC BY 4.0",
        epochs=60,
    ),
}


def dataset_info(name: str) -> DatasetInfo:
    """The registry entry of `name`. Raises UnknownNameError."""
    try:
        return DATASETS[name]
    except (KeyError, TypeError):
        raise UnknownNameError("dataset", name, DATASETS) from None


def load(name: str, *, download: bool = True, progress: bool = False) -> ImageDataset:
    """Find (or download), verify and read a dataset.

    Raises:
        UnknownNameError: no such dataset.
        DataNotFoundError: found nowhere, and it could not be downloaded.
        DataCorruptError: found, but damaged.
    """
    info = dataset_info(name)
    if name == "digits":
        return _load_digits(info)
    read = {part: read_part(name, part, download=download, progress=progress) for part in FILES}
    return ImageDataset(info, **read)


def read_part(name: str, part: str, *, download: bool = False, progress: bool = False) -> np.ndarray:
    """One of `train_images`, `train_labels`, `test_images`, `test_labels`, verified.

    A file that cannot be used is passed over, with a logged warning, and the next place serves. The bundled copy of a
    part (the project carries Fashion-MNIST's test part and its train labels) serves where the data is not installed,
    so browsing needs no download. Raises as `load`.
    """
    info = dataset_info(name)
    _check_part(part)
    if name == "digits":
        return getattr(_load_digits(info), part)
    _, array, faults = _search(info, part)
    _warn(faults)
    if array is None and download:
        array = _download(info, part, progress, faults)
    if array is None:
        raise _not_found(info, part, faults)
    return array


def find(name: str, part: str) -> Path | None:
    """Where the copy of a part lies that `read_part` would use, or None. Verifies it, once a process and file."""
    info = dataset_info(name)
    _check_part(part)
    path, _, faults = _search(info, part, read=False)
    _warn(faults)
    return path


def search_places(info: DatasetInfo) -> Iterator[tuple[Path, str]]:
    """The folders searched for a dataset, in order, each with its name for people."""
    given = os.environ.get("LATENT_LENS_DATA")
    if given:
        with contextlib.suppress(RuntimeError):  # no such user: `_wrong_setting` says so
            for spelling in (info.name, info.name.replace("_", "-")):
                yield Path(given).expanduser() / spelling, _GIVEN
    with contextlib.suppress(InvalidInputError, StorageWriteError):  # told with the runs; what is bundled can be read
        yield cache_folder() / info.name, "the project's cache"
    with contextlib.suppress(RuntimeError):  # an account without a home has no cache of Keras's
        yield Path.home() / ".keras" / "datasets" / info.name.replace("_", "-"), "Keras's cache"
    if info.debian:
        yield Path(info.debian[1]), f"Debian's package {info.debian[0]}"
    yield BUNDLED / "data" / info.name, "the part that comes with the project"


def _check_part(part: str) -> None:
    if part not in FILES:
        raise UnknownNameError("dataset part", part, FILES)


def _search(
    info: DatasetInfo, part: str, *, read: bool = True
) -> tuple[Path | None, np.ndarray | None, list[DataError]]:
    """The first copy of a part that can be used, and what is wrong with what was found before it.

    Without `read`, a copy that is as it was when it was last verified is not read again, and there is no array.
    """
    wrong = _wrong_setting()
    faults: list[DataError] = [wrong] if wrong else []
    for folder, what in search_places(info):
        if wrong and what == _GIVEN:
            continue
        try:
            paths = _spellings(folder, part)
        except (OSError, ValueError) as error:
            faults.append(DataNotFoundError(f"{_shown(folder)} ({what}) cannot be read: {_reason(error)}."))
            continue
        for path in paths:
            stamp = _stamp(path, info, part)
            if not read and stamp and _verified.get(path) == stamp:
                return path, None, faults
            try:
                array = read_idx(path, expected_sha256=info.sha256.get(part), shape=_part_shape(info, part))
            except DataCorruptError as error:
                faults.append(error)
            else:
                _verified[path] = stamp
                return path, array, faults
    return None, None, faults


def _spellings(folder: Path, part: str) -> list[Path]:
    """The files of a folder that are named as the part, with a dot for a dash or not, gzipped or not, in either case."""
    try:
        paths = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path for path in paths if path.name.lower().removesuffix(".gz").replace(".", "-") == FILES[part]]


def _stamp(path: Path, info: DatasetInfo, part: str) -> tuple | None:
    """Changes whenever a file, or what is expected of it, is another."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_ino, now.st_size, now.st_mtime_ns, info.sha256.get(part)


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
            f"folder a dataset ({', '.join(DATASETS)}). Set it to such a folder, or unset it."
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


def _part_shape(info: DatasetInfo, part: str) -> tuple[int, ...]:
    count = info.train_size if part.startswith("train") else info.test_size
    return (count, *IMAGE_SHAPE) if part.endswith("images") else (count,)


def _download(info: DatasetInfo, part: str, progress: bool, faults: list[DataError]) -> np.ndarray:
    """Fetch one gzipped file into the project's cache and read it. The file appears whole and verified, or not at all."""
    import pooch

    name = FILES[part] + ".gz"
    folder = cache_folder() / info.name
    arriving = folder / f"{name}.arriving-{os.getpid()}"
    fetch = pooch.HTTPDownloader(progressbar=progress, timeout=_TIMEOUT_SECONDS)
    failures = []
    for url in [address + name for address in info.urls] * _TRIES:
        try:
            # pooch's own hash would be of the gzip bytes, which differ between sources: the unpacked bytes are checked.
            pooch.retrieve(url, known_hash=None, fname=arriving.name, path=folder, downloader=fetch)
            array = read_idx(arriving, expected_sha256=info.sha256[part], shape=_part_shape(info, part))
            path = arriving.replace(folder / name)
            _verified[path] = _stamp(path, info, part)
            return array
        except (OSError, ValueError, DataCorruptError) as error:  # requests' errors are OSErrors
            failures.append(f"{url}: {error}")
        finally:
            with contextlib.suppress(OSError):
                arriving.unlink(missing_ok=True)
    raise _not_found(info, part, faults, failures)


def _not_found(info: DatasetInfo, part: str, faults: list[DataError], failures: Iterable[str] = ()) -> DataError:
    """The error that says where a part was looked for, what was found there, and the ways to get it."""
    ways = [
        f"with a network: `python -m core data fetch --dataset {info.name}`",
        f"put {', '.join(name + '.gz' for name in FILES.values())} into a folder {info.name}/ and set LATENT_LENS_DATA "
        "to the folder that holds it",
    ]
    if info.debian:
        again = "--reinstall " if any(info.debian[1] in str(fault) for fault in faults) else ""
        ways.insert(1, f"on Debian or Ubuntu: `apt-get install {again}{info.debian[0]}`")
    damaged = any(isinstance(fault, DataCorruptError) for fault in faults)
    places = [f"{_shown(folder)} ({what})" for folder, what in search_places(info)]
    text = f"{info.title}: no {'usable ' if damaged else ''}{FILES[part]} or {FILES[part]}.gz in" + _list(places)
    if faults:
        text += "\nWhat was found and cannot be used:" + _list(faults)
    text += "\nTo get it:" + _list(f"- {way}" for way in ways)
    if failures:
        text += "\nDownloading failed:" + _list(dict.fromkeys(failures))
    return DataCorruptError(text) if damaged else DataNotFoundError(text)


def _list(lines: Iterable[object]) -> str:
    return "".join(f"\n  {line}" for line in lines)


def _load_digits(info: DatasetInfo) -> ImageDataset:
    """scikit-learn's 1,797 digits of 8x8 pixels (0..16), resized to 28x28 (0..255), split 80/20 by class."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    large = zoom(digits.images, (1, 3.5, 3.5), order=1, grid_mode=True, mode="nearest")
    images = np.clip(np.round(large * (255 / 16)), 0, 255).astype(np.uint8)[..., None]
    labels = digits.target.astype(np.uint8)
    train, test = train_test_split(np.arange(len(labels)), test_size=0.2, random_state=0, stratify=labels)
    return ImageDataset(info, images[train], labels[train], images[test], labels[test])
