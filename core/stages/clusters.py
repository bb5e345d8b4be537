"""The stages that find clusters: k-means for many k at once, and one clustering by any clusterer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from core.analyse import clustering
from core.analyse.clusterers import CLUSTERERS
from core.checks import check_name
from core.data import ImageSetInfo
from core.keep.results import Result, Settings
from core.keep.run import Run
from core.settings import MAX_CLUSTERS, SCALINGS, ClusteringConfig
from core.stages.stage import AnyImages, kept_of

# Centroids of k-means kept with every run, so that sweeps over k and moves of the slider need no fitting.
STORED_K = (*range(2, 31), 40, 50, 64, 100, 150, 200, MAX_CLUSTERS)


@dataclass(frozen=True)
class SweepConfig:
    scaling: str = "unit"

    def __post_init__(self) -> None:
        check_name("scaling", self.scaling, SCALINGS)


class Sweep(AnyImages):
    """k-means for many k, in a fraction of the time that each would take by itself."""

    name, version, phase, settings = "sweep", 1, "clusterings", SweepConfig
    needs = ("embeddings",)

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return [SweepConfig(scaling) for scaling in SCALINGS]

    def own(self, run: Run, settings: SweepConfig) -> Result | None:
        start = f"{settings.scaling}-"
        mine = {
            int(name.removeprefix(start)): found for name, found in run.clusterings.items() if name.startswith(start)
        }
        return _stacked(mine) if mine else None

    def run(self, inputs: Mapping[str, Any], settings: SweepConfig) -> Result:
        """sizes int (m,), the numbers of clusters; centroids float32 (sum of sizes, latent), in scaled coordinates."""
        from core.analyse.kmeans import sweep

        train = inputs["embeddings"]["train"]
        sizes = [k for k in STORED_K if k <= len(train)]
        estimators = sweep(train, sizes, scaling=settings.scaling)
        return _stacked({one.n_clusters: one.cluster_centers_.astype(np.float32) for one in estimators})


class Cluster(AnyImages):
    """One clustering, by any clusterer. `assigned_SPLIT`, int16 (n,), is kept where no nearest centroid says it."""

    name, version, phase, settings = "cluster", 1, "clusterings", ClusteringConfig
    needs = ("embeddings",)

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return []  # the sweep's serve

    def own(self, run: Run, settings: ClusteringConfig) -> Result | None:
        if settings.method != "kmeans" or settings.seed != 0:
            return None
        centroids = kept_centroids(run, settings.scaling).get(settings.clusters)
        return None if centroids is None else Result(arrays={"centroids": centroids})

    def run(self, inputs: Mapping[str, Any], settings: ClusteringConfig) -> Result:
        embeddings = inputs["embeddings"]
        model = clustering.fit(embeddings["train"], settings)
        if CLUSTERERS[settings.method].has_centroids:
            return Result(arrays=model)
        found = clustering.assign(model, settings, embeddings, None)
        return Result(arrays=model | {f"assigned_{split}": own for split, own in found.assignments.items()})


def kept_centroids(run: Run, scaling: str) -> dict[int, np.ndarray]:
    """Centroids of k-means that need no fitting, float32 (k, latent) in scaled coordinates, by k."""
    try:
        return _kept_centroids(run, run.digest, scaling)
    except LookupError:
        return {}


@lru_cache(maxsize=16)  # a sweep over k asks for each
def _kept_centroids(run: Run, digest: str, scaling: str) -> dict[int, np.ndarray]:
    if (found := kept_of(run, Sweep(), SweepConfig(scaling))) is None:
        raise LookupError(scaling)  # not remembered, as what is returned is: it may be computed yet
    sizes = found.arrays["sizes"]
    parts = np.split(found.arrays["centroids"], np.cumsum(sizes)[:-1])
    return dict(zip(sizes.tolist(), parts, strict=True))


def _stacked(centroids: dict[int, np.ndarray]) -> Result:
    sizes = sorted(centroids)
    return Result(arrays={"sizes": np.array(sizes), "centroids": np.concatenate([centroids[k] for k in sizes])})
