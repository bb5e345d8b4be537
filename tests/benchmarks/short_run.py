"""Train a model from nothing, one epoch of each network, and score its clusters at the default k: printed as JSON.

As the pipeline does it, but without maps, other k and other scores.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from core.analyse import clustering as clusterings
from core.data import load
from core.learn.autoencoder import prepare
from core.serve import encode
from core.settings import LOSSES, ClusteringConfig, LossNetworkConfig, RunConfig


def score(config: RunConfig, folder: Path) -> dict[str, float | str]:
    """Accuracy at the default number of clusters on unseen test images; everything that is written lies in `folder`."""
    dataset = load(config.dataset)
    trained = prepare(
        config, dataset, checkpoint=folder / "checkpoint", networks=folder / "networks",
        precision_cache=folder / "precision.json", on_event=lambda event: None,
    ).train(lambda event: None)  # fmt: skip
    trained.export(folder)
    images = {"train": dataset.train_images, "test": dataset.test_images}
    halves = {split: encode(folder / "encoder.onnx", part).astype(np.float16) for split, part in images.items()}
    embeddings = {split: half.astype(np.float32) for split, half in halves.items()}  # as they are stored and read
    labels = {"train": dataset.train_labels, "test": dataset.test_labels}
    clustering = ClusteringConfig()
    model = clusterings.fit(embeddings["train"], clustering)
    found = clusterings.assign(model, clustering, embeddings, labels)
    return {"accuracy": found.accuracy("test"), "clusters": clustering.clusters, "precision": trained.precision}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loss", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--images", type=int, help="that each network learns from; default: all")
    options = parser.parse_args()
    settings = {"seed": options.seed, "epochs": 1, "images": options.images}
    # A seed of its own for the loss network: that of seed 0 comes with the project.
    network = LossNetworkConfig(**settings) if LOSSES[options.loss].teacher else None
    config = RunConfig(loss=options.loss, loss_network=network, **settings)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(score(config, Path(folder))))


if __name__ == "__main__":
    main()
