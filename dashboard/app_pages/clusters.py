"""Clusters: the table of clusters, their names, the members of one, and scores against k."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.access import look_only
from core.analyse.clusterers import CLUSTERERS
from core.analyse.clustering import Clustering, cluster_table
from core.keep.namings import Naming
from dashboard import charts, class_charts, gallery_order, queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.chart import chart
from dashboard.components.gallery import as_bytes
from dashboard.components.legend import choosing_legend, class_entries
from dashboard.components.live_chart import live_chart
from dashboard.components.thumbnails import data_uris
from dashboard.drawing_choice import drawing_choice
from dashboard.exports import images_table
from dashboard.image_wall import class_captions, image_wall
from dashboard.missing import available_runs
from dashboard.naming import name_box, naming_row
from dashboard.page_choices import members_offered
from dashboard.palette import CLASS_COLOURS
from dashboard.row_click import ROW, choose_row
from dashboard.table_files import table_files
from dashboard.told import plain
from dashboard.view import Selection, Shown, current

BARS = 30  # classes that have room as bars in a row of the table
AGAINST_K = {
    "purity": "Purity against k: compare losses at the same k",
    "inertia": "Inertia against k: after a sharp bend, more clusters add little",
}


def table_of(
    found: Clustering, naming: Naming, names: Sequence[str], selection: Selection, one: Shown, drawing: str
) -> pd.DataFrame:
    """The table of clusters, with their names and pictures. `drawing`: see `queries.drawn`."""
    split, run = selection.split, one.run
    table = pd.DataFrame(cluster_table(found, split, tuple(names)))
    if naming.names:
        table.insert(1, "name", [naming.names.get(cluster) for cluster in table["cluster"]])
    typical = found.typical_embeddings(run.train_embeddings, "train")
    table.insert(1, "drawn", data_uris(as_bytes(queries.drawn(run, typical, drawing))))
    central = found.most_central(split)
    filled = central >= 0
    if (pictures := queries.pictures(selection.dataset, split, central[filled])) is not None:
        table.insert(2, "central", None)
        table.loc[filled, "central"] = data_uris(pictures)
    if found.labelled and len(names) <= BARS:
        table["shares"] = [list(np.round(100 * row / max(row.sum(), 1), 1)) for row in padded(found, split, names)]
    if found.labelled and ((table["most"] == "") | (table["most"] == table["label"])).all():
        table = table.drop(columns="most")
    for column in ("purity", "runner_up_share"):
        if column in table:
            table[column] = 100 * table[column].astype(float)
    return table


def padded(found: Clustering, split: str, names: Sequence[str]) -> np.ndarray:
    """Counts, int (k, classes), also of classes that no image has."""
    counts = found.counts[split]
    return np.pad(counts, ((0, 0), (0, len(names) - counts.shape[1])))


def columns_of(selection: Selection, names: Sequence[str]) -> dict:
    """How the table's columns are shown."""
    column = st.column_config
    return {
        "cluster": column.NumberColumn("Cluster", width=60, pinned=True),
        "drawn": column.ImageColumn("Drawn", width=60, help="The cluster's mean embedding, drawn as chosen above."),
        "central": column.ImageColumn("Typical", width=60, help="The member nearest the cluster's centre."),
        "name": column.TextColumn("Name", width=110, help="Given by hand."),
        "size": column.NumberColumn("Size", width=60, help=f"How many {selection.split_words} it holds."),
        "spread": column.NumberColumn("Spread", format="%.3f", width=70,
                                      help="Mean distance of its members to its centre, in scaled coordinates."),
        "label": column.TextColumn("Says", help="Most frequent class among its training images, after which it is named."),
        "most": column.TextColumn("Mostly", help=f"Most frequent class among its {selection.split_words}."),
        "purity": column.ProgressColumn("Purity", format="%.1f %%", min_value=0, max_value=100, color="primary",
                                        help=f"Share of the most frequent class among its {selection.split_words}."),
        "runner_up": column.TextColumn("Runner-up", help=f"Second most frequent class among its {selection.split_words}."),
        "runner_up_share": column.NumberColumn("Its share", format="%.1f %%", width=70),
        "entropy": column.NumberColumn("Entropy", format="%.2f bit", width=80,
                                       help=f"How mixed: 0 is one class, {np.log2(max(len(names), 1)):.2f} an even mix of all {len(names)}."),
        "shares": column.BarChartColumn("Class shares", y_min=0, y_max=100,
                                        help="A bar a class, in order: " + ", ".join(names)),
    }  # fmt: skip


def show_summary(found: Clustering, table: pd.DataFrame, selection: Selection, one: Shown) -> None:
    """What the clusters come to; their stability, where it is not kept, on demand."""
    stable = queries.stability(one.run, selection.clustering)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(summary(found, table, selection, one, stable), width="content")
        if stable is None and not look_only() and st.button(
            "Compute stability", icon=":material/calculate:", key="compute_stability", type="tertiary",
            help="How far other seeds and images give the same clusters: fits five times. It is then kept.",
        ):  # fmt: skip
            queries.compute_stability(one.run, selection.clustering)
            st.rerun()


def summary(found: Clustering, table: pd.DataFrame, selection: Selection, one: Shown, stable: float | None) -> str:
    """What the clusters come to, as Markdown. `stable`: see `queries.stability`."""
    split = selection.split
    if found.labelled:
        pure = int((table["purity"] >= 60).sum())
        words = f"{right_and_pure(found, split)} · {pure} of {len(table)} clusters have at least 60 % of one class"
    else:
        words = (
            f"silhouette **{queries.silhouette(one.run, selection.clustering, split):.3f}** (1: clusters lie far apart, 0: they "
            f"touch) · sizes from {table['size'].min():,} to {table['size'].max():,}"
        )
    if stable is not None:
        words += f" · stability **{stable:.3f}** (1: other seeds and images give the same clusters, 0: chance)"
    noise = 1 - found.share_clustered(split)
    return f"**{plain(one.title)}**: {words}" + (f" · **{100 * noise:.1f} %** in no cluster" if noise else "")


def right_and_pure(found: Clustering, split: str) -> str:
    """The share in the right class; purity, mostly the same number, only where it is another."""
    score = found.scores(split)
    words = f"right class **{100 * score['accuracy']:.1f} %**"
    if score["purity"] - score["accuracy"] >= 0.005:
        words += (
            f" (purity {100 * score['purity']:.1f} %: each cluster by its most frequent class here, not in training)"
        )
    return words


def show_members(
    found: Clustering, naming: Naming, names: Sequence[str], cluster: int, selection: Selection, one: Shown
) -> None:
    """The chosen cluster: its name, to change it, and its members."""
    split = selection.split
    labels = queries.labels(selection.dataset, split)
    members = np.flatnonzero(found.assignments[split] == cluster)
    called = [plain(naming.names[cluster])] if cluster in naming.names else []
    if found.labelled and (majority := plain(names[found.cluster_labels[cluster]])) not in called:
        called.append(f"named after {majority}")
    st.header(f"Cluster {cluster}: {', '.join([f'{len(members):,} {selection.split_words}', *called])}")
    name_box(naming, cluster)
    if not len(members):
        st.caption("No image of this split falls into this cluster.")
        return
    offered = members_offered(selection)
    shown = st.segmented_control(
        "Members", list(offered), default="nearest", format_func=offered.get, key="members", bind="query-params", required=True,
        help=gallery_order.HELP,
    )  # fmt: skip
    if shown == "strays":
        members = members[labels[members] != found.cluster_labels[cluster]]
    members = gallery_order.in_order(members, shown, selection, one, gallery_order.rival(one, selection))
    image_wall(selection, split, members, class_captions(selection, split, members))


def show_shares(found: Clustering, naming: Naming, names: Sequence[str], selection: Selection, one: Shown) -> None:
    """What each cluster holds; of many classes those that are chosen in the legend."""
    counts = padded(found, selection.split, names)
    only: list[int] = []
    title = f"What each {one.title} cluster holds"
    st.markdown(f"**{plain(title)}**")
    if len(names) > len(CLASS_COLOURS):
        st.caption("The largest classes of each cluster, all others in grey. Choose classes to see where they are.")
        labels = queries.labels(selection.dataset, selection.split)
        only = choosing_legend(class_entries(names, labels), key="legend_shares", what="classes", patterns=True)
    titles = cluster_titles(found, naming, names)[:-1]
    live_chart(class_charts.class_shares(counts, names, titles, only=only), key="class_shares", alt=title)


def show_against_k(selection: Selection, runs: Mapping[str, Shown]) -> None:
    """Scores against the number of clusters, a line a model."""
    sweeps = {key: queries.run_sweep(one.run, selection.scaling, selection.split) for key, one in runs.items()}
    sweeps = {key: sweep for key, sweep in sweeps.items() if sweep["k"]}
    if not sweeps:
        st.markdown(
            "Scores against k are not computed yet: `python -m core refresh` computes them for every stored model."
        )
        return
    same = selection.clustering.method == "kmeans"
    if not same:
        st.caption(f":material/info: These are the curves of {CLUSTERERS['kmeans'].title}, whatever is clustered by.")
    measures = [measure for measure in AGAINST_K if measure in next(iter(sweeps.values()))]
    for column, measure in zip(st.columns(len(measures)), measures, strict=True):
        with column:
            chart(
                charts.against_k(sweeps, measure, k=selection.clusters if same else None, shown=runs),
                key=f"against_{measure}",
                title=AGAINST_K[measure],
            )


selection = current()
clusterer = CLUSTERERS[selection.clustering.method]
names = queries.class_names(selection.dataset)
many = f"**{selection.clusters} clusters**" if clusterer.takes_k else "clusters, as many as it finds,"
st.title("Clusters")
st.markdown(
    f"{clusterer.title} groups the embeddings of the training images into {many} without looking at classes; "
    f"the table counts {selection.split_words}. "
    + ("A pure cluster holds one class. " if names else "")
    + "**Click a row** to see its members and to name it."
)
runs = available_runs(selection)
if len(runs) > 1:
    key = st.segmented_control(
        "Model", list(runs), default=next(iter(runs)), format_func=lambda key: runs[key].title, key="cluster_loss",
        bind="query-params", required=True,
    )  # fmt: skip
else:
    key = next(iter(runs))
one = runs[key]
found = queries.clustering(one.run, selection.clustering)
naming = naming_of(one.run, selection.clustering)
table = table_of(found, naming, names, selection, one, drawing_choice({key: one})[key])
named = st.query_params.get("cluster", "")


def chosen_before() -> dict | None:
    """The row that a link names, `KEY.K.ROW`: another model or number of clusters has other clusters."""
    start, _, row = named.rpartition(".")
    return (
        {"selection": {"rows": [int(row)]}}
        if start == f"{key}.{selection.clusters}" and int(row) < len(table)
        else None
    )


show_summary(found, table, selection, one)
table_key = f"table_{key}_{selection.clusters}"
event = st.dataframe(
    table, selection_default=chosen_before(), hide_index=True, on_select=partial(choose_row, table_key), selection_mode=ROW, key=table_key,
    placeholder="–", row_height=40, height=min(40 * len(table) + 40, 520), alt=f"Table of the {one.title} clusters", column_config=columns_of(selection, names),
)  # fmt: skip
naming_row(selection, one, naming, len(table))
rows = event.selection.rows
if rows:
    st.query_params["cluster"] = f"{key}.{selection.clusters}.{rows[0]}"
    show_members(found, naming, names, int(table.iloc[rows[0]]["cluster"]), selection, one)
else:
    st.query_params.pop("cluster", None)
    other = named and not named.startswith(f"{key}.{selection.clusters}.")
    let_go = "These are other clusters, so the row chosen before is let go. " if other else ""
    st.caption(
        f":material/touch_app: {let_go}Click a row, or go to it by arrow keys, to see the cluster's members and to name it."
    )

with st.container(horizontal=True):
    listed = table.drop(columns=["drawn", "central", "shares"], errors="ignore")
    if found.labelled:
        counted = padded(found, selection.split, names)
        listed = listed.join(pd.DataFrame(counted, columns=[f"count {name}" for name in names]))
    table_files("the table", lambda: listed, f"{one.run.id}-k{selection.clusters}-{selection.split}")

    def images_list() -> pd.DataFrame:
        own = selection.info.labelled
        labels = {split: queries.labels(selection.dataset, split) for split in found.assignments} if own else None
        return images_table(found, naming, labels, names)

    table_files("all images with their clusters", images_list, f"{one.run.id}-k{selection.clusters}-images")

if found.labelled:
    show_shares(found, naming, names, selection, one)
else:
    st.caption(
        ":material/label_off: These images have no labels: purity, right class and class shares are shown once clusters have names."
    )
show_against_k(selection, runs)
