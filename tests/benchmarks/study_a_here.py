"""Images a second of study A's own networks, feature loss, trained the way this project trains: printed as JSON."""

import json
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

from core.learn.batches import Batches
from core.learn.fit import fit
from core.learn.layers import DataParallel, share_processors
from core.learn.models import build_decoder, build_encoder, build_loss_network
from core.learn.objectives import OBJECTIVES
from core.learn.precision import choose_precision
from core.learn.teachers.features import build_extractor, target_features
from core.learn.teachers.kept import freeze

SHAPE = (28, 28, 1)


def main(steps: int) -> None:
    share_processors()
    with tempfile.TemporaryDirectory() as folder:
        precision = choose_precision(Path(folder) / "precision.json")
        batch = 128
        images = np.random.default_rng(0).integers(0, 256, (steps * batch, *SHAPE), np.uint8)
        network = build_loss_network("study_a", SHAPE, 10, precision)
        freeze(network)
        extractor = build_extractor(network, "last_map", images[:batch])
        features = target_features(extractor, images[:batch], lambda event: None)
        encoder, decoder = (
            build_encoder("study_a", SHAPE, 10, precision),
            build_decoder("study_a", SHAPE, 10, precision),
        )
        model = DataParallel(encoder.input, extractor(decoder(encoder.output)))
        model.compile(keras.optimizers.Adam(1e-3), OBJECTIVES["perceptual"].loss)
        # The same features for every batch: what they are does not change the work.
        batches = Batches(images, lambda indices, _: features, batch, 0, True)
        history = fit(
            model, batches, epochs=2, checkpoint=Path(folder) / "checkpoint", validate=dict, on_event=lambda event: None,
            stage="rate",
        )  # fmt: skip
    print(json.dumps({"precision": precision, "perceptual": history[-1]["images_per_second"]}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
