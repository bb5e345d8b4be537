"""What clusters are called: their number, the name given by hand, and the majority class where there are labels."""

from collections.abc import Sequence

from core.analyse.clustering import Clustering
from core.errors import FileDamagedError
from core.keep import namings
from core.keep.namings import NO_CLUSTER, Naming
from core.keep.runs import Run
from core.settings import ClusteringConfig
from dashboard import link_names


def naming_of(run: Run, config: ClusteringConfig) -> Naming:
    """The names given to a run's clusters: those in the link, else those that are kept; none where their file is damaged, which
    *Clusters* tells.
    """
    try:
        kept = namings.get(run.config.dataset, run.id, config)
    except FileDamagedError:
        kept = Naming(run.config.dataset, run.id, config)
    return link_names.seen(kept)


def cluster_titles(found: Clustering, naming: Naming, names: Sequence[str]) -> list[str]:
    """What each cluster is called, such as "3 · boats · mostly Bag". The last is for images in no cluster.

    names: the classes' names.
    """
    titles = []
    for cluster in range(len(found.centroids)):
        given = naming.names.get(cluster)
        majority = names[found.cluster_labels[cluster]] if found.labelled else None
        words = [given, f"mostly {majority}" if majority and given else majority]
        titles.append(" · ".join([str(cluster), *(word for word in words if word and word != f"mostly {given}")]))
    return [*titles, NO_CLUSTER]
