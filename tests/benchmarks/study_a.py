"""Study A's recipe as its text gives it, run for some steps to learn its rate: the reference for training speed.

Plain Keras, float32, batch 64: the classifier; and image -> autoencoder -> classifier's features, with the features of
the target and of its mirror image computed at every step and the smaller distance taken once a batch.
"""

import json
import sys
import time

import keras
import numpy as np
from keras import layers, ops

BATCH = 64


def classifier() -> keras.Model:
    image = keras.Input((28, 28, 1))
    hidden = layers.Conv2D(32, 3, padding="same", activation="relu")(image)
    hidden = layers.Dropout(0.5)(hidden)
    hidden = layers.Conv2D(64, 3, padding="same", activation="relu")(hidden)
    hidden = layers.Dropout(0.5)(layers.MaxPooling2D()(hidden))
    hidden = layers.Dropout(0.5)(layers.Conv2D(128, 3, padding="same", activation="relu")(hidden))
    hidden = layers.Conv2D(128, 3, padding="same", activation="relu")(hidden)
    hidden = layers.Dropout(0.5)(layers.MaxPooling2D()(hidden))
    hidden = layers.Dropout(0.5)(layers.Conv2D(256, 3, padding="same", activation="relu")(hidden))
    hidden = layers.Conv2D(256, 3, padding="same", activation="relu")(hidden)
    hidden = layers.Dropout(0.5)(layers.MaxPooling2D()(hidden))
    features = layers.Flatten(name="features")(hidden)
    return keras.Model(image, layers.Dense(10, activation="softmax")(features))


def autoencoder(latent: int = 10) -> keras.Model:
    image = keras.Input((28, 28, 1))
    hidden = image
    for _ in range(3):
        hidden = layers.Conv2D(32, 3, 2, padding="same", activation="relu")(hidden)
    hidden = layers.Dense(latent)(layers.Flatten()(hidden))
    hidden = layers.Reshape((4, 4, 128))(layers.Dense(2048, activation="relu")(hidden))
    hidden = layers.UpSampling2D()(layers.Conv2D(128, 3, padding="same", activation="relu")(hidden))
    hidden = layers.UpSampling2D()(layers.Conv2D(64, 3, padding="same", activation="relu")(hidden))
    hidden = layers.UpSampling2D()(layers.Conv2D(32, 3, activation="relu")(hidden))
    hidden = layers.Conv2D(16, 3, padding="same", activation="relu")(hidden)
    return keras.Model(image, layers.Conv2D(1, 1, activation="relu")(hidden))


class FeatureLoss(keras.Loss):
    """The smaller of the batch's distances to the target's and to the mirrored target's features."""

    def __init__(self, network: keras.Model):
        super().__init__()
        self.features = keras.Model(network.input, network.get_layer("features").output)
        self.features.trainable = False

    def call(self, target, output):
        seen = self.features(output)
        plain = ops.mean(ops.square(self.features(target) - seen))
        mirrored = ops.mean(ops.square(self.features(ops.flip(target, axis=2)) - seen))
        return ops.minimum(plain, mirrored)


def rate(model: keras.Model, targets: np.ndarray, images: np.ndarray, steps: int) -> float:
    """Images a second over `steps` batches, after a few to warm up."""
    for step in range(steps + 3):
        if step == 3:
            started = time.perf_counter()
        model.train_on_batch(images, targets)
    return steps * len(images) / (time.perf_counter() - started)


def main(steps: int) -> None:
    random = np.random.default_rng(0)
    images = random.random((BATCH, 28, 28, 1), np.float32)
    network = classifier()
    network.compile("adam", "sparse_categorical_crossentropy")
    rates = {"classifier": rate(network, random.integers(0, 10, BATCH), images, steps)}
    model = autoencoder()
    model.compile("adam", FeatureLoss(network))
    rates["perceptual"] = rate(model, images, images, steps)
    plain = autoencoder()
    plain.compile("adam", "mse")
    rates["mse"] = rate(plain, images, images, steps)
    print(json.dumps(rates))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
