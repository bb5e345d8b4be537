"""Keras models: encoders, decoders and loss networks. Pixels enter and leave as floats in [0, 1].

Every builder takes the dtype policy (`float32` or `mixed_bfloat16`); weights and outputs are float32 in both.
"""

import keras
import numpy as np
from keras import layers

from core.data.imagesets import IMAGE_SHAPE
from core.learn.convolution import Conv2D
from core.learn.normalisation import BatchNormalization
from core.settings import ARCHITECTURES, LOSS_NETWORKS, check_name


def build_encoder(architecture: str, latent: int, dtype: str = "float32") -> keras.Model:
    """Images (n, 28, 28, 1) to embeddings (n, latent), float32, unbounded."""
    check_name("architecture", architecture, ARCHITECTURES)
    image = keras.Input(IMAGE_SHAPE, name="image")
    hidden = _ENCODERS[architecture](image, dtype)
    hidden = layers.Flatten(dtype=dtype)(hidden)
    embedding = layers.Dense(latent, dtype=dtype)(hidden)
    return keras.Model(image, _as_float32(embedding, "embedding"), name="encoder")


def build_decoder(architecture: str, latent: int, dtype: str = "float32", *, mean: float = 0.5) -> keras.Model:
    """Embeddings (n, latent) to images (n, 28, 28, 1), float32 in (0, 1).

    The output is a sigmoid for every loss, so that all losses train the very same network. (Study A ends in a
    ReLU, which can die and leaves cross-entropy undefined.)

    Args:
        mean: the mean pixel, in (0, 1), that untrained weights draw about. From a middle grey every loss begins by pushing
            all pixels at once: on MNIST, nearly black, that push silenced every unit for good.
    """
    check_name("architecture", architecture, ARCHITECTURES)
    embedding = keras.Input((latent,), name="embedding")
    logits = _DECODERS[architecture](embedding, dtype)
    image = layers.Activation("sigmoid", dtype="float32", name="image")(logits)
    decoder = keras.Model(embedding, image, name="decoder")
    last = next(layer for layer in reversed(decoder.layers) if layer.weights)
    last.bias.assign(np.full(last.bias.shape, np.log(mean / (1 - mean))))
    return decoder


def build_loss_network(architecture: str, classes: int, dtype: str = "float32") -> keras.Model:
    """Images (n, 28, 28, 1) to class logits (n, classes), float32.

    The layers named `map_1`, `map_2`, ... are its feature maps; `pooled` or `flat` is its last feature vector.
    """
    check_name("loss network", architecture, LOSS_NETWORKS)
    image = keras.Input(IMAGE_SHAPE, name="image")
    vector = _LOSS_NETWORKS[architecture](image, dtype)
    logits = layers.Dense(classes, dtype=dtype)(vector)
    return keras.Model(image, _as_float32(logits, "logits"), name="loss_network")


def fold_normalisation(network: keras.Model) -> keras.Model:
    """The same function for inference, with each batch normalisation's scale and shift in the convolution before it.

    `network` is a chain of layers, in which what comes before a normalisation has no bias. Two passes over each feature map less: features come 1.6 times faster.
    """
    image = tensor = keras.Input(network.input.shape[1:], name=network.input.name)
    for layer, after in zip(network.layers[1:], [*network.layers[2:], None], strict=True):
        if isinstance(layer, layers.BatchNormalization):
            continue
        config, weights = layer.get_config(), layer.get_weights()
        if isinstance(after, layers.BatchNormalization):
            gamma, beta, mean, variance = after.get_weights()
            scale = gamma / np.sqrt(variance + after.epsilon)
            config["use_bias"] = True
            weights = [weights[0] * scale, beta - mean * scale]
        twin = type(layer).from_config(config)
        tensor = twin(tensor)
        twin.set_weights(weights)
    return keras.Model(image, tensor, name=network.name)


def _as_float32(tensor, name: str):
    return layers.Activation("linear", dtype="float32", name=name)(tensor)


def _conv(filters: int, kernel: int, dtype: str, strides: int = 1, activation: str | None = "relu", padding="same"):
    return Conv2D(
        filters, kernel, strides, padding=padding, activation=activation, kernel_initializer="he_normal", dtype=dtype
    )


# --- the project's own -------------------------------------------------------------------------------------------


def _default_encoder(image, dtype):
    # Strides from the first layer on: almost no work is done at 28x28, where convolutions cost most.
    hidden = image
    for filters in (32, 64, 128):
        hidden = _conv(filters, 3, dtype, 2)(hidden)
    return hidden


def _default_decoder(embedding, dtype):
    # From 4x4 on, as study A's: low resolutions are where a multiplication buys most. No batch normalisation: with it the
    # embeddings' directions sorted classes worse (0.67 in place of 0.71 at 20 clusters of unit length, pixel MSE).
    hidden = layers.Dense(4 * 4 * 64, activation="relu", dtype=dtype)(embedding)
    hidden = layers.Reshape((4, 4, 64), dtype=dtype)(hidden)
    hidden = _conv(96, 3, dtype)(hidden)
    hidden = _depth_to_space(_conv(4 * 40, 3, dtype)(hidden), dtype)
    hidden = _depth_to_space(_conv(4 * 20, 3, dtype)(hidden), dtype)
    hidden = _conv(4, 3, dtype, activation=None, padding="valid")(
        hidden
    )  # 16x16 to 14x14, so that doubling ends at 28x28
    return _depth_to_space(hidden, dtype)


def _depth_to_space(tensor, dtype):
    """(n, h, w, 4c) to (n, 2h, 2w, c): doubles the picture without the cost of a transposed convolution."""
    _, height, width, channels = tensor.shape
    tensor = layers.Reshape((height, width, 2, 2, channels // 4), dtype=dtype)(tensor)
    tensor = layers.Permute((1, 3, 2, 4, 5), dtype=dtype)(tensor)
    return layers.Reshape((2 * height, 2 * width, channels // 4), dtype=dtype)(tensor)


def _default_loss_network(image, dtype):
    hidden = image
    for index, (filters, strides) in enumerate([(32, 2), (64, 1), (64, 2), (128, 1), (128, 2)], start=1):
        hidden = Conv2D(filters, 3, strides, padding="same", use_bias=False, dtype=dtype)(hidden)
        hidden = BatchNormalization(momentum=0.95, dtype=dtype)(hidden)  # twice a batch, see core.learn.parallel
        hidden = layers.ReLU(dtype=dtype, name=f"map_{index}")(hidden)
    return layers.GlobalAveragePooling2D(dtype="float32", name="pooled")(hidden)


# --- study A: clustering image encodings with perceptual autoencoders (2018) ---------------------------------------


def _study_a_encoder(image, dtype):
    hidden = image
    for _ in range(3):
        hidden = _conv(32, 3, dtype, 2)(hidden)
    return hidden


def _study_a_decoder(embedding, dtype):
    hidden = layers.Dense(2048, activation="relu", dtype=dtype)(embedding)
    hidden = layers.Reshape((4, 4, 128), dtype=dtype)(hidden)
    hidden = _conv(128, 3, dtype)(hidden)
    hidden = layers.UpSampling2D(dtype=dtype)(hidden)
    hidden = _conv(64, 3, dtype)(hidden)
    hidden = layers.UpSampling2D(dtype=dtype)(hidden)
    hidden = _conv(32, 3, dtype, padding="valid")(hidden)  # 16x16 to 14x14, so that doubling ends at 28x28
    hidden = layers.UpSampling2D(dtype=dtype)(hidden)
    hidden = _conv(16, 3, dtype)(hidden)
    return _conv(1, 1, dtype, activation=None)(hidden)


def _study_a_loss_network(image, dtype):
    """Six convolutions, the second of each pair pooled; dropout after each of the six steps."""
    hidden = image
    for index, filters in enumerate((32, 64, 128, 128, 256, 256), start=1):
        hidden = _conv(filters, 3, dtype, activation=None)(hidden)
        hidden = layers.ReLU(dtype=dtype, name=f"map_{index}")(hidden)
        if index % 2 == 0:
            hidden = layers.MaxPooling2D(dtype=dtype)(hidden)
        hidden = layers.Dropout(0.5, dtype=dtype)(hidden)
    return layers.Flatten(dtype="float32", name="flat")(hidden)


# --- study B: MNIST autoencoder with binary cross-entropy (2022) ----------------------------------------------------


def _study_b_encoder(image, dtype):
    hidden = image
    for filters, strides in ((32, 1), (64, 2), (128, 2)):
        hidden = _conv(filters, 3, dtype, strides, activation=None)(hidden)
        hidden = layers.LeakyReLU(dtype=dtype)(hidden)
    return hidden


def _study_b_decoder(embedding, dtype):
    hidden = layers.Dense(7 * 7 * 128, dtype=dtype)(embedding)
    hidden = layers.Reshape((7, 7, 128), dtype=dtype)(hidden)
    for filters in (64, 32):
        hidden = layers.Conv2DTranspose(filters, 3, 2, padding="same", dtype=dtype)(hidden)
        hidden = layers.LeakyReLU(dtype=dtype)(hidden)
    return layers.Conv2DTranspose(1, 3, 1, padding="same", dtype=dtype)(hidden)


_ENCODERS = {"default": _default_encoder, "study_a": _study_a_encoder, "study_b": _study_b_encoder}
_DECODERS = {"default": _default_decoder, "study_a": _study_a_decoder, "study_b": _study_b_decoder}
_LOSS_NETWORKS = {"default": _default_loss_network, "study_a": _study_a_loss_network}
