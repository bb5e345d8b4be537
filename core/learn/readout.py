"""Read-outs: what the numbers hold. The same small decoder for all runs, fitted to embeddings that stay as they are.

A drawing shows what a loss asked for, which may be no likeness. A decoder that is trained on the finished embeddings, with
pixel MSE, shows what can be read back from them (Dosovitskiy and Brox 2016, Inverting visual representations).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from core.events import OnEvent
from core.learn.architectures.own import Narrow
from core.learn.batches import as_float, portions, shuffled, whole_batches
from core.learn.checkpoint import recorded_precision
from core.learn.export import onnx_bytes
from core.learn.fit import History, cosine_schedule, fit
from core.learn.gentler import DeadNetworkError, Pace, is_silent, train_gently
from core.learn.layers import DataParallel, share_processors
from core.learn.models import decoder_of
from core.learn.objectives import OBJECTIVES
from core.learn.precision import choose_precision

STAGE = "read-out"
_BATCH = 128
_LEARNING_RATE = 5e-3  # peak of the schedule
_SAMPLE = 100


@dataclass(frozen=True, eq=False)
class Codes:
    """Embeddings with the images that they are of; see `core.learn.batches.Feed`.

    Attributes:
        embeddings: float32 (n, latent).
        images: uint8 (n, h, w, c).
    """

    embeddings: np.ndarray
    images: np.ndarray
    batch_size: int
    seed: int

    @property
    def steps(self) -> int:
        return whole_batches(len(self.images), self.batch_size)

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Embeddings float32 (b, latent) and images float32 (b, h, w, c) in [0, 1]."""
        random = np.random.default_rng([self.seed, epoch])
        for indices in shuffled(random, len(self.images), self.batch_size):
            yield self.embeddings[indices], as_float(self.images[indices])


@dataclass(frozen=True, eq=False)
class Readout:
    """A trained read-out.

    Attributes:
        mean, spread: float32 (latent,), by which each latent number is brought to mean 0 and spread 1.
        decoder: such numbers (n, latent) to images (n, h, w, c) in (0, 1), float32.
        history: one dict an epoch, see `core.learn.fit.fit`, with the `validation_mse`.
    """

    mean: np.ndarray
    spread: np.ndarray
    decoder: keras.Model
    history: History

    def onnx(self) -> bytes:
        """An ONNX model that takes embeddings as they are stored: what is done to them is inside it."""
        stored = keras.Input(self.decoder.input.shape[1:], name="embedding")
        standard = ops.multiply(ops.subtract(stored, self.mean[None]), 1 / self.spread[None])
        return onnx_bytes(keras.Model(stored, self.decoder(standard), name="readout"))


def train_readout(
    embeddings: np.ndarray,
    images: np.ndarray,
    held_out: slice,
    *,
    epochs: int,
    seed: int,
    checkpoint: Path,
    precision_cache: Path,
    on_event: OnEvent,
) -> Readout:
    """Fit a read-out to training images, but for those held out for validation, and their embeddings.

    Args:
        embeddings: (n, latent), as they are stored.
        images: uint8 (n, h, w, c).
        checkpoint: a folder to go on from after an interruption.

    Raises InvalidInputError where it diverges, or dies at the gentlest pace, too; StorageWriteError.
    """
    share_processors()
    precision = recorded_precision(checkpoint) or choose_precision(precision_cache)
    fitted = np.delete(embeddings, held_out, axis=0).astype(np.float64)
    mean, spread = fitted.mean(axis=0).astype(np.float32), fitted.std(axis=0).astype(np.float32)
    alive = bool(spread.any())  # of a collapsed run only the mean picture can be read
    spread = np.where(spread > 0, spread, np.float32(1))
    standard = ((embeddings - mean) / spread).astype(np.float32)
    shape, latent = images.shape[1:], embeddings.shape[1]
    known, given = np.delete(images, held_out, axis=0), np.delete(standard, held_out, axis=0)
    fed = Codes(given, known, min(_BATCH, len(known)), seed)

    def train(pace: Pace) -> Readout:
        keras.utils.set_random_seed(seed)
        mean_pixel = min(max(float(known.mean()) / 255, 0.02), 0.98)
        decoder = decoder_of(Narrow(), shape, latent, precision, mean=mean_pixel)
        model = DataParallel(decoder.input, decoder.output, name="readout_training")
        schedule = cosine_schedule(pace.rate * _LEARNING_RATE, epochs * fed.steps, warmup=pace.warmup)
        model.compile(keras.optimizers.Adam(schedule), OBJECTIVES["mse"].loss)

        def validate() -> dict[str, float]:
            if alive and is_silent(decoder, standard[held_out][:_SAMPLE]):
                raise DeadNetworkError
            return {"validation_mse": _mse(model, standard[held_out], images[held_out]), **pace.figures}

        history = fit(
            model, fed, epochs=epochs, checkpoint=checkpoint, validate=validate, on_event=on_event, stage=STAGE
        )
        plain = decoder_of(Narrow(), shape, latent, "float32")
        plain.set_weights(decoder.get_weights())
        return Readout(mean, spread, plain, history)

    return train_gently(train, learning_rate=_LEARNING_RATE, checkpoint=checkpoint, stage=STAGE, on_event=on_event)


def _mse(model: keras.Model, standard: np.ndarray, images: np.ndarray) -> float:
    """Mean squared pixel error of images (uint8) that are drawn from embeddings."""
    errors = []
    for portion in portions(images):
        drawn = ops.convert_to_numpy(model.predict_on_batch(standard[portion]))
        errors.append(np.square(drawn - as_float(images[portion])).mean(axis=(1, 2, 3)))
    return float(np.concatenate(errors).mean())
