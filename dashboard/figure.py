"""Plotly figures as plain data: the look that all charts share, and the JSON that the browser draws.

Plotly's own classes check every property, which takes 15 ms a chart on each change of anything; the tests check them once.
"""

import base64
import json
from typing import Any

import numpy as np

Figure = dict[str, Any]

# Without the last, plotly offers to upload a chart to its maker's server.
CONFIG = {"displaylogo": False, "displayModeBar": False, "responsive": True, "showSendToCloud": False}
# Below everything else of its chart, however narrow that is.
LEGEND = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
GREY = "#8a8f98"  # readable on both grounds
# plotly.js has no integers of eight bytes.
_NARROWER = {"int64": np.int32, "uint64": np.uint32, "bool": np.uint8, "float16": np.float32}


def figure(traces: list[dict], *, height: int, **layout) -> Figure:
    """A figure in the look that all charts share. Titles stand above a chart as text, where they wrap on a phone."""
    return {
        "data": traces,
        "layout": {
            "height": height,
            "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            **layout,
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": "#0d9488", **layout.get("modebar", {})},
        },
    }  # fmt: skip


def axis(title: str = "", *, away: int | None = None, **more) -> dict:
    """An axis; `away` pixels part its title from names at its ticks, among which plotly would put it."""
    return {"title": {"text": title, "standoff": away}, **more}


def as_json(drawing: Figure) -> str:
    """The figure as JSON. Columns of numbers travel as their bytes, a third of the size of their digits.

    Raises ValueError for a number that is none (`nan` or infinite) outside of an array: JSON knows no such number.
    """
    return json.dumps(drawing, default=_plain, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """What JSON has no word for: an array as plotly.js reads it, a number of NumPy as one of Python."""
    if not isinstance(value, np.ndarray):
        return value.item()
    if value.ndim != 1 or not value.size or value.dtype.kind not in "biuf":
        return value.tolist()
    value = np.ascontiguousarray(value, _NARROWER.get(value.dtype.name))
    return {"dtype": f"{value.dtype.kind}{value.dtype.itemsize}", "bdata": base64.b64encode(value).decode("ascii")}
