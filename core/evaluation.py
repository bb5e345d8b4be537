"""The report of a run's clusters that `python -m core evaluate --json` prints.

Clusters and their labels always come from the train embeddings; the split says whose points are counted.
"""

from typing import Any

from core.analyse.clustering import SPLITS, Clustering, cluster_table
from core.checks import check_name
from core.keep.run import Run


def evaluation_report(run: Run, clustering: Clustering, split: str, class_names: tuple[str, ...]) -> dict[str, Any]:
    """Of one split. Scores of classes, and `confusion`, are left out without labels."""
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
        # Labels were used while it was trained: its clusters do not compare with unsupervised ones.
        "label_informed": run.config.uses_labels,
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
