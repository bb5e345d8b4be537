"""What an architecture and a loss network are: their facts, and their layers for pictures of any size.

Pictures are square, with a side that is a multiple of four. Pixels enter and leave as floats in [0, 1].
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class Architecture(ABC):
    """The layers of an encoder and a decoder. To add one: a file with a subclass, and an entry in `ARCHITECTURES`.

    Attributes:
        images_per_second: that a training of the autoencoder alone takes, for 28x28 pixels; measured once on two cores, for
            the first estimate of how long a training lasts.
    """

    title: ClassVar[str]
    summary: ClassVar[str]
    images_per_second: ClassVar[float]

    @abstractmethod
    def encode(self, image: Any, dtype: str) -> Any:
        """Images (n, side, side, channels) to the last feature map, which is flattened and weighted to the embedding."""

    @abstractmethod
    def decode(self, embedding: Any, shape: tuple[int, int, int], dtype: str) -> Any:
        """Embeddings (n, latent) to logits of pixels (n, *shape)."""


class LossNetwork(ABC):
    """The layers of a network whose features a loss compares. To add one: a subclass, and an entry in `LOSS_NETWORKS`.

    Attributes:
        trained_per_second: images of 28x28 pixels that its own training takes; measured once on two cores.
        compared_per_second: images that a training takes which compares by it, the autoencoder's work not counted.
    """

    title: ClassVar[str]
    summary: ClassVar[str]
    trained_per_second: ClassVar[float]
    compared_per_second: ClassVar[float]

    @abstractmethod
    def see(self, image: Any, dtype: str) -> Any:
        """Images to the last feature vector, a layer named `pooled` or `flat`; feature maps are layers `map_1`, `map_2`, ..."""
