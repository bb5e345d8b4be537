"""What is looked at: image set, runs, number of clusters, scaling, split; kept in the visitor's state and in the link. No widgets."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.analyse.evaluation import SPLITS
from core.data.imagesets import DATASETS, DatasetInfo
from core.keep.run import Run
from core.settings import (
    DEFAULT_CLUSTERS,
    DEFAULT_LATENT,
    LOSSES,
    MAX_CLUSTERS,
    MAX_LATENT,
    MIN_CLUSTERS,
    SCALINGS,
    Choice,
    ClusteringConfig,
)
from dashboard import queries
from dashboard.link import one_of, some_of, whole_number
from dashboard.palette import loss_colour

MAX_LOSSES = 4
LATENT_SIZES = (1, 2, 3, 5, 8, 10, 16, 20, 32, 64, 128, 256)


@dataclass(frozen=True)
class Selection:
    """What is looked at; without arguments, what a first visit shows."""

    dataset: str = "fashion_mnist"
    losses: tuple[str, ...] = ("mse", "perceptual")
    latent: int = DEFAULT_LATENT
    clusters: int = DEFAULT_CLUSTERS
    scaling: str = "unit"
    split: str = "test"

    @property
    def info(self) -> DatasetInfo:
        return DATASETS[self.dataset]

    @property
    def clustering(self) -> ClusteringConfig:
        return ClusteringConfig(self.clusters, self.scaling)

    @property
    def split_words(self) -> str:
        return "unseen test images" if self.split == "test" else "training images"


@dataclass(frozen=True)
class Shown:
    """A run as it is looked at.

    Attributes:
        key: its name in links and in the keys of elements, unique on a page: the loss, or the run's id where runs were chosen.
        title: what tells it from the others on the page, in words.
        colour: its accent, `#rrggbb`.
    """

    run: Run
    key: str
    title: str
    colour: str


def _titles(registry: Mapping[str, DatasetInfo | Choice]) -> dict[str, str]:
    return {name: one.title for name, one in registry.items()}


CLUSTERS = whole_number(MIN_CLUSTERS, MAX_CLUSTERS, DEFAULT_CLUSTERS, nearest=True)
PARAMETERS = {
    "dataset": one_of(_titles(DATASETS), Selection.dataset),
    "losses": some_of(_titles(LOSSES), Selection.losses, MAX_LOSSES),
    "latent": whole_number(1, MAX_LATENT, DEFAULT_LATENT),
    "k": CLUSTERS,
    "scaling": one_of(_titles(SCALINGS), Selection.scaling),
    "split": one_of({name: name.capitalize() for name in SPLITS}, Selection.split),
}


def current() -> Selection:
    """What the sidebar says; before it is drawn for the first time, what it is going to say."""
    state = st.session_state
    if "split" not in state:  # drawn last
        return Selection()
    losses = tuple(loss for loss in LOSSES if loss in state.losses)
    return Selection(state.dataset, losses, state.latent, state.k, state.scaling, state.split)


def chosen(selection: Selection) -> tuple[dict[str, Shown], list[str]]:
    """What is looked at by key, and the losses for which there is no run yet."""
    known = queries.runs()
    found, missing = {}, []
    for loss in selection.losses:
        if run := known.find(selection.dataset, loss, selection.latent):
            found[loss] = Shown(run, loss, LOSSES[loss].title, loss_colour(loss))
        else:
            missing.append(loss)
    return found, missing


def title_of(key: str) -> str:
    """The title of a key that a link names, whether it is looked at now or not."""
    return LOSSES[key].title


def look_at(dataset: str, loss: str, latent: int) -> None:
    """Show this combination from the next run of the app on."""
    st.session_state.pending_view = (dataset, loss, latent)


def take_up_pending() -> None:
    """Bring about what `look_at` asked for: widgets' values may only be set before they are drawn."""
    pending = st.session_state.pop("pending_view", None)
    if pending is None:
        return
    dataset, loss, latent = pending
    same = dataset == st.session_state.get("dataset")
    losses = [one for one in st.session_state.get("losses") or [] if same]
    st.session_state.dataset = dataset
    st.session_state.latent = latent
    st.session_state.losses = [*losses, loss][-MAX_LOSSES:] if loss not in losses else losses


def trained_sizes(dataset: str) -> list[int]:
    """Latent sizes of the runs on this image set."""
    return sorted({run.config.latent for run in queries.runs().usable if run.config.dataset == dataset})


def latent_options() -> list[int]:
    """The sizes offered: the usual ones, every size that a run was trained with, and the one that is asked for."""
    asked = {int(size) for size in (st.session_state.get("latent"), st.query_params.get("latent")) if size}
    return sorted({*LATENT_SIZES, *(run.config.latent for run in queries.runs().usable), *asked})
