"""Where one image lies among the clusters: its own, how near the next one is, and among what it lies there."""

from dataclasses import dataclass

import numpy as np

from core.analyse.clusterers import NOISE
from core.analyse.clustering import Clustering, Parts
from core.analyse.distances import squared_distances
from core.analyse.scaling import scale
from core.checks import check_name, check_number


@dataclass(frozen=True)
class Placing:
    """Where an image lies. Distances are to centroids, in scaled coordinates; counts are of the image's own split.

    Attributes:
        cluster: its own, or -1 for none (noise).
        nearest, distance: the own cluster, or for noise the one whose centroid is nearest, and the distance to its centroid.
        second, second_distance: of all other clusters the one whose centroid is nearest; None where there is one cluster.
        size: images in the own cluster; 0 for noise, as the shares below are None then, and without labels.
        typical: index of that cluster's image nearest its centroid; None for noise.
        purity: share of the cluster's most frequent class.
        own_share: share of the image's own class in the cluster.
    """

    cluster: int
    nearest: int
    distance: float
    second: int | None
    second_distance: float | None
    size: int
    typical: int | None
    purity: float | None
    own_share: float | None

    @property
    def ratio(self) -> float | None:
        """Distance to the nearest centroid over that to the next one: 0 on the centroid, 1 half-way between two. It can be more
        where clusters are no nearest centroids, as those of a mixture. None where there is one cluster.
        """
        if self.second_distance is None:
            return None
        return self.distance / self.second_distance if self.second_distance > 0 else 1.0


def placing(found: Clustering, embeddings: Parts, split: str, index: int) -> Placing:
    """Where image `index` of a split lies among the clusters that were found in these embeddings, by split (n, latent).

    Raises UnknownNameError for no split, and InvalidInputError for an index that is not in it.
    """
    check_name("split", split, found.assignments)
    own = found.assignments[split]
    index = int(check_number("Index of the image", index, 0, len(own) - 1))
    row = scale(embeddings[split][index : index + 1], found.config.scaling, embeddings["train"])
    distances = np.sqrt(squared_distances(row, found.centroids)[0])
    cluster = int(own[index])
    order = np.argsort(distances, kind="stable")
    nearest = cluster if cluster != NOISE else int(order[0])
    others = order[order != nearest]
    second = int(others[0]) if len(others) else None
    size, typical, purity, own_share = 0, None, None, None
    if cluster != NOISE:
        members = np.flatnonzero(own == cluster)
        size, typical = len(members), int(members[np.argmin(found.distances[split][members])])
        if found.labels is not None:
            counts = found.counts[split][cluster]
            purity, own_share = float(counts.max() / size), float(counts[found.labels[split][index]] / size)
    return Placing(
        cluster, nearest, float(distances[nearest]), second, None if second is None else float(distances[second]), size, typical,
        purity, own_share,
    )  # fmt: skip
