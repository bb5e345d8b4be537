"""What can be asked of a teacher: the settings of a loss network, checked when they are made."""

from dataclasses import dataclass

from core.checks import check_name
from core.data import dataset_info
from core.errors import InvalidInputError
from core.learn.architectures import LOSS_NETWORKS
from core.learn.teachers import TEACHERS
from core.trainings import OWN, check_training, fingerprint


@dataclass(frozen=True)
class LossNetworkConfig:
    """A network whose features a loss compares. Trained once, shared by all runs that name it.

    Raises InvalidInputError for a number out of its range, and for a teacher that needs labels on images without them;
    UnknownNameError.
    """

    dataset: str = "fashion_mnist"
    architecture: str = "default"
    epochs: int = OWN
    batch_size: int = 128
    learning_rate: float = 2e-3
    seed: int = 0
    images: int = OWN  # to learn from, the first of the training set; left out: all
    teacher: str = "classifier"

    def __post_init__(self) -> None:
        info = dataset_info(self.dataset)
        check_name("teacher", self.teacher, TEACHERS)
        check_name("loss network", self.architecture, LOSS_NETWORKS)
        check_training(self)
        if self.uses_labels and not info.class_names:
            raise InvalidInputError(
                f"The teacher {self.teacher!r} learns from labels, but the images of {info.title!r} have none. Expected "
                "labelled images: choose a loss that needs no such teacher (a pixel loss), or add the images with labels."
            )

    @property
    def uses_labels(self) -> bool:
        """Whether what is trained with it has seen labels."""
        return TEACHERS[self.teacher].uses_labels

    @property
    def network_id(self) -> str:
        return f"{self.dataset}-{self.architecture}-{fingerprint(self)}"
