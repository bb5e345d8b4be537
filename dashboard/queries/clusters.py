"""Clusterings of runs, and their scores."""

from collections.abc import Iterable

import streamlit as st

from core.access import look_only
from core.analyse.clustering import Clustering
from core.data import dataset_info
from core.errors import ChangesNotAllowedError, ResultError
from core.keep.run import Run
from core.settings import ClusteringConfig
from core.stages import cluster_run, kept, kept_centroids
from dashboard.compute import compute
from dashboard.queries.classes import labels_state, parts_labels
from dashboard.queries.stored import NotKeptError, state

_QUICK_WORK = 150_000_000  # rows x clusters x latent numbers: k-means takes a second or two


def clustering(run: Run, config: ClusteringConfig) -> Clustering:
    """The run's clusters, computed now in a process of their own where they are not kept yet.

    Raises InvalidInputError for k above the number of training images, and as `dashboard.compute.compute`.
    """
    arguments = (run, *state(run), config, labels_state(run.config.dataset))
    try:
        return _clustering(*arguments)
    except NotKeptError:
        if _is_quick(run, config):
            return _clustering(*arguments, here=True)
        try:
            compute(run, "cluster", config)
        except (ResultError, ChangesNotAllowedError):
            if config.method != "kmeans":
                raise
            # A second or some, which a server that keeps nothing can take, too.
            return _clustering(*arguments, here=True)
        return _clustering(*arguments)


def _is_quick(run: Run, config: ClusteringConfig) -> bool:
    """Whether to cluster takes less time than to start a process for it."""
    work = dataset_info(run.config.dataset).train_size * config.clusters * run.config.latent
    return config.method == "kmeans" and work <= _QUICK_WORK


@st.cache_resource(max_entries=128, show_spinner="Clustering…")
def _clustering(
    _run: Run, run_id: str, stamp: int, config: ClusteringConfig, labelled: tuple, *, here: bool = False
) -> Clustering:
    if not here and kept(_run, "cluster", config) is None:
        raise NotKeptError(f"The clusters of {run_id} were computed but are gone again. Load the page anew.")
    return cluster_run(_run, config, parts_labels(_run.config.dataset), keep=here and not look_only())


def scores(run: Run, config: ClusteringConfig, split: str) -> dict[str, float]:
    """`accuracy` with its standard error `error`, `purity`, `nmi`, `ari` and `hungarian` of a split; nothing without labels."""
    found = clustering(run, config)
    return {**found.scores(split), "error": found.accuracy_error(split)} if found.labelled else {}


def accuracy_over_latent(runs: Iterable[Run], config: ClusteringConfig, split: str) -> list[tuple[int, float, float]]:
    """By run, in rising order: the latent size, accuracy and its standard error, both shares. The runs' images have labels."""
    rows = []
    for run in runs:
        found = clustering(run, config)  # not all scores, of which accuracy is the cheapest
        rows.append((run.config.latent, found.accuracy(split), found.accuracy_error(split)))
    return sorted(rows)


def silhouette(run: Run, config: ClusteringConfig, split: str) -> float:
    """How far the run's clusters lie apart, see `Clustering.silhouette`."""
    return _silhouette(run, *state(run), config, split)


@st.cache_data(max_entries=256, show_spinner=False)
def _silhouette(_run: Run, run_id: str, stamp: int, config: ClusteringConfig, split: str) -> float:
    parts = {"train": _run.train_embeddings, "test": _run.test_embeddings}
    return clustering(_run, config).silhouette(parts, split)


def stability(run: Run, config: ClusteringConfig) -> float | None:
    """How far other seeds and images give the same clusters, see `core.scores.stability`; None where it is not computed yet."""
    found = kept(run, "score-stability", config)
    return found.values["score"] if found else None


def compute_stability(run: Run, config: ClusteringConfig) -> None:
    """Have it computed and kept, and wait for it. Raises as `dashboard.compute.compute`."""
    compute(run, "score-stability", config)


def run_sweep(run: Run, scaling: str, split: str) -> dict[str, list[float]]:
    """Inertia and, with labels, accuracy and purity against k, for the k whose centroids are kept with the run."""
    return _sweep(run, *state(run), scaling, split, labels_state(run.config.dataset))


@st.cache_data(max_entries=64, show_spinner="Clustering for every k…")
def _sweep(_run: Run, run_id: str, stamp: int, scaling: str, split: str, labelled: tuple) -> dict[str, list[float]]:
    parts = parts_labels(_run.config.dataset)
    measures = ("accuracy", "purity") if parts else ()
    result: dict[str, list[float]] = {name: [] for name in ("k", "inertia", *measures)}
    for k in kept_centroids(_run, scaling):
        found = cluster_run(_run, ClusteringConfig(k, scaling), parts)
        result["k"].append(k)
        result["inertia"].append(found.inertia)
        for name in measures:
            result[name].append(found.scores(split)[name])
    return result
