"""Embedding map: the losses' maps side by side, or one whose dots fly from model to model; linked by cards, pins and outlines."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analyse.clusterers import NOISE
from core.analyse.clustering import Clustering
from core.analyse.map_geometry import PLACED_BY
from core.analyse.metrics import PAIRWISE_SAMPLE
from core.errors import LatentLensError
from core.settings import LOSSES, PROJECTIONS
from dashboard import image_link, map_charts, map_panel, map_words, queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.legend import OUTCOMES, choosing_legend, class_entries, cluster_entries, legend
from dashboard.components.live_chart import chart_place, draw_together
from dashboard.components.map_link import LinkedMap, map_link, outline, pinned_now, view
from dashboard.map_data import Choices, card, cloud_names, number_of, read_maps, values_of
from dashboard.map_dots import Dots
from dashboard.map_layout import chart_height, layout
from dashboard.map_panel import Panel
from dashboard.map_selections import MODES, chosen_images, kept_choices
from dashboard.missing import available_runs, without_labels
from dashboard.page_choices import DOTS, NEIGHBOURS, PLANE, VIEWS, colourings, maps, neighbour_steps
from dashboard.palette import class_looks
from dashboard.told import errors_told, plain
from dashboard.turns import turn
from dashboard.view import Selection, Shown, current

LINK = "map_link"


def choose(selection: Selection, runs: Mapping[str, Shown], methods: Mapping[str, str], labelled: bool) -> Choices:
    """The rows of buttons above the maps."""
    titles = {key: one.title for key, one in runs.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="map_choices"):
        method = st.segmented_control(
            "Map", list(methods), default="tsne", format_func=methods.get, key="map", bind="query-params", required=True,
            help=" ".join(f"**{one.title}** {one.summary}." for one in PROJECTIONS.values())
            + " **Latent plane** shows the two latent numbers themselves (latent size 2 only). The maps of several models are turned, "
            "mirrored and scaled so that they lie over the first as well as they can: what moved is what differs.",
        )  # fmt: skip
        dots = st.segmented_control(
            "Dots", list(DOTS), default="test", format_func=DOTS.get, key="dots", bind="query-params", required=True,
            help="**Test**: the images that no training saw. **All** adds the training images, each placed at the mean of "
            f"the {PLACED_BY} test images nearest to it in the embedding. Pixel errors, trust and disagreement are kept for test images only.",
        )  # fmt: skip
        neighbours = None
        if method in NEIGHBOURS:
            steps, usual = neighbour_steps(selection, method)
            neighbours = st.select_slider(
                "Perplexity" if method == "tsne" else "Neighbours", steps, value=usual,
                key=f"{method}_neighbours", bind="query-params", width=130,
                help="How many neighbours each dot minds: small shows fine grain, large the broad picture. A value not "
                "computed before takes up to a minute and is then kept.",
            )  # fmt: skip
        colouring = st.segmented_control(
            "Colour", list(shades := colourings(dots, labelled, len(runs), method)), default=next(iter(shades)),
            format_func=map_charts.COLOURINGS.get, key="colour", bind="query-params", required=True,
            help="**Trust**: how many of an image's 15 nearest in the latent space are among its 15 nearest on the map; what the map "
            "invents and loses. **Disagreement**: how many of its 15 nearest two models share.",
        )  # fmt: skip
        trust, compared = "true", next(iter(runs))
        if colouring == "trust":
            trust = st.segmented_control(
                "Neighbours", list(map_charts.TRUST), default="true", format_func=map_charts.TRUST.get, key="trust", bind="query-params", required=True,
                help="**True**: share of the map's neighbours that are neighbours in the latent space. **Invented**: neighbours on the map "
                "that lie far apart there. **Lost**: neighbours there that the map has put far apart.",
            )  # fmt: skip
        if colouring == "overlap" and len(runs) > 2:
            compared = st.segmented_control(
                "Compared with", list(runs), default=compared, format_func=titles.get, key="compared", bind="query-params", required=True
            )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="map_tools"):
        model = None
        if len(runs) > 1:
            seen = st.segmented_control(
                "View", list(VIEWS), default="side", format_func=VIEWS.get, key="view", bind="query-params", required=True, label_visibility="collapsed",
            )  # fmt: skip
            if seen == "one":
                model = st.segmented_control(
                    "Model", list(runs), default=next(iter(runs)), format_func=titles.get, key="model", bind="query-params", required=True,
                    label_visibility="collapsed",
                )  # fmt: skip
        drag = st.segmented_control(
            "Dragging", list(map_charts.DRAGS), default="lasso", format_func=map_charts.DRAGS.get, key="drag", bind="query-params", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        mode = st.segmented_control(
            "Choice", list(MODES), default="new", format_func=MODES.get, key="choice", bind="query-params", required=True, label_visibility="collapsed",
        )  # fmt: skip
        st.text_input(
            "Find an image", key="pin", bind="query-params", placeholder="Find image 1234", label_visibility="collapsed", width=150, icon=":material/search:",
        )  # fmt: skip
        named = st.toggle("Names", value=True, key="cloud_names", bind="query-params")
    return Choices(method, dots == "all", colouring, trust, compared, drag, mode, named, neighbours, model)


@st.fragment
@turn()
@errors_told()
def show(selection: Selection, runs: Mapping[str, Shown]) -> None:
    """Everything below the page's introduction. A fragment: these buttons change the maps and nothing else."""
    methods = maps(selection)
    names = queries.class_names(selection.dataset)
    with st.container(key="map_controls"):
        choices = choose(selection, runs, methods, bool(names))
    dots = Dots(selection.dataset, ("test", "train") if choices.everything else ("test",))
    points_of, problems = read_maps(runs, choices)
    clusterings = {key: queries.clustering(one.run, selection.clustering) for key, one in runs.items()}
    assigned = {key: dots.of_all(found.assignments.__getitem__) for key, found in clusterings.items()}
    namings = {key: naming_of(one.run, selection.clustering) for key, one in runs.items()}
    titles = {key: cluster_titles(found, namings[key], names) for key, found in clusterings.items()}
    charts = {f"map_{key}": key for key in runs} if choices.model is None else {"map_one": choices.model}
    outlined_on, outlined = chosen_images(st.session_state, outline(LINK), points_of, dots)
    values = values_of(choices, runs, clusterings, assigned, dots)
    panel = Panel(dots, names, runs, clusterings, namings, points_of)

    kinds: dict[str, list[int]] = {}
    beneath: dict[str, DeltaGenerator] = {}  # each legend that chooses
    with st.container(key="map_legend"):  # in a place of its own, so that the maps below stay where they are
        if choices.colouring == "class":
            kinds["class"] = choosing_legend(class_entries(names, dots.labels), key="legend_class", what="classes")
            beneath["class"] = st.empty()
        elif choices.colouring == "outcome":
            legend(OUTCOMES)
        elif choices.colouring == "cluster" and len(charts) > 1:
            st.caption(
                "Each model has clusters of its own: a colour on one map has nothing to do with the same colour on another."
            )
        if not names:
            without_labels("classes and what is right")
    grid, beside = layout(len(charts))
    # A place for every loss, seen or not: a map that stays must not move to another place, where it would be drawn anew.
    places = {key: grid.container() for key in dict.fromkeys([*(f"map_{loss}" for loss in LOSSES), *charts])}
    for chart, key in charts.items():
        with places[chart]:
            if key in problems:
                st.error(problems[key])
                continue
            heading(runs[key], choices, dots, clusterings[key], compared_with(choices, runs, key, values[key]))
            chart_place(
                key=chart, height=chart_height(len(charts)), config=map_charts.MAP_CONFIG,
                alt=f"{methods[choices.method]} map of the {runs[key].title} embeddings",
            )  # fmt: skip
            if choices.colouring == "cluster":
                found = choosing_legend(
                    cluster_entries(titles[key], assigned[key]), key=f"legend_{key}", what="clusters"
                )
                kinds[key] = [NOISE if kind == len(titles[key]) - 1 else kind for kind in found]
                beneath[key] = st.empty()
    grouped = {one: dots.labels if one == "class" else assigned[one] for one in kinds}
    chosen = map_charts.brought_out(outlined, grouped, kinds)
    if outlined_on and not len(chosen):
        for one, some in kinds.items():
            if some:
                beneath[one].info(map_words.not_inside("class" if one == "class" else "cluster", len(some) > 1), icon=":material/filter_alt_off:")  # fmt: skip
    frame = map_charts.whole(points_of.values()) if points_of else None
    plane = f"{next((runs[key].run.id for key in points_of), '')} {choices.config} {choices.everything}"  # a zoom is of one plane
    top = map_charts.scale_top(values.values()) if choices.colouring in ("error", "trust", "overlap") else None
    figures = {
        chart: map_charts.embedding_map(
            points_of[key], name=plane, colouring=choices.trust if choices.colouring == "trust" else choices.colouring, values=values[key],
            looks=class_looks(names) if choices.colouring == "class" else None, drag=choices.drag, top=top, chosen=chosen, view=view(LINK, chart),
            axes=("latent number 1", "latent number 2") if choices.method == PLANE else ("", ""), frame=frame, height=None,
            flight=None if choices.model is None else {"model": key, "plane": plane},
        )
        for chart, key in charts.items() if key in points_of
    }  # fmt: skip
    draw_together(figures, key="drawn_maps")
    pinned, near = pin(panel, {key: runs[key] for key in points_of}, beside)
    kept = kept_choices(st.session_state, dots.dataset)
    number = number_of(choices)
    map_link(
        [
            LinkedMap(chart, points_of[key], key, cloud_names(choices, points_of[key], assigned[key], titles[key], dots, names, frame), near.get(key, ()),
                      numbers=values[key] if number else None)
            for chart, key in charts.items() if key in points_of
        ],
        {key: card(one, assigned[key], titles[key], clusterings[key]) for key, one in runs.items()},
        key=LINK, dataset=dots.dataset, parts=dots.parts, labels=dots.labels, names=names, pinned=pinned, on_pin=take_pin,
        kept=kept, mode=choices.mode, drag=choices.drag, chosen=bool(outlined_on), number=number or ("", None),
    )  # fmt: skip
    with beside:
        if outlined_on and len(chosen):
            map_panel.show_chosen(panel, runs[outlined_on].title, chosen, kept)
        elif not outlined_on:
            st.caption(map_words.nothing_chosen(len(chosen) if any(kinds.values()) else None, len(dots)))
        map_panel.show_kept(kept, next(iter(points_of), ""))
        if outlined_on and len(chosen):
            map_panel.show_pictures(panel, chosen)
        if pinned is not None:
            map_panel.show_pinned(panel, pinned, near)


def compared_with(choices: Choices, runs: Mapping[str, Shown], key: str, values: np.ndarray) -> str:
    """How far a model agrees with what it is compared with; empty where colours do not say that."""
    if choices.colouring != "overlap":
        return ""
    others = [one.title for other, one in runs.items() if (other == choices.compared) != (key == choices.compared)]
    return map_words.shared(values, queries.NEIGHBOURS, others)


def heading(one: Shown, choices: Choices, dots: Dots, found: Clustering, shared: str) -> None:
    """What is said of a model above its map: of the images that the map shows, whatever the sidebar counts. shared: of its neighbours."""
    said = dots.of_all(found.predicted) if found.labelled else None
    known = queries.map_trust_kept(one.run, choices.config) if choices.config else None
    kept = shared or map_words.kept_by_map(
        known["true"] if known else None, queries.NEIGHBOURS, one.run.score("trustworthiness", choices.config.name) if choices.config else None
    )  # fmt: skip
    kept = map_words.on_test_images(kept, choices.everything)
    with st.container(key=f"heading_{one.key}"):
        st.markdown(
            f"**<span style='color:{one.colour}' aria-hidden='true'>●</span> {plain(one.title)}**: {map_words.right_share(found, dots.labels, said)}"
            f" of {map_words.counted(dots.parts)}" + (f" · {kept}" if kept else ""),
            unsafe_allow_html=True,
            help="Right class: the share of images whose cluster carries their class, wherever they lie on the map. True neighbours: how many "
            "of the 15 nearest on the map are among the 15 nearest in the latent space, the mean of all test images. Trustworthiness: how "
            "far neighbours on the map are neighbours in the embedding (1 is perfect), on a sample of "
            f"{PAIRWISE_SAMPLE:,} test images; measured for the maps that come with a run.",
        )  # fmt: skip


def take_pin() -> None:
    """The image that was clicked on is the one that is looked for."""
    st.session_state.pin = pinned_now(LINK)


def pin(panel: Panel, runs: Mapping[str, Shown], beside: DeltaGenerator) -> tuple[int | None, dict[str, np.ndarray]]:
    """The row of the image that is looked for, and by key those nearest to it; why there is none is told."""
    asked = st.session_state.get("pin") or ""
    if not asked.strip():
        return None, {}
    info = panel.dots.info
    key = image_link.read(asked, info)
    if key is None:
        beside.caption(
            f":material/search_off: {plain(asked)} is no image of this set. Expected {image_link.expected(info)}."
        )
        return None, {}
    split, index = image_link.parts(key)
    if split not in panel.dots.splits:
        beside.caption(
            f":material/search_off: {image_link.called(key).capitalize()} is on the maps with **Dots: All**."
        )
        return None, {}
    row = panel.dots.row(split, index)
    try:
        near = {one: map_panel.nearest_rows(shown, panel.dots, row) for one, shown in runs.items()}
    except LatentLensError as error:
        beside.error(plain(error))
        near = {}
    return row, {one: rows[rows < len(panel.dots)] for one, rows in near.items()}


selection = current()
st.title("Embedding map")
show(selection, available_runs(selection))
