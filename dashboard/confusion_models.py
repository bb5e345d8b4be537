"""The part of *Confusion matrix* about two models: how many images clusters of one share with clusters of the other."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import streamlit as st

from core.analyse.confusion import cross_table, largest_first
from core.analyse.metrics import ari_from_counts, nmi_from_counts
from dashboard import across_words, class_charts, gallery_order, queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.into_view import bring_into_view, brought_into_view
from dashboard.components.live_chart import clicked, live_chart
from dashboard.image_wall import image_wall
from dashboard.matrix_values import choose_values, matrix_table
from dashboard.page_choices import MATRIX_ROOM
from dashboard.pair import choose_pair
from dashboard.table_files import table_files
from dashboard.told import plain
from dashboard.view import Selection, Shown

WALL = 48


def show_models(selection: Selection, runs: Mapping[str, Shown]) -> None:
    """A matrix of the images that clusters of one model share with clusters of another: it needs no labels."""
    rows, columns = choose_pair(runs, keys=("matrix_rows", "matrix_columns"), labels=("Rows", "Columns"))
    left, right = rows.key, columns.key
    shown = choose_values()
    st.markdown(
        f"Rows are the clusters of **{plain(runs[left].title)}**, columns those of **{plain(runs[right].title)}**: rows by "
        "size, the largest first; columns by the row that they share most images with. **Click a cell** to see the images in both."
    )
    found = [queries.clustering(runs[key].run, selection.clustering) for key in (left, right)]
    names = queries.class_names(selection.dataset)
    titles = [
        cluster_titles(one, naming_of(runs[key].run, selection.clustering), names)
        for key, one in zip((left, right), found, strict=True)
    ]
    assigned = [one.assignments[selection.split] for one in found]
    table = cross_table(*assigned, *(len(one) - 1 for one in titles))
    st.markdown(across_words.shared_clusters(ari_from_counts(table), nmi_from_counts(table)))
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
        places = [
            f"{plain(runs[key].title)} {plain(title[cluster])}"
            for key, title, cluster in zip((left, right), titles, marked, strict=True)
        ]
        with brought_into_view("pair_images"):
            st.header(f"{places[0]} and {places[1]} ({len(members):,} image{'s' * (len(members) != 1)})")
            order = gallery_order.order_box(selection, key="cell_order")
            members = gallery_order.in_order(members, order, selection, rows, columns)
            image_wall(selection, selection.split, members, most=WALL)
    table_files(
        "the matrix",
        lambda: matrix_table({runs[left].title: table}, "cluster", *titles),
        f"shared-k{selection.clusters}-{selection.split}",
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
        bring_into_view("pair_images")


def picked_pair() -> tuple[str, int, str, int] | None:
    if pair := st.query_params.get("pair"):
        left, row, right, column = pair.split(".")
        return left, int(row), right, int(column)
    return None
