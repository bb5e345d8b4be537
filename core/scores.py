"""Scores of a run. One more is a function here, or in a file of its own, and one entry in `SCORES`.

The names of a function's parameters say what it is computed from (`core.stages.Inputs`): one with `test_labels` is not asked
where there are no labels.
"""

import dataclasses
import inspect
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core import serve
from core.analyse import metrics
from core.analyse.clustering import Clustering, assign, contingency, fit
from core.data import ImageSetInfo
from core.keep.results import SCORE, NoSettings, Result, Settings, changed
from core.keep.run import Run
from core.progress import progress
from core.settings import ClusteringConfig

_SEEDS = 5


@dataclass(frozen=True)
class Score:
    """A stage that gives a number, or several by name.

    Attributes:
        key: what it is called in `Run.metrics`.
        of: computes it; called with the inputs that its parameters name, and with `settings` where it has such a parameter.
        settings: the class of its settings.
        version: to be raised when the same inputs give another score.
    """

    key: str
    title: str
    of: Callable[..., float | dict[str, Any]]
    settings: type = NoSettings
    version: int = 1
    phase: str = "metrics"

    @property
    def name(self) -> str:
        return SCORE + self.key

    @cached_property
    def needs(self) -> tuple[str, ...]:
        return tuple(name for name in inspect.signature(self.of).parameters if name != "settings")

    def applies(self, info: ImageSetInfo) -> bool:
        return info.labelled or not any(name.endswith("_labels") for name in self.needs)

    def usual(self, info: ImageSetInfo) -> list[Settings]:
        return [self.settings()]

    def own(self, run: Run, settings: Settings) -> Result | None:
        """What a run of an earlier version holds itself."""
        found = run.summary.get("metrics", {}).get(self.key)
        return None if found is None or changed(settings) or self.version > 1 else Result({"score": found})

    def run(self, inputs: Mapping[str, Any], settings: Settings) -> Result:
        more = {"settings": settings} if "settings" in inspect.signature(self.of).parameters else {}
        return Result({"score": self.of(**inputs, **more)})


def reconstruction_mse(test_errors: np.ndarray) -> float:
    """Mean squared pixel error of all test images, pixels in [0, 1]. Lower is better."""
    return float(test_errors.mean())


def reconstruction_ssim(some_test_images: np.ndarray, test_embeddings: np.ndarray, decoder: bytes) -> float:
    """Mean structural similarity of some test images and what is redrawn of them (`metrics.ssim`)."""
    drawn = serve.decode(decoder, test_embeddings[: len(some_test_images)])
    return float(metrics.ssim(some_test_images.astype(np.float32) / 255, drawn).mean())


def knn_accuracy(
    train_embeddings: np.ndarray, train_labels: np.ndarray, test_embeddings: np.ndarray, test_labels: np.ndarray
) -> float:
    """Share of test images whose nearest train embeddings are mostly of their class (`metrics.knn_accuracy`)."""
    return metrics.knn_accuracy(train_embeddings, train_labels, test_embeddings, test_labels)


def linear_probe_accuracy(
    train_embeddings: np.ndarray, train_labels: np.ndarray, test_embeddings: np.ndarray, test_labels: np.ndarray
) -> float:
    """Share of test images that a logistic regression on train embeddings names right (`metrics.linear_probe_accuracy`)."""
    return metrics.linear_probe_accuracy(train_embeddings, train_labels, test_embeddings, test_labels)


def trustworthiness(test_embeddings: np.ndarray, maps: dict[str, np.ndarray]) -> dict[str, float]:
    """By map, how far its neighbours are neighbours in the embedding (`metrics.trustworthiness`)."""
    return {name: metrics.trustworthiness(test_embeddings, points) for name, points in maps.items()}


def clustering(clustering: Clustering, embeddings: dict[str, np.ndarray]) -> dict[str, Any]:
    """Of the default clustering on test images: its silhouette, and with labels how far clusters agree with classes."""
    scores: dict[str, Any] = {"clusters": clustering.config.clusters, "scaling": clustering.config.scaling}
    if clustering.labels is not None:
        scores |= clustering.scores("test")
        scores |= metrics.clustering_scores(clustering.labels["test"], clustering.assignments["test"])
    return scores | {"silhouette": clustering.silhouette(embeddings, "test")}


def stability(embeddings: dict[str, np.ndarray], settings: ClusteringConfig) -> float:
    """Whether other images and seeds give the same clusters: mean adjusted Rand index, on the test images, of all pairs of five
    clusterings, each fitted with its own seed to a random half of the training images. At most 1, 0 for chance.

    Needs no labels; noise counts as one more cluster. von Luxburg 2010, Clustering stability: an overview.
    """
    train, test = embeddings["train"], embeddings["test"]
    found = []
    for seed in range(_SEEDS):
        progress(seed, _SEEDS)
        size = max(len(train) // 2, settings.clusters)
        half = train[np.random.default_rng(seed).choice(len(train), size, replace=False)]
        config = dataclasses.replace(settings, seed=seed)
        clustered = assign(fit(half, config), config, {"train": half, "test": test}, None)
        found.append(clustered.assignments["test"] + 1)
    k = 1 + max(int(one.max()) for one in found)
    tables = (contingency(one, other, k, k) for one, other in itertools.combinations(found, 2))
    return float(np.mean([metrics.ari_from_counts(table) for table in tables]))


SCORES = (
    Score("reconstruction_mse", "Pixel MSE", reconstruction_mse),
    Score("reconstruction_ssim", "SSIM", reconstruction_ssim),
    Score("knn_accuracy", "k-NN accuracy", knn_accuracy),
    Score("linear_probe_accuracy", "Linear probe accuracy", linear_probe_accuracy),
    Score("trustworthiness", "Trustworthiness of the maps", trustworthiness),
    Score("clustering", "Default clustering", clustering),
    Score("stability", "Stability over seeds", stability, settings=ClusteringConfig),
)
