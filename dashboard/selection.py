"""What is being looked at: dataset, losses, latent size, k, scaling, split. Kept in the URL, drawn in the sidebar."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.analyse.evaluation import SPLITS
from core.data.imagesets import DATASETS, DatasetInfo
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
from dashboard import link, loaders
from dashboard.link import one_of, some_of, whole_number

MAX_LOSSES = 4
LATENT_SIZES = (1, 2, 3, 5, 8, 10, 16, 20, 32, 64, 128, 256)
# Fine where most questions are, coarse above: half of the slider's way is for k up to 30.
CLUSTER_STEPS = (*range(2, 31), *range(35, 100, 5), *range(100, 251, 10))
DEFAULT_LOSSES = ["mse", "perceptual"]


@dataclass(frozen=True)
class Selection:
    """What is looked at; without arguments, what a first visit shows."""

    dataset: str = "fashion_mnist"
    losses: tuple[str, ...] = tuple(DEFAULT_LOSSES)
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


def sidebar(page: str) -> None:
    """Draw the choices. Every widget is bound to the URL by its key, so a link reproduces the view."""
    link.put_right(PARAMETERS)
    _take_up_pending_view()
    with st.sidebar:
        st.selectbox(
            "Dataset", list(DATASETS), format_func=lambda name: DATASETS[name].title, key="dataset", bind="query-params",
            help="Pictures of 28×28 grey pixels in ten classes. Models for Fashion-MNIST come with the project; train "
            "the others on the Train page.",
        )  # fmt: skip
        st.pills(
            "Losses to compare", list(LOSSES), selection_mode="multi", default=DEFAULT_LOSSES, key="losses", on_change=_keep_some_losses,
            format_func=lambda name: LOSSES[name].title, bind="query-params",
            help="The loss is what training punishes. " + " ".join(f"**{one.title}** {one.summary}." for one in LOSSES.values()),
        )  # fmt: skip
        st.select_slider(
            "Latent size", latent_options(), value=DEFAULT_LATENT, key="latent", bind="query-params",
            help="How many numbers the autoencoder may keep of each picture. A picture itself has 784.",
        )  # fmt: skip
        _trained_sizes()
        _clusters_slider_and_box()
        st.segmented_control(
            "Scaling", list(SCALINGS), default=Selection.scaling, key="scaling", format_func=lambda name: SCALINGS[name].title,
            bind="query-params", required=True,
            help="Done to the embeddings before k-means. " + " ".join(f"**{one.title}**: {one.summary}." for one in SCALINGS.values()),
        )  # fmt: skip
        if st.session_state.latent <= 2 and st.session_state.scaling == "unit":
            st.caption("Unit length leaves so few numbers only a direction: *None* may sort better here.")
        st.segmented_control(
            "Images counted", list(SPLITS), default=Selection.split, key="split", format_func=str.capitalize, bind="query-params", required=True,
            help="Clusters and their labels always come from training images. Unseen test images tell how well they hold.",
        )  # fmt: skip
        if page in ("train", "runs"):
            st.caption(":material/info: These choices are for the pages that show models.")


def _keep_some_losses() -> None:
    """Letting go of the last loss brings the usual pair back, and one too many is let go: a page shows what the sidebar says."""
    chosen = st.session_state.losses
    if not chosen:
        st.session_state.losses = list(DEFAULT_LOSSES)
        st.toast("A page shows at least one loss, so the usual pair is back.", icon=":material/info:")
    elif len(chosen) > MAX_LOSSES:
        st.session_state.losses = chosen[:MAX_LOSSES]
        st.toast(f"A page shows at most {MAX_LOSSES} losses. Let go of one to see another.", icon=":material/info:")


def look_at(dataset: str, loss: str, latent: int) -> None:
    """Show this combination from the next run of the app on."""
    st.session_state.pending_view = (dataset, loss, latent)


def _take_up_pending_view() -> None:
    """Widgets' values may only be set before they are drawn."""
    view = st.session_state.pop("pending_view", None)
    if view is None:
        return
    dataset, loss, latent = view
    same = dataset == st.session_state.get("dataset")
    losses = [one for one in st.session_state.get("losses") or [] if same]
    st.session_state.dataset = dataset
    st.session_state.latent = latent
    st.session_state.losses = [*losses, loss][-MAX_LOSSES:] if loss not in losses else losses


def trained_sizes(dataset: str) -> list[int]:
    """Latent sizes of the runs on this dataset."""
    return sorted({run.config.latent for run in loaders.runs().usable if run.config.dataset == dataset})


def _trained_sizes() -> None:
    sizes = trained_sizes(st.session_state.dataset)
    st.caption(f"Trained: {', '.join(map(str, sizes))}" if sizes else "Nothing trained on this dataset yet")


def latent_options() -> list[int]:
    """The sizes offered: the usual ones, every size that a run was trained with, and the one that is asked for."""
    asked = {int(size) for size in (st.session_state.get("latent"), st.query_params.get("latent")) if size}
    return sorted({*LATENT_SIZES, *(run.config.latent for run in loaders.runs().usable), *asked})


def _clusters_slider_and_box() -> None:
    """One number, two widgets: a slider to sweep, a box to type. The box is the one in the URL."""
    state = st.session_state
    slider, box = st.columns([3, 2], vertical_alignment="bottom")
    with box:
        k = st.number_input(
            "k", value=DEFAULT_CLUSTERS, step=1, key="k", bind="query-params", label_visibility="collapsed",
            on_change=_take_usable_k,
        )  # fmt: skip
    if state.get("k_slider") != k:
        state.k_slider = k
    with slider:
        st.select_slider(
            "Clusters (k)", sorted({*CLUSTER_STEPS, k}), key="k_slider", on_change=lambda: state.update(k=state.k_slider),
            help="How many groups k-means is to find. Ten classes, so twenty leaves room for two kinds of each.",
        )  # fmt: skip


def _take_usable_k() -> None:
    """What is typed and cannot be shown gives way to what is shown, in the box and in the link."""
    state = st.session_state
    typed = [str(state.k)]
    (k,), as_asked = CLUSTERS.usable(typed)
    if not as_asked:
        link.refuse("k", CLUSTERS, typed)
    state.k = state.k_slider = int(k)


def current() -> Selection:
    """What the sidebar says; before it is drawn for the first time, what it is going to say."""
    state = st.session_state
    if "split" not in state:  # drawn last
        return Selection()
    losses = tuple(loss for loss in LOSSES if loss in state.losses)
    return Selection(state.dataset, losses, state.latent, state.k, state.scaling, state.split)
