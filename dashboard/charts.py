"""Tables in, plotly figures out. No streamlit, no files, no computing of scores."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.figure import LEGEND, Figure, axis, figure

if TYPE_CHECKING:
    from dashboard.view import Shown


def against_k(
    sweeps: Mapping[str, Mapping[str, Sequence[float]]], measure: str, *, k: int | None, shown: Mapping[str, "Shown"]
) -> Figure:
    """A measure against the number of clusters, a line a run, by key. `inertia` is relative to k = 2, so losses compare.

    k: which is looked at; None where the clusters looked at are not of these curves.
    """
    traces = []
    for key, sweep in sweeps.items():
        values = np.asarray(sweep[measure], float)
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": shown[key].title,
            "x": sweep["k"], "y": values / values[0] if measure == "inertia" else 100 * values,
            "line": {"color": shown[key].colour, "dash": shown[key].dash, "width": 2}, "marker": {"size": 4},
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
        shapes=[] if k is None else [here],
        xaxis=axis(
            "number of clusters k (log scale)", type="log", tickvals=[2, 5, 10, 20, 50, 100, 250], range=[0.25, 2.45]
        ),
        yaxis=axis("inertia, share of that at k = 2" if measure == "inertia" else f"{measure} (%)", rangemode="normal"),
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
            "line": {"color": shown[key].colour, "dash": shown[key].dash, "width": 2, "shape": "hvh"},
            "hovertemplate": "error %{x:.4f}: %{y} images<extra>" + shown[key].title + "</extra>",
        }
        for key, values in errors.items()
    ]  # fmt: skip
    return figure(
        traces, height=280, legend=LEGEND, xaxis=axis("mean squared pixel error of an image"), yaxis=axis("images")
    )
