"""What is shown of one image under one run: its drawing, its place among the clusters and on the maps."""

import numpy as np
import streamlit as st

from core.analyse import map_geometry
from core.analyse.placing import Placing, placing
from core.keep.run import Run
from core.settings import PROJECTIONS, ClusteringConfig, ProjectionConfig
from dashboard.components.thumbnails import data_uris
from dashboard.map_thumbnail import map_thumbnail, share_of_frame
from dashboard.palette import GREY, class_looks
from dashboard.queries.classes import class_names, labels, labels_state
from dashboard.queries.clusters import clustering
from dashboard.queries.maps import map_points
from dashboard.queries.stored import state


def drawing(run: Run, split: str, index: int) -> np.ndarray:
    """What the run's own decoder makes of an image's embedding: float32 (h, w, c) in [0, 1]."""
    return run.decode(_embeddings(run)[split][index : index + 1])[0]


def place_of(run: Run, config: ClusteringConfig, split: str, index: int) -> Placing:
    """Where an image lies among the run's clusters. Raises as `clustering`."""
    return placing(clustering(run, config), _embeddings(run), split, index)


def kept_maps(run: Run) -> list[ProjectionConfig]:
    """The run's maps with usual settings that need no computing."""
    kept = run.projections()
    return [config for config in map(ProjectionConfig, PROJECTIONS) if config.name in kept]


def map_picture(run: Run, config: ProjectionConfig) -> str:
    """A kept map of the test images as a small PNG, a data URI: in the classes' colours, grey without labels."""
    return _map_picture(run, *state(run), config, labels_state(run.config.dataset))


@st.cache_data(max_entries=48, show_spinner=False)
def _map_picture(_run: Run, run_id: str, stamp: int, config: ProjectionConfig, labelled: tuple) -> str:
    points = map_points(_run, config, False)
    known = labels(_run.config.dataset, "test")
    kinds = np.zeros(len(points), np.int64) if known is None else known
    colours = [GREY] if known is None else [one.colour for one in class_looks(class_names(_run.config.dataset))]
    return data_uris(map_thumbnail(points, kinds, colours)[None])[0]


def place_on_map(run: Run, config: ProjectionConfig, split: str, index: int) -> tuple[float, float]:
    """Where an image is in that picture: shares of its width from the left and of its height from the top. A training image is
    where its nearest test images are, as on the map itself.
    """
    points = map_points(run, config, False)
    if split == "test":
        return share_of_frame(points, points[index])
    embedding = run.train_embeddings[index : index + 1]
    return share_of_frame(points, map_geometry.place(run.test_embeddings, points, embedding)[0])


def _embeddings(run: Run) -> dict[str, np.ndarray]:
    return {"train": run.train_embeddings, "test": run.test_embeddings}
