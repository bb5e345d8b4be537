"""Give clusters names by hand: one at a time, kept at once; take back, clear, and have the names serve as labels."""

from collections.abc import Callable

import streamlit as st

from core.access import look_only
from core.errors import FileDamagedError, InvalidInputError
from core.keep import namings
from core.keep.namings import MAX_NAME, Naming, checked_name
from core.settings import CLUSTERERS
from dashboard import link_names, queries, run_words
from dashboard.told import attempt, plain, tell_attempt
from dashboard.view import Selection, Shown

_LOOK_ONLY = (
    "This server is for looking only: what you type is kept in your link, which you can save and share, and not here."
)
_TOO_LONG = "The link cannot hold as many names: this one is kept here alone."
_TOO_LONG_HERE = "The link cannot hold as many names: take some away first."


def name_box(naming: Naming, cluster: int) -> None:
    """A box with the name of a cluster; what is typed is kept at once: in the link, and here where visitors may change anything."""
    # Another key after each change: the box then shows what is kept, also after a step back.
    key = f"name_{naming.key}_{cluster}_{len(naming.undo)}_{naming.names.get(cluster, '')}"
    st.text_input(
        f"Name of cluster {cluster}", naming.names.get(cluster, ""), key=key, max_chars=MAX_NAME, width=320,
        placeholder="such as: boats", on_change=lambda: _rename(naming, cluster, st.session_state[key]),
        help="Kept when you press Enter, in the link of this page and in all lists to download; the run itself stays as it is. "
        "Clusters of the same name count as one class. An empty name takes the name away.",
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
            on_click=_change, args=(naming, Naming.undone), help="Undoes the last change of names kept here.",
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


def _rename(naming: Naming, cluster: int, name: str) -> None:
    """Keep a name, and with it those that the visitor sees, which may have come with the link."""
    try:
        seen = {**naming.names, cluster: checked_name(name)}
    except InvalidInputError as error:
        st.session_state.attempt_failed = str(error)
        return
    if look_only():  # an empty name in the link hides one that is kept
        in_link = link_names.put(naming, seen)
    else:
        in_link = link_names.put(naming, {one: given for one, given in seen.items() if given})
        attempt(
            "Naming clusters", namings.change, naming.image_set, naming.run, naming.clustering, lambda kept: kept.renamed(seen)
        )  # fmt: skip
    if not in_link:
        st.toast(_TOO_LONG_HERE if look_only() else _TOO_LONG, icon=":material/link_off:")


def _change(naming: Naming, how: Callable[[Naming], Naming]) -> None:
    """Change the names that are kept; the link then holds them."""

    def change() -> None:
        after = namings.change(naming.image_set, naming.run, naming.clustering, how)
        link_names.put(naming, after.names)

    attempt("Naming clusters", change)


def _tell_damage(selection: Selection, one: Shown) -> None:
    try:
        namings.get(selection.dataset, one.run.id, selection.clustering)
        namings.active(selection.dataset)
    except FileDamagedError as error:
        st.warning(
            f"{plain(error)} Name a cluster to begin anew: the damaged file is set aside.", title="Names cannot be read",
            icon=":material/warning:",
        )  # fmt: skip
