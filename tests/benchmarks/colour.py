"""Images a second of the default autoencoder on 64x64 colour pictures, pixel MSE: printed as JSON.

`here` trains as this project does; `keras` the same network by Keras's own `fit`, with Keras's layers and settings throughout.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from core.learn import layers
from core.learn.batches import Batches, as_float
from core.learn.fit import fit
from core.learn.models import build_decoder, build_encoder
from core.learn.objectives import OBJECTIVES
from core.learn.precision import choose_precision

SHAPE = (64, 64, 3)
BATCH = 128
MSE = OBJECTIVES["mse"].loss


def here(images: np.ndarray, folder: Path) -> dict[str, str | float]:
    layers.share_processors()
    precision = choose_precision(folder / "precision.json")
    encoder, decoder = (build("default", SHAPE, 10, precision) for build in (build_encoder, build_decoder))
    model = layers.DataParallel(encoder.input, decoder(encoder.output))
    model.compile(keras.optimizers.Adam(1e-3), MSE)
    history = fit(
        model, Batches(images, lambda _, fed: fed, BATCH, 0, True), epochs=2, checkpoint=folder / "checkpoint", validate=dict,
        on_event=lambda event: None, stage="rate",
    )  # fmt: skip
    return {"precision": precision, "images_per_second": history[-1]["images_per_second"]}


def plain(images: np.ndarray, folder: Path) -> dict[str, str | float]:
    layers.on_processors = lambda: False  # every layer is then Keras's own
    encoder, decoder = build_encoder("default", SHAPE, 10), build_decoder("default", SHAPE, 10)
    model = keras.Model(encoder.input, decoder(encoder.output))
    model.compile(keras.optimizers.Adam(1e-3), MSE)
    pixels = as_float(images)
    model.fit(pixels, pixels, batch_size=BATCH, epochs=1, verbose=0)  # the first epoch compiles
    started = time.perf_counter()
    model.fit(pixels, pixels, batch_size=BATCH, epochs=1, verbose=0)
    return {"precision": "float32", "images_per_second": len(images) / (time.perf_counter() - started)}


def main(way: str, steps: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (steps * BATCH, *SHAPE), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({"here": here, "keras": plain}[way](images, Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
