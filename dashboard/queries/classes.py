"""The labels of an image set: its own, or names that were given to clusters by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from core.analyse.clustering import SPLITS
from core.data import dataset_info, read_part
from core.errors import FileDamagedError
from core.keep import namings
from core.keep.run import Run
from core.settings import ClusteringConfig
from core.stages import cluster_run
from dashboard.queries.stored import runs, stamp


def class_names(dataset: str) -> tuple[str, ...]:
    """The classes of the labels, see `labels`; none without labels."""
    info = dataset_info(dataset)
    return info.class_names if info.labelled else _by_hand(*labels_state(dataset)).classes


def labels(dataset: str, split: str) -> np.ndarray | None:
    """Whole numbers from 0, (n,): the set's own labels. Without them the names that were given to clusters by hand, as far as
    they are in use; else None.
    """
    if dataset_info(dataset).labelled:
        return _own_labels(dataset, split)
    return _by_hand(*labels_state(dataset)).labels.get(split)


def labels_by_hand(dataset: str) -> namings.Naming | None:
    """The names that serve as labels of this set; None where it has its own, or none."""
    return None if dataset_info(dataset).labelled else _by_hand(*labels_state(dataset)).naming


def labelled_by(run: Run, config: ClusteringConfig) -> bool:
    """Whether the labels are the names of these very clusters, which agree with them by definition."""
    naming = labels_by_hand(run.config.dataset)
    return naming is not None and (naming.run, naming.clustering) == (run.id, config)


@dataclass(frozen=True, eq=False)
class _ByHand:
    """Names given by hand, as labels."""

    naming: namings.Naming | None = None
    classes: tuple[str, ...] = ()
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)


def labels_state(dataset: str) -> tuple:
    """Changes whenever the labels of the set can."""
    return (dataset,) if dataset_info(dataset).labelled else (dataset, namings.state(dataset), stamp())


@st.cache_resource(max_entries=8, show_spinner=False)
def _own_labels(dataset: str, split: str) -> np.ndarray:
    return read_part(dataset, f"{split}_labels")


@st.cache_resource(max_entries=8, show_spinner=False)
def _by_hand(dataset: str, named: tuple, stored: tuple) -> _ByHand:
    try:
        naming = namings.active(dataset)
    except FileDamagedError:  # told where names are given
        return _ByHand()
    run = runs().get(naming.run) if naming else None
    if naming is None or run is None:
        return _ByHand()
    classes, parts = naming.labels(cluster_run(run, naming.clustering, None).assignments)
    return _ByHand(naming, classes, parts)


def parts_labels(dataset: str) -> dict[str, np.ndarray] | None:
    """The labels of both splits."""
    parts = {split: labels(dataset, split) for split in SPLITS}
    return None if any(part is None for part in parts.values()) else parts
