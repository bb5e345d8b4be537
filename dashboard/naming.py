"""Give clusters names by hand: one at a time, kept at once; take back, clear, and have the names serve as labels."""

from collections.abc import Callable

import streamlit as st

from core.access import look_only
from core.errors import FileDamagedError
from core.keep import namings
from core.keep.namings import MAX_NAME, Naming
from core.settings import CLUSTERERS
from dashboard import queries, run_words
from dashboard.told import attempt, plain, tell_attempt
from dashboard.view import Selection, Shown

_LOOK_ONLY = "This server is for looking only: clusters are named by its owner."


def name_box(naming: Naming, cluster: int) -> None:
    """A box with the name of a cluster; what is typed is kept at once."""
    # Another key after each change: the box then shows what is kept, also after a step back.
    key = f"name_{naming.key}_{cluster}_{len(naming.undo)}_{naming.names.get(cluster, '')}"
    st.text_input(
        f"Name of cluster {cluster}", naming.names.get(cluster, ""), key=key, max_chars=MAX_NAME, disabled=look_only(), width=320,
        placeholder="such as: boats", on_change=lambda: _change(naming, lambda kept: kept.named(cluster, st.session_state[key])),
        help="Kept when you press Enter. Clusters of the same name count as one class. An empty name takes the name away.",
    )  # fmt: skip
    if look_only():
        st.caption(_LOOK_ONLY)


def naming_row(selection: Selection, one: Shown, naming: Naming, clusters: int) -> None:
    """How many clusters have a name, the steps back, and whether the names serve as labels."""
    _tell_damage(selection, one)
    tell_attempt()
    if not naming.names and not naming.undo:
        return
    serving = queries.labels_by_hand(selection.dataset)
    serves = serving is not None and serving.key == naming.key
    with st.container(horizontal=True, vertical_alignment="center", key="naming"):
        st.markdown(f"**{len(naming.names)} of {clusters}** clusters have a name by hand", width="content")
        st.button(
            "Take back", icon=":material/undo:", key="naming_undo", disabled=look_only() or not naming.undo,
            on_click=_change, args=(naming, Naming.undone), help="Undoes the last change of names.",
        )  # fmt: skip
        st.button(
            "Clear all names", icon=":material/label_off:", key="naming_clear", disabled=look_only() or not naming.names,
            on_click=_change, args=(naming, Naming.cleared), help="*Take back* brings them back.",
        )  # fmt: skip
        if not selection.info.labelled:
            st.toggle(
                "Use these names as labels", serves, key=f"naming_use_{naming.key}_{serving and serving.key}",
                disabled=look_only() or not naming.names, on_change=attempt,
                args=("Choosing labels", namings.activate, selection.dataset, None if serves else naming),
                help="On every page and in every list. Images of clusters without a name are then “unnamed”.",
            )  # fmt: skip


def tell_labels_by_hand(dataset: str) -> None:
    """One line that says where the labels come from, where that is from names given by hand."""
    if (naming := queries.labels_by_hand(dataset)) is None:
        return
    if (run := queries.runs().get(naming.run)) is None:
        return  # deleted since the page was begun
    (title,) = run_words.run_titles([run])
    config = naming.clustering
    of_all = f" of {config.clusters}" if CLUSTERERS[config.method].takes_k else ""
    st.caption(
        f":material/label: Labels are the names given by hand to {len(naming.names)}{of_all} clusters of the "
        f"model {plain(title)}, latent size {run.config.latent}, which agree with them by definition: scores tell how far other "
        "models and clusters do. They can be switched off under **Clusters**."
    )


def _change(naming: Naming, how: Callable[[Naming], Naming]) -> None:
    attempt("Naming clusters", namings.change, naming.image_set, naming.run, naming.clustering, how)


def _tell_damage(selection: Selection, one: Shown) -> None:
    try:
        namings.get(selection.dataset, one.run.id, selection.clustering)
        namings.active(selection.dataset)
    except FileDamagedError as error:
        st.warning(
            f"{plain(error)} Name a cluster to begin anew: the damaged file is set aside.", title="Names cannot be read",
            icon=":material/warning:",
        )  # fmt: skip
