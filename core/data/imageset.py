"""What an image set is: its facts, and its pictures in memory."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PARTS = ("train_images", "train_labels", "test_images", "test_labels")


@dataclass(frozen=True)
class Framing:
    """How a picture of any size and kind is brought to the shape of a user's own set.

    Attributes:
        fit: `fit` shows all of it, on a square of the ground; `crop` shows its middle, filling the square.
        ground: what lies under transparent parts and around what is fitted, as `#rrggbb`.
    """

    fit: str = "fit"
    ground: str = "#ffffff"


@dataclass(frozen=True)
class ImageSetInfo:
    """What is known of an image set without reading its pictures.

    Attributes:
        name: in settings, links and folder names.
        shape: of one picture: height, width, channels (1: grey, 3: red, green, blue).
        class_names: empty for a set without labels.
        mirror: whether a left-right mirrored image is still an image of its class (true for clothes, not for
            digits). Training mirrors images at random only where it is.
        validation_size: how many of the last training images are kept for choosing epochs and settings.
        epochs: how many a training takes unless told otherwise; a small set needs more to take as many steps.
        own: whether a user added it.
        framing: how a picture is brought to the set's shape. None: as in MNIST, one bright thing centred on black.
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
    shape: tuple[int, int, int] = (28, 28, 1)
    own: bool = False
    framing: Framing | None = None

    @property
    def labelled(self) -> bool:
        return bool(self.class_names)

    @property
    def fit_size(self) -> int:
        """How many training images weights are fitted to."""
        return self.train_size - self.validation_size

    def part_shape(self, part: str) -> tuple[int, ...]:
        """Of the array of one of `PARTS`."""
        count = self.train_size if part.startswith("train") else self.test_size
        return (count, *self.shape) if part.endswith("images") else (count,)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """An image set in memory.

    Images are uint8 (n, height, width, channels), 0..255, until they are fed to a model; labels whole numbers (n,), 0 up to
    the number of classes, or None for a set without. Every choice of epoch or setting is made on the validation part (the
    last images of the training set); test labels choose nothing.
    """

    info: ImageSetInfo
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.integer] | None
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.integer] | None

    @cached_property
    def fit_slice(self) -> slice:
        """The part of the training set that weights are fitted to."""
        return slice(0, len(self.train_images) - self.info.validation_size)

    @cached_property
    def validation_slice(self) -> slice:
        """The part of the training set that choices are made on: its last images."""
        return slice(len(self.train_images) - self.info.validation_size, len(self.train_images))

    def learn_from(self, images: int) -> "ImageSet":
        """The set with only the first so many images to fit weights to; those for validation and testing all stay."""
        if images >= len(self.train_images[self.fit_slice]):
            return self

        def cut(part: np.ndarray) -> np.ndarray:
            return np.concatenate([part[self.fit_slice][:images], part[self.validation_slice]])

        labels = None if self.train_labels is None else cut(self.train_labels)
        return replace(self, train_images=cut(self.train_images), train_labels=labels)


class Source(Protocol):
    """Where an image set comes from."""

    @property
    def info(self) -> ImageSetInfo: ...

    def read_part(self, part: str, *, download: bool = False, progress: bool = False) -> np.ndarray | None:
        """One of `PARTS`, verified, read-only; None for labels where there are none. Raises DataError."""

    def read_rows(self, split: str, indices: np.ndarray) -> NDArray[np.uint8]:
        """Images of `train` or `test`, uint8 (m, height, width, channels), verified. Raises DataError."""

    def where(self) -> str | None:
        """Where the pictures lie, for people; None where they are not on this machine."""
