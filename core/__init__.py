"""Train image autoencoders under different losses and compare what their embeddings keep.

    images -> autoencoder, by an objective and its teacher -> run -> embeddings -> clusters, maps, scores -> pages

A run is stored as soon as its embeddings are there and never changes; what is computed from it is kept beside it (`core.stages`).

From a notebook:

    import core

    config = core.RunConfig(dataset="digits", loss="perceptual", latent=10, epochs=20)
    run = core.train_run(config)                       # trains, or returns the stored run
    run.test_embeddings                                # float32 (n_test, latent)
    report = core.evaluate_run(run, core.ClusteringConfig(clusters=20, scaling="unit"))
    report["accuracy"], report["confusion"]

Importing `core` loads nothing heavy; Keras is imported when something is trained.
"""

import os
from typing import TYPE_CHECKING, Any

# Read when the libraries load: k-means' threads otherwise spin while they wait, which beside other work (a training, a
# second viewer) makes them tens of times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# ONNX Runtime would otherwise keep a device id and a log of its use under the home folder, and report them.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# TensorFlow leaves oneDNN's convolutions off on processors without AVX-512. There, too, they train 1.4 to 1.6 times as fast.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

from core.errors import LatentLensError
from core.keep.run import Run
from core.keep.runs import delete_run, find_run, get_run, list_runs
from core.settings import ClusteringConfig, LossNetworkConfig, ProjectionConfig, RunConfig

if TYPE_CHECKING:
    import numpy as np

    from core.data import ImageSet

__all__ = [
    "ClusteringConfig",
    "LatentLensError",
    "LossNetworkConfig",
    "ProjectionConfig",
    "Run",
    "RunConfig",
    "delete_run",
    "evaluate_run",
    "find_run",
    "get_run",
    "list_runs",
    "load_dataset",
    "project_run",
    "train_run",
]
__version__ = "0.1.0"


def load_dataset(name: str) -> "ImageSet":
    """Find, download if needed, verify and read a dataset: `core.data.ImageSet`."""
    from core.data import load

    return load(name)


def train_run(config: RunConfig, **options: Any) -> Run:
    """Train and store a run, or return the stored one. See `core.pipeline.train_run`."""
    from core.pipeline import train_run

    return train_run(config, **options)


def project_run(run: Run, config: ProjectionConfig) -> "np.ndarray":
    """A 2-D map of a run's test embeddings, float32 (n_test, 2); computed and kept where it is not there yet.

    Raises StorageWriteError, before anything is computed, where it could not be kept.
    """
    from core.stages import compute

    return compute(run, "map", config).arrays["points"]


def evaluate_run(run: Run, config: ClusteringConfig, split: str = "test") -> dict[str, Any]:
    """Cluster a run and score it: what `python -m core evaluate --json` prints."""
    from core.data import dataset_info, read_labels
    from core.evaluation import evaluation_report
    from core.stages import cluster_run

    found = cluster_run(run, config, read_labels(run.config.dataset))
    return evaluation_report(run, found, split, dataset_info(run.config.dataset).class_names)
