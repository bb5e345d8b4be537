"""Tables in, plotly figures out. No streamlit, no files, no computing of scores."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.figure import LEGEND, Figure, axis, figure
from dashboard.palette import CLASS_COLOURS, WRONG

if TYPE_CHECKING:
    from dashboard.view import Shown

# From clear, so that it lies on a light and on a dark ground alike; to where either theme's text can still be read on it.
_CLEAR_TO_BLUE = [[0, "rgba(31,119,201,0.04)"], [1, "rgba(31,119,201,0.85)"]]


def confusion_matrix(
    matrix: np.ndarray, names: Sequence[str], *, shown: str, marked: tuple[int, int] | None = None
) -> Figure:
    """A matrix of true class by cluster's class. shown: `counts`, `rows` or `columns` (percentages).

    Heat maps give no selection events, so an unseen marker in each cell takes the clicks: its customdata is
    (true class, said class, images).
    """
    counts = np.asarray(matrix, float)
    if shown == "rows":
        values = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    elif shown == "columns":
        values = 100 * counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    else:
        values = counts
    rows, columns = np.indices(counts.shape).reshape(2, -1)
    unit = "" if shown == "counts" else " %"
    cells = {
        "type": "heatmap", "z": values, "zmin": 0, "x": list(names), "y": list(names), "xgap": 1, "ygap": 1,
        "colorscale": _CLEAR_TO_BLUE, "showscale": False, "hoverinfo": "skip",
    }  # fmt: skip
    clicks = {
        "type": "scatter", "mode": "markers", "showlegend": False,
        "x": [names[column] for column in columns], "y": [names[row] for row in rows],
        "marker": {"size": 24, "opacity": 0, "symbol": "square"},
        "customdata": np.column_stack([rows, columns, counts[rows, columns]]),
        "text": [f"{values[row, column]:.1f}{unit}" for row, column in zip(rows, columns, strict=True)],
        "hovertemplate": "true class: %{y}<br>cluster says: %{x}<br>%{text} (%{customdata[2]:.0f} images)<extra></extra>",
    }  # fmt: skip
    # As annotations, which a click on the trace does not fade.
    annotations = [
        {
            "x": names[column], "y": names[row], "text": f"{values[row, column]:.0f}", "showarrow": False,
            "font": {"size": 11}, "captureevents": False,
        }
        for row, column in zip(rows, columns, strict=True)
        if values[row, column] > 0.5  # 0.5 itself is written 0
    ]  # fmt: skip
    shapes = []
    if marked:
        row, column = marked
        shapes.append({
            "type": "rect", "x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5,
            "line": {"color": WRONG, "width": 3},
        })  # fmt: skip
    # Categories also where they look like numbers: a digit is a name.
    return figure(
        [cells, clicks],
        height=480,
        dragmode=False,
        annotations=annotations,
        shapes=shapes,
        xaxis=axis("what its cluster says", tickangle=-45, type="category", showgrid=False),
        yaxis=axis("true class", away=8, autorange="reversed", type="category", showgrid=False),
    )


def against_k(
    sweeps: Mapping[str, Mapping[str, Sequence[float]]], measure: str, *, k: int, shown: Mapping[str, "Shown"]
) -> Figure:
    """A measure against the number of clusters, a line a run, by key. `inertia` is relative to k = 2, so losses compare."""
    traces = []
    for key, sweep in sweeps.items():
        values = np.asarray(sweep[measure], float)
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": shown[key].title,
            "x": sweep["k"], "y": values / values[0] if measure == "inertia" else 100 * values,
            "line": {"color": shown[key].colour, "width": 2}, "marker": {"size": 4},
            "hovertemplate": "k = %{x}: %{y:.3g}<extra>" + shown[key].title + "</extra>",
        })  # fmt: skip
    here = {
        "type": "line", "x0": k, "x1": k, "y0": 0, "y1": 1, "yref": "y domain",
        "line": {"dash": "dot", "width": 1, "color": "gray"},
    }  # fmt: skip
    return figure(
        traces,
        height=340,
        legend=LEGEND,
        shapes=[here],
        xaxis=axis(
            "number of clusters k (log scale)", type="log", tickvals=[2, 5, 10, 20, 50, 100, 250], range=[0.25, 2.45]
        ),
        yaxis=axis("inertia, share of that at k = 2" if measure == "inertia" else f"{measure} (%)", rangemode="normal"),
    )


def class_shares(counts: np.ndarray, names: Sequence[str]) -> Figure:
    """Stacked bars: what each cluster holds. counts: (k, classes)."""
    shares = (100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    traces = [
        {
            "type": "bar", "name": name, "x": np.arange(len(counts)), "y": shares[:, index],
            "marker": {"color": CLASS_COLOURS[index]}, "hovertemplate": "cluster %{x}: %{y:.1f} % " + name + "<extra></extra>",
        }
        for index, name in enumerate(names)
    ]  # fmt: skip
    return figure(
        traces,
        height=360,
        barmode="stack",
        bargap=0.15,
        legend={**LEGEND, "traceorder": "normal"},
        xaxis=axis("cluster", **({"dtick": 1} if len(counts) <= 30 else {})),
        yaxis=axis("share of members (%)", range=[0, 100]),
    )


def loss_curve(histories: Mapping[str, Sequence[Mapping[str, float]]], *, colours: Mapping[str, str]) -> Figure:
    """Training and validation loss against the epoch. histories: by name, one entry an epoch."""
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": f"{name}, {words}",
            "x": [row["epoch"] for row in rows], "y": np.array([row[key] for row in rows], float),
            "line": {"color": colours[name], "dash": dash, "width": 2}, "marker": {"size": 5},
        }
        for name, rows in histories.items()
        for key, words, dash in (("loss", "training", "dot"), ("validation_loss", "validation", "solid"))
        if rows and key in rows[0]
    ]  # fmt: skip
    few = all(len(rows) <= 20 for rows in histories.values())
    return figure(
        traces,
        height=300,
        legend=LEGEND,
        xaxis=axis("epoch", **({"dtick": 1} if few else {})),
        yaxis=axis("loss", rangemode="tozero"),
    )


def error_histogram(errors: Mapping[str, np.ndarray], *, shown: Mapping[str, "Shown"]) -> Figure:
    """Distribution of the per-image reconstruction error, an outline a run, by key."""
    top = max(float(np.quantile(values, 0.995)) for values in errors.values())
    edges = np.linspace(0, top, 61)
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": shown[key].title, "fill": "tozeroy",
            "x": (edges[:-1] + edges[1:]) / 2, "y": np.histogram(values, edges)[0],
            "line": {"color": shown[key].colour, "width": 2, "shape": "hvh"},
            "hovertemplate": "error %{x:.4f}: %{y} images<extra>" + shown[key].title + "</extra>",
        }
        for key, values in errors.items()
    ]  # fmt: skip
    return figure(
        traces, height=280, legend=LEGEND, xaxis=axis("mean squared pixel error of an image"), yaxis=axis("images")
    )
