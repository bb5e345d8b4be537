"""Fit a compiled Keras model, a checkpoint every epoch. Knows nothing of pages, files of runs, or what it trains.

A training that was interrupted at any point goes on from its last whole epoch and ends at the same weights as one
that was not: the order of images and the mirroring depend on (seed, epoch) alone, and a checkpoint holds the
optimiser's state with the weights.
"""

import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from core.errors import InvalidInputError
from core.events import OnEvent
from core.learn.batches import Feed
from core.learn.checkpoint import restore, save

History = list[dict[str, float]]

_EVENT_EVERY_SECONDS = 0.5


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
    batches: Feed,
    *,
    epochs: int,
    checkpoint: Path,
    validate: Callable[[], dict[str, float]],
    on_event: OnEvent,
    stage: str,
) -> History:
    """Train a compiled model for `epochs`, going on from `checkpoint` where there is one.

    Args:
        validate: called after each epoch; its figures join that epoch's history, and what it raises stops the training.
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
    history = restore(model, checkpoint)
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
        save(model, checkpoint, history)
        on_event({"event": "epoch", "stage": stage, "epochs": epochs, **row})
    return history


def _reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Dropout draws from (seed, epoch) alone: checkpoints do not hold where its random numbers were."""
    for index, layer in enumerate(model.layers):
        if isinstance(layer, keras.Model):
            _reseed(layer, seed, epoch)
        elif (generator := getattr(layer, "seed_generator", None)) is not None:
            generator.state.assign(np.random.SeedSequence([seed, epoch, index]).generate_state(2, np.uint32))


def _require_finite(loss: float, stage: str, epoch: int) -> None:
    if not np.isfinite(loss):
        raise InvalidInputError(
            f"The loss of stage {stage!r} is {loss} in epoch {epoch}: training has diverged. Expected a finite number. "
            "Choose a smaller learning rate."
        )
