"""Features that a loss compares: the frozen network that gives them, and those of all targets, computed once."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from core.checks import check_name
from core.events import OnEvent
from core.learn.batches import as_float, portions
from core.learn.layers import DataParallel
from core.learn.teachers.taps import TAPS

# Above this width target features are kept in half precision.
_WIDE = 512
# What takes more is computed anew for each batch: 60,000 images x 2 x 2,304 halves are 0.55 GB.
_MOST_BYTES = 1_000_000_000
_VARIANCE_SAMPLE = 2_000


def build_extractor(network: keras.Model, tap: str, images: np.ndarray) -> keras.Model:
    """Images (n, h, w, c) in [0, 1] to features (n, d), float32, with the network's weights frozen.

    The parts of a tap are scaled so that the mean squared difference over the d features is the share of the features'
    variance over `images` (uint8, training images) that is lost: 0 is perfect, 1 no better than always the mean.
    """
    check_name("tap", tap, TAPS)
    parts = [(layers.Flatten(dtype="float32")(tensor), weight) for tensor, weight in TAPS[tap].parts(network)]
    width = sum(tensor.shape[1] for tensor, _ in parts)
    scaled = []
    for (tensor, weight), variance in zip(parts, _variances(network, parts, images[:_VARIANCE_SAMPLE]), strict=True):
        scaled.append(tensor * float(np.sqrt(weight * width / max(variance, 1e-12))))
    features = ops.concatenate(scaled, axis=1) if len(scaled) > 1 else scaled[0]
    extractor = keras.Model(network.input, features, name="features")
    extractor.trainable = False
    return extractor


def _variances(network: keras.Model, parts: list[Any], images: np.ndarray) -> list[float]:
    """Of each part: the variance over the images, summed over its features."""
    probe = keras.Model(network.input, [tensor for tensor, _ in parts])
    seen = []
    for portion in portions(images, len(images)):
        found = probe.predict_on_batch(as_float(images[portion]))
        seen.append([ops.convert_to_numpy(one) for one in (found if isinstance(found, list) else [found])])
    return [float(np.var(np.concatenate(values), axis=0, dtype=np.float64).sum()) for values in zip(*seen, strict=True)]


def target_features(extractor: keras.Model, images: np.ndarray, on_event: OnEvent) -> np.ndarray | None:
    """Features of each image (uint8) and of its mirror image: (n, 2, d). None where they would take too much memory."""
    width = extractor.output.shape[1]
    dtype = np.dtype(np.float16 if width > _WIDE else np.float32)
    if 2 * len(images) * width * dtype.itemsize > _MOST_BYTES:
        return None
    parallel = DataParallel(extractor.input, extractor.output)
    result = np.empty((len(images), 2, width), dtype)
    for step, portion in enumerate(portions(images)):
        result[portion] = both_ways(parallel, as_float(images[portion]))
        if step % 10 == 0:
            on_event({"event": "progress", "stage": "target features", "done": portion.start, "total": len(images)})
    return result


def both_ways(extractor: keras.Model, fed: np.ndarray) -> np.ndarray:
    """Features of images (n, h, w, c) in [0, 1] and of their mirror images: float32 (n, 2, d)."""
    views = (fed, fed[:, :, ::-1])
    return np.stack([ops.convert_to_numpy(extractor.predict_on_batch(view)) for view in views], axis=1)
