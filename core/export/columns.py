"""What exports say of the test images under several runs: how runs and maps are called, and their values, one an image."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.analyse.clustering import Clustering
from core.data import read_labels
from core.errors import InvalidInputError
from core.keep.run import Run
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import cluster_run, compute_anyway, kept

ClusterNames = Mapping[str, Mapping[int, str]]  # given by hand, by run id and cluster


@dataclass(frozen=True, eq=False)
class OfRun:
    """What is taken away of one run, an entry a test image.

    Attributes:
        name: begins the names of its columns.
        clusters: of any clusterer, with labels where there are any.
        names: of clusters, given by hand; those without a name are missing.
        indices, distances: (n, count), the nearest test images in the latent space as stored.
        maps: float32 (n, 2), by name.
    """

    name: str
    run: Run
    clusters: Clustering
    names: Mapping[int, str]
    indices: np.ndarray
    distances: np.ndarray
    maps: dict[str, np.ndarray]


def gather(
    runs: Sequence[Run],
    config: ClusteringConfig,
    projections: Sequence[ProjectionConfig],
    cluster_names: ClusterNames | None = None,
) -> list[OfRun]:
    """What there is of each run. Clusters and neighbours that are not kept yet are computed now; maps are not.

    Raises InvalidInputError for no run, one twice, runs of different image sets, and a map that is not kept; DataError for labels
    that are not on this machine.
    """
    names = run_names(runs)
    labels = read_labels(runs[0].config.dataset)
    found = []
    for run, name in zip(runs, names, strict=True):
        near = compute_anyway(run, "neighbours").arrays
        maps = {short: _points(run, one) for short, one in map_names(projections).items()}
        clusters = cluster_run(run, config, labels)
        mine = (cluster_names or {}).get(run.id, {})
        found.append(OfRun(name, run, clusters, mine, near["indices"], near["distances"], maps))
    return found


def run_names(runs: Sequence[Run]) -> list[str]:
    """What each run is called in columns and files: its loss, as far as that tells runs apart, with latent size and seed; else
    its whole id. Letters, digits and `_`.

    Raises InvalidInputError for no run, one twice, or runs of different image sets: their images are others.
    """
    twice = [run_id for run_id, count in Counter(run.id for run in runs).items() if count > 1]
    sets = sorted({run.config.dataset for run in runs})
    if not runs or twice or len(sets) > 1:
        got = "no run" if not runs else f"{twice[0]!r} twice" if twice else f"runs of {', '.join(sets)}"
        raise InvalidInputError(f"{got} was to be exported. Expected one or several runs of one image set, each once.")
    ways: list[list[str]] = [
        [run.config.loss for run in runs],
        [f"{run.config.loss}_z{run.config.latent}" for run in runs],
        [f"{run.config.loss}_z{run.config.latent}_s{run.config.seed}" for run in runs],
        [run.id for run in runs],
    ]
    names = next(way for way in ways if len(set(way)) == len(runs))
    return [_plain(name) for name in names]


def map_names(projections: Sequence[ProjectionConfig]) -> dict[str, ProjectionConfig]:
    """Maps by what they are called: the method, or more where a method is asked for twice."""
    counts = Counter(one.method for one in set(projections))
    return {_plain(one.method if counts[one.method] == 1 else one.name): one for one in projections}


def class_names_of(clusters: Clustering, names: Sequence[str]) -> list[str | None]:
    """The class that each test image gets from its cluster; None for noise."""
    return [names[label] if label >= 0 else None for label in clusters.predicted("test").tolist()]


def _points(run: Run, config: ProjectionConfig) -> np.ndarray:
    found = kept(run, "map", config)
    if found is None:
        raise InvalidInputError(
            f"The map {config.name} of {run.id} was to be exported and is not computed yet. Leave it out, or compute it first: "
            f"`python -m core project {run.id} --method {config.method}`"
            + ("." if config.neighbours is None else f" with `--neighbours {config.neighbours} --seed {config.seed}`.")
        )
    return found.arrays["points"]


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name)
