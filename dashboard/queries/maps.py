"""Points of maps, by themselves and laid over each other."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.analyse import map_geometry
from core.analyse.map_alignment import overlaid
from core.data import dataset_info
from core.keep.run import Run
from core.settings import ProjectionConfig
from core.stages import kept
from dashboard.compute import compute
from dashboard.queries.stored import NotKeptError, state


def map_points(run: Run, config: ProjectionConfig | None, everything: bool) -> np.ndarray:
    """The points of a map, computed now where it is not kept with the run yet.

    Args:
        config: which map; None for the plane of the two latent numbers themselves.
        everything: the test images, then the training images, these placed among the test images (`map_geometry.place`).

    Returns int16 (n, 2), or float32 for the latent plane, whose axes mean something.
    """
    arguments = (run, *state(run), config, everything)
    try:
        return _map_points(*arguments)
    except NotKeptError:
        compute(run, "map", config)  # not in the cached function, which others would wait for without a word
        return _map_points(*arguments)


@st.cache_resource(max_entries=16, show_spinner="Reading the map…")
def _map_points(_run: Run, run_id: str, stamp: int, config: ProjectionConfig | None, everything: bool) -> np.ndarray:
    if config is None:
        parts = (_run.test_embeddings, _run.train_embeddings) if everything else (_run.test_embeddings,)
        return np.concatenate(parts).astype(np.float32)
    found = kept(_run, "map", config)
    if found is None:
        raise NotKeptError(f"The map {config.name} of {run_id} was computed but is gone again. Load the page anew.")
    points = found.arrays["points"]
    if everything:
        points = np.concatenate([points, map_geometry.place(_run.test_embeddings, points, _run.train_embeddings)])
    return map_geometry.quantise(points)


def aligned_maps(runs: Sequence[Run], config: ProjectionConfig | None, everything: bool) -> list[np.ndarray]:
    """The maps of these runs of one image set, each laid over the first by its test images (`core.analyse.map_alignment`).

    They are aligned when they are looked at: kept maps, and what is computed from them, stay as they are.

    Args:
        config, everything: as in `map_points`, which all are first asked of.

    Returns an array a run, in one system of coordinates: int16 (n, 2); of the latent plane, whose axes mean something, float32 as
    it is.
    """
    maps = [map_points(run, config, everything) for run in runs]
    if config is None or not maps:
        return maps
    return _aligned(maps, tuple(map(state, runs)), runs[0].config.dataset, config, everything)


@st.cache_resource(max_entries=16, show_spinner=False)
def _aligned(
    _maps: list[np.ndarray], states: tuple, dataset: str, config: ProjectionConfig, everything: bool
) -> list[np.ndarray]:
    return overlaid(_maps, dataset_info(dataset).test_size)


def map_trust_kept(run: Run, config: ProjectionConfig) -> dict[str, float] | None:
    """The means of how far a map keeps neighbours (`neighbours.map_trust`); None where it is not computed yet."""
    found = kept(run, "map-trust", config)
    return None if found is None else dict(found.values)
