"""Hover thumbnails, linked rings and lasso for plotly maps. The browser's side is in `map_link.js`."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

_COMPONENT = st.components.v2.component(
    "latent_lens_map_link", js=(Path(__file__).parent / "map_link.js").read_text(), html="<span></span>\n"
)


def map_link(
    charts: Sequence[str],
    *,
    key: str,
    dataset: str,
    sprite: bytes | None,
    labels: np.ndarray,
    says: Mapping[str, np.ndarray],
    names: Sequence[str],
) -> dict | None:
    """Link the charts of these element keys.

    Args:
        sprite: PNG of all images, 100 of 28x28 a row.
        labels: uint8 (n,), true classes; says: by chart, the class that each image's cluster says.

    Returns the outline drawn last, `{"chart": key, "x": [...], "y": [...]}` in map coordinates, or None.
    """
    result = _COMPONENT(
        key=key,
        data={
            "charts": list(charts),
            "dataset": dataset,
            "sprite": base64.b64encode(sprite).decode() if sprite else None,
            "labels": _digits(labels),
            "says": {chart: _digits(values) for chart, values in says.items()},
            "names": list(names),
        },
        on_outline_change=lambda: None,
    )
    return result.outline


def points_inside(points: np.ndarray, x: Sequence[float], y: Sequence[float]) -> np.ndarray:
    """Which points (n, 2) lie inside the polygon (even-odd rule): bool (n,)."""
    px, py = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), bool)
    for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > py) != (y1 > py)
        inside ^= crosses & (px < (x1 - x0) * (py - y0) / (y1 - y0) + x0)
    return inside


def _digits(values: np.ndarray) -> str:
    """One character a value ('0' for 0): the smallest JSON there is."""
    return (values.astype(np.uint8) + 48).tobytes().decode("ascii")
