"""How surely each model sorts an image."""

import numpy as np
import streamlit as st

from core.analyse.clusterers import CLUSTERERS
from core.analyse.margins import margins as margins_of
from core.analyse.scaling import scale
from core.keep.run import Run
from core.settings import ClusteringConfig
from dashboard.queries.clusters import clustering
from dashboard.queries.stored import state


def margins(run: Run, config: ClusteringConfig) -> np.ndarray | None:
    """How much nearer each test image lies to its cluster's centre than to the next one's, float32 (n_test,), [0, 1], see
    `core.analyse.margins`; None where clusters are not what lies around a centre.
    """
    if not CLUSTERERS[config.method].has_centroids:
        return None
    clustering(run, config)  # not in the cached function, which others would wait for without a word
    return _margins(run, *state(run), config)


@st.cache_resource(max_entries=64, show_spinner=False)
def _margins(_run: Run, run_id: str, stamp: int, config: ClusteringConfig) -> np.ndarray:
    rows = scale(_run.test_embeddings, config.scaling, _run.train_embeddings)
    return margins_of(rows, clustering(_run, config).centroids)
