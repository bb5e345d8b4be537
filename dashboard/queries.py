"""What the pages read, cached: the only st.cache_* calls. What they are told apart by are ids and numbers, never arrays."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import streamlit as st

from core.access import look_only
from core.analyse import map_geometry
from core.analyse.clustering import SPLITS, Clustering
from core.analyse.collapse import collapse
from core.data import dataset_info, image_sets, read_part, read_rows
from core.errors import (
    ChangesNotAllowedError,
    DataError,
    FileDamagedError,
    LatentLensError,
    ResultError,
    RunNotFoundError,
)
from core.keep import namings
from core.keep.runs import DamagedRun, Run, list_runs, usual_run
from core.paths import BUNDLED, runs_folder
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import cluster_run, kept, kept_centroids
from dashboard.components.thumbnails import images_on_a_sheet, sheet
from dashboard.compute import compute

# So many test images say whether a model has collapsed.
_JUDGED_BY_EMBEDDINGS, _JUDGED_BY_DRAWINGS = 2_000, 16
_QUICK_WORK = 150_000_000  # rows x clusters x latent numbers: k-means takes a second or two


@dataclass(frozen=True)
class Runs:
    usable: list[Run]
    damaged: list[DamagedRun]

    def get(self, run_id: str) -> Run | None:
        """The usable run of that id."""
        return self._by_id.get(run_id)

    @cached_property
    def _by_id(self) -> dict[str, Run]:
        return {run.id: run for run in self.usable}

    def find(self, dataset: str, loss: str, latent: int) -> Run | None:
        """See `core.keep.runs.usual_run`."""
        return usual_run(self.usable, dataset, loss, latent)


def runs() -> Runs:
    """All runs on disk now. Read again when a run was added or removed."""
    return _runs(_stamp())


def _stamp() -> tuple:
    """Changes whenever a run folder comes, goes or is replaced, or a folder of runs can be read no longer, or again."""
    folders, stamps = [BUNDLED / "runs"], []
    try:
        folders.append(runs_folder())
    except LatentLensError as error:  # told with the runs
        stamps.append((str(error), 0))
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                stamps += [(entry.path, entry.stat().st_mtime_ns) for entry in entries]
        except OSError as error:
            stamps.append((str(folder), error.errno))
    return tuple(sorted(stamps))


@lru_cache(maxsize=2)  # asked a dozen times a page: Streamlit's own caches took a tenth of it to compare the stamps
def _runs(stamp: tuple) -> Runs:
    return Runs(*list_runs())


def set_titles() -> dict[str, str]:
    """The title of every image set that can be looked at; of several of the same title, each with the end of its name."""
    titles = {name: info.title for name, info in image_sets().items()}
    counted = Counter(title.casefold() for title in titles.values())
    return {
        name: title if counted[title.casefold()] == 1 else f"{title} ({name[-4:]})" for name, title in titles.items()
    }


def pictures(dataset: str, split: str, rows: np.ndarray) -> np.ndarray | None:
    """Images of a split, uint8 (len(rows), h, w, c), or None where they are not on this machine."""
    try:
        return read_rows(dataset, split, rows)
    except DataError:
        return None


def have_images(dataset: str, split: str) -> bool:
    """Whether the split's images are on this machine."""
    return pictures(dataset, split, np.arange(1)) is not None


def class_names(dataset: str) -> tuple[str, ...]:
    """The classes of the labels, see `labels`; none without labels."""
    info = dataset_info(dataset)
    return info.class_names if info.labelled else _by_hand(*_labels_state(dataset)).classes


def labels(dataset: str, split: str) -> np.ndarray | None:
    """Whole numbers from 0, (n,): the set's own labels. Without them the names that were given to clusters by hand, as far as
    they are in use; else None.
    """
    if dataset_info(dataset).labelled:
        return _own_labels(dataset, split)
    return _by_hand(*_labels_state(dataset)).labels.get(split)


def labels_by_hand(dataset: str) -> namings.Naming | None:
    """The names that serve as labels of this set; None where it has its own, or none."""
    return None if dataset_info(dataset).labelled else _by_hand(*_labels_state(dataset)).naming


def labelled_by(run: Run, config: ClusteringConfig) -> bool:
    """Whether the labels are the names of these very clusters, which agree with them by definition."""
    naming = labels_by_hand(run.config.dataset)
    return naming is not None and (naming.run, naming.clustering) == (run.id, config)


@dataclass(frozen=True, eq=False)
class _ByHand:
    """Names given by hand, as labels."""

    naming: namings.Naming | None = None
    classes: tuple[str, ...] = ()
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)


def _labels_state(dataset: str) -> tuple:
    """Changes whenever the labels of the set can."""
    return (dataset,) if dataset_info(dataset).labelled else (dataset, namings.state(dataset), _stamp())


@st.cache_resource(max_entries=8, show_spinner=False)
def _own_labels(dataset: str, split: str) -> np.ndarray:
    return read_part(dataset, f"{split}_labels")


@st.cache_resource(max_entries=8, show_spinner=False)
def _by_hand(dataset: str, named: tuple, stored: tuple) -> _ByHand:
    try:
        naming = namings.active(dataset)
    except FileDamagedError:  # told where names are given
        return _ByHand()
    run = runs().get(naming.run) if naming else None
    if naming is None or run is None:
        return _ByHand()
    classes, parts = naming.labels(cluster_run(run, naming.clustering, None).assignments)
    return _ByHand(naming, classes, parts)


def _parts_labels(dataset: str) -> dict[str, np.ndarray] | None:
    """The labels of both splits."""
    parts = {split: labels(dataset, split) for split in SPLITS}
    return None if any(part is None for part in parts.values()) else parts


def _state(run: Run) -> tuple[str, int]:
    """The run's id, and a number that another folder of that name does not have. Raises RunNotFoundError."""
    try:
        return run.id, run.path.stat().st_mtime_ns
    except OSError as error:
        raise RunNotFoundError(
            f"The run {run.id} is no longer to be found under {run.path}: {error.strerror}. It was deleted or moved, or its "
            "folder was closed to this server. Load the page anew to see the runs that are there."
        ) from error


def clustering(run: Run, config: ClusteringConfig) -> Clustering:
    """The run's clusters, computed now in a process of their own where they are not kept yet.

    Raises InvalidInputError for k above the number of training images, and as `dashboard.compute.compute`.
    """
    arguments = (run, *_state(run), config, _labels_state(run.config.dataset))
    try:
        return _clustering(*arguments)
    except _NotKeptError:
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
        raise _NotKeptError(f"The clusters of {run_id} were computed but are gone again. Load the page anew.")
    return cluster_run(_run, config, _parts_labels(_run.config.dataset), keep=here and not look_only())


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
    return _silhouette(run, *_state(run), config, split)


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
    return _sweep(run, *_state(run), scaling, split, _labels_state(run.config.dataset))


@st.cache_data(max_entries=64, show_spinner="Clustering for every k…")
def _sweep(_run: Run, run_id: str, stamp: int, scaling: str, split: str, labelled: tuple) -> dict[str, list[float]]:
    parts = _parts_labels(_run.config.dataset)
    measures = ("accuracy", "purity") if parts else ()
    result: dict[str, list[float]] = {name: [] for name in ("k", "inertia", *measures)}
    for k in kept_centroids(_run, scaling):
        found = cluster_run(_run, ClusteringConfig(k, scaling), parts)
        result["k"].append(k)
        result["inertia"].append(found.inertia)
        for name in measures:
            result[name].append(found.scores(split)[name])
    return result


def map_points(run: Run, config: ProjectionConfig | None, everything: bool) -> np.ndarray:
    """The points of a map, computed now where it is not kept with the run yet.

    Args:
        config: which map; None for the plane of the two latent numbers themselves.
        everything: the test images, then the training images, these placed among the test images (`map_geometry.place`).

    Returns int16 (n, 2), or float32 for the latent plane, whose axes mean something.
    """
    arguments = (run, *_state(run), config, everything)
    try:
        return _map_points(*arguments)
    except _NotKeptError:
        compute(run, "map", config)  # not in the cached function, which others would wait for without a word
        return _map_points(*arguments)


class _NotKeptError(ResultError):
    """The result has to be computed first."""


@st.cache_resource(max_entries=16, show_spinner="Reading the map…")
def _map_points(_run: Run, run_id: str, stamp: int, config: ProjectionConfig | None, everything: bool) -> np.ndarray:
    if config is None:
        parts = (_run.test_embeddings, _run.train_embeddings) if everything else (_run.test_embeddings,)
        return np.concatenate(parts).astype(np.float32)
    found = kept(_run, "map", config)
    if found is None:
        raise _NotKeptError(f"The map {config.name} of {run_id} was computed but is gone again. Load the page anew.")
    points = found.arrays["points"]
    if everything:
        points = np.concatenate([points, map_geometry.place(_run.test_embeddings, points, _run.train_embeddings)])
    return map_geometry.quantise(points)


def reconstructions(run: Run, indices: np.ndarray) -> np.ndarray:
    """Decode test images: float32 (len(indices), h, w, c) in [0, 1]."""
    return run.decode(run.test_embeddings[indices])


def collapsed(run: Run) -> str | None:
    """What is nearly the same for all images: "embeddings", "drawings" or None. A few images say it."""
    return _collapsed(run, *_state(run))


@st.cache_data(max_entries=64, show_spinner=False)
def _collapsed(_run: Run, run_id: str, stamp: int) -> str | None:
    given = pictures(_run.config.dataset, "test", np.arange(min(_JUDGED_BY_DRAWINGS, len(_run.test_embeddings))))
    drawn = None if given is None else _run.decode(_run.test_embeddings[:_JUDGED_BY_DRAWINGS])
    return collapse(_run.test_embeddings[:_JUDGED_BY_EMBEDDINGS], drawn, given)


@st.cache_data(max_entries=500, show_spinner=False)
def thumbnail_sheet(dataset: str, split: str, block: int) -> bytes | None:
    """PNG of a block of images (`thumbnails.images_on_a_sheet` of them), side by side; None where there are none.

    Raises UnknownNameError and DataError.
    """
    info = dataset_info(dataset)
    count, there = images_on_a_sheet(info.shape), info.part_shape(f"{split}_images")[0]
    rows = np.arange(block * count, min((block + 1) * count, there))
    return sheet(read_rows(dataset, split, rows)) if len(rows) else None
