"""Fit a compiled Keras model, a checkpoint every epoch. Knows nothing of pages, files of runs, or what it trains.

A training that was interrupted at any point goes on from its last whole epoch and ends at the same weights as one
that was not: the order of images and the mirroring depend on (seed, epoch) alone, and a checkpoint holds the
optimiser's state with the weights.
"""

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import keras
import numpy as np
from msgspec import Meta

from core.errors import FileDamagedError, InvalidInputError, StorageWriteError
from core.keep.files import flush, write_text
from core.keep.reading import read_bytes
from core.keep.sealed import read_sealed, seal
from core.learn.weights import load_weights, weights_bytes

Event = dict[str, Any]
OnEvent = Callable[[Event], None]

_STATE = "state.json"
_EVENT_EVERY_SECONDS = 0.5
_log = logging.getLogger(__name__)


class _State(TypedDict):
    """What a checkpoint's sealed `state.json` holds."""

    training: str  # the checkpoint's folder: the id of a run or of a loss network
    weights: str
    weights_sha256: str
    history: Annotated[list[dict[str, int | float]], Meta(min_length=1)]
    precision: Literal["float32", "mixed_bfloat16"]


@dataclass(frozen=True)
class Batches:
    """What a model is fed. Images are uint8 (n, 28, 28, 1); `target` makes what the loss compares with.

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
        """Whole batches an epoch; the odd rest is left out, another one each epoch."""
        return max(1, len(self.images) // self.batch_size)

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(self.images))
        for step in range(self.steps):
            # Sorted indices read memory in order; which images form the batch stays random.
            indices = np.sort(order[step * self.batch_size : (step + 1) * self.batch_size])
            images = as_float(self.images[indices])
            if self.mirror:
                mirrored = random.random(len(indices)) < 0.5
                images[mirrored] = images[mirrored, :, ::-1]
            yield images, self.target(indices, images)


def as_float(images: np.ndarray) -> np.ndarray:
    """uint8 images 0..255 to float32 in [0, 1], same shape."""
    return images.astype(np.float32) / 255


def cosine_schedule(peak: float, steps: int, *, warmup: int = 1) -> keras.optimizers.schedules.LearningRateSchedule:
    """Linear warm-up over the first twentieth of `steps`, then half a cosine down to zero.

    Args:
        warmup: steps that the warm-up takes at least, but for half of `steps`.
    """
    warmup = max(1, steps // 20, min(warmup, steps // 2))
    return keras.optimizers.schedules.CosineDecay(
        peak / 20, max(1, steps - warmup), warmup_target=peak, warmup_steps=warmup
    )


def fit(
    model: keras.Model,
    batches: Batches,
    *,
    epochs: int,
    checkpoint: Path,
    validate: Callable[[], dict[str, float]],
    on_event: OnEvent,
    stage: str,
) -> list[dict[str, float]]:
    """Train a compiled model for `epochs`, going on from `checkpoint` where there is one.

    Args:
        validate: called after each epoch; its figures join that epoch's history.
        on_event: called with a dict a few times a second; what it raises stops the training.
        stage: names the training in the events.

    Returns:
        One dict an epoch: `epoch` (from 1), `loss` (mean over its batches), `seconds`, `images_per_second`, and
        what `validate` returned.

    Raises:
        InvalidInputError: the loss is no longer a finite number.
        StorageWriteError: the checkpoint cannot be written.
    """
    model.optimizer.build(model.trainable_variables)
    history = _restore(model, checkpoint)
    if history:
        on_event({"event": "resumed", "stage": stage, "epoch": len(history), "epochs": epochs})
    for epoch in range(len(history), epochs):
        started = reported = time.perf_counter()
        total = 0.0
        _reseed(model, batches.seed, epoch)
        for step, (images, targets) in enumerate(batches.epoch(epoch), start=1):
            loss = float(model.train_on_batch(images, targets))
            total += loss
            now = time.perf_counter()
            if now - reported >= _EVENT_EVERY_SECONDS or step == batches.steps:
                reported = now
                _require_finite(loss, stage, epoch + 1)
                done = epoch * batches.steps + step
                rate = step * batches.batch_size / (now - started)
                on_event(
                    {
                        "event": "progress", "stage": stage, "epoch": epoch + 1, "epochs": epochs,
                        "done": done, "total": epochs * batches.steps, "loss": total / step,
                        "images_per_second": rate,
                        "seconds_left": (epochs * batches.steps - done) * batches.batch_size / rate,
                    }
                )  # fmt: skip
        seconds = time.perf_counter() - started
        row = {
            "epoch": epoch + 1,
            "loss": total / batches.steps,
            "seconds": seconds,
            "images_per_second": batches.steps * batches.batch_size / seconds,
            **validate(),
        }
        history.append(row)
        _save(model, checkpoint, history)
        on_event({"event": "epoch", "stage": stage, "epochs": epochs, **row})
    return history


def recorded_precision(checkpoint: Path) -> str | None:
    """The precision that an interrupted training used, so that it goes on with the same."""
    state = _read_state(checkpoint)
    return state["precision"] if state else None


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Dropout draws from (seed, epoch) alone: checkpoints do not hold where its random numbers were."""
    for index, layer in enumerate(model.layers):
        if isinstance(layer, keras.Model):
            _reseed(layer, seed, epoch)
        elif (generator := getattr(layer, "seed_generator", None)) is not None:
            generator.state.assign(np.random.SeedSequence([seed, epoch, index]).generate_state(2, np.uint32))


def _save(model: keras.Model, folder: Path, history: list[dict[str, float]]) -> None:
    """Weights under a new name first, then the state that names them: a kill in between loses one epoch at most."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"epoch-{len(history):04d}.weights.h5"
        weights = weights_bytes(model)
        (folder / name).write_bytes(weights)
        flush(folder / name)
        state = {
            "training": folder.name,
            "weights": name,
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
            "history": history,
            "precision": _precision_of(model),
        }
        write_text(folder / _STATE, seal(state))
        for old in folder.glob("epoch-*.weights.h5"):
            if old.name != name:
                old.unlink()
    except (OSError, StorageWriteError) as error:
        raise StorageWriteError(
            f"Cannot write the checkpoint to {folder}: {error} Make room or make the folder writable, then start the "
            "same training again: it goes on from the last whole epoch."
        ) from error


def _precision_of(model: keras.Model) -> str:
    names = {layer.dtype_policy.name for layer in model._flatten_layers()}
    return "mixed_bfloat16" if "mixed_bfloat16" in names else "float32"


def _restore(model: keras.Model, folder: Path) -> list[dict[str, float]]:
    state = _read_state(folder)
    if state is None:
        return []
    try:
        weights = read_bytes(folder / state["weights"])
        if hashlib.sha256(weights).hexdigest() != state["weights_sha256"]:
            raise FileDamagedError(f"{folder / state['weights']} is damaged: it does not fit its checksum.")
        load_weights(model, weights)
        return state["history"]
    except (FileDamagedError, OSError, ValueError, KeyError) as error:
        _begin_again(folder, error)
        return []


def _read_state(folder: Path) -> _State | None:
    path = folder / _STATE
    if not os.path.exists(path):  # noqa: PTH110 - never raises, whatever the folder's permissions
        return None
    try:
        state = read_sealed(path, _State)
        if state["training"] != folder.name:
            raise FileDamagedError(f"{path} is of the training {state['training']!r}.")
        return state
    except FileDamagedError as error:
        _begin_again(folder, error)
        return None


def _begin_again(folder: Path, error: Exception) -> None:
    """A damaged checkpoint costs time, not correctness."""
    _log.warning("%s The training begins again from nothing.", error)
    shutil.rmtree(folder, ignore_errors=True)


def _require_finite(loss: float, stage: str, epoch: int) -> None:
    if not np.isfinite(loss):
        raise InvalidInputError(
            f"The loss of stage {stage!r} is {loss} in epoch {epoch}: training has diverged. Expected a finite number. "
            "Choose a smaller learning rate."
        )
