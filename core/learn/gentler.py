"""Begin a training again, more gently, where its network died: gives the same whatever it is given.

Early steps at the full rate can push every unit of a layer below zero, where no gradient reaches it any more. The loss then
stays that of one answer for all images, no better than the mean's, and nothing that comes after brings it back.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInputError
from core.events import OnEvent
from core.learn.checkpoint import recorded_history

Trained = TypeVar("Trained")


@dataclass(frozen=True)
class Pace:
    """How fast a training learns.

    Attributes:
        number: 0 for what was asked for; the history of a gentler training names it, see `figures`.
        rate: share of the learning rate that was asked for.
        warmup: steps that the warm-up takes at least, but for half of the training.
    """

    number: int
    rate: float
    warmup: int

    @property
    def figures(self) -> dict[str, float]:
        """What every epoch's history tells of it."""
        return {"gentler": self.number} if self.number else {}


PACES = (Pace(0, 1.0, 1), Pace(1, 1 / 4, 500), Pace(2, 1 / 16, 2000))


class DeadNetworkError(Exception):
    """The network that is trained is dead. Told as InvalidInputError where no pace helps."""


class Answers:
    """How far a network's answers to different images differ, seen portion by portion."""

    def __init__(self) -> None:
        self._low: NDArray[Any] | None = None
        self._high: NDArray[Any] | None = None

    def add(self, rows: NDArray[Any]) -> None:
        """Answers (n, ...) to n images."""
        low, high = rows.min(axis=0), rows.max(axis=0)
        self._low = low if self._low is None else np.minimum(self._low, low)
        self._high = high if self._high is None else np.maximum(self._high, high)

    def differ(self, by: float) -> bool:
        """Whether any number of the answers differs so much between any two images."""
        return self._low is None or self._high is None or not bool(np.max(self._high - self._low) < by)


def is_silent(model: keras.Model, inputs: NDArray[np.float32]) -> bool:
    """Whether some layer of a functional model gives nothing but zeros for all inputs: no gradient reaches what lies before it."""
    layers = keras.Model(model.input, [layer.output for layer in model.layers[1:]])
    return not all(np.any(keras.ops.convert_to_numpy(output)) for output in layers.predict_on_batch(inputs))


def train_gently(
    train: Callable[[Pace], Trained], *, learning_rate: float, checkpoint: Path, stage: str, on_event: OnEvent
) -> Trained:
    """What `train` gives at the pace that was asked for, or at the first gentler one at which the network stays alive.

    Args:
        train: begins with untrained weights, or goes on from `checkpoint`; raises DeadNetworkError.
        learning_rate: that was asked for.

    Raises InvalidInputError where the gentlest dies, too.
    """
    history = recorded_history(checkpoint)
    begun = int(history[-1].get("gentler", 0)) if history else 0
    for pace in PACES[begun:]:
        if pace.number > begun:
            shutil.rmtree(checkpoint, ignore_errors=True)
            on_event({
                "event": "gentler", "stage": stage, "attempt": pace.number, "learning_rate": learning_rate * pace.rate,
            })  # fmt: skip
        try:
            return train(pace)
        except DeadNetworkError:
            continue
    shutil.rmtree(checkpoint, ignore_errors=True)
    raise InvalidInputError(
        f"The network of stage {stage!r} died {len(PACES)} times, last at the learning rate "
        f"{learning_rate * PACES[-1].rate:g}: it gives the same for all images. Expected answers that differ. Choose a learning "
        f"rate smaller than {learning_rate:g}, another architecture, or other pictures."
    )
