"""A flow chart: how the images of one model's clusters are spread over another's. The browser's side is in `flow.js`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import file_charts
from dashboard.components.chart_files import chart_files

_COMPONENT = st.components.v2.component(
    "latent_lens_flow",
    js=Path(__file__).with_suffix(".js").read_text(),
    css=Path(__file__).with_suffix(".css").read_text(),
    html="<div class='flow'></div>\n",
)


@dataclass(frozen=True)
class Node:
    """A cluster, on either side.

    Attributes:
        name: what tells it from the others of its side; empty for one that cannot be chosen.
        number: of its pair, as text; empty for a cluster without a partner.
        title, note: two lines of text.
        colour, ink: of its pair, and of text upon it.
        images: how many.
        pictures: data URIs of typical members.
        words: what a screen reader says of it.
    """

    name: str
    number: str
    title: str
    note: str
    colour: str
    ink: str
    images: int
    pictures: Sequence[str]
    words: str


@dataclass(frozen=True)
class Band:
    """A stream from one of the left nodes to one of the right ones, by their places. `name`: empty for one not to be chosen."""

    name: str
    left: int
    right: int
    images: int
    fits: bool
    words: str


def flow_chart(
    left: Sequence[Node],
    right: Sequence[Node],
    bands: Sequence[Band],
    *,
    titles: tuple[str, str],
    chosen: str,
    key: str,
    alt: str,
    on_pick: Callable[[], None],
) -> None:
    """Draw the chart. A click on a cluster or a stream, or Enter on it, runs `on_pick`; which one is then `picked(key)`.

    titles: of the two models. chosen: the name of what stands out now, empty for nothing.
    """
    _COMPONENT(
        key=key,
        data={
            "sides": [[_packed(one) for one in side] for side in (left, right)],
            "bands": [[one.name, one.left, one.right, one.images, one.fits, one.words] for one in bands],
            "titles": list(titles),
            "chosen": chosen,
            "alt": alt,
        },
        on_picked_change=on_pick,
    )
    chart_files(file_charts.flow(left, right, bands, titles), key=f"{key}_files", name=alt)


def picked(key: str) -> str | None:
    """The name of the cluster or stream whose choice made the page run now."""
    return (st.session_state.get(key) or {}).get("picked")


def _packed(one: Node) -> list:
    return [one.name, one.number, one.title, one.note, one.colour, one.ink, one.images, list(one.pictures), one.words]
