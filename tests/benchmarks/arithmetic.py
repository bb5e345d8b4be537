"""How much of the machine's arithmetic a training uses: multiply-adds of the models against plain matrix products.

Run as a module: prints one JSON object with images/s and the multiply-adds an image, and the rates of matrix products.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from keras import ops

from core.learn.models import build_decoder, build_encoder, build_loss_network
from core.learn.precision import choose_precision

MATRIX = 2048
SHAPE = (28, 28, 1)


def multiply_adds(model: keras.Model) -> int:
    """Of one image through the model's convolutions and dense layers; everything else is not counted."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            total += multiply_adds(layer)
        elif isinstance(layer, keras.layers.Conv2DTranspose):
            total += int(np.prod(layer.kernel.shape)) * int(np.prod(layer.input.shape[1:3]))
        elif isinstance(layer, keras.layers.Conv2D):
            total += int(np.prod(layer.kernel.shape)) * int(np.prod(layer.output.shape[1:3]))
        elif isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
    return total


def matrix_rate(dtype: str) -> float:
    """Floating-point operations a second of large matrix products, the best of several."""
    import tensorflow as tf

    values = tf.cast(tf.random.normal((MATRIX, MATRIX)), dtype)
    product = tf.function(lambda a: tf.matmul(a, a))
    best = np.inf
    for _ in range(12):
        started = time.perf_counter()
        for _ in range(4):
            result = product(values)
        float(ops.cast(result[0, 0], "float32"))  # waits for the last product
        best = min(best, (time.perf_counter() - started) / 4)
    return 2 * MATRIX**3 / best


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        precision = choose_precision(Path(folder) / "precision.json")
    dtype = "bfloat16" if precision == "mixed_bfloat16" else "float32"
    encoder, decoder = build_encoder("default", SHAPE, 10), build_decoder("default", SHAPE, 10)
    network = build_loss_network("default", SHAPE, 10)
    autoencoder = multiply_adds(encoder) + multiply_adds(decoder)
    print(
        json.dumps(
            {
                "precision": precision,
                "matrix_rate": matrix_rate(dtype),
                # Training: forward, and backward to weights and to inputs, each as much work as forward.
                "loss network": 3 * multiply_adds(network),
                # The loss network is frozen: forward, and backward to its input only.
                "perceptual": 3 * autoencoder + 2 * multiply_adds(network),
                "mse": 3 * autoencoder,
            }
        )
    )


if __name__ == "__main__":
    sys.exit(main())
