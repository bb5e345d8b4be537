"""What the pages read, cached: the only st.cache_* calls. What they are told apart by are ids and numbers, never arrays."""

import os
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st

from core.analyse import evaluation, map_geometry
from core.analyse.collapse import collapse
from core.data import dataset_info, read_rows
from core.data.imagesets import DATASETS, read_part
from core.errors import DataError, LatentLensError, MapError, RunNotFoundError
from core.keep.runs import DamagedRun, Run, list_runs
from core.paths import BUNDLED, runs_folder
from core.settings import ClusteringConfig, ProjectionConfig
from dashboard import map_process
from dashboard.components.thumbnails import images_on_a_sheet, sheet

# So many test images say whether a model has collapsed.
_JUDGED_BY_EMBEDDINGS, _JUDGED_BY_DRAWINGS = 2_000, 16


@dataclass(frozen=True)
class Runs:
    usable: list[Run]
    damaged: list[DamagedRun]

    def find(self, dataset: str, loss: str, latent: int) -> Run | None:
        """The run of these settings: the one with all defaults, else the newest."""
        from core.settings import RunConfig

        fitting = [
            run for run in self.usable
            if (run.config.dataset, run.config.loss, run.config.latent) == (dataset, loss, latent)
        ]  # fmt: skip
        default = RunConfig(dataset=dataset, loss=loss, latent=latent).run_id
        return max(fitting, key=lambda run: (run.id == default, run.summary["created"]), default=None)


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


@st.cache_resource(max_entries=4, show_spinner="Reading images…")
def images(dataset: str, split: str) -> np.ndarray | None:
    """uint8 (n, 28, 28, 1), or None where the split's images are not on this machine."""
    try:
        return read_part(dataset, f"{split}_images")
    except DataError:
        return None


@st.cache_resource(max_entries=8, show_spinner=False)
def labels(dataset: str, split: str) -> np.ndarray:
    """uint8 (n,)."""
    return read_part(dataset, f"{split}_labels")


def _state(run: Run) -> tuple[str, int]:
    """The run's id, and a number that another folder of that name does not have. Raises RunNotFoundError."""
    try:
        return run.id, run.path.stat().st_mtime_ns
    except OSError as error:
        raise RunNotFoundError(
            f"The run {run.id} is no longer to be found under {run.path}: {error.strerror}. It was deleted or moved, or its "
            "folder was closed to this server. Load the page anew to see the runs that are there."
        ) from error


def clustering(run: Run, config: ClusteringConfig) -> evaluation.Clustering:
    """The run's clusters. Raises InvalidInputError for k above the number of training images."""
    return _clustering(run, *_state(run), config.clusters, config.scaling)


@st.cache_resource(max_entries=128, show_spinner="Clustering…")
def _clustering(_run: Run, run_id: str, stamp: int, clusters: int, scaling: str) -> evaluation.Clustering:
    parts = {split: labels(_run.config.dataset, split) for split in evaluation.SPLITS}
    return evaluation.cluster_run(_run, ClusteringConfig(clusters, scaling), parts)


def run_sweep(run: Run, scaling: str, split: str) -> dict[str, list[float]]:
    """Accuracy, purity and inertia against k, for the k whose centroids are kept with the run."""
    return _sweep(run, *_state(run), scaling, split)


@st.cache_data(max_entries=64, show_spinner="Clustering for every k…")
def _sweep(_run: Run, run_id: str, stamp: int, scaling: str, split: str) -> dict[str, list[float]]:
    parts = {part: labels(_run.config.dataset, part) for part in evaluation.SPLITS}
    sizes = [k for k in evaluation.STORED_K if f"{scaling}-{k}" in _run.clusterings]
    result: dict[str, list[float]] = {"k": [], "accuracy": [], "purity": [], "inertia": []}
    for k in sizes:
        found = evaluation.cluster_run(_run, ClusteringConfig(k, scaling), parts)
        scores = found.scores(split)
        for name, value in (
            ("k", k),
            ("accuracy", scores["accuracy"]),
            ("purity", scores["purity"]),
            ("inertia", found.inertia),
        ):
            result[name].append(value)
    return result


def map_points(run: Run, config: ProjectionConfig | None, everything: bool) -> np.ndarray:
    """The points of a map, computed now where it is not kept with the run yet.

    Args:
        config: which map; None for the plane of the two latent numbers themselves.
        everything: the test images, then the training images, these placed among the test images (`map_geometry.place`).

    Returns int16 (n, 2), or float32 for the latent plane, whose axes mean something.
    """
    arguments = (run, *_state(run), config and config.method, config and config.neighbours, everything)
    try:
        return _map_points(*arguments)
    except _MapNotKeptError:
        map_process.compute(run, config)  # not in the cached function, which others would wait for without a word
        return _map_points(*arguments)


class _MapNotKeptError(MapError):
    """The map is not kept with the run."""


@st.cache_resource(max_entries=16, show_spinner="Reading the map…")
def _map_points(
    _run: Run, run_id: str, stamp: int, method: str | None, neighbours: int | None, everything: bool
) -> np.ndarray:
    if method is None:
        parts = (_run.test_embeddings, _run.train_embeddings) if everything else (_run.test_embeddings,)
        return np.concatenate(parts).astype(np.float32)
    config = ProjectionConfig(method, neighbours)
    points = _run.projection(config)
    if points is None:
        raise _MapNotKeptError(f"The map {config.name} of {run_id} was computed but is gone again. Load the page anew.")
    if everything:
        points = np.concatenate([points, map_geometry.place(_run.test_embeddings, points, _run.train_embeddings)])
    return map_geometry.quantise(points)


def reconstructions(run: Run, indices: np.ndarray) -> np.ndarray:
    """Decode test images: float32 (len(indices), 28, 28, 1) in [0, 1]."""
    return run.decode(run.test_embeddings[indices])


def collapsed(run: Run) -> str | None:
    """What is nearly the same for all images: "embeddings", "drawings" or None. A few images say it."""
    return _collapsed(run, *_state(run))


@st.cache_data(max_entries=64, show_spinner=False)
def _collapsed(_run: Run, run_id: str, stamp: int) -> str | None:
    given = images(_run.config.dataset, "test")
    drawn = None if given is None else _run.decode(_run.test_embeddings[:_JUDGED_BY_DRAWINGS])
    return collapse(_run.test_embeddings[:_JUDGED_BY_EMBEDDINGS], drawn, None if given is None else given[: len(drawn)])


@st.cache_data(max_entries=500, show_spinner=False)
def thumbnail_sheet(dataset: str, split: str, block: int) -> bytes | None:
    """PNG of a block of images (`thumbnails.images_on_a_sheet` of them), side by side; None where there are none.

    Raises UnknownNameError and DataError.
    """
    info = dataset_info(dataset)
    count, there = images_on_a_sheet(info.shape), info.part_shape(f"{split}_images")[0]
    rows = np.arange(block * count, min((block + 1) * count, there))
    return sheet(read_rows(dataset, split, rows)) if len(rows) else None


def have_images(dataset: str, split: str) -> bool:
    return dataset in DATASETS and images(dataset, split) is not None
