"""Charts that pages draw without plotly, as figures: what is saved of them as files."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.figure import GREY, LEGEND, Figure, axis, figure
from dashboard.words import half_interval

if TYPE_CHECKING:
    from dashboard.components.flow import Band, Node
    from dashboard.components.gains import Line
    from dashboard.view import Shown


def accuracy_bars(scores: Mapping[str, Mapping[str, float]], shown: Mapping[str, "Shown"]) -> Figure:
    """The bars of `dashboard.components.bars`, with their intervals."""
    keys = list(scores)[::-1]  # plotly begins below
    shares = [100 * scores[key]["accuracy"] for key in keys]
    trace = {
        "type": "bar", "orientation": "h", "y": [shown[key].title for key in keys], "x": shares,
        "marker": {"color": [shown[key].colour for key in keys]}, "text": [f"{share:.1f} %" for share in shares], "textposition": "inside",
        "insidetextanchor": "start",
        "error_x": {"type": "data", "array": [100 * half_interval(scores[key]["error"]) for key in keys], "color": GREY},
    }  # fmt: skip
    return figure(
        [trace],
        height=80 + 50 * len(keys),
        xaxis=axis("images whose cluster says the right class (%)", range=[0, 100]),
        yaxis=axis(ticks="outside", ticklen=6, tickcolor="rgba(0,0,0,0)"),
    )


def accuracy_lines(
    points: Mapping[str, Sequence[tuple[int, float, float]]], published: Sequence[dict], shown: Mapping[str, "Shown"]
) -> Figure:
    """The lines of `dashboard.components.lines`, with their intervals and what a study published."""
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": shown[key].title, "x": [row[0] for row in rows], "y": [100 * row[1] for row in rows],
            "error_y": {"type": "data", "array": [100 * half_interval(row[2]) for row in rows]},
            "line": {"color": shown[key].colour, "dash": shown[key].dash, "width": 2.5},
        }
        for key, rows in points.items()
    ]  # fmt: skip
    for key in dict.fromkeys(row["loss"] for row in published):
        own = [row for row in published if row["loss"] == key]
        traces.append({
            "type": "scatter", "mode": "markers", "name": f"{shown[key].title}, study A (2018)", "x": [row["latent"] for row in own],
            "y": [100 * row["accuracy"] for row in own], "marker": {"symbol": "diamond-open", "size": 10, "color": shown[key].colour},
        })  # fmt: skip
    sizes = sorted({size for trace in traces for size in trace["x"]})
    return figure(
        traces,
        height=420,
        legend=LEGEND,
        xaxis=axis("latent size (log scale)", type="log", tickvals=sizes),
        yaxis=axis("right class (%)"),
    )


def gains(lines: Sequence["Line"], titles: tuple[str, str], colours: tuple[str, str]) -> Figure:
    """The lines of `dashboard.components.gains`: each class' share under both models."""
    rows = lines[::-1]
    names = [line.name for line in rows]
    ways = {
        "type": "scatter", "mode": "lines", "showlegend": False, "line": {"color": GREY, "width": 3}, "hoverinfo": "skip",
        "x": [share for line in rows for share in (line.before, line.after, None)], "y": [name for name in names for _ in range(3)],
    }  # fmt: skip
    dots = [
        {
            "type": "scatter", "mode": "markers", "name": title, "x": [getattr(line, side) for line in rows], "y": names,
            "marker": {"color": colour, "size": 11},
        }
        for title, colour, side in zip(titles, colours, ("before", "after"), strict=True)
    ]  # fmt: skip
    return figure(
        [ways, *dots],
        height=110 + 24 * len(rows),
        legend=LEGEND,
        xaxis=axis("share that is right (%)", range=[-2, 102]),
        yaxis=axis(type="category", dtick=1),
    )


def flow(left: Sequence["Node"], right: Sequence["Node"], bands: Sequence["Band"], titles: tuple[str, str]) -> Figure:
    """The streams of `dashboard.components.flow`, as a Sankey diagram."""
    nodes = [*left, *right]
    ends = [
        {"text": title, "xref": "paper", "yref": "paper", "x": x, "y": 1, "yanchor": "bottom", "xanchor": ("left", "right")[x], "showarrow": False}
        for x, title in enumerate(titles)
    ]  # fmt: skip
    trace = {
        "type": "sankey", "arrangement": "snap",
        "node": {"label": [f"{node.title} · {node.note}" for node in nodes], "color": [node.colour for node in nodes], "pad": 8, "thickness": 16},
        "link": {
            "source": [band.left for band in bands], "target": [len(left) + band.right for band in bands], "value": [band.images for band in bands],
            "color": [faint(left[band.left].colour, 0.55 if band.fits else 0.25) for band in bands],
        },
    }  # fmt: skip
    height = 120 + 34 * max(len(left), len(right))
    return figure([trace], height=height, annotations=ends, margin={"l": 12, "r": 12, "t": 34, "b": 12})


def faint(colour: str, strength: float) -> str:
    """`#rrggbb` with some of the ground shining through it."""
    red, green, blue = np.frombuffer(bytes.fromhex(colour.removeprefix("#")), np.uint8)
    return f"rgba({red}, {green}, {blue}, {strength})"
