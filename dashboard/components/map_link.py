"""Hover thumbnails, linked rings, lasso and zoom for plotly maps. The browser's side is in `map_link.js`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.analyse import map_geometry
from core.data.imagesets import IMAGE_SHAPE
from dashboard import queries
from dashboard.addresses import address
from dashboard.components.thumbnails import images_on_a_sheet

_COMPONENT = st.components.v2.component(
    "latent_lens_map_link", js=(Path(__file__).parent / "map_link.js").read_text(), html="<span></span>\n"
)


@dataclass(frozen=True, eq=False)
class LinkedMap:
    """One map of the page: the element key of its chart, its points (n, 2), and the class each image's cluster says."""

    chart: str
    points: np.ndarray
    says: np.ndarray


def map_link(
    maps: Sequence[LinkedMap],
    *,
    key: str,
    dataset: str,
    parts: Sequence[tuple[str, int]],
    labels: np.ndarray,
    names: Sequence[str],
) -> None:
    """Link the maps. What the browser sends back is read with `outline` and `view`.

    Args:
        parts: the splits that the points come from, in their order, each with its number of images.
        labels: uint8 (n,), true classes.
    """
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
            "size": [IMAGE_SHAPE[1], IMAGE_SHAPE[0]],
            "sheet": images_on_a_sheet(IMAGE_SHAPE),
            "labels": _digits(labels) if len(large) < len(maps) else "",
            "labels_of": {chart: _digits(labels[drawn[chart]]) for chart in large},
            "index_of": {chart: drawn[chart].tolist() for chart in large},
            "says": {one.chart: _digits(one.says[drawn[one.chart]]) for one in maps},
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


def _digits(values: np.ndarray) -> str:
    """One character a value ('0' for 0): the smallest JSON there is."""
    return (values.astype(np.uint8) + 48).tobytes().decode("ascii")
