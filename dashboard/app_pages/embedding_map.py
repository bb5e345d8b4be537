"""Embedding map: the losses' maps side by side, linked by hover and lasso."""

import numpy as np
import streamlit as st

from core.config import LOSSES, PROJECTIONS, ProjectionConfig
from core.errors import LatentLensError
from dashboard import charts, loaders
from dashboard.components.gallery import picture_wall
from dashboard.components.map_link import map_link, points_inside
from dashboard.missing import available_runs
from dashboard.palette import loss_colour
from dashboard.selection import current

WALL = 60
PLANE = "plane"

selection = current()
st.title("Embedding map")
st.markdown(
    "Every dot is one of the unseen test images; dots lie close where the model finds the images alike. **Hover** to see "
    "an image and where the other losses put it; **draw around dots** to see them all."
)
runs = available_runs(selection)
names = selection.info.class_names
labels = loaders.labels(selection.dataset, "test")
methods = {name: choice.title for name, choice in PROJECTIONS.items()}
if selection.latent == 2:
    methods[PLANE] = "Latent plane"

with st.container(horizontal=True, vertical_alignment="bottom"):
    method = st.segmented_control(
        "Map", list(methods), default="tsne", format_func=methods.get, key="map", bind="query-params", required=True,
        help=" ".join(f"**{one.title}** {one.summary}." for one in PROJECTIONS.values())
        + " **Latent plane** shows the two latent numbers themselves (latent size 2 only).",
    )  # fmt: skip
    colouring = st.segmented_control(
        "Colour", list(charts.COLOURINGS), default="class", format_func=charts.COLOURINGS.get, key="colour",
        bind="query-params", required=True,
    )  # fmt: skip
    drag = st.segmented_control(
        "Dragging", list(charts.DRAGS), default="lasso", format_func=charts.DRAGS.get, key="drag", required=True,
        help="What dragging on a map does. The wheel zooms; a double click shows everything again.",
    )  # fmt: skip
    neighbours = None
    if method in ("tsne", "umap"):
        neighbours = st.select_slider(
            "Perplexity" if method == "tsne" else "Neighbours", [5, 10, 15, 30, 50, 100], value=30 if method == "tsne" else 15,
            key=f"{method}_neighbours", bind="query-params", width=180,
            help="How many neighbours each dot minds: small shows fine grain, large the broad picture. A value not "
            "computed before takes up to a minute and is then kept.",
        )  # fmt: skip


def map_of(run) -> np.ndarray:
    """The map's points, from the run, or computed now in a process of its own."""
    if method == PLANE:
        return run.test_embeddings
    config = ProjectionConfig(method, neighbours)
    points = run.projection(config)
    if points is None:
        points = loaders.compute_projection(run.id, run.path.stat().st_mtime_ns, method, config.neighbours)
    return points


def values_of(run) -> np.ndarray:
    found = loaders.clustering(run, selection.clustering)
    if colouring == "class":
        return labels
    if colouring == "cluster":
        return found.assignments["test"]
    if colouring == "outcome":
        return (found.predicted("test") == labels).astype(np.int8)
    return run.test_errors


def chosen_images() -> tuple[str, np.ndarray] | None:
    """The loss whose map an outline was drawn on last, and the images inside it; they stay chosen on every map."""
    outline = (st.session_state.get("map_link") or {}).get("outline")
    if outline != st.session_state.get("outline_seen"):
        st.session_state.outline_seen = outline
        st.session_state.chosen_images = None
        loss = outline["chart"].removeprefix("map_") if outline else None
        if loss in maps:
            members = np.flatnonzero(points_inside(maps[loss], outline["x"], outline["y"]))
            st.session_state.chosen_images = (selection.dataset, loss, members)
    dataset, loss, members = st.session_state.get("chosen_images") or (None, None, None)
    return (loss, members) if dataset == selection.dataset and loss in maps else None


maps: dict[str, np.ndarray] = {}
problems: dict[str, str] = {}
for loss, run in runs.items():
    try:
        maps[loss] = map_of(run)
    except LatentLensError as error:
        problems[loss] = str(error)
chosen = chosen_images()
top_error = max(float(np.quantile(run.test_errors, 0.98)) for run in runs.values())
per_row = 2 if len(runs) > 1 else 1
slots = [column for _ in range(-(-len(runs) // per_row)) for column in st.columns(per_row)]
for slot, (loss, run) in zip(slots, runs.items(), strict=False):
    with slot:
        if loss in problems:
            st.error(problems[loss])
            continue
        found = loaders.clustering(run, selection.clustering)
        kept = run.metrics["trustworthiness"]
        trust = kept.get(ProjectionConfig(method, neighbours).name) if method != PLANE else None
        st.markdown(
            f"**<span style='color:{loss_colour(loss)}'>●</span> {LOSSES[loss].title}**: "
            f"{100 * found.accuracy('test'):.1f} % right class" + (f" · map trustworthiness {trust:.3f}" if trust else ""),
            unsafe_allow_html=True,
            help="Trustworthiness: how far neighbours on the map are neighbours in the embedding (1 is perfect), on a "
            "sample of 2,500 images.",
        )  # fmt: skip
        figure = charts.embedding_map(
            maps[loss], colouring=colouring, values=values_of(run), names=names, title="", drag=drag, top_error=top_error,
            axes=("latent number 1", "latent number 2") if method == PLANE else ("", ""),
            chosen=chosen[1] if chosen else None,
        )  # fmt: skip
        st.plotly_chart(
            figure, config=charts.MAP_CONFIG, key=f"map_{loss}",
            alt=f"{methods[method]} map of the {LOSSES[loss].title} embeddings",
        )  # fmt: skip

have_images = loaders.have_images(selection.dataset, "test")
map_link(
    [f"map_{loss}" for loss in maps], key="map_link", dataset=selection.dataset,
    sprite=loaders.sprite(selection.dataset) if have_images else None, labels=labels,
    says={f"map_{loss}": loaders.clustering(runs[loss], selection.clustering).predicted("test") for loss in maps}, names=names,
)  # fmt: skip

if chosen:
    loss, members = chosen
    st.subheader(f"{len(members):,} images chosen on the {LOSSES[loss].title} map")
    if len(members):
        counts = np.bincount(labels[members], minlength=len(names))
        order = [label for label in np.argsort(-counts) if counts[label]]
        st.markdown(", ".join(f"**{names[label]}** {counts[label]:,}" for label in order))
        says = {
            one: loaders.clustering(run, selection.clustering).predicted("test")[members] for one, run in runs.items()
        }
        st.markdown(
            "Right class: "
            + ", ".join(
                f"{LOSSES[one].title} **{100 * np.mean(said == labels[members]):.0f} %**" for one, said in says.items()
            )
        )
        if have_images:
            shown = members if len(members) <= WALL else np.random.default_rng(0).choice(members, WALL, replace=False)
            picture_wall(loaders.images(selection.dataset, "test")[shown], [names[label] for label in labels[shown]])
            if len(members) > WALL:
                st.caption(f"{WALL} of {len(members):,}, drawn at random.")
        lines = ["index,class," + ",".join(f"{one} cluster says" for one in says)]
        for row, index in enumerate(members):
            lines.append(f"{index},{names[labels[index]]}," + ",".join(names[said[row]] for said in says.values()))
        st.download_button(
            "Download the list", "\n".join(lines), file_name="chosen.csv", mime="text/csv", icon=":material/download:"
        )
    st.caption("Double-click the map you drew on to let go of the choice.")
else:
    st.caption(":material/lasso_select: Nothing chosen yet: drag around some dots on a map.")
