"""A small network unlike the others: large windows, pooling, and every place of the last map with weights of its own."""

from typing import Any

from core.learn.architectures.architecture import LossNetwork

_PLACES = 8  # of the last map along each side, at most twice as many


class Plain(LossNetwork):
    """As LeCun et al. 1998 with two convolutions, rectified; what a judge is made of that shares nothing with a loss network."""

    title = "Plain"
    summary = "two convolutions with pooling, a third of the default network's work"
    trained_per_second = 3000.0
    compared_per_second = 6000.0

    def see(self, image: Any, dtype: str) -> Any:
        from keras import layers

        from core.learn.layers import conv

        hidden = image
        for index, (filters, size) in enumerate([(32, 5), (64, 3)], start=1):
            hidden = conv(filters, size, dtype, activation=None)(hidden)
            hidden = layers.ReLU(dtype=dtype, name=f"map_{index}")(hidden)
            hidden = layers.MaxPooling2D(dtype=dtype)(hidden)
        if (step := hidden.shape[1] // _PLACES) > 1:
            hidden = layers.AveragePooling2D(step, dtype=dtype)(hidden)
        hidden = layers.Dropout(0.4, dtype=dtype)(hidden)
        return layers.Flatten(dtype="float32", name="flat")(hidden)
