"""Taps: which of a loss network's feature maps a loss compares, and how. Light: Keras is imported where one is built."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import keras

Part = tuple[Any, float]  # a tensor of features and its weight

# Larger weights redraw better and cluster worse. Chosen by validation images (latent 10, 20 clusters, ten epochs): accuracy
# 0.868 and pixel MSE 0.061 at 0.06; 0.854 and 0.043 at 0.08. Without the first layer noise is redrawn.
_FIRST_WEIGHT = 0.06
_FIRST_PLACES = 7  # of the first feature map, along each side: a quarter of 28 pixels; about as many for other pictures


class Tap(ABC):
    """One choice of features. To add one: a subclass, and an entry in `TAPS`."""

    title: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def parts(self, network: "keras.Model") -> list[Part]:
        """The tensors that the features are made of, each with its weight. `network`: see `LossNetwork.see`."""


class PooledAndFirst(Tap):
    title = "Pooled, with a little of the first layer"
    summary = "what is seen, and roughly where it lies"

    def parts(self, network: "keras.Model") -> list[Part]:
        from keras import layers, ops

        first = ops.cast(_maps(network)[0], "float32")
        size = max(1, first.shape[1] // _FIRST_PLACES)
        return [*Pooled().parts(network), (layers.AveragePooling2D(size, dtype="float32")(first), _FIRST_WEIGHT)]


class Pooled(Tap):
    title = "Pooled"
    summary = "the last feature map averaged over the picture: what is seen, not where"

    def parts(self, network: "keras.Model") -> list[Part]:
        return [(_pooled(_maps(network)[-1]), 1.0)]


class LastMap(Tap):
    title = "Last map"
    summary = "the last feature map, place by place"

    def parts(self, network: "keras.Model") -> list[Part]:
        flat = [layer.output for layer in network.layers if layer.name == "flat"]
        return [(flat[0] if flat else _maps(network)[-1], 1.0)]


class Layers(Tap):
    title = "Every layer, pooled"
    summary = "the average of every feature map, each layer counting alike"

    def parts(self, network: "keras.Model") -> list[Part]:
        maps = _maps(network)
        return [(_pooled(one), 1.0 / len(maps)) for one in maps]


TAPS: dict[str, Tap] = {
    "pooled_and_first": PooledAndFirst(), "pooled": Pooled(), "last_map": LastMap(), "layers": Layers(),
}  # fmt: skip


def _maps(network: "keras.Model") -> list[Any]:
    return [layer.output for layer in network.layers if layer.name.startswith("map_")]


def _pooled(tensor: Any) -> Any:
    from keras import ops

    return ops.mean(ops.cast(tensor, "float32"), axis=(1, 2))
