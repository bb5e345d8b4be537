"""Images a second of the default autoencoder on 64x64 colour pictures, pixel MSE: printed as JSON.

`here` trains as this project does; `keras` the same network by Keras's own `fit`, with Keras's layers and the settings that
TensorFlow and Keras have by themselves.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import core  # noqa: F401 - before TensorFlow, for which it sets what it reads when it loads

SHAPE = (64, 64, 3)
BATCH = 128
EPOCHS = 3  # timed; the fastest counts, as others may use the machine


def here(images: np.ndarray, folder: Path) -> dict[str, str | float]:
    import keras

    from core.learn import layers
    from core.learn.batches import Batches
    from core.learn.fit import fit
    from core.learn.models import build_decoder, build_encoder
    from core.learn.objectives import OBJECTIVES
    from core.learn.precision import choose_precision

    layers.share_processors()
    precision = choose_precision(folder / "precision.json")
    encoder, decoder = (build("default", SHAPE, 10, precision) for build in (build_encoder, build_decoder))
    model = layers.DataParallel(encoder.input, decoder(encoder.output))
    model.compile(keras.optimizers.Adam(1e-3), OBJECTIVES["mse"].loss)
    history = fit(
        model, Batches(images, lambda _, fed: fed, BATCH, 0, True), epochs=1 + EPOCHS, checkpoint=folder / "checkpoint", validate=dict,
        on_event=lambda event: None, stage="rate",
    )  # fmt: skip
    return {"precision": precision, "images_per_second": max(row["images_per_second"] for row in history[1:])}


def plain(images: np.ndarray, folder: Path) -> dict[str, str | float]:
    os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None)
    import keras

    from core.learn import layers
    from core.learn.batches import as_float
    from core.learn.models import build_decoder, build_encoder
    from core.learn.objectives import OBJECTIVES

    layers.on_processors = lambda: False  # every layer is then Keras's own
    encoder, decoder = build_encoder("default", SHAPE, 10), build_decoder("default", SHAPE, 10)
    model = keras.Model(encoder.input, decoder(encoder.output))
    model.compile(keras.optimizers.Adam(1e-3), OBJECTIVES["mse"].loss)
    pixels = as_float(images)
    model.fit(pixels, pixels, batch_size=BATCH, epochs=1, verbose=0)  # the first epoch compiles
    seconds = []
    for _ in range(EPOCHS):
        started = time.perf_counter()
        model.fit(pixels, pixels, batch_size=BATCH, epochs=1, verbose=0)
        seconds.append(time.perf_counter() - started)
    return {"precision": "float32", "images_per_second": len(images) / min(seconds)}


def main(way: str, steps: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (steps * BATCH, *SHAPE), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({"here": here, "keras": plain}[way](images, Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
