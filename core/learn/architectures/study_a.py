"""The networks of the 2018 study: clustering image encodings with perceptual autoencoders, Fashion-MNIST."""

from typing import Any

from core.learn.architectures.architecture import Architecture, LossNetwork


class StudyA(Architecture):
    title = "Study A"
    summary = "the autoencoder of the 2018 study of perceptual autoencoders on Fashion-MNIST"
    images_per_second = 3000.0

    def encode(self, image: Any, dtype: str) -> Any:
        from core.learn.layers import conv

        hidden = image
        for _ in range(3):
            hidden = conv(32, 3, dtype, 2)(hidden)
        return hidden

    def decode(self, embedding: Any, shape: tuple[int, int, int], dtype: str) -> Any:
        from keras import layers

        from core.learn.layers import conv, first_map

        side, _, channels = shape
        hidden = first_map(embedding, -(-side // 8), 128, dtype)
        hidden = conv(128, 3, dtype)(hidden)
        hidden = layers.UpSampling2D(dtype=dtype)(hidden)
        hidden = conv(64, 3, dtype)(hidden)
        hidden = layers.UpSampling2D(dtype=dtype)(hidden)
        # 16x16 to 14x14 for 28x28, so that doubling ends at the picture's size.
        hidden = conv(32, 3, dtype, padding="valid" if side % 8 else "same")(hidden)
        hidden = layers.UpSampling2D(dtype=dtype)(hidden)
        hidden = conv(16, 3, dtype)(hidden)
        return conv(channels, 1, dtype, activation=None)(hidden)


class StudyALossNetwork(LossNetwork):
    """Six convolutions, the second of each pair pooled; dropout after each of the six steps."""

    title = "Study A"
    summary = "the six-convolution classifier of the 2018 study"
    trained_per_second = 450.0
    compared_per_second = 900.0

    def see(self, image: Any, dtype: str) -> Any:
        from keras import layers

        from core.learn.layers import conv

        hidden = image
        for index, filters in enumerate((32, 64, 128, 128, 256, 256), start=1):
            hidden = conv(filters, 3, dtype, activation=None)(hidden)
            hidden = layers.ReLU(dtype=dtype, name=f"map_{index}")(hidden)
            if index % 2 == 0:
                hidden = layers.MaxPooling2D(dtype=dtype)(hidden)
            hidden = layers.Dropout(0.5, dtype=dtype)(hidden)
        return layers.Flatten(dtype="float32", name="flat")(hidden)
