"""The part of *Confusion matrix* about classes: a matrix a model, its largest mix-ups, and the images of a cell."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analyse.confusion import Mixup, class_matrix, confused_with, mixups, most_confused
from core.settings import CLUSTERERS
from dashboard import class_charts, gallery_order, queries
from dashboard.components.into_view import bring_into_view, brought_into_view
from dashboard.components.live_chart import clicked, live_chart
from dashboard.image_wall import image_wall
from dashboard.matrix_values import choose_values, matrix_table, scale_caption
from dashboard.page_choices import MATRIX_CLASSES, MATRIX_ROOM
from dashboard.row_click import ROW, choose_row
from dashboard.table_files import table_files
from dashboard.told import plain
from dashboard.view import Selection, Shown, title_of

WALL, LISTED = 48, 100
FEW, MOST = 12, 30  # classes of matrices side by side; in one of those confused most
# Room for two lines, so that matrices beside each other stand level.
LEVEL = "<style>[class*=st-key-heading_] {min-height:3.2rem; justify-content:end}</style>"


def show_classes(selection: Selection, runs: Mapping[str, Shown], names: Sequence[str]) -> None:
    """A matrix a model: true class by the class of the cluster."""
    clusterer = CLUSTERERS[selection.clustering.method]
    by = f"k = {selection.clusters}" if clusterer.takes_k else clusterer.title
    st.markdown(
        f"Rows are the true classes of the {selection.split_words}, columns what their clusters say ({by}). Everything off the "
        "diagonal is a mix-up. **Click a cell** to see its images."
        + (" Images in no cluster are not in the matrix, and count as wrong." if clusterer.has_noise else "")
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = choose_values()
        part_of = choose_part(names) if len(names) > MOST else lambda matrix: np.arange(len(names))
    found = {key: queries.clustering(one.run, selection.clustering) for key, one in runs.items()}
    matrices = {key: class_matrix(one, selection.split, len(names)) for key, one in found.items()}
    picked = picked_cell()
    # Side by side, the same colour is the same number.
    top = max(float(class_charts.matrix_values(matrix, shown).max(initial=0)) for matrix in matrices.values())
    few = len(names) <= FEW
    per_row = 2 if len(runs) > 1 and few else 1
    st.html(LEVEL)
    slots = [column for _ in range(-(-len(runs) // per_row)) for column in st.columns(per_row)]
    for slot, (key, one) in zip(slots, runs.items(), strict=False):
        matrix = matrices[key]
        listed = mixups(matrix)
        with slot:
            with st.container(key=f"heading_{key}"):
                share = 100 * found[key].accuracy(selection.split)
                of_itself = queries.labelled_by(one.run, selection.clustering)
                told = "by definition, as its clusters gave the labels" if of_itself else largest_mixup(listed, names)
                st.markdown(f"**{plain(one.title)}**: {share:.1f} % right class · {told}")
            # Of many classes the list says more than the matrix, so it comes first.
            places = (st.container(), st.container()) if few else reversed(st.columns([2, 3]))
            part = part_of(matrix)
            marked = picked[1:] if picked and picked[0] == key else None
            for_matrix, for_list = places
            with for_list:
                list_mixups(key, one.title, listed, names, height=214 if few else 480)
            with for_matrix:
                live_chart(
                    class_charts.confusion_matrix(matrix, names, names, shown=shown, part=(part, part), marked=marked, top=top),
                    key=f"confusion_{key}", alt=f"Confusion matrix of the {one.title} clusters",
                    on_click=partial(choose_cell, key, part),
                )  # fmt: skip
    if len(matrices) > 1:
        st.caption(scale_caption(top, shown))
    choose_by_name(runs, names)
    with brought_into_view("cell_images"):
        show_cell(selection, runs, names, picked)
    titled = {runs[key].title: one for key, one in matrices.items()}
    table_files(
        "the matrices",
        lambda: matrix_table(titled, "true class", names, names),
        f"confusion-k{selection.clusters}-{selection.split}",
    )


def choose_part(names: Sequence[str]) -> Callable[[np.ndarray], np.ndarray]:
    """Which of many classes the matrices show, as a function of a matrix."""
    options = [name for name in MATRIX_CLASSES if name != "all" or len(names) <= MATRIX_ROOM]
    which = st.segmented_control(
        f"Of {len(names)} classes", options, default="confused", format_func=MATRIX_CLASSES.get, key="matrix_classes",
        bind="query-params", required=True, help="Percentages are of all images of a class, whichever classes are shown. Drag "
        "over a part of a matrix to see it larger; a double click shows everything again."
        + ("" if len(names) <= MATRIX_ROOM else f" At most {MATRIX_ROOM} classes have room at once."),
    )  # fmt: skip
    around = st.selectbox(
        "Around one class", range(len(names)), index=None, format_func=names.__getitem__, key="around", bind="query-params", placeholder="find a class",
        help="Shows this class with those that it is mixed up with most.",
    )  # fmt: skip
    if around is not None:
        return lambda matrix: confused_with(matrix, around, MOST)
    if which == "all":
        return lambda matrix: np.arange(len(names))
    return lambda matrix: most_confused(matrix, MOST)


def largest_mixup(listed: Sequence[Mixup], names: Sequence[str]) -> str:
    """The pair of classes with the most mix-ups, as Markdown."""
    if not listed:
        return "no mix-ups"
    true, said, images, _ = listed[0]
    return f"{plain(names[true])} taken for {plain(names[said])} most often ({images:,} images)"


def list_mixups(key: str, title: str, listed: Sequence[Mixup], names: Sequence[str], *, height: int) -> None:
    """The largest mix-ups in rows to choose from."""
    listed = listed[:LISTED]
    if not listed:
        return
    table = pd.DataFrame(
        [(names[one.true], names[one.said], one.images, 100 * one.share) for one in listed],
        columns=["true", "said", "images", "share"],
    )

    def choose() -> None:
        choose_row(f"mixups_{key}")
        if rows := st.session_state[f"mixups_{key}"]["selection"]["rows"]:
            pick(key, listed[rows[0]].true, listed[rows[0]].said)

    st.dataframe(
        table, hide_index=True, on_select=choose, selection_mode=ROW, key=f"mixups_{key}", height=height,
        alt=f"Largest mix-ups of the {title} clusters", column_config={
            "true": st.column_config.TextColumn("True class", width=90),
            "said": st.column_config.TextColumn("Cluster says", width=90),
            "images": st.column_config.NumberColumn("Images", width=60, format="localized"),
            "share": st.column_config.NumberColumn("Of the class", width=80, format="%.1f %%"),
        },
    )  # fmt: skip


def choose_cell(key: str, part: np.ndarray) -> None:
    """Remember the cell that was clicked last, whichever matrix it is in; a second click lets it go."""
    if (cell := clicked(f"confusion_{key}")) is None:
        return
    true, said = (int(part[place]) for place in cell)
    if picked_cell() == (key, true, said):
        st.query_params.pop("cell")
    else:
        pick(key, true, said)


def choose_by_name(runs: Mapping[str, Shown], names: Sequence[str]) -> None:
    """The cells again, for those who do not click."""
    state = st.session_state

    def choose() -> None:
        if None not in (state.cell_true, state.cell_said):
            pick(state.cell_loss, state.cell_true, state.cell_said)

    by_name = st.expander("Choose a cell by name", icon=":material/keyboard:")
    settings = {"index": None, "placeholder": "choose", "format_func": names.__getitem__, "on_change": choose}
    with by_name, st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Model", list(runs), format_func=lambda key: runs[key].title, key="cell_loss", on_change=choose)
        st.selectbox("True class", range(len(names)), key="cell_true", **settings)
        st.selectbox("Cluster says", range(len(names)), key="cell_said", **settings)


def pick(key: str, true: int, said: int) -> None:
    """The chosen cell lives in the URL, so that a link opens its images."""
    st.query_params["cell"] = f"{key}.{true}.{said}"
    bring_into_view("cell_images")


def picked_cell() -> tuple[str, int, int] | None:
    if cell := st.query_params.get("cell"):
        key, true, said = cell.split(".")
        return key, int(true), int(said)
    return None


def show_cell(
    selection: Selection, runs: Mapping[str, Shown], names: Sequence[str], picked: tuple[str, int, int] | None
) -> None:
    """The images of the chosen cell."""
    if not picked:
        return
    key, true, said = picked
    if key not in runs:
        st.caption(f":material/touch_app: The chosen cell is one of {plain(title_of(key))}, which is not shown now.")
        return
    found = queries.clustering(runs[key].run, selection.clustering)
    labels = queries.labels(selection.dataset, selection.split)
    members = np.flatnonzero((labels == true) & (found.predicted(selection.split) == said))
    words = "rightly found" if true == said else f"in clusters named {plain(names[said])}"
    st.header(
        f"{plain(runs[key].title)}: {plain(names[true])} {words} ({len(members):,} image{'s' * (len(members) != 1)})"
    )
    order = gallery_order.order_box(selection, key="cell_order")
    one = runs[key]
    members = gallery_order.in_order(members, order, selection, one, gallery_order.rival(one, selection))
    captions = [f"cluster {cluster}" for cluster in found.assignments[selection.split][members].tolist()]
    image_wall(selection, selection.split, members, captions, most=WALL)
