"""Hover thumbnails, linked rings, lasso and zoom for plotly maps. The browser's side is in `map_link.js`."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.analyse import map_geometry
from core.data import dataset_info
from dashboard import queries
from dashboard.addresses import address
from dashboard.components.thumbnails import images_on_a_sheet

_COMPONENT = st.components.v2.component(
    "latent_lens_map_link", js=(Path(__file__).parent / "map_link.js").read_text(), html="<span></span>\n"
)


@dataclass(frozen=True, eq=False)
class LinkedMap:
    """One map of the page.

    Attributes:
        chart: the element key of its chart.
        points: (n, 2).
        says: int (n,), which of `words` the card of each image has.
        words: what a card says about an image of this map, such as "cluster says Bag".
    """

    chart: str
    points: np.ndarray
    says: np.ndarray
    words: Sequence[str]


def map_link(
    maps: Sequence[LinkedMap],
    *,
    key: str,
    dataset: str,
    parts: Sequence[tuple[str, int]],
    labels: np.ndarray | None,
    names: Sequence[str],
) -> None:
    """Link the maps. What the browser sends back is read with `outline` and `view`.

    Args:
        parts: the splits that the points come from, in their order, each with its number of images.
        labels: int (n,), true classes, whose `names` stand first on the cards; None where there are none.
    """
    shape = dataset_info(dataset).shape
    large = [one.chart for one in maps if len(one.points) > map_geometry.MAX_DRAWN]
    drawn = {one.chart: _drawn(one, view(key, one.chart)) for one in maps}
    _COMPONENT(
        key=key,
        data={
            "charts": [one.chart for one in maps],
            "large": large,
            "thumbnails": address("/thumbnails"),
            "dataset": dataset,
            "parts": [[split, count, queries.have_images(dataset, split)] for split, count in parts],
            "size": [shape[1], shape[0]],
            "sheet": images_on_a_sheet(shape),
            "labels": None if labels is None or len(large) == len(maps) else _packed(labels),
            "labels_of": {} if labels is None else {chart: _packed(labels[drawn[chart]]) for chart in large},
            "index_of": {chart: drawn[chart].tolist() for chart in large},
            "says": {one.chart: _packed(one.says[drawn[one.chart]]) for one in maps},
            "words": {one.chart: list(one.words) for one in maps},
            "names": list(names),
        },
        on_outline_change=lambda: None,
        on_views_change=lambda: None,
    )


def outline(key: str) -> dict | None:
    """The outline drawn last, `{"chart": key, "x": [...], "y": [...]}` in map coordinates."""
    return (st.session_state.get(key) or {}).get("outline")


def view(key: str, chart: str) -> tuple[float, ...] | None:
    """The part of a large map that is seen now: (left, right, bottom, top), or None for all of it."""
    seen = ((st.session_state.get(key) or {}).get("views") or {}).get(chart)
    return tuple(map(float, seen)) if seen else None


def _drawn(one: LinkedMap, seen: Sequence[float] | None) -> slice | np.ndarray:
    """The rows of a map that are drawn one by one."""
    if len(one.points) <= map_geometry.MAX_DRAWN:
        return slice(None)
    rows = np.flatnonzero(map_geometry.in_view(one.points, seen)) if seen else np.empty(0, np.int64)
    return rows if 0 < len(rows) <= map_geometry.MAX_DRAWN else np.empty(0, np.int64)


def _packed(values: np.ndarray) -> dict[str, str]:
    """Whole numbers from 0 as their bytes, one or two each: the smallest that JSON can carry."""
    narrow = values.astype(np.uint8 if values.max(initial=0) < 256 else np.uint16)
    return {"dtype": f"u{narrow.itemsize}", "bdata": base64.b64encode(narrow).decode("ascii")}
