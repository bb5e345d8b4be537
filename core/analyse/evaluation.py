"""Names that moved to `core.evaluation`, `core.analyse.clustering`, `scaling` and `distances`."""

from core.analyse.clustering import SPLITS, Clustering, assign, cluster_table, contingency, fit
from core.analyse.distances import nearest, squared_distances
from core.analyse.scaling import scale
from core.evaluation import STORED_K, cluster_run, evaluation_report, stored_name

__all__ = [
    "SPLITS", "STORED_K", "Clustering", "assign", "cluster_run", "cluster_table", "contingency", "evaluation_report", "fit",
    "nearest", "scale", "squared_distances", "stored_name",
]  # fmt: skip
