"""Keras models of the registered architectures, for square pictures. Pixels enter and leave as floats in [0, 1].

Every builder takes the dtype policy (`float32` or `mixed_bfloat16`); weights and outputs are float32 in both.
"""

from typing import Any

import keras
import numpy as np
from keras import layers

from core.checks import check_name
from core.errors import InvalidInputError
from core.learn.architectures import ARCHITECTURES, LOSS_NETWORKS
from core.learn.architectures.architecture import Architecture

Shape = tuple[int, int, int]


def build_encoder(architecture: str, shape: Shape, latent: int, dtype: str = "float32") -> keras.Model:
    """Images (n, *shape) to embeddings (n, latent), float32, unbounded. Raises UnknownNameError, InvalidInputError."""
    check_name("architecture", architecture, ARCHITECTURES)
    image = keras.Input(_checked(shape), name="image")
    hidden = ARCHITECTURES[architecture].encode(image, dtype)
    hidden = layers.Flatten(dtype=dtype)(hidden)
    embedding = layers.Dense(latent, dtype=dtype)(hidden)
    return keras.Model(image, _as_float32(embedding, "embedding"), name="encoder")


def build_decoder(
    architecture: str, shape: Shape, latent: int, dtype: str = "float32", *, mean: float = 0.5
) -> keras.Model:
    """Embeddings (n, latent) to images (n, *shape), float32 in (0, 1). Raises UnknownNameError, InvalidInputError.

    The output is a sigmoid for every loss, so that all losses train the very same network. (Study A ends in a
    ReLU, which can die and leaves cross-entropy undefined.)

    Args:
        mean: the mean pixel, in (0, 1), that untrained weights draw about. From a middle grey every loss begins by pushing
            all pixels at once: on MNIST, nearly black, that push silenced every unit for good.
    """
    return decoder_of(
        ARCHITECTURES[check_name("architecture", architecture, ARCHITECTURES)], shape, latent, dtype, mean=mean
    )


def decoder_of(architecture: Architecture, shape: Shape, latent: int, dtype: str, *, mean: float = 0.5) -> keras.Model:
    """See `build_decoder`."""
    embedding = keras.Input((latent,), name="embedding")
    logits = architecture.decode(embedding, _checked(shape), dtype)
    image = layers.Activation("sigmoid", dtype="float32", name="image")(logits)
    decoder = keras.Model(embedding, image, name="decoder")
    last = next(layer for layer in reversed(decoder.layers) if layer.weights)
    last.bias.assign(np.full(last.bias.shape, np.log(mean / (1 - mean))))
    return decoder


def build_loss_network(architecture: str, shape: Shape, outputs: int, dtype: str = "float32") -> keras.Model:
    """Images (n, *shape) to so many outputs (n, outputs), float32: a classifier's logits.

    The layers named `map_1`, `map_2`, ... are its feature maps; `pooled` or `flat` is its last feature vector. Raises
    UnknownNameError, InvalidInputError.
    """
    check_name("loss network", architecture, LOSS_NETWORKS)
    image = keras.Input(_checked(shape), name="image")
    vector = LOSS_NETWORKS[architecture].see(image, dtype)
    logits = layers.Dense(outputs, dtype=dtype)(vector)
    return keras.Model(image, _as_float32(logits, "logits"), name="loss_network")


def fold_normalisation(network: keras.Model) -> keras.Model:
    """The same function for inference, with each batch normalisation's scale and shift in the convolution before it.

    `network` is a chain of layers, in which what comes before a normalisation has no bias. Two passes over each feature map
    less: features come 1.6 times faster.
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


def _checked(shape: tuple[int, ...]) -> Shape:
    if len(shape) != 3 or shape[0] != shape[1] or shape[0] < 8 or shape[0] % 4:
        raise InvalidInputError(
            f"Pictures of shape {tuple(shape)} cannot be learnt. Expected (side, side, channels) with a side that is a multiple "
            "of four, at least 8. Bring the pictures to such a square first."
        )
    side, _, channels = shape
    return int(side), int(side), int(channels)


def _as_float32(tensor: Any, name: str) -> Any:
    return layers.Activation("linear", dtype="float32", name=name)(tensor)
