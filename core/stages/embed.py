"""The stage that embeds images: what all others are computed from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.data import ImageSetInfo
from core.errors import InvalidInputError
from core.keep.results import NoSettings, Result, Settings
from core.keep.run import Run
from core.serve import encode, reconstruction_errors
from core.stages.stage import AnyImages

_LOST_SHARE = 0.01  # of a latent number's spread; ordinary ones lose 0.0002


class Embed(AnyImages):
    """Embeddings of all images, and the pixel error of each reconstruction: the part of a run that all else is computed from."""

    name, version, phase, settings = "embed", 1, "embeddings", NoSettings
    needs = ("encoder", "decoder", "train_images", "test_images")

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return [NoSettings()]

    def own(self, run: Run, settings: Settings) -> Result:
        arrays = ("train_embeddings", "test_embeddings", "test_errors")
        return Result(arrays={name: getattr(run, name) for name in arrays})

    def run(self, inputs: Mapping[str, Any], settings: Settings) -> Result:
        """train_embeddings and test_embeddings float16 or float32 (n, latent), test_errors float32 (n,)."""
        train, test = (_embedded(inputs["encoder"], inputs[f"{split}_images"]) for split in ("train", "test"))
        errors = reconstruction_errors(inputs["decoder"], test.astype(np.float32), inputs["test_images"])
        return Result(arrays={"train_embeddings": train, "test_embeddings": test, "test_errors": errors})


def _embedded(encoder: bytes, images: np.ndarray) -> np.ndarray:
    """Embeddings as float16, where that keeps what tells them apart: what is stored is what every score is computed from."""
    embeddings = encode(encoder, images)
    if not np.isfinite(embeddings).all():
        raise InvalidInputError("The encoder gives values that are not finite. Choose a smaller learning rate.")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        half = embeddings.astype(np.float16)
        lost = (half - embeddings).std(axis=0, dtype=np.float64)
    return half if (lost <= _LOST_SHARE * embeddings.std(axis=0, dtype=np.float64)).all() else embeddings
