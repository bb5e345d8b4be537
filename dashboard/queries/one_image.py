"""What is shown of one image under one run: its drawing, its place among the clusters and on the maps."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from core.analyse import map_geometry
from core.analyse.clustering import Clustering
from core.analyse.placing import Placing, placing
from core.keep.run import Run
from core.settings import PROJECTIONS, ProjectionConfig
from dashboard.map_thumbnail import Frame, frame_of, map_thumbnail, png, share_of_frame
from dashboard.palette import GREY, class_looks
from dashboard.queries.classes import class_names, labels, labels_state
from dashboard.queries.maps import map_points
from dashboard.queries.stored import state


def drawing(run: Run, split: str, index: int) -> np.ndarray:
    """What the run's own decoder makes of an image's embedding: float32 (h, w, c) in [0, 1]."""
    return run.decode(_embeddings(run)[split][index : index + 1])[0]


def place_of(run: Run, found: Clustering, split: str, index: int) -> Placing:
    """Where an image lies among the clusters that were found of the run."""
    return placing(found, _embeddings(run), split, index)


class OnMap(NamedTuple):
    """A kept map of the test images as a small PNG, a data URI, in the classes' colours, grey without labels; and where on it an
    image is: shares of its width from the left and of its height from the top.
    """

    config: ProjectionConfig
    uri: str
    x: float
    y: float


def on_maps(run: Run, split: str, index: int) -> list[OnMap]:
    """The run's maps with usual settings that need no computing. A training image is where its nearest test images are, as on the
    map itself.
    """
    kept = run.projections()
    configs = tuple(config for config in map(ProjectionConfig, PROJECTIONS) if config.name in kept)
    if not configs:
        return []
    maps = _maps(run, *state(run), configs, labels_state(run.config.dataset))
    if split == "test":
        places = maps.points[index]
    else:
        embedding = run.train_embeddings[index : index + 1]
        places = map_geometry.place(run.test_embeddings, maps.points, embedding)[0]
    found = zip(configs, maps.uris, maps.frames, places.reshape(-1, 2), strict=True)
    return [OnMap(config, uri, *share_of_frame(frame, place)) for config, uri, frame, place in found]


class _Maps(NamedTuple):
    """Maps of one run. `points`: of all, int16 (n_test, 2 maps)."""

    uris: list[str]
    frames: list[Frame]
    points: np.ndarray


@st.cache_resource(max_entries=16, show_spinner=False)
def _maps(_run: Run, run_id: str, stamp: int, configs: tuple[ProjectionConfig, ...], labelled: tuple) -> _Maps:
    every = [map_points(_run, config, False) for config in configs]
    known = labels(_run.config.dataset, "test")
    kinds = np.zeros(len(every[0]), np.int64) if known is None else known
    colours = [GREY] if known is None else [one.colour for one in class_looks(class_names(_run.config.dataset))]
    uris = [png(map_thumbnail(points, kinds, colours)) for points in every]
    return _Maps(uris, [frame_of(points) for points in every], np.concatenate(every, axis=1))


def _embeddings(run: Run) -> dict[str, np.ndarray]:
    return {"train": run.train_embeddings, "test": run.test_embeddings}
