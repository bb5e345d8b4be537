"""What the latent explorer reads: the spread of each latent number, the nearest test image, and middles to walk between."""

import numpy as np
import streamlit as st

from core.analyse import latent_numbers
from core.analyse.latent_numbers import LatentNumbers
from core.analyse.neighbours import NeighbourIndex
from core.analyse.rarity import Rarity
from core.keep.run import Run
from core.settings import ClusteringConfig
from dashboard.queries.classes import labels
from dashboard.queries.clusters import clustering
from dashboard.queries.stored import state


def spread_of_numbers(run: Run) -> LatentNumbers:
    """How the run's latent numbers are spread over the test images."""
    return _spread(run, *state(run))


@st.cache_resource(max_entries=32, show_spinner=False)
def _spread(_run: Run, run_id: str, stamp: int) -> LatentNumbers:
    return latent_numbers.describe(_run.test_embeddings)


def nearest_test(run: Run, vectors: np.ndarray) -> np.ndarray:
    """The test image whose embedding is nearest to each of these (n, latent): int (n,)."""
    return _index(run, *state(run)).nearest(vectors, 1)[0][:, 0]


@st.cache_resource(max_entries=8, show_spinner=False)
def _index(_run: Run, run_id: str, stamp: int) -> NeighbourIndex:
    return NeighbourIndex(_run.test_embeddings)


def class_middle(run: Run, label: int) -> np.ndarray:
    """Mean embedding of the training images of a class, float32 (latent,); NaN without any. Only for images with labels."""
    return latent_numbers.mean_of(run.train_embeddings, labels(run.config.dataset, "train") == label)


def cluster_middle(run: Run, cluster: int, of: Run, config: ClusteringConfig) -> np.ndarray:
    """Mean embedding of those training images that are in this cluster of the run `of`: float32 (latent,), NaN without any.

    In scaled coordinates, in which clusters have their centroids, there is nothing that a decoder could draw; and another run
    has other clusters, but embeddings of the same images.
    """
    return latent_numbers.mean_of(run.train_embeddings, clustering(of, config).assignments["train"] == cluster)


def rarity(run: Run, embeddings: np.ndarray) -> np.ndarray:
    """How unusual embeddings (n, latent) are among those of the test images: shares, (n,), see `core.analyse.rarity`."""
    return _rarity(run, *state(run)).of(embeddings)


@st.cache_resource(max_entries=8, show_spinner=False)
def _rarity(_run: Run, run_id: str, stamp: int) -> Rarity:
    return Rarity(_run.test_embeddings)
