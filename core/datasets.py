"""Datasets: what each one is, and how it is found, downloaded, verified and read.

Images stay uint8 of shape (n, 28, 28, 1), range 0..255, until they are fed to a model; labels are uint8 of
shape (n,), 0..9. Every choice of epoch or setting is made on the validation part (the last images of the
training set); test labels choose nothing.
"""

import gzip
import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from core.errors import DataCorruptError, DataNotFoundError, UnknownNameError
from core.paths import BUNDLED, cache_folder

IMAGE_SHAPE = (28, 28, 1)
_IDX_UINT8 = 0x08
_TRIES = 2
_TIMEOUT_SECONDS = 30


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

    The bundled copy of a part (the project carries Fashion-MNIST's test part and its train labels) serves where
    the data is not installed, so browsing needs no download. Raises as `load`.
    """
    info = dataset_info(name)
    if part not in FILES:
        raise UnknownNameError("dataset part", part, FILES)
    if name == "digits":
        return getattr(_load_digits(info), part)
    path = find(name, part)
    if path is None and download:
        path = _download(info, part, progress)
    if path is None:
        raise DataNotFoundError(_not_found_text(info, part))
    return read_idx(path, expected_sha256=info.sha256[part], shape=_part_shape(info, part))


def find(name: str, part: str) -> Path | None:
    """Where a part lies on this machine, or None. Looks in the order of `search_places`."""
    for folder, _ in search_places(dataset_info(name)):
        for suffix in ("", ".gz"):
            path = folder / (FILES[part] + suffix)
            if path.is_file():
                return path
    return None


def search_places(info: DatasetInfo) -> Iterator[tuple[Path, str]]:
    """The folders searched for a dataset, in order, each with its name for people."""
    given = os.environ.get("LATENT_LENS_DATA")
    if given:
        for spelling in (info.name, info.name.replace("_", "-")):
            yield Path(given).expanduser() / spelling, "the folder in LATENT_LENS_DATA"
    yield cache_folder() / info.name, "the project's cache"
    keras = Path.home() / ".keras" / "datasets"
    yield keras / info.name.replace("_", "-"), "Keras's cache"
    if info.debian:
        yield Path(info.debian[1]), f"Debian's package {info.debian[0]}"
    yield BUNDLED / "data" / info.name, "the part that comes with the project"


def read_idx(path: Path, *, expected_sha256: str | None = None, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Read an IDX file of unsigned bytes, gzipped or not; image stacks get a last axis of one channel.

    Raises:
        DataCorruptError: not gzip, truncated, not IDX of unsigned bytes, or with another checksum or shape.
    """
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz" or raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DataCorruptError(
            f"Cannot unpack {path}: {error}. Expected a gzipped IDX file. Delete the file and fetch it again with "
            "`python -m core data fetch`."
        ) from error
    array = _parse_idx(raw, path)
    if expected_sha256 is not None:
        received = hashlib.sha256(raw).hexdigest()
        if received != expected_sha256:
            raise DataCorruptError(
                f"{path} has sha256 {received} when unpacked, expected {expected_sha256}. The file is damaged or of "
                "another dataset: delete it and fetch it again with `python -m core data fetch`."
            )
    if shape is not None and array.shape != shape:
        raise DataCorruptError(f"{path} holds an array of shape {array.shape}, expected {shape}.")
    return array


def _parse_idx(raw: bytes, path: Path) -> np.ndarray:
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] != _IDX_UINT8 or raw[3] not in (1, 3):
        raise DataCorruptError(
            f"{path} starts with bytes {raw[:4].hex(' ')!r}, expected '00 00 08 01' or '00 00 08 03' (an IDX file of "
            "unsigned bytes). It is not an image or label file of this dataset: delete it and fetch it again."
        )
    header = 4 + 4 * raw[3]
    if len(raw) < header:
        raise DataCorruptError(f"{path} ends inside its header ({len(raw)} bytes). Delete it and fetch it again.")
    dimensions = struct.unpack(f">{raw[3]}I", raw[4:header])
    wanted = header + int(np.prod(dimensions, dtype=np.int64))
    if len(raw) != wanted:
        raise DataCorruptError(
            f"{path} holds {len(raw)} bytes, expected {wanted} for dimensions {dimensions}: it is truncated or has "
            "bytes too many. Delete it and fetch it again with `python -m core data fetch`."
        )
    array = np.frombuffer(raw, np.uint8, offset=header).reshape(dimensions)
    return array[..., None] if array.ndim == 3 else array


def _part_shape(info: DatasetInfo, part: str) -> tuple[int, ...]:
    count = info.train_size if part.startswith("train") else info.test_size
    return (count, *IMAGE_SHAPE) if part.endswith("images") else (count,)


def _download(info: DatasetInfo, part: str, progress: bool) -> Path:
    """Fetch one gzipped file into the project's cache. The file appears whole and verified, or not at all."""
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
            read_idx(arriving, expected_sha256=info.sha256[part])
            return arriving.replace(folder / name)
        except (OSError, ValueError, DataCorruptError) as error:  # requests' errors are OSErrors
            failures.append(f"{url}: {error}")
        finally:
            arriving.unlink(missing_ok=True)
    raise DataNotFoundError(
        _not_found_text(info, part) + "\nDownloading failed:\n  " + "\n  ".join(dict.fromkeys(failures))
    )


def _not_found_text(info: DatasetInfo, part: str) -> str:
    places = "\n".join(f"  {folder} ({what})" for folder, what in search_places(info))
    ways = [
        f"with a network: `python -m core data fetch --dataset {info.name}`",
        f"put {', '.join(name + '.gz' for name in FILES.values())} into a folder {info.name}/ and set LATENT_LENS_DATA "
        "to the folder that holds it",
    ]
    if info.debian:
        ways.insert(1, f"on Debian or Ubuntu: `apt-get install {info.debian[0]}`")
    lines = "\n".join(f"  - {way}" for way in ways)
    return f"{info.title}: no {FILES[part]} or {FILES[part]}.gz in\n{places}\nTo get it:\n{lines}"


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
