"""The stage that trains a run's read-out: a second decoder, which shows what the numbers hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import serve
from core.analyse.metrics import ssim
from core.checks import check_number, keep
from core.data import ImageSetInfo
from core.keep.results import Result, Settings
from core.keep.run import Run
from core.paths import precision_file
from core.stages.stage import AnyImages

MODEL = "readout.onnx"


@dataclass(frozen=True)
class ReadoutConfig:
    """`epochs`: None for as many as a training on the image set usually takes."""

    epochs: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs is not None:
            keep(self, "epochs", check_number("Epochs", self.epochs, 1, 1000))
        keep(self, "seed", check_number("Seed", self.seed, 0, 2**31 - 1))


class Readout(AnyImages):
    """The same small decoder for all runs, trained with pixel MSE on embeddings that stay as they are (`core.learn.readout`)."""

    name, version, phase, settings = "readout", 1, "read-out", ReadoutConfig
    needs = (
        "info", "train_images", "test_images", "some_test_images", "train_embeddings", "test_embeddings", "checkpoint", "on_event",
    )  # fmt: skip

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return [ReadoutConfig()]

    def own(self, run: Run, settings: ReadoutConfig) -> Result | None:
        return None

    def run(self, inputs: Mapping[str, Any], settings: ReadoutConfig) -> Result:
        """The file `MODEL`, which takes embeddings as they are stored; `mse` and `ssim` as the run's own scores, on test images;
        `epochs`; `seconds` of its training; `validation_mse`.
        """
        from core.learn.readout import train_readout

        images, info = inputs["train_images"], inputs["info"]
        epochs = settings.epochs or usual_epochs(info)
        trained = train_readout(
            inputs["train_embeddings"], images, slice(info.fit_size, info.train_size), epochs=epochs, seed=settings.seed,
            checkpoint=inputs["checkpoint"], precision_cache=precision_file(),
            on_event=inputs["on_event"],
        )  # fmt: skip
        model = trained.onnx()
        test, some = inputs["test_embeddings"], inputs["some_test_images"]
        errors = serve.reconstruction_errors(model, test, inputs["test_images"])
        drawn = serve.decode(model, test[: len(some)])
        values = {
            "mse": float(errors.mean()),
            "ssim": float(ssim(some.astype(np.float32) / 255, drawn).mean()),
            "epochs": epochs,
            "seconds": round(sum(row["seconds"] for row in trained.history), 2),
            "validation_mse": trained.history[-1]["validation_mse"],
        }
        return Result(values, files={MODEL: model})


def usual_epochs(info: ImageSetInfo) -> int:
    """As many as a training on the image set usually takes."""
    return info.epochs
