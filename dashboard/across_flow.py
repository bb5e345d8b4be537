"""The upper part of *Clusters across models*: the flow of images between matched clusters, and the images of what is chosen in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analyse.clusterers import NOISE
from core.analyse.clustering import Clustering
from core.analyse.compare import Comparison
from core.analyse.confusion import cross_table
from core.analyse.flow import OTHER, Flow, central, flow
from dashboard import across_words, gallery_order, queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.flow import Band, Node, flow_chart, picked
from dashboard.components.thumbnails import data_uris
from dashboard.image_wall import class_captions, image_wall
from dashboard.palette import CLASS_COLOURS, GREY, look, text_on
from dashboard.table_files import table_files
from dashboard.told import plain
from dashboard.view import Selection, Shown

CLUSTERS, STREAMS, TYPICAL = 24, 150, 2  # drawn of each side; of all; thumbnails of a cluster
_READING = (
    "Numbers and colours are those of matched pairs, **1** being the pair that shares most images; a cluster's own number stands "
    "beneath. **Click a cluster or a stream** to see its images."
)
# The images stand beside the chart while it is scrolled through.
_BESIDE = (
    "<style>.st-key-flow_images {position:sticky; top:4.5rem; max-height:calc(100dvh - 6rem); overflow-y:auto}</style>"
)


@dataclass(frozen=True, eq=False)
class Side:
    """One model's clusters: what each is called, by number, the last for noise; the cluster of each image of the split."""

    letter: str
    shown: Shown
    found: Clustering
    titles: Sequence[str]
    assigned: np.ndarray
    distances: np.ndarray


def show(selection: Selection, one: Shown, other: Shown, found: Comparison) -> None:
    """Draw it. `found`: of both runs, on the split that is counted."""
    sides = [_side(letter, shown, selection) for letter, shown in zip("AB", (one, other), strict=True)]
    box, reading = st.columns([2, 5], vertical_alignment="bottom") if selection.names else (st.container(),) * 2
    with box:
        inside = _class_box(selection, len(sides[0].assigned))
    reading.markdown(_READING + across_words.colours_repeat(len(found.matched), len(CLASS_COLOURS)))
    table = cross_table(*(side.assigned[inside] for side in sides), *(len(side.titles) - 1 for side in sides))
    drawn = flow(table, found.matched, CLUSTERS, STREAMS)
    chart, beside = st.columns([5, 3])
    with chart:
        _draw(selection, sides, drawn, inside)
        filled = tuple(int(np.count_nonzero(table.sum(axis=axis)[:-1])) for axis in (1, 0))
        if said := across_words.drawn(drawn, filled):
            st.caption(said)
    with beside, st.container(key="flow_images"):
        st.html(_BESIDE)
        _chosen(selection, sides, inside)
    table_files(
        "the matched clusters",
        lambda: matched_table(sides, found),
        f"matched-{one.run.id}-{other.run.id}-k{selection.clusters}-{selection.split}",
    )


def _side(letter: str, shown: Shown, selection: Selection) -> Side:
    found = queries.clustering(shown.run, selection.clustering)
    titles = cluster_titles(found, naming_of(shown.run, selection.clustering), selection.names)
    return Side(letter, shown, found, titles, found.assignments[selection.split], found.distances[selection.split])


def _class_box(selection: Selection, images: int) -> np.ndarray:
    """The images that are drawn, bool (n,): all, or those of one class."""
    if not selection.names:
        return np.ones(images, bool)
    chosen = st.selectbox(
        "Images of", selection.names, index=None, key="flow_class", bind="query-params", placeholder="all classes", width=280,
        help="Draws the images of one class alone.",
    )  # fmt: skip
    labels = queries.labels(selection.dataset, selection.split)
    return np.ones(images, bool) if chosen is None else labels == selection.names.index(chosen)


def _draw(selection: Selection, sides: Sequence[Side], drawn: Flow, inside: np.ndarray) -> None:
    keys = [side.shown.key for side in sides]
    picks = _read(keys)
    nodes = [
        _nodes(selection, side, which, members, numbers, others, inside)
        for which, (side, members, numbers, others) in enumerate(
            zip(sides, (drawn.left, drawn.right), (drawn.numbers_a, drawn.numbers_b), drawn.others, strict=True)
        )
    ]
    places = [{cluster: place for place, cluster in enumerate(side)} for side in (drawn.left, drawn.right)]
    bands = [
        Band(
            "" if OTHER in (one.a, one.b) else f"{_text(one.a)}.{_text(one.b)}", places[0][one.a], places[1][one.b], one.images, one.fits,
            f"{across_words.images(one.images)} in {_called(sides[0], one.a)} and {_called(sides[1], one.b)}" + (", which are matched" if one.fits else ""),
        )
        for one in drawn.streams
    ]  # fmt: skip
    titles = tuple(f"{side.letter} · {side.shown.title}" for side in sides)
    flow_chart(
        *nodes, bands, titles=titles, chosen=f"{picks[0]}.{picks[1]}" if picks else "", key="flow_chart",
        alt=f"How images flow from the clusters of {titles[0]} to those of {titles[1]}", on_pick=partial(_pick, keys),
    )  # fmt: skip


def _nodes(
    selection: Selection,
    side: Side,
    which: int,
    members: Sequence[int],
    numbers: Mapping[int, int],
    others: int,
    inside: np.ndarray,
) -> list[Node]:
    """The clusters of one side, as they are drawn. `others`: images of all that are not."""
    typical = central(side.assigned, side.distances, inside, TYPICAL)
    wanted = [row for cluster in members if cluster >= 0 for row in typical.get(cluster, ())]
    pictures = queries.pictures(selection.dataset, selection.split, np.array(wanted, int)) if wanted else None
    uris = {} if pictures is None else dict(zip(wanted, data_uris(pictures), strict=True))
    sizes = np.bincount(side.assigned[inside] + 1, minlength=len(side.titles))
    nodes = []
    for cluster in members:
        images = int(sizes[cluster + 1]) if cluster != OTHER else others
        title = "all others" if cluster == OTHER else side.titles[cluster]
        number = numbers.get(cluster)
        colour = look(number - 1).colour if number else GREY
        _, _, words = title.partition(" · ") if cluster >= 0 else ("", "", title)
        nodes.append(
            Node(
                "" if cluster == OTHER else (f"{_text(cluster)}.-" if which == 0 else f"-.{_text(cluster)}"), str(number or ""),
                words or f"cluster {cluster}", (f"cluster {cluster} · " if words and cluster >= 0 else "") + f"{images:,}",
                colour, text_on(colour), images, [uris[row] for row in typical.get(cluster, ()) if row in uris],
                f"{_called(side, cluster)}, {across_words.images(images)}" + (f", pair {number}" if number else ""),
            )
        )  # fmt: skip
    return nodes


def _called(side: Side, cluster: int) -> str:
    """A cluster in words that are no Markdown."""
    if cluster == OTHER:
        return f"other clusters of {side.letter}"
    return f"{side.letter}'s cluster {side.titles[cluster]}" if cluster >= 0 else f"no cluster of {side.letter}"


def _text(cluster: int) -> str:
    """A cluster as links hold it; noise by a number that no cluster has."""
    return "n" if cluster == NOISE else str(cluster)


def _pick(keys: Sequence[str]) -> None:
    """Keep what was clicked in the link; a second click lets it go."""
    if not (name := picked("flow_chart")):
        return
    left, right = name.split(".")
    wanted = f"{keys[0]}.{left}.{keys[1]}.{right}"
    if st.query_params.get("flow") == wanted:
        st.query_params.pop("flow")
    else:
        st.query_params["flow"] = wanted


def _read(keys: Sequence[str]) -> tuple[str, str] | None:
    """What the link names, as far as it is of these models: a cluster of each, `-` for any, `n` for noise."""
    asked = st.query_params.get("flow", "").split(".")
    if len(asked) != 4 or [asked[0], asked[2]] != list(keys):
        return None
    return asked[1], asked[3]


def _chosen(selection: Selection, sides: Sequence[Side], inside: np.ndarray) -> None:
    """The images of the cluster or stream that is chosen."""
    if (picks := _read([side.shown.key for side in sides])) is None:
        other = " What the link named is of other models." if "flow" in st.query_params else ""
        st.caption(f":material/touch_app: Click a cluster or a stream: its images come here.{other}")
        return
    members, said = inside.copy(), []
    for pick, side in zip(picks, sides, strict=True):
        if pick != "-":
            cluster = NOISE if pick == "n" else int(pick)
            members &= side.assigned == cluster
            there = NOISE <= cluster < len(side.titles) - 1
            said.append(_called(side, cluster) if there else f"{side.letter}'s cluster {cluster}, which there is not")
    rows = np.flatnonzero(members)
    leading, second = sides if picks[0] != "-" else sides[::-1]
    st.header(across_words.images(len(rows)), anchor=False)
    st.markdown(" → ".join(f"**{plain(one)}**" for one in said))
    labels = queries.labels(selection.dataset, selection.split)
    if labels is not None and len(rows):
        st.markdown(f"{across_words.mix(labels[rows], selection.names)}.")
    order = gallery_order.order_box(selection, key="flow_order")
    rows = gallery_order.in_order(rows, order, selection, leading.shown, second.shown)
    image_wall(selection, selection.split, rows, class_captions(selection, selection.split, rows))


def matched_table(sides: Sequence[Side], found: Comparison) -> pd.DataFrame:
    """A row a pair of matched clusters: its number, both clusters, what they are called, their sizes, how many images they share."""
    rows = []
    for number, pair in enumerate(found.matched, 1):
        row: dict[str, object] = {"pair": number}
        for side, cluster, axis in zip(sides, pair, (1, 0), strict=True):
            letter = side.letter.lower()
            row |= {
                f"model_{letter}": side.shown.run.id, f"cluster_{letter}": cluster, f"called_{letter}": side.titles[cluster],
                f"images_{letter}": int(found.table.sum(axis=axis)[cluster]),
            }  # fmt: skip
        rows.append(row | {"shared": int(found.table[pair])})
    return pd.DataFrame(rows)
