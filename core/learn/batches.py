"""Images as a model is fed with them: batches of an epoch, portions to be computed at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

_PORTION = 500
_PORTION_PIXELS = 28 * 28  # of the images of which a portion holds so many; of larger ones it holds fewer


class Feed(Protocol):
    """What a model is fed, epoch by epoch: the same for the same `seed`, however often it was interrupted."""

    @property
    def batch_size(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def steps(self) -> int:
        """Batches an epoch."""
        ...

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Inputs and targets, batch by batch. Epochs count from 0."""
        ...


@dataclass(frozen=True)
class Batches:
    """Images to be redrawn or named. Images are uint8 (n, h, w, c); `target` makes what the loss compares with.

    Attributes:
        target: called with (indices, images as fed, float32 in [0, 1]); returns the batch's targets.
        mirror: whether each image is mirrored left-right with probability one half.
    """

    images: np.ndarray
    target: Callable[[np.ndarray, np.ndarray], np.ndarray]
    batch_size: int
    seed: int
    mirror: bool

    @property
    def steps(self) -> int:
        return whole_batches(len(self.images), self.batch_size)

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        random = np.random.default_rng([self.seed, epoch])
        for indices in shuffled(random, len(self.images), self.batch_size):
            images = as_float(self.images[indices])
            if self.mirror:
                mirrored = random.random(len(indices)) < 0.5
                images[mirrored] = images[mirrored, :, ::-1]
            yield images, self.target(indices, images)


def whole_batches(count: int, size: int) -> int:
    """How many batches an epoch has, at least one; the odd rest is left out, another one each epoch."""
    return max(1, count // size)


def shuffled(random: np.random.Generator, count: int, size: int) -> Iterator[np.ndarray]:
    """An epoch's batches: the indices 0 to `count` - 1 in random order, int64 (size,) at a time; fewer only where there are fewer."""
    order = random.permutation(count)
    for step in range(whole_batches(count, size)):
        # Sorted indices read memory in order; which of them form the batch stays random.
        yield np.sort(order[step * size : (step + 1) * size])


def as_float(images: np.ndarray) -> np.ndarray:
    """uint8 images 0..255 to float32 in [0, 1], same shape."""
    return images.astype(np.float32) / 255


def portions(images: np.ndarray, count: int = _PORTION) -> Iterator[slice]:
    """Slices of images (n, h, w, c) that fit into memory with their feature maps: `count` of 28x28 pixels at once."""
    size = max(1, min(count, count * _PORTION_PIXELS // (images.shape[1] * images.shape[2])))
    for start in range(0, len(images), size):
        yield slice(start, min(start + size, len(images)))


def predict(model: Any, images: np.ndarray) -> Iterator[np.ndarray]:
    """What a Keras model gives for images (uint8), portion by portion."""
    import keras

    for portion in portions(images):
        yield keras.ops.convert_to_numpy(model.predict_on_batch(as_float(images[portion])))
