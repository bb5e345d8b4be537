"""How runs sort the images of a split, for comparing them with each other."""

from core.analyse.ranking import Sorted
from core.keep.run import Run
from core.settings import ClusteringConfig
from core.stages import kept
from dashboard.compute import compute
from dashboard.queries.classes import labels
from dashboard.queries.clusters import clustering


def starts(run: Run, config: ClusteringConfig, split: str) -> list[float]:
    """The shares of images in a cluster of their class with other starts of the clusterer, see `core.stages.starts`; none where
    they are not computed yet, and for labels that are names given by hand.
    """
    found = kept(run, "starts", config)
    return found.values["accuracy"][split] if found else []


def compute_starts(run: Run, config: ClusteringConfig) -> None:
    """Have them computed and kept, and wait for it. Raises as `dashboard.compute.compute`."""
    if kept(run, "starts", config) is None:
        compute(run, "starts", config)


def sorted_by(run: Run, config: ClusteringConfig, split: str) -> Sorted:
    """How the run's clusters sort the images of the split, which has labels."""
    right = clustering(run, config).predicted(split) == labels(run.config.dataset, split)
    return Sorted(right, starts(run, config, split))
