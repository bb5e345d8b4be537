"""Confusion matrix: which classes the clusters mix up, or how the clusters of two models fit together; a cell opens its images."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analyse.confusion import (
    Mixup,
    class_matrix,
    confused_with,
    cross_table,
    largest_first,
    mixups,
    most_confused,
)
from core.analyse.metrics import ari_from_counts, nmi_from_counts
from core.settings import CLUSTERERS
from dashboard import class_charts, queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.gallery import picture_wall
from dashboard.components.live_chart import clicked, live_chart
from dashboard.missing import available_runs, need_images
from dashboard.page_choices import MATRICES, MATRIX_CLASSES, MATRIX_KINDS, MATRIX_ROOM
from dashboard.told import plain
from dashboard.view import Selection, Shown, current, title_of

WALL, LISTED = 48, 100
FEW, MOST = 12, 30  # classes of matrices side by side; in one of those confused most
# Room for two lines, so that matrices beside each other stand level.
LEVEL = "<style>[class*=st-key-heading_] {min-height:3.2rem; justify-content:end}</style>"


def choose_values() -> str:
    return st.segmented_control(
        "Show", list(MATRICES), default="rows", format_func=MATRICES.get, key="shown", bind="query-params", required=True,
        help="Row %: where the images of a row go. Column %: where those of a column come from.",
    )  # fmt: skip


# --- classes and clusters ---


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
                    class_charts.confusion_matrix(matrix, names, names, shown=shown, part=(part, part), marked=marked),
                    key=f"confusion_{key}", alt=f"Confusion matrix of the {one.title} clusters",
                    on_click=partial(choose_cell, key, part),
                )  # fmt: skip
    choose_by_name(runs, names)
    show_cell(selection, runs, names, picked)
    st.download_button(
        "Download the matrices", lambda: "\n".join(as_csv(runs[key].title, one, names, names) for key, one in matrices.items()),
        file_name=f"confusion-k{selection.clusters}-{selection.split}.csv", mime="text/csv", icon=":material/download:",
    )  # fmt: skip


def choose_part(names: Sequence[str]):
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
        if rows := st.session_state[f"mixups_{key}"].selection.rows:
            pick(key, listed[rows[0]].true, listed[rows[0]].said)

    st.dataframe(
        table, hide_index=True, on_select=choose, selection_mode="single-row", key=f"mixups_{key}", height=height,
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
    members = members[np.argsort(found.distances[selection.split][members], kind="stable")]
    show_images(selection, members, [f"cluster {cluster}" for cluster in found.assignments[selection.split][members]])


def show_images(selection: Selection, members: np.ndarray, captions: Sequence[str]) -> None:
    """The first of these images."""
    if len(members) and need_images(selection, selection.split):
        picture_wall(queries.pictures(selection.dataset, selection.split, members[:WALL]), captions[:WALL])
        if len(members) > WALL:
            st.caption(f"The {WALL} nearest their cluster's centre, of {len(members):,}.")


# --- the clusters of two models ---


def show_models(selection: Selection, runs: Mapping[str, Shown]) -> None:
    """A matrix of the images that clusters of one model share with clusters of another: it needs no labels."""
    left, right = choose_pair(runs)
    shown = choose_values()
    st.markdown(
        f"Rows are the clusters of **{plain(runs[left].title)}**, columns those of **{plain(runs[right].title)}**, in such an order that what fits "
        "together lies near the diagonal. **Click a cell** to see the images in both."
    )
    found = [queries.clustering(runs[key].run, selection.clustering) for key in (left, right)]
    names = queries.class_names(selection.dataset)
    titles = [
        cluster_titles(one, naming_of(runs[key].run, selection.clustering), names)
        for key, one in zip((left, right), found, strict=True)
    ]
    assigned = [one.assignments[selection.split] for one in found]
    table = cross_table(*assigned, *(len(one) - 1 for one in titles))
    st.markdown(
        f"They agree to **{100 * nmi_from_counts(table):.0f} %** (NMI; 0 is chance, 100 the same clusters) · ARI {ari_from_counts(table):.2f}"
    )
    part = largest_first(table, MATRIX_ROOM)
    picked = picked_pair()
    marked = (picked[1], picked[3]) if picked and (picked[0], picked[2]) == (left, right) else None
    live_chart(
        class_charts.confusion_matrix(
            table, *titles, shown=shown, part=part, marked=marked,
            kinds=(f"cluster of {runs[left].title}", f"cluster of {runs[right].title}"),
        ),
        key="shared_images", alt=f"Images that clusters of {runs[left].title} share with clusters of {runs[right].title}",
        on_click=partial(choose_pair_cell, left, right, part),
    )  # fmt: skip
    if marked:
        # Of no cluster, -1, as the last.
        inside = [one % len(names_of) == cell for one, names_of, cell in zip(assigned, titles, marked, strict=True)]
        members = np.flatnonzero(inside[0] & inside[1])
        members = members[np.argsort(found[0].distances[selection.split][members], kind="stable")]
        places = [
            f"{plain(runs[key].title)} {plain(title[cluster])}"
            for key, title, cluster in zip((left, right), titles, marked, strict=True)
        ]
        st.header(f"{places[0]} and {places[1]} ({len(members):,} image{'s' * (len(members) != 1)})")
        show_images(selection, members, [])
    st.download_button(
        "Download the matrix", lambda: as_csv(runs[left].title, table, *titles), file_name=f"shared-k{selection.clusters}-{selection.split}.csv",
        mime="text/csv", icon=":material/download:",
    )  # fmt: skip


def choose_pair(runs: Mapping[str, Shown]) -> tuple[str, str]:
    """The keys of two models: of more, those that are chosen."""
    keys = list(runs)
    if len(keys) == 2:
        return keys[0], keys[1]
    with st.container(horizontal=True):
        left = st.selectbox(
            "Rows", keys, format_func=lambda key: runs[key].title, key="matrix_rows", bind="query-params"
        )
        others = [key for key in keys if key != left]
        return left, st.selectbox(
            "Columns", others, format_func=lambda key: runs[key].title, key="matrix_columns", bind="query-params"
        )


def choose_pair_cell(left: str, right: str, part: tuple[np.ndarray, np.ndarray]) -> None:
    """Remember the cell that was clicked last; a second click lets it go."""
    if (cell := clicked("shared_images")) is None:
        return
    row, column = (int(side[place]) for side, place in zip(part, cell, strict=True))
    if picked_pair() == (left, row, right, column):
        st.query_params.pop("pair")
    else:
        st.query_params["pair"] = f"{left}.{row}.{right}.{column}"


def picked_pair() -> tuple[str, int, str, int] | None:
    if pair := st.query_params.get("pair"):
        left, row, right, column = pair.split(".")
        return left, int(row), right, int(column)
    return None


def as_csv(title: str, table: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> str:
    return pd.DataFrame(table, index=rows, columns=columns).rename_axis(title).to_csv()


selection = current()
st.title("Confusion matrix")
runs = available_runs(selection)
names = queries.class_names(selection.dataset)
kinds = [kind for kind in MATRIX_KINDS if len(runs) > 1 or kind != "models"]
kind = "classes"
if not names:
    kind = "models" if len(runs) > 1 else "nothing"
    st.caption(
        ":material/label_off: These images have no labels, so there are no classes to mix up. Name the clusters under **Clusters** to get "
        "a matrix of your names" + (", or choose a second model to see how the clusters of both fit together." if kind == "nothing" else ".")
    )  # fmt: skip
elif len(kinds) > 1:
    kind = st.segmented_control(
        "Compare", kinds, default="classes", format_func=MATRIX_KINDS.get, key="matrix", bind="query-params", required=True,
    )  # fmt: skip
if kind == "classes":
    show_classes(selection, runs, names)
elif kind == "models":
    show_models(selection, runs)
