"""What a teacher is: its facts, and how its network is trained."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import keras

    from core.data.imageset import ImageSet, ImageSetInfo
    from core.events import OnEvent
    from core.learn.teachers.config import LossNetworkConfig


class Teacher(ABC):
    """One way to train a loss network. To add one: a file with a subclass, and an entry in `TEACHERS`."""

    title: ClassVar[str]
    summary: ClassVar[str]
    uses_labels: ClassVar[bool]  # then so has everything that is trained with it

    @abstractmethod
    def outputs(self, info: "ImageSetInfo") -> int:
        """How many numbers the network's last layer gives for an image."""

    @abstractmethod
    def train(
        self, config: "LossNetworkConfig", dataset: "ImageSet", *, precision: str, checkpoint: Path, on_event: "OnEvent"
    ) -> tuple["keras.Model", dict[str, Any]]:
        """A trained network of `core.learn.models.build_loss_network`, and what is to be reported of it, as JSON.

        Args:
            dataset: with only those images to fit weights to that `config` names.
            precision: `float32` or `mixed_bfloat16`.
            checkpoint: a folder to go on from after an interruption; removed when the network is kept.

        Returns:
            The report holds `history` (one dict an epoch, see `core.learn.fit.fit`) and, where there are labels, `accuracy`
            on the validation images and `test_accuracy`, in [0, 1].
        """
