"""The sidebar: the widgets that say what is looked at (`dashboard.view`), each bound to the link by its key or beside one that is."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.access import look_only
from core.analyse.clustering import SPLITS
from core.data import dataset_info
from core.keep.run import Run
from core.settings import CLUSTERERS, DEFAULT_CLUSTERS, DEFAULT_LATENT, LOSSES, MAX_LATENT, SCALINGS
from dashboard import link, link_names, queries, view, words
from dashboard.take_away import take_away
from dashboard.told import plain
from dashboard.view import CLUSTERS, MAX_SHOWN, RUNS, Selection

# Fine where most questions are, coarse above: half of the slider's way is for k up to 30.
CLUSTER_STEPS = (*range(2, 31), *range(35, 100, 5), *range(100, 251, 10))


def sidebar(page: str) -> None:
    """Draw the choices, so that a link reproduces the view."""
    link.put_right(view.parameters())
    view.take_up_pending()
    _take_usable_choices()
    with st.sidebar:
        unseen = _unseen()
        unseen.text_input("Runs", key="runs", bind="query-params")
        unseen.text_input("Names of clusters", key=link_names.KEY, bind="query-params")
        if runs := view.chosen_runs():
            _chosen_runs(runs)
        else:
            _usual_runs(unseen)
        number = st.container()  # drawn last: how it is called depends on the clusterer
        st.segmented_control(
            "Scaling", list(SCALINGS), default=Selection.scaling, key="scaling", format_func=lambda name: SCALINGS[name].title,
            bind="query-params", required=True,
            help="Done to the embeddings before they are clustered. " + " ".join(f"**{one.title}**: {one.summary}." for one in SCALINGS.values()),
        )  # fmt: skip
        if st.session_state.latent <= 2 and st.session_state.scaling == "unit":
            st.caption("Unit length leaves so few numbers only a direction: *None* may sort better here.")
        st.segmented_control(
            "Images counted", list(SPLITS), default=Selection.split, key="split", format_func=str.capitalize, bind="query-params", required=True,
            help="Clusters and their labels always come from training images. Unseen test images tell how well they hold.",
        )  # fmt: skip
        with st.expander("More", icon=":material/tune:"):
            st.selectbox(
                "Clustered by", list(CLUSTERERS), format_func=lambda name: CLUSTERERS[name].title, key="method", bind="query-params",
                help=" ".join(f"**{one.title}**: {one.summary}." for one in CLUSTERERS.values())
                + " What is not k-means at its usual k takes a while at first, and is then kept.",
            )  # fmt: skip
        with number:
            _clusters_slider_and_box()
        if page in ("train", "add_pictures", "runs"):
            st.caption(":material/info: These choices are for the pages that show models.")
        else:
            take_away(view.current())


def _take_usable_choices() -> None:
    """What was chosen and is gone since, a run or an image set, is let go, with a word."""
    state = st.session_state
    if asked := state.get("runs"):
        values, as_asked = RUNS.usable([asked])
        if not as_asked:
            link.refuse("runs", RUNS, [asked])
            state.runs = values[0] if values else ""
    sets = view.parameters()["dataset"]
    if (asked := state.get("dataset")) and not sets.usable([asked])[1]:
        link.refuse("dataset", sets, [asked])
        state.dataset = Selection.dataset


def _unseen() -> DeltaGenerator:
    """A place for widgets that nobody sees, for what they keep in the link: only a widget's value stays there from page to page."""
    place = st.container(key="unseen")
    place.html("<style>.st-key-unseen {display:none}</style>")
    return place


def _chosen_runs(runs: list[Run]) -> None:
    """Which runs are looked at, in place of the widgets that choose the usual ones."""
    first = runs[0].config
    # Where these widgets come back, they show what is nearest to the chosen runs.
    losses = list(dict.fromkeys(run.config.loss for run in runs))
    st.session_state.update(dataset=first.dataset, losses=losses, latent=first.latent)
    with st.container(border=True, key="chosen_runs"):
        st.markdown(f"**Chosen runs** · {plain(queries.set_titles()[first.dataset])}")
        shown = view.as_shown(runs).values()
        lines = (f"<span style='color:{one.colour}'>●</span> {plain(one.title)}" for one in shown)
        st.markdown("  \n".join(lines), unsafe_allow_html=True)
        sizes = sorted({run.config.latent for run in runs})
        st.caption(f"Latent size {' and '.join(map(str, sizes))}. Choose others under **Runs**.")
        st.button("Back to losses and sizes", icon=":material/undo:", key="let_go_of_runs", on_click=_let_go_of_runs)


def _let_go_of_runs() -> None:
    st.session_state.runs = ""


def _usual_runs(unseen: DeltaGenerator) -> None:
    """Which image set, losses and latent size are looked at."""
    _set_box(unseen)
    st.pills(
        "Losses to compare", list(LOSSES), selection_mode="multi", default=list(Selection.losses), key="losses", on_change=_keep_some_losses,
        format_func=lambda name: LOSSES[name].title, bind="query-params",
        help="The loss is what training punishes. " + " ".join(f"**{one.title}** {one.summary}." for one in LOSSES.values()),
    )  # fmt: skip
    state = st.session_state
    # In the link the usual size is the same whatever was trained; the slider offers what was.
    unseen.number_input("Latent size in the link", 1, MAX_LATENT, DEFAULT_LATENT, key="latent", bind="query-params")
    state.latent_slider = state.latent
    st.select_slider(
        "Latent size", view.latent_options(state.dataset, state.latent), key="latent_slider", on_change=lambda: state.update(latent=state.latent_slider),
        help="How many numbers the autoencoder may keep of each picture. A picture itself has "
        f"{words.pixels(dataset_info(st.session_state.dataset).shape)}.",
    )  # fmt: skip
    _trained_sizes()


def _set_box(unseen: DeltaGenerator) -> None:
    """One image set, two widgets: Streamlit writes a widget's options to the link as they read in it, and a title may change."""
    state, titles = st.session_state, queries.set_titles()
    written = view.in_links(titles)
    unseen.selectbox(
        "Set in the link", list(titles), format_func=written.__getitem__, key="dataset", bind="query-params"
    )
    state.dataset_box = state.dataset
    st.selectbox(
        "Dataset", list(view.set_options(state.dataset)), format_func=titles.__getitem__, key="dataset_box", on_change=_take_set,
        help="The image sets that models were trained on. Models for Fashion-MNIST come with the project; train others on the Train page.",
    )  # fmt: skip


def _take_set() -> None:
    """Another image set is looked at in a latent size that it was trained with."""
    state = st.session_state
    state.update(dataset=state.dataset_box, latent=view.nearest_trained(state.dataset_box, state.latent))


def _keep_some_losses() -> None:
    """Letting go of the last loss brings the usual pair back, and one too many is let go: a page shows what the sidebar says."""
    chosen = st.session_state.losses
    if not chosen:
        st.session_state.losses = list(Selection.losses)
        st.toast("A page shows at least one loss, so the usual pair is back.", icon=":material/info:")
    elif len(chosen) > MAX_SHOWN:
        st.session_state.losses = chosen[:MAX_SHOWN]
        st.toast(f"A page shows at most {MAX_SHOWN} losses. Let go of one to see another.", icon=":material/info:")


def _trained_sizes() -> None:
    """What there is no model of, and the way to one: no slider and no box leads there."""
    state = st.session_state
    if said := words.untrained(state.latent, view.trained_sizes(state.dataset)):
        st.caption(said)
    if not look_only():
        st.page_link(
            "app_pages/train.py", label="Train another size or set", icon=":material/model_training:", query_params={}
        )


def _clusters_slider_and_box() -> None:
    """One number, two widgets: a slider to sweep, a box to type. The box is the one in the URL."""
    state = st.session_state
    clusterer = CLUSTERERS[state.method]
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
            "Clusters (k)" if clusterer.takes_k else "How fine (k)", sorted({*CLUSTER_STEPS, k}), key="k_slider",
            on_change=lambda: state.update(k=state.k_slider),
            help="How many groups are to be found. With twice as many as there are classes there is room for two kinds of each."
            if clusterer.takes_k
            else f"{clusterer.title} finds by itself how many groups there are: the larger k, the smaller ones it looks for.",
        )  # fmt: skip
    if clusterer.takes_k and (said := words.too_few_clusters(k, len(queries.class_names(state.dataset)))):
        st.caption(said)


def _take_usable_k() -> None:
    """What is typed and cannot be shown gives way to what is shown, in the box and in the link."""
    state = st.session_state
    typed = [str(state.k)]
    (k,), as_asked = CLUSTERS.usable(typed)
    if not as_asked:
        link.refuse("k", CLUSTERS, typed)
    state.k = state.k_slider = int(k)
