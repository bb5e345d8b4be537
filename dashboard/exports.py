"""Lists to take away: every image with its cluster, label and name."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.analyse.clustering import SPLITS, Clustering
from core.keep.namings import NO_CLUSTER, Naming


def images_table(
    found: Clustering, naming: Naming, labels: Mapping[str, np.ndarray] | None, names: Sequence[str]
) -> pd.DataFrame:
    """A row an image of both splits: split, index in it, cluster (-1 for none), distance to its centroid in scaled coordinates,
    and what there is of label, label of its cluster, and name given by hand.

    Args:
        labels: by split, the image set's own labels (n,); None without any.
        names: the classes' names.
    """
    parts = []
    for split in SPLITS:
        clusters = found.assignments[split]
        columns = {
            "split": split,
            "index": np.arange(len(clusters)),
            "cluster": clusters,
            "distance": found.distances[split],
        }
        if labels is not None:
            columns["label"] = np.array(names, object)[labels[split]]
            columns["cluster_label"] = np.array([*names, NO_CLUSTER], object)[found.predicted(split)]  # -1 is the last
        if naming.names:
            words = {int(cluster): naming.name(int(cluster)) for cluster in np.unique(clusters)}
            columns["name"] = pd.Series(clusters).map(words).to_numpy()
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)
