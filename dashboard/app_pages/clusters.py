"""Clusters: the purity table, the members of a cluster, purity and inertia against k."""

import numpy as np
import pandas as pd
import streamlit as st

from core.analyse.evaluation import cluster_table
from dashboard import charts, queries
from dashboard.components.chart import chart
from dashboard.components.gallery import as_bytes, picture_wall
from dashboard.components.thumbnails import data_uris
from dashboard.missing import available_runs, need_images
from dashboard.page_choices import MEMBERS
from dashboard.view import current

WALL = 60
selection = current()
st.title("Clusters")
st.markdown(
    f"k-means groups the embeddings of the training images into **{selection.clusters} clusters** without looking at classes; "
    f"the table counts {selection.split_words}. A pure cluster holds one class. **Choose a row** to see its members."
)
runs = available_runs(selection)
names = selection.info.class_names
if len(runs) > 1:
    loss = st.segmented_control(
        "Loss", list(runs), default=next(iter(runs)), format_func=lambda key: runs[key].title, key="cluster_loss",
        bind="query-params", required=True,
    )  # fmt: skip
else:
    loss = next(iter(runs))
one = runs[loss]
run = one.run
found = queries.clustering(run, selection.clustering)
labels = queries.labels(selection.dataset, selection.split)
counts = found.counts[selection.split]
have_images = queries.have_images(selection.dataset, selection.split)

table = pd.DataFrame(cluster_table(found, selection.split, names))
central = found.most_central(selection.split)
embeddings = run.train_embeddings if selection.split == "train" else run.test_embeddings
drawn = as_bytes(run.decode(found.typical_embeddings(run.train_embeddings, "train")))
table.insert(1, "drawn", data_uris(drawn))
if have_images:
    pictures = queries.images(selection.dataset, selection.split)
    filled = central >= 0
    table.insert(2, "central", [None] * len(table))
    table.loc[filled, "central"] = data_uris(pictures[central[filled]])
table["shares"] = [list(np.round(100 * row / max(row.sum(), 1), 1)) for row in counts]
for column in ("purity", "runner_up_share"):
    table[column] = 100 * table[column].astype(float)


named = st.query_params.get("cluster", "")


def chosen_before() -> dict | None:
    """The row that a link names, `LOSS.K.ROW`: another loss or number of clusters has other clusters."""
    start, _, row = named.rpartition(".")
    return {"selection": {"rows": [int(row)]}} if start == f"{loss}.{selection.clusters}" else None


weak = int((table["purity"] < 60).sum())
score = found.scores(selection.split)
st.markdown(
    f"**{one.title}**: purity **{100 * score['purity']:.1f} %**, right class **{100 * score['accuracy']:.1f} %** · "
    f"{len(table) - weak} of {len(table)} clusters have at least 60 % of one class"
)
event = st.dataframe(
    table, selection_default=chosen_before(), hide_index=True, on_select="rerun", selection_mode="single-row", key=f"table_{loss}_{selection.clusters}",
    row_height=40, height=min(40 * len(table) + 40, 520), alt=f"Purity table of the {one.title} clusters",
    column_config={
        "cluster": st.column_config.NumberColumn("Cluster", width=60, pinned=True),
        "drawn": st.column_config.ImageColumn("Drawn", width=60, help="The cluster's mean embedding, drawn by the decoder."),
        "central": st.column_config.ImageColumn("Typical", width=60, help="The member nearest the cluster's centre."),
        "size": st.column_config.NumberColumn("Size", width=60, help=f"How many {selection.split_words} it holds."),
        "label": st.column_config.TextColumn("Named", help="Most frequent class among its training images."),
        "purity": st.column_config.ProgressColumn("Purity", format="%.1f %%", min_value=0, max_value=100, color="primary",
                                                  help="Share of its most frequent class."),
        "runner_up": st.column_config.TextColumn("Runner-up", help="Second most frequent class."),
        "runner_up_share": st.column_config.NumberColumn("Its share", format="%.1f %%", width=70),
        "entropy": st.column_config.NumberColumn("Entropy", format="%.2f bit", width=80,
                                                 help="How mixed: 0 is one class, 3.32 an even mix of ten."),
        "shares": st.column_config.BarChartColumn("Class shares", y_min=0, y_max=100,
                                                  help="A bar a class, in order: " + ", ".join(names)),
    },
)  # fmt: skip
plain = table.drop(columns=[column for column in ("drawn", "central", "shares") if column in table])
for index, name in enumerate(names):
    plain[f"count {name}"] = counts[:, index]
st.download_button(
    "Download the table", plain.to_csv(index=False), file_name=f"{run.id}-k{selection.clusters}-{selection.split}.csv",
    mime="text/csv", icon=":material/download:",
)  # fmt: skip

rows = event.selection.rows
if rows:
    cluster = int(table.iloc[rows[0]]["cluster"])
    st.query_params["cluster"] = f"{loss}.{selection.clusters}.{rows[0]}"
    members = np.flatnonzero(found.assignments[selection.split] == cluster)
    members = members[np.argsort(found.distances[selection.split][members], kind="stable")]
    st.header(
        f"Cluster {cluster}: {len(members):,} {selection.split_words}, named {names[found.cluster_labels[cluster]]}"
    )
    if not len(members):
        st.caption("No image of this split falls into this cluster.")
    elif need_images(selection, selection.split):
        side = st.segmented_control(
            "Members", list(MEMBERS), default="nearest", format_func=MEMBERS.get, key="members", bind="query-params", required=True,
        )  # fmt: skip
        if side == "farthest":
            members = members[::-1]
        elif side == "strays":
            members = members[labels[members] != found.cluster_labels[cluster]]
        picture_wall(pictures[members[:WALL]], [names[label] for label in labels[members[:WALL]]])
        if len(members) > WALL:
            st.caption(f"The first {WALL} of {len(members):,}.")
else:
    st.query_params.pop("cluster", None)
    other = named and not named.startswith(f"{loss}.{selection.clusters}.")
    let_go = "These are other clusters, so the row chosen before is let go. " if other else ""
    st.caption(f":material/touch_app: {let_go}Choose a row by the box at its left to see the cluster's members.")

chart(charts.class_shares(counts, names), key="class_shares", title=f"What each {one.title} cluster holds")
sweeps = {key: queries.run_sweep(each.run, selection.scaling, selection.split) for key, each in runs.items()}
titles = {
    "purity": "Purity against k: compare losses at the same k",
    "inertia": "Inertia against k: after a sharp bend, more clusters add little",
}
for column, (measure, title) in zip(st.columns(2), titles.items(), strict=True):
    with column:
        chart(
            charts.against_k(sweeps, measure, k=selection.clusters, shown=runs), key=f"against_{measure}", title=title
        )
