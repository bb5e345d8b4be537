"""The networks of the 2022 study of k-means on codes of MNIST, trained with binary cross-entropy."""

from typing import Any

from core.learn.architectures.architecture import Architecture


class StudyB(Architecture):
    title = "Study B"
    summary = "the autoencoder of the 2022 study of k-means on MNIST codes"
    images_per_second = 2200.0

    def encode(self, image: Any, dtype: str) -> Any:
        from keras import layers

        from core.learn.layers import conv

        hidden = image
        for filters, strides in ((32, 1), (64, 2), (128, 2)):
            hidden = conv(filters, 3, dtype, strides, activation=None)(hidden)
            hidden = layers.LeakyReLU(dtype=dtype)(hidden)
        return hidden

    def decode(self, embedding: Any, shape: tuple[int, int, int], dtype: str) -> Any:
        from keras import layers

        from core.learn.layers import first_map

        side, _, channels = shape
        hidden = first_map(embedding, side // 4, 128, dtype, activation=None)
        for filters in (64, 32):
            hidden = layers.Conv2DTranspose(filters, 3, 2, padding="same", dtype=dtype)(hidden)
            hidden = layers.LeakyReLU(dtype=dtype)(hidden)
        return layers.Conv2DTranspose(channels, 3, 1, padding="same", dtype=dtype)(hidden)
