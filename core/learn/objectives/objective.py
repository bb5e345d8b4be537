"""What an objective is: its facts, the loss of a drawing, and what drawings are compared with."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from core.data.imageset import ImageSet
    from core.events import OnEvent
    from core.settings import RunConfig


@dataclass(frozen=True)
class Place:
    """Where and how a training happens.

    Attributes:
        checkpoint: a folder to go on from after an interruption.
        networks: where trained loss networks are kept.
        precision: `float32` or `mixed_bfloat16`.
    """

    checkpoint: Path
    networks: Path
    precision: str


class Comparison:
    """What the drawings of one training are compared with: here the images themselves, pixel by pixel."""

    report: dict[str, Any] | None = None  # of the teacher, as JSON

    def targets(self, indices: np.ndarray, fed: np.ndarray) -> np.ndarray:
        """What the loss is given with a batch: of the training images `indices` (n,), fed as float32 (n, h, w, c) in [0, 1]."""
        return fed

    def seen(self, drawn: Any) -> Any:
        """What the loss is given of the drawings, a Keras tensor (n, h, w, c)."""
        return drawn


class Objective(ABC):
    """What a training punishes. One instance each, in `OBJECTIVES`.

    Attributes:
        colour: its accent on every page, `#rrggbb`, to be seen on a light and on a dark ground (those here: Okabe and Ito 2008).
        teacher: the type of settings of the network that it compares by, or None.
        likeness: whether it asks for a likeness: for drawings whose pixels are near the image's. Of other losses pages show
            first what the numbers hold (`core.learn.readout`), not what the loss drew.
    """

    title: ClassVar[str]
    summary: ClassVar[str]
    colour: ClassVar[str]
    teacher: ClassVar[type | None] = None
    likeness: ClassVar[bool] = False

    def uses_labels(self, config: "RunConfig") -> bool:
        """Whether what is trained with these settings has seen labels."""
        return False

    @abstractmethod
    def loss(self, target: Any, output: Any) -> Any:
        """One value per image, (n,), float32, at least 0; lower is better. The training takes the mean over a batch."""

    def seconds_an_image(self, config: "RunConfig") -> float:
        """What a step costs beside the autoencoder's own work, on two cores, for 28x28 pixels."""
        return 0.0

    def compare(self, config: "RunConfig", dataset: "ImageSet", place: Place, on_event: "OnEvent") -> Comparison:
        """Everything that is computed once before the training."""
        return Comparison()


class PixelObjective(Objective):
    """Compares a drawing with its image pixel by pixel, over all channels alike: only `loss` is its own."""

    likeness = True
