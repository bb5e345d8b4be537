"""Tables in, plotly figures out. No streamlit, no files, no computing of scores."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.config import LOSSES
from dashboard.palette import CLASS_COLOURS, WRONG, loss_colour

# Without the last, plotly offers to upload a chart to its maker's server.
CONFIG = {"displaylogo": False, "displayModeBar": False, "responsive": True, "showSendToCloud": False}
# From clear, so that it lies on a light and on a dark ground alike.
_CLEAR_TO_BLUE = [[0, "rgba(63,144,218,0.04)"], [1, "rgba(63,144,218,0.95)"]]
# Below everything else of its chart, however narrow that is.
_LEGEND = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
_GREY = "#8a8f98"  # readable on both grounds


def layout(figure: go.Figure, *, height: int, **more) -> go.Figure:
    """The look that all charts share. Titles stand above a chart as text, where they wrap on a phone."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": _GREY, "activecolor": "#14b8a6", **more.pop("modebar", {})},
        **more,
    )
    return figure


def accuracy_by_latent(
    points: Mapping[str, Sequence[tuple[int, float, float]]], published: Sequence[dict]
) -> go.Figure:
    """Accuracy against latent size, a line a loss. points: by loss, (latent, accuracy, standard error)."""
    figure = go.Figure()
    for loss, rows in points.items():
        figure.add_scatter(
            x=[row[0] for row in rows],
            y=[100 * row[1] for row in rows],
            error_y={"type": "data", "array": [200 * row[2] for row in rows], "thickness": 1.2},
            mode="lines+markers",
            name=LOSSES[loss].title,
            line={"color": loss_colour(loss), "width": 2.5},
            marker={"size": 8},
            hovertemplate="latent size %{x}: %{y:.1f} %<extra>" + LOSSES[loss].title + "</extra>",
        )
    for loss in dict.fromkeys(row["loss"] for row in published):
        rows = [row for row in published if row["loss"] == loss]
        figure.add_scatter(
            x=[row["latent"] for row in rows],
            y=[100 * row["accuracy"] for row in rows],
            mode="markers",
            name=f"{LOSSES[loss].title}, study A (2018)",
            marker={"size": 10, "symbol": "diamond-open", "color": loss_colour(loss), "line": {"width": 2}},
            hovertemplate="published, latent size %{x}: %{y:.1f} %<extra></extra>",
        )
    ticks = sorted({row[0] for rows in points.values() for row in rows} | {row["latent"] for row in published})
    figure.update_xaxes(
        title="latent size (log scale)", type="log", tickvals=ticks, ticktext=[str(tick) for tick in ticks]
    )
    figure.update_yaxes(title="right class (%)")
    return layout(figure, height=360, legend=_LEGEND)


def confusion_matrix(
    matrix: np.ndarray, names: Sequence[str], *, shown: str, marked: tuple[int, int] | None = None
) -> go.Figure:
    """A matrix of true class by cluster's class. shown: `counts`, `rows` or `columns` (percentages).

    Heat maps give no selection events, so an unseen marker in each cell takes the clicks: its customdata is
    (true class, said class).
    """
    counts = np.asarray(matrix, float)
    if shown == "rows":
        values = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    elif shown == "columns":
        values = 100 * counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    else:
        values = counts
    figure = go.Figure(
        go.Heatmap(
            z=values, x=list(names), y=list(names), colorscale=_CLEAR_TO_BLUE, showscale=False, hoverinfo="skip", xgap=1, ygap=1, zmin=0,
        )
    )  # fmt: skip
    rows, columns = np.indices(counts.shape).reshape(2, -1)
    unit = "" if shown == "counts" else " %"
    figure.add_scatter(
        x=[names[column] for column in columns],
        y=[names[row] for row in rows],
        mode="markers",
        marker={"size": 24, "opacity": 0, "symbol": "square"},
        customdata=np.column_stack([rows, columns, counts[rows, columns]]),
        text=[f"{values[row, column]:.1f}{unit}" for row, column in zip(rows, columns, strict=True)],
        hovertemplate="true class: %{y}<br>cluster says: %{x}<br>%{text} (%{customdata[2]:.0f} images)<extra></extra>",
        showlegend=False,
    )
    # As annotations: a colour of its own for each figure, which a click on the trace does not fade.
    strong = 0.55 * values.max()
    figure.update_layout(
        annotations=[
            {
                "x": names[column], "y": names[row], "text": f"{values[row, column]:.0f}", "showarrow": False,
                "font": {"size": 11, **({"color": "white"} if values[row, column] > strong else {})}, "captureevents": False,
            }
            for row, column in zip(rows, columns, strict=True)
            if values[row, column] > 0.5  # 0.5 itself is written 0
        ]
    )  # fmt: skip
    if marked:
        row, column = marked
        figure.add_shape(
            type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5,
            line={"color": WRONG, "width": 3},
        )  # fmt: skip
    # Categories also where they look like numbers: a digit is a name.
    figure.update_yaxes(autorange="reversed", title="true class", type="category", showgrid=False)
    figure.update_xaxes(title="what its cluster says", tickangle=-45, type="category", showgrid=False)
    return layout(figure, height=480, dragmode=False)


def against_k(sweeps: Mapping[str, Mapping[str, Sequence[float]]], measure: str, *, k: int) -> go.Figure:
    """A measure against the number of clusters, a line a loss. `inertia` is relative to k = 2, so losses compare."""
    figure = go.Figure()
    for loss, sweep in sweeps.items():
        values = np.asarray(sweep[measure], float)
        values = values / values[0] if measure == "inertia" else 100 * values
        figure.add_scatter(
            x=sweep["k"], y=values, mode="lines+markers", name=LOSSES[loss].title,
            line={"color": loss_colour(loss), "width": 2}, marker={"size": 4},
            hovertemplate="k = %{x}: %{y:.3g}<extra>" + LOSSES[loss].title + "</extra>",
        )  # fmt: skip
    figure.add_vline(x=k, line={"dash": "dot", "width": 1, "color": "gray"})
    figure.update_xaxes(
        title="number of clusters k (log scale)", type="log", tickvals=[2, 5, 10, 20, 50, 100, 250], range=[0.25, 2.45]
    )
    figure.update_yaxes(
        title="inertia, share of that at k = 2" if measure == "inertia" else f"{measure} (%)", rangemode="normal"
    )
    return layout(figure, height=340, legend=_LEGEND)


def class_shares(counts: np.ndarray, names: Sequence[str]) -> go.Figure:
    """Stacked bars: what each cluster holds. counts: (k, classes)."""
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure()
    for index, name in enumerate(names):
        figure.add_bar(
            x=np.arange(len(counts)), y=shares[:, index].astype(np.float32), name=name, marker_color=CLASS_COLOURS[index],
            hovertemplate="cluster %{x}: %{y:.1f} % " + name + "<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="cluster", dtick=1 if len(counts) <= 30 else None)
    figure.update_yaxes(title="share of members (%)", range=[0, 100])
    return layout(
        figure,
        height=360,
        barmode="stack",
        bargap=0.15,
        legend={**_LEGEND, "traceorder": "normal"},
    )


def loss_curve(histories: Mapping[str, Sequence[Mapping[str, float]]], *, colours: Mapping[str, str]) -> go.Figure:
    """Training and validation loss against the epoch. histories: by name, one entry an epoch."""
    figure = go.Figure()
    for name, rows in histories.items():
        epochs = [row["epoch"] for row in rows]
        for key, words, dash in (("loss", "training", "dot"), ("validation_loss", "validation", "solid")):
            if rows and key in rows[0]:
                figure.add_scatter(
                    x=epochs, y=[row[key] for row in rows], name=f"{name}, {words}", mode="lines+markers",
                    line={"color": colours[name], "dash": dash, "width": 2}, marker={"size": 5},
                )  # fmt: skip
    figure.update_xaxes(title="epoch", dtick=1 if all(len(rows) <= 20 for rows in histories.values()) else None)
    figure.update_yaxes(title="loss", rangemode="tozero")
    return layout(figure, height=300, legend=_LEGEND)


def error_histogram(errors: Mapping[str, np.ndarray]) -> go.Figure:
    """Distribution of the per-image reconstruction error, an outline a loss."""
    figure = go.Figure()
    top = max(float(np.quantile(values, 0.995)) for values in errors.values())
    edges = np.linspace(0, top, 61)
    for loss, values in errors.items():
        counts, _ = np.histogram(values, edges)
        figure.add_scatter(
            x=(edges[:-1] + edges[1:]) / 2, y=counts, mode="lines", name=LOSSES[loss].title, fill="tozeroy",
            line={"color": loss_colour(loss), "width": 2, "shape": "hvh"},
            hovertemplate="error %{x:.4f}: %{y} images<extra>" + LOSSES[loss].title + "</extra>",
        )  # fmt: skip
    figure.update_xaxes(title="mean squared pixel error of an image")
    figure.update_yaxes(title="images")
    return layout(figure, height=280, legend=_LEGEND)
