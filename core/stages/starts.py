"""The stage that says how much an accuracy depends on the clusterer's start: the same clustering with several seeds."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from core.analyse import clustering
from core.analyse.clustering import SPLITS
from core.data import ImageSetInfo
from core.keep.results import Result, Settings
from core.keep.run import Run
from core.settings import ClusteringConfig

SEEDS = 5


class Starts:
    """`accuracy`: by split, the share of images in a cluster of their class with each of the seeds 0 to 4, whatever the settings'
    own is.
    """

    name, version, phase, settings = "starts", 1, "metrics", ClusteringConfig
    needs = ("embeddings", "train_labels", "test_labels")

    def applies(self, info: ImageSetInfo) -> bool:
        return info.labelled

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return [ClusteringConfig()]

    def own(self, run: Run, settings: ClusteringConfig) -> Result | None:
        return None

    def run(self, inputs: Mapping[str, Any], settings: ClusteringConfig) -> Result:
        embeddings = inputs["embeddings"]
        labels = {split: inputs[f"{split}_labels"] for split in SPLITS}
        shares: dict[str, list[float]] = {split: [] for split in SPLITS}
        for seed in range(SEEDS):
            config = dataclasses.replace(settings, seed=seed)
            found = clustering.assign(clustering.fit(embeddings["train"], config), config, embeddings, labels)
            for split, of_split in shares.items():
                of_split.append(found.accuracy(split))
        return Result({"accuracy": shares})
