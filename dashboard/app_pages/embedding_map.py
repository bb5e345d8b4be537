"""Embedding map: the losses' maps side by side, linked by hover and lasso."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analyse.clusterers import NOISE
from core.analyse.clustering import Clustering
from core.analyse.map_geometry import PLACED_BY
from core.analyse.metrics import PAIRWISE_SAMPLE
from core.errors import LatentLensError
from core.keep.namings import Naming
from core.settings import LOSSES, PROJECTIONS, ProjectionConfig
from dashboard import map_charts, queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.gallery import picture_wall
from dashboard.components.legend import OUTCOMES, choosing_legend, class_entries, cluster_entries, legend
from dashboard.components.live_chart import chart_place, draw_together
from dashboard.components.map_link import LinkedMap, map_link, outline, view
from dashboard.image_link import keys_across
from dashboard.map_dots import Dots, chosen_images
from dashboard.missing import available_runs, without_labels
from dashboard.page_choices import DOTS, NEIGHBOURS, PLANE, colourings, maps, neighbour_steps
from dashboard.palette import class_looks
from dashboard.told import errors_told, plain
from dashboard.turns import turn
from dashboard.view import Selection, Shown, current

WALL, LISTED = 60, 12
LINK = "map_link"
GRID = """<style>
.st-key-maps {display:grid; grid-template-columns:repeat(auto-fit, minmax(min(100%, 26rem), 1fr))}
</style>"""


@dataclass(frozen=True)
class Choices:
    """What the buttons above the maps say."""

    method: str
    everything: bool
    colouring: str
    drag: str
    neighbours: int | None

    @property
    def config(self) -> ProjectionConfig | None:
        """None for the latent plane, which is no projection."""
        return None if self.method == PLANE else ProjectionConfig(self.method, self.neighbours)


def choose(selection: Selection, methods: Mapping[str, str], labelled: bool) -> Choices:
    """The row of buttons above the maps."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Map", list(methods), default="tsne", format_func=methods.get, key="map", bind="query-params", required=True,
            help=" ".join(f"**{one.title}** {one.summary}." for one in PROJECTIONS.values())
            + " **Latent plane** shows the two latent numbers themselves (latent size 2 only).",
        )  # fmt: skip
        dots = st.segmented_control(
            "Dots", list(DOTS), default="test", format_func=DOTS.get, key="dots", bind="query-params", required=True,
            help="**Test**: the images that no training saw. **All** adds the training images, each placed at the mean of "
            f"the {PLACED_BY} test images nearest to it in the embedding.",
        )  # fmt: skip
        colouring = st.segmented_control(
            "Colour", list(shades := colourings(dots, labelled)), default=next(iter(shades)), format_func=map_charts.COLOURINGS.get, key="colour",
            bind="query-params", required=True,
        )  # fmt: skip
        drag = st.segmented_control(
            "Dragging", list(map_charts.DRAGS), default="lasso", format_func=map_charts.DRAGS.get, key="drag", bind="query-params", required=True,
            help="What dragging on a map does. The wheel zooms; a double click shows everything again.",
        )  # fmt: skip
        neighbours = None
        if method in NEIGHBOURS:
            steps, usual = neighbour_steps(selection, method)
            neighbours = st.select_slider(
                "Perplexity" if method == "tsne" else "Neighbours", steps, value=usual,
                key=f"{method}_neighbours", bind="query-params", width=180,
                help="How many neighbours each dot minds: small shows fine grain, large the broad picture. A value not "
                "computed before takes up to a minute and is then kept.",
            )  # fmt: skip
        if dots == "all":
            st.caption("Pixel errors are kept for test images only.")
    return Choices(method, dots == "all", colouring, drag, neighbours)


@st.fragment
@turn()
@errors_told()
def show(selection: Selection, runs: Mapping[str, Shown]) -> None:
    """Everything below the page's introduction. A fragment: these buttons change the maps and nothing else."""
    methods = maps(selection)
    names = queries.class_names(selection.dataset)
    choices = choose(selection, methods, bool(names))
    dots = Dots(selection.dataset, ("test", "train") if choices.everything else ("test",))
    points_of: dict[str, np.ndarray] = {}
    problems: dict[str, str] = {}
    for loss, one in runs.items():
        try:
            points_of[loss] = queries.map_points(one.run, choices.config, choices.everything)
        except LatentLensError as error:
            problems[loss] = plain(error)
    aligned = queries.aligned_maps([runs[loss].run for loss in points_of], choices.config, choices.everything)
    points_of = dict(zip(points_of, aligned, strict=True))
    clusterings = {loss: queries.clustering(one.run, selection.clustering) for loss, one in runs.items()}
    assigned = {loss: dots.of_all(found.assignments.__getitem__) for loss, found in clusterings.items()}
    outlined_on, outlined = chosen_images(st.session_state, outline(LINK), points_of, dots)
    top_error = max(float(np.quantile(one.run.test_errors, 0.98)) for one in runs.values())
    looks = class_looks(names) if choices.colouring == "class" else None
    namings = {loss: naming_of(one.run, selection.clustering) for loss, one in runs.items()}
    titles = {loss: cluster_titles(found, namings[loss], names) for loss, found in clusterings.items()}

    def values_of(loss: str) -> np.ndarray:
        """What the dots' colours stand for."""
        if choices.colouring == "class":
            return dots.labels
        if choices.colouring == "cluster":
            return assigned[loss]
        if choices.colouring == "outcome":
            return (dots.of_all(clusterings[loss].predicted) == dots.labels).astype(np.uint8)
        return runs[loss].run.test_errors

    def heading(loss: str) -> None:
        trust = runs[loss].run.score("trustworthiness", choices.config.name) if choices.config else None
        found = clusterings[loss]
        says = (
            f"right class {100 * found.accuracy(selection.split):.1f} % of the {selection.split_words}"
            if found.labelled
            else f"{len(found.centroids)} clusters"
        )
        st.markdown(
            f"**<span style='color:{runs[loss].colour}'>●</span> {plain(runs[loss].title)}**: {says}"
            + (f" · trustworthiness {trust:.3f}" if trust else ""),
            unsafe_allow_html=True,
            help="Right class: the share of images whose cluster carries their class, wherever they lie on the map. "
            "Trustworthiness: how far neighbours on the map are neighbours in the embedding (1 is perfect), on a sample of "
            f"{PAIRWISE_SAMPLE:,} test images; measured for the maps that come with a run.",
        )  # fmt: skip

    kinds: dict[str, list[int]] = {}
    beneath: dict[str, DeltaGenerator] = {}  # each legend that chooses
    with st.container():  # in a place of its own, so that the maps below stay where they are
        if choices.colouring == "class":
            kinds["class"] = choosing_legend(class_entries(names, dots.labels), key="legend_class", what="classes")
            beneath["class"] = st.empty()
        elif choices.colouring == "outcome":
            legend(OUTCOMES)
        elif choices.colouring == "cluster" and len(runs) > 1:
            st.caption(
                "Each model has clusters of its own: a colour on one map has nothing to do with the same colour on another."
            )
        if not names:
            without_labels("classes and what is right")
    grid = st.container(key="maps")
    grid.html(GRID)
    # A place for every loss, seen or not: a map that stays must not move to another place, where it would be drawn anew.
    places = {key: grid.container() for key in dict.fromkeys([*LOSSES, *runs])}
    for loss in runs:
        with places[loss]:
            if loss in problems:
                st.error(problems[loss])
            else:
                heading(loss)
                chart_place(
                    key=f"map_{loss}", height=map_charts.HEIGHT, config=map_charts.MAP_CONFIG,
                    alt=f"{methods[choices.method]} map of the {runs[loss].title} embeddings",
                )  # fmt: skip
                if choices.colouring == "cluster":
                    entries = cluster_entries(titles[loss], assigned[loss])
                    found = choosing_legend(entries, key=f"legend_{loss}", what="clusters")
                    kinds[loss] = [NOISE if kind == len(titles[loss]) - 1 else kind for kind in found]
                    beneath[loss] = st.empty()
    grouped = {legend: dots.labels if legend == "class" else assigned[legend] for legend in kinds}
    chosen = map_charts.brought_out(outlined, grouped, kinds)
    if outlined_on and not len(chosen):
        tell_none_inside(kinds, beneath)
    frame = map_charts.whole(points_of.values()) if points_of else None
    first = runs[next(iter(points_of))].run.id if points_of else ""  # a zoom is of its system of coordinates
    figures = {
        f"map_{loss}": map_charts.embedding_map(
            points, name=f"{runs[loss].run.id} {choices.config} {choices.everything} {first}", colouring=choices.colouring,
            values=values_of(loss), looks=looks, drag=choices.drag, top_error=top_error, chosen=chosen, view=view(LINK, f"map_{loss}"), frame=frame,
            axes=("latent number 1", "latent number 2") if choices.method == PLANE else ("", ""),
        )
        for loss, points in points_of.items()
    }  # fmt: skip
    draw_together(figures, key="drawn_maps")
    map_link(
        [
            LinkedMap(f"map_{loss}", points, assigned[loss] % len(titles[loss]), cards(titles[loss]))  # -1 is the last
            for loss, points in points_of.items()
        ],
        key=LINK, dataset=dots.dataset, parts=dots.parts, labels=dots.labels, names=names,
    )  # fmt: skip
    if outlined_on and len(chosen):
        show_chosen(
            runs[outlined_on].title, chosen, dots, names, {runs[key].title: one for key, one in clusterings.items()},
            {runs[key].title: one for key, one in namings.items()},
        )  # fmt: skip
    elif not outlined_on and any(kinds.values()):
        st.caption(
            f":material/filter_alt: {len(chosen):,} of {len(dots):,} dots stand out. Draw around some to see them."
        )
    elif not outlined_on:
        st.caption(f":material/lasso_select: {len(dots):,} dots a map. Nothing chosen yet: drag around some of them.")


def tell_none_inside(kinds: Mapping[str, Sequence[int]], beneath: Mapping[str, DeltaGenerator]) -> None:
    """Why all dots are pale, beneath the legends in which something is chosen."""
    for legend_of, some in kinds.items():
        if some:
            one, several = ("class", "classes") if legend_of == "class" else ("cluster", "clusters")
            beneath[legend_of].info(
                f"None of the chosen {one if len(some) == 1 else several} lies inside the outline: let go of the one here, or of the "
                "other by a double click on a map.", icon=":material/filter_alt_off:",
            )  # fmt: skip


def cards(titles: Sequence[str]) -> list[str]:
    """What an image's card says of its cluster."""
    return [f"cluster {title}" for title in titles[:-1]] + [f"in {titles[-1]}"]


def show_chosen(
    title: str,
    members: np.ndarray,
    dots: Dots,
    names: Sequence[str],
    clusterings: Mapping[str, Clustering],
    namings: Mapping[str, Naming],
) -> None:
    """The images inside the outline: their classes, how many each model gets right, pictures, a list to keep."""
    labels = dots.labels
    st.header(f"{len(members):,} images chosen on the {plain(title)} map")
    if labels is not None:
        counts = np.bincount(labels[members], minlength=len(names))
        order = [label for label in np.argsort(-counts, kind="stable") if counts[label]]
        listed = ", ".join(f"**{plain(names[label])}** {counts[label]:,}" for label in order[:LISTED])
        st.markdown(listed + (f" and {len(order) - LISTED} more" if len(order) > LISTED else ""))
        right = {
            one: np.mean(dots.of_all(found.predicted)[members] == labels[members]) for one, found in clusterings.items()
        }
        st.markdown(
            "Right class: " + ", ".join(f"{plain(one)} **{100 * share:.0f} %**" for one, share in right.items())
        )
    shown = members if len(members) <= WALL else np.random.default_rng(0).choice(members, WALL, replace=False)
    pictures = dots.pictures(shown)
    if pictures is not None:
        captions = [] if labels is None else [names[label] for label in labels[shown]]
        picture_wall(pictures, captions, images=keys_across(dots.parts, shown))
        if len(members) > WALL:
            st.caption(f"{WALL} of {len(members):,}, drawn at random.")
    st.download_button(
        "Download the list", lambda: dots.listing(members, names, clusterings, namings), file_name="chosen.csv", mime="text/csv",
        icon=":material/download:",
    )  # fmt: skip
    st.caption("Double-click a map to let go of the choice.")


selection = current()
st.title("Embedding map")
st.markdown(
    "Every dot is an image; dots lie close where the model finds the images alike. **Hover** to see "
    "an image and where the other models put it; **draw around dots** to see them all."
)
show(selection, available_runs(selection))
