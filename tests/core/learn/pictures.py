"""Image sets of any size, number of channels and classes, made in memory and known by their name."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.data import PUBLISHED, ImageSet, ImageSetInfo


def pictures(side: int, channels: int, classes: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Squares, uint8 (count, side, side, channels), whose place, size and colour are their class's; and labels (count,)."""
    random = np.random.default_rng(seed)
    looks = np.random.default_rng(99)
    places, sizes = looks.integers(0, side // 2, (classes, 2)), looks.integers(side // 4, side // 2, classes)
    colours = looks.integers(60, 256, (classes, channels))
    labels = np.arange(count) % classes
    images = random.integers(0, 60, (count, side, side, channels), np.uint8)
    for image, label in zip(images, labels, strict=True):
        (row, column), size = places[label] + random.integers(0, 3, 2), sizes[label]
        image[row : row + size, column : column + size] = colours[label]
    return images, labels.astype(np.int16)


def known_set(patch: pytest.MonkeyPatch, *, side=32, channels=3, classes=12, train=300, labelled=True) -> ImageSet:
    """A set `squares`, which settings may name while the test runs. 48 images are for validation, 60 for testing."""
    images, labels = pictures(side, channels, classes, train + 60)
    info = ImageSetInfo(
        name="squares", title="Squares", class_names=tuple(f"square {number}" for number in range(classes)) * labelled,
        mirror=False, train_size=train, test_size=60, validation_size=48, licence="", epochs=2, shape=(side, side, channels),
    )  # fmt: skip
    patch.setitem(PUBLISHED, "squares", SimpleNamespace(info=info))
    known = labels if labelled else None
    return ImageSet(
        info, images[:train], known if known is None else known[:train], images[train:], known if known is None else known[train:]
    )  # fmt: skip
