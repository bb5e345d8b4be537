"""Cluster a run's embeddings and score the clusters: what the pages and `evaluate` show.

Clusters and their labels always come from the train embeddings; the split says whose points are counted.
"""

from typing import Any

import numpy as np

from core.analyse.clustering import SPLITS, Clustering, assign, cluster_table, fit
from core.keep.runs import Run
from core.settings import ClusteringConfig, check_name

# Centroids of k-means kept with every run, so that sweeps over k and moves of the slider need no fitting.
STORED_K = (*range(2, 31), 40, 50, 64, 100, 150, 200, 250)


def stored_name(config: ClusteringConfig) -> str:
    """What k-means centroids are called in a run's `clusterings`."""
    return f"{config.scaling}-{config.clusters}"


def cluster_run(run: Run, config: ClusteringConfig, labels: dict[str, np.ndarray] | None) -> Clustering:
    """Cluster a run. What is kept serves where there is any; the result is the same.

    Args:
        labels: by split, whole numbers from 0, (n,); None for images without labels.

    Raises InvalidInputError for k above the number of training images.
    """
    train = run.train_embeddings
    plain = config.method == "kmeans" and config.seed == 0
    stored = run.clusterings.get(stored_name(config)) if plain else None
    model = fit(train, config) if stored is None else {"centroids": stored}
    return assign(model, config, {"train": train, "test": run.test_embeddings}, labels)


def evaluation_report(run: Run, clustering: Clustering, split: str, class_names: tuple[str, ...]) -> dict[str, Any]:
    """What `python -m core evaluate --json` prints. Scores of classes, and `confusion`, are left out without labels."""
    check_name("split", split, SPLITS)
    table = cluster_table(clustering, split, class_names)
    columns = [name for name in ("cluster", "size", "spread", "label", "purity") if name in table]
    parts = {"train": run.train_embeddings, "test": run.test_embeddings}
    report = {
        "run": run.id,
        "split": split,
        "clusterer": clustering.config.method,
        "clusters_k": clustering.config.clusters,
        "scaling": clustering.config.scaling,
        **clustering.scores(split),
        "share_clustered": clustering.share_clustered(split),
        "silhouette": clustering.silhouette(parts, split),
        "label_informed": label_informed(run),
        "clusters": [
            dict(zip(columns, row, strict=True)) for row in zip(*(table[name] for name in columns), strict=True)
        ],
    }
    if clustering.labelled:
        report["accuracy_standard_error"] = clustering.accuracy_error(split)
        report["confusion"] = clustering.confusion(split).tolist()
    return report


def label_informed(run: Run) -> bool:
    """Whether labels were used while the run was trained: its clusters then do not compare with unsupervised ones."""
    return run.config.uses_labels
