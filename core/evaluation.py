"""Cluster a run's embeddings and score the clusters: what the pages and `evaluate` show.

Clusters and their labels always come from the train embeddings; the split says whose points are counted.
"""

from typing import Any

from core.analyse.clustering import SPLITS, Clustering, cluster_table
from core.checks import check_name
from core.keep.run import Run
from core.stages import STORED_K, cluster_run, kept_centroids

__all__ = ["SPLITS", "STORED_K", "Clustering", "cluster_run", "cluster_table", "evaluation_report", "kept_centroids"]


def evaluation_report(run: Run, clustering: Clustering, split: str, class_names: tuple[str, ...]) -> dict[str, Any]:
    """What `python -m core evaluate --json` prints. Scores of classes, and `confusion`, are left out without labels."""
    check_name("split", split, SPLITS)
    table = cluster_table(clustering, split, class_names)
    columns = ("cluster", "size", *(("label", "purity") if clustering.labelled else ("spread",)))
    report = {
        "run": run.id,
        "split": split,
        "clusterer": clustering.config.method,
        "clusters_k": clustering.config.clusters,
        "scaling": clustering.config.scaling,
        **clustering.scores(split),
        "share_clustered": clustering.share_clustered(split),
        "label_informed": label_informed(run),
        "clusters": [
            dict(zip(columns, row, strict=True)) for row in zip(*(table[name] for name in columns), strict=True)
        ],
    }
    if not clustering.labelled:
        parts = {"train": run.train_embeddings, "test": run.test_embeddings}
        report["silhouette"] = clustering.silhouette(parts, split)
    else:
        report["accuracy_standard_error"] = clustering.accuracy_error(split)
        report["confusion"] = clustering.confusion(split).tolist()
    return report


def label_informed(run: Run) -> bool:
    """Whether labels were used while the run was trained: its clusters then do not compare with unsupervised ones."""
    return run.config.uses_labels
