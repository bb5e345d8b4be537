"""Neighbours of images in the latent space, how far maps keep them, and what two runs say of the same images."""

import numpy as np
import streamlit as st

from core.access import look_only
from core.analyse.compare import Comparison, compare
from core.analyse.neighbours import NeighbourIndex, overlap
from core.comparison import check_same_images
from core.data import dataset_info
from core.errors import ChangesNotAllowedError, ResultError
from core.keep.results import Result, Settings
from core.keep.run import Run
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import compute_anyway, kept, neighbours
from core.stages.neighbours import Near, NeighboursConfig
from dashboard.compute import compute
from dashboard.queries.classes import labels_state
from dashboard.queries.clusters import clustering
from dashboard.queries.stored import NotKeptError, state

COUNT = NeighboursConfig.count  # neighbours of each image
_QUICK_WORK = 20_000_000_000  # a second or two, see `_work`
_MOST_WORK = 15 * _QUICK_WORK  # that this server takes itself where no process can: half a minute
_RANKED = 4  # times as long as to find the nearest it takes to rank all, in both spaces of a map


def neighbours_of(run: Run) -> Result:
    """The 15 nearest test images of each test image, or all others where there are fewer: arrays `indices` int32 and
    `distances` float32, (n_test, 15), nearest first. Computed now where they are not kept yet.

    Raises as `dashboard.compute.compute`.
    """
    return _result(run, "neighbours", NeighboursConfig(), 1)


def map_trust(run: Run, config: ProjectionConfig) -> Result:
    """How far a map keeps the neighbours of each test image, see `core.stages.neighbours.MapTrust`: arrays `true`, `invented`
    and `lost` float32 (n_test,), values their means under the same names. Computed now where it is not kept yet.

    Raises as `dashboard.compute.compute`.
    """
    return _result(run, "map-trust", config, _RANKED)


def overlaps(run_a: Run, run_b: Run) -> np.ndarray:
    """How far the 15 nearest test images of each test image are the same in two runs (Jaccard): float32 (n_test,), [0, 1].

    Raises InvalidInputError for runs of different image sets.
    """
    check_same_images([run_a, run_b])
    for run in (run_a, run_b):  # not in the cached function, which others would wait for without a word
        neighbours_of(run)
    return _overlaps(run_a, run_b, state(run_a), state(run_b))


def nearest_images(run: Run, split: str, index: int, count: int = 10) -> list[Near]:
    """The nearest images of one image among train and test, see `core.stages.neighbours.nearest_images`.

    Raises InvalidInputError for an image that is not there.
    """
    return neighbours.nearest_images(run, split, index, count, _searchable(run, *state(run)))


def comparison(run_a: Run, run_b: Run, config: ClusteringConfig, split: str) -> Comparison:
    """What the clusters of two runs say of the same images, see `core.analyse.compare.Comparison`.

    Raises InvalidInputError for runs of different image sets, and as `clustering`.
    """
    check_same_images([run_a, run_b])
    for run in (run_a, run_b):
        clustering(run, config)
        if split == "test":
            neighbours_of(run)
    labelled = labels_state(run_a.config.dataset)
    return _comparison(run_a, run_b, state(run_a), state(run_b), config, split, labelled)


@st.cache_resource(max_entries=64, show_spinner="Comparing…")
def _comparison(
    _a: Run, _b: Run, state_a: tuple, state_b: tuple, config: ClusteringConfig, split: str, labelled: tuple
) -> Comparison:
    near = tuple(neighbours_of(run).arrays["indices"] for run in (_a, _b)) if split == "test" else None
    return compare(clustering(_a, config), clustering(_b, config), split, near)


@st.cache_resource(max_entries=64, show_spinner=False)
def _overlaps(_a: Run, _b: Run, state_a: tuple, state_b: tuple) -> np.ndarray:
    return overlap(*(neighbours_of(run).arrays["indices"] for run in (_a, _b)))


@st.cache_resource(max_entries=6, show_spinner=False)
def _searchable(_run: Run, run_id: str, stamp: int) -> NeighbourIndex:
    return neighbours.searchable(_run)


def _result(run: Run, stage: str, settings: Settings, cost: int) -> Result:
    """A result that is kept, or is computed now: here where that takes a moment, else in a process, which also keeps it.

    Where no process can, it is computed here all the same, unless that takes too long. Raises then as `dashboard.compute.compute`.
    """
    arguments, work = (run, *state(run), stage, settings), cost * _work(run)
    try:
        return _kept(*arguments)
    except NotKeptError:
        if work <= _QUICK_WORK:
            return _kept(*arguments, _here=True)
        try:
            compute(run, stage, settings)
        except (ResultError, ChangesNotAllowedError):
            if work > _MOST_WORK:
                raise
            return _kept(*arguments, _here=True)
        return _kept(*arguments)


def _work(run: Run) -> int:
    """Of finding the nearest: all pairs of test images, by the latent numbers and what is done with each distance."""
    return dataset_info(run.config.dataset).test_size ** 2 * (run.config.latent + 10)


@st.cache_resource(max_entries=64, show_spinner="Looking for neighbours…")
def _kept(_run: Run, run_id: str, stamp: int, stage: str, settings: Settings, *, _here: bool = False) -> Result:
    found = kept(_run, stage, settings)
    if found is None and not _here:
        raise NotKeptError(f"The result {stage!r} of {run_id} was computed but is gone again. Load the page anew.")
    return found or compute_anyway(_run, stage, settings, keep=not look_only())
