"""What a path of the latent explorer leads through: images, averages of classes, middles of clusters; as links write them.

`test.12` is an image, `class.3` the average of a class, `mse.20.4` the middle of cluster 4 of 20 of a run, as on *Clusters*.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.analyse.clustering import Clustering
from core.errors import LatentLensError
from core.keep.run import Run
from core.settings import MAX_CLUSTERS, MIN_CLUSTERS, ClusteringConfig
from dashboard import explorer_words, image_link, queries
from dashboard.view import Selection, Shown, is_key

FEWEST, MOST = 2, 5
_CLASS = re.compile(r"class\.([0-9]{1,4})")
_CLUSTER = re.compile(r"([\w-]+)\.([0-9]{1,3})\.([0-9]{1,3})")


@dataclass(frozen=True)
class Stop:
    """One of what a path leads through.

    Attributes:
        text: as links write it.
        kind: `image`, `class` or `cluster`.
        of: the split of the image, or the key of the cluster's run.
        number: index of the image, the class or the cluster.
        clusters: how many clusters there are.
    """

    text: str
    kind: str
    of: str
    number: int
    clusters: int = 0


def read(text: str, selection: Selection) -> Stop | None:
    """The stop that a text means, also one that somebody typed, such as `12` for a test image; None where it means none."""
    text = text.strip()
    if key := image_link.read(text, selection.info):
        return Stop(key, "image", *image_link.parts(key))
    if found := _CLASS.fullmatch(text):
        label = int(found[1])
        return Stop(f"class.{label}", "class", "", label) if label < len(selection.names) else None
    if found := _CLUSTER.fullmatch(text):
        key, clusters, cluster = found[1], int(found[2]), int(found[3])
        if is_key(key) and MIN_CLUSTERS <= clusters <= MAX_CLUSTERS:
            return Stop(f"{key}.{clusters}.{cluster}", "cluster", key, cluster, clusters)
    return None


def image(text: str, selection: Selection) -> str | None:
    """The image that a text means, as `test.12`; None where it means none."""
    stop = read(text, selection)
    return stop.text if stop and stop.kind == "image" else None


def usual(start: str, selection: Selection) -> list[str]:
    """Where a path leads from an image by itself: to the next test image of another class; without labels to the next."""
    split, _, index = start.partition(".")
    first = int(index)
    labels = queries.labels(selection.dataset, "test")
    others = np.roll(np.arange(selection.info.test_size), -(first + 1) if split == "test" else 0)
    if labels is not None:
        own = queries.labels(selection.dataset, split)[first]
        different = others[labels[others] != own]
        others = different if len(different) else others
    return [start, f"test.{others[0]}"]


class Stops:
    """The stops that can be shown with these runs: what they are called and where they lie."""

    def __init__(self, selection: Selection, runs: Mapping[str, Shown]):
        self.selection, self.runs = selection, runs
        self._clusterings: dict[tuple[str, int], Clustering] = {}
        self._sizes: dict[tuple[str, int], np.ndarray] = {}

    def read(self, text: str) -> Stop | None:
        """The stop that a text means, see `read`; None also where these runs cannot show it: their cluster or class is empty."""
        stop = read(text, self.selection)
        return stop if stop and self._there(stop) else None

    def offered(self) -> list[Stop]:
        """Every average that can be chosen: of classes, and of the clusters of each run where they can be found."""
        texts = [f"class.{label}" for label in range(len(self.selection.names))]
        for key in self.runs:
            clusters = self.selection.clusters
            with contextlib.suppress(LatentLensError):  # *Clusters* tells it
                texts += [f"{key}.{clusters}.{number}" for number in range(len(self._found(key, clusters).centroids))]
        return [stop for text in texts if (stop := self.read(text))]

    def title(self, stop: Stop) -> str:
        """What the stop is called."""
        names = self.selection.names
        if stop.kind == "image":
            labels = queries.labels(self.selection.dataset, stop.of)
            return explorer_words.image_title(stop.text, "" if labels is None else names[labels[stop.number]])
        if stop.kind == "class":
            return explorer_words.class_title(names[stop.number])
        found = self._found(stop.of, stop.clusters)
        name = names[found.cluster_labels[stop.number]] if found.labelled else ""
        return explorer_words.cluster_title(stop.number, self.runs[stop.of].title, name)

    def embedding(self, stop: Stop, run: Run) -> np.ndarray:
        """Where the stop lies in this run's latent space: float32 (latent,)."""
        if stop.kind == "image":
            return run.test_embeddings[stop.number] if stop.of == "test" else run.train_embeddings[stop.number]
        if stop.kind == "class":
            return queries.class_middle(run, stop.number)
        return queries.cluster_middle(run, stop.number, self.runs[stop.of].run, self._config(stop.clusters))

    def _there(self, stop: Stop) -> bool:
        if stop.kind == "image":
            return True
        if stop.kind == "class":
            labels = queries.labels(self.selection.dataset, "train")
            return labels is not None and bool((labels == stop.number).any())
        if stop.of not in self.runs:
            return False
        try:
            self._found(stop.of, stop.clusters)
        except LatentLensError:  # *Clusters* tells it
            return False
        sizes = self._sizes[stop.of, stop.clusters]
        return stop.number < len(sizes) and bool(sizes[stop.number])

    def _found(self, key: str, clusters: int) -> Clustering:
        if (key, clusters) not in self._clusterings:
            found = queries.clustering(self.runs[key].run, self._config(clusters))
            self._clusterings[key, clusters], self._sizes[key, clusters] = found, found.sizes("train")
        return self._clusterings[key, clusters]

    def _config(self, clusters: int) -> ClusteringConfig:
        return replace(self.selection.clustering, clusters=clusters)
