"""The project's own networks: little work at full size, where convolutions cost most."""

from typing import Any

from core.learn.architectures.architecture import Architecture, LossNetwork


class Own(Architecture):
    title = "Default"
    summary = "small convolutional autoencoder, half the work of the two studies'"
    images_per_second = 4800.0
    widths = (64, 96, 40, 20)  # of the decoder's feature maps

    def encode(self, image: Any, dtype: str) -> Any:
        from core.learn.layers import conv

        hidden = image
        for filters in (32, 64, 128):
            hidden = conv(filters, 3, dtype, 2)(hidden)
        return hidden

    def decode(self, embedding: Any, shape: tuple[int, int, int], dtype: str) -> Any:
        # From 4x4 on for 28x28, as study A's: low resolutions are where a multiplication buys most. No batch normalisation:
        # with it the embeddings' directions sorted classes worse (0.67 in place of 0.71 at 20 clusters of unit length, MSE).
        from core.learn.layers import conv, depth_to_space, first_map

        side, _, channels = shape
        first, second, third, fourth = self.widths
        hidden = first_map(embedding, -(-side // 8), first, dtype)
        hidden = conv(second, 3, dtype)(hidden)
        hidden = depth_to_space(conv(4 * third, 3, dtype)(hidden), dtype)
        hidden = depth_to_space(conv(4 * fourth, 3, dtype)(hidden), dtype)
        # 16x16 to 14x14 for 28x28, so that doubling ends at the picture's size.
        padding = "valid" if side % 8 else "same"
        hidden = conv(4 * channels, 3, dtype, activation=None, padding=padding)(hidden)
        return depth_to_space(hidden, dtype)


class Narrow(Own):
    """What the decoder of all read-outs is built of (`core.learn.readout`): narrower, as every run keeps one."""

    widths = (48, 64, 32, 16)


class OwnLossNetwork(LossNetwork):
    title = "Default"
    summary = "five convolutions, an eighth of study A's work"
    trained_per_second = 3300.0
    compared_per_second = 6700.0

    def see(self, image: Any, dtype: str) -> Any:
        from keras import layers

        from core.learn.layers import BatchNormalization, Conv2D

        hidden = image
        for index, (filters, strides) in enumerate([(32, 2), (64, 1), (64, 2), (128, 1), (128, 2)], start=1):
            hidden = Conv2D(filters, 3, strides, padding="same", use_bias=False, dtype=dtype)(hidden)
            hidden = BatchNormalization(momentum=0.95, dtype=dtype)(hidden)  # twice a batch, see `DataParallel`
            hidden = layers.ReLU(dtype=dtype, name=f"map_{index}")(hidden)
        return layers.GlobalAveragePooling2D(dtype="float32", name="pooled")(hidden)
