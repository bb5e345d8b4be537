"""Maps of embeddings as plotly figures: each point where they are few, how many lie where when they are many."""

import base64
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from PIL import Image, ImageColor

from core.analyse import map_geometry
from core.analyse.clusterers import NOISE
from dashboard.figure import CONFIG, Figure, axis, figure
from dashboard.palette import HIGH_ERROR, LOW_ERROR, MARKS, RIGHT, WRONG, Look, look

MAP_CONFIG = {
    **CONFIG,
    "displayModeBar": True,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["autoScale2d", "toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"],
}
DRAGS = {"lasso": "Lasso", "select": "Box", "pan": "Move", "zoom": "Zoom"}
COLOURINGS = {
    "class": "Class",
    "cluster": "Cluster",
    "outcome": "Right or wrong",
    "error": "Pixel error",
    "trust": "Trust",
    "overlap": "Disagreement",
}
TRUST = {"true": "True", "invented": "Invented", "lost": "Lost"}  # what `trust` can show of a map
TRUST_SAID = {"true": "share of true neighbours", "invented": "invented neighbours", "lost": "lost neighbours"}
# Colourings by a number: the colours of the lowest and the highest, and what the number is.
_SCALES = {
    "error": (LOW_ERROR, HIGH_ERROR, "error"),
    "true": (HIGH_ERROR, LOW_ERROR, "true neighbours"),
    "invented": (LOW_ERROR, HIGH_ERROR, "invented"),
    "lost": (LOW_ERROR, HIGH_ERROR, "lost"),
    "overlap": (HIGH_ERROR, LOW_ERROR, "shared of 15 neighbours"),
}
HEIGHT = 430  # pixels
_CELLS = (320, 480)  # rows, columns of a map of counts


def embedding_map(
    points: np.ndarray,
    *,
    name: str,
    colouring: str,
    values: np.ndarray,
    looks: Sequence[Look] | None = None,
    axes: tuple[str, str] = ("", ""),
    drag: str = "lasso",
    chosen: np.ndarray | None = None,
    top: float | None = None,
    view: Sequence[float] | None = None,
    frame: Sequence[float] | None = None,
    height: int | None = HEIGHT,
    flight: Mapping[str, str] | None = None,
) -> Figure:
    """One map. Up to `map_geometry.MAX_DRAWN` points in view are drawn one by one, as a single WebGL trace; of more, their
    number in each cell, in the colour of the most frequent kind.

    Args:
        points: int16 or float32 (n, 2).
        name: the zoom stays while the name stays.
        values: (n,) class or cluster number, -1 for no cluster, 0/1 for wrong/right, or a number from 0, as `colouring` says:
            `class`, `cluster` or `outcome`, or the error, what `TRUST` names, or how many neighbours another model shares.
        looks: of each class; without them as `palette.look` says.
        axes: their titles; empty for maps whose axes mean nothing.
        chosen: indices of points to bring out; the others fade.
        top: the number at the end of the colour scale, so that several maps share one.
        drag: what dragging does: `lasso`, `select` (a box), `pan` or `zoom`.
        view: (left, right, bottom, top) seen now; everything without one.
        frame: (left, right, bottom, top) of everything, where several maps are to show the same part of the plane.
        height: in pixels; None for that of its place.
        flight: the `model` whose map it is and the `plane` that it shares with other models' maps: where a chart goes from one
            of these to another, its dots fly (`map_flight.js`).

    The first trace holds the points in view in their order, its colours as numbers of `meta.palette` and, where not all are
    circles, `meta.marks` (see `live_chart`);
    `layout.meta.drawn` is their number or, where they are not drawn one by one, 0.
    """
    scale = _SCALES.get(colouring)
    if scale:
        ends = [ImageColor.getrgb(colour) for colour in scale[:2]]
        palette, marks = np.linspace(*ends, 256).astype(np.uint8), []
        top = top or scale_top([values])
    else:
        values, palette, marks = _drawn_as(values, looks or _looks(colouring, values))
        top = 1.0
    seen = (
        np.flatnonzero(map_geometry.in_view(points, view))
        if view is not None and len(points) > map_geometry.MAX_DRAWN
        else None
    )
    count = len(points) if seen is None else len(seen)
    layout: dict = {}
    if count <= map_geometry.MAX_DRAWN:
        rows = slice(None) if seen is None else seen
        # A byte a point and the palette, from which the browser takes the colours: a twentieth of the bytes of their names.
        numbers = _steps(values[rows], top) if scale else values[rows]
        dots = {
            "type": "scattergl", "mode": "markers", "x": points[rows, 0], "y": points[rows, 1], "hoverinfo": "none",
            "showlegend": False, "name": "", "meta": {"palette": palette.tolist(), **({"marks": marks} if marks else {})},
            "marker": {"size": (4 if count > 2000 else 6) + 2 * bool(marks), "opacity": 0.75, "color": numbers},
            "unselected": {"marker": {"opacity": 0.08}},
        }  # fmt: skip
        if chosen is not None:
            here = chosen if seen is None else np.flatnonzero(np.isin(seen, chosen))
            dots["selectedpoints"] = np.asarray(here, np.int32)
        traces = [dots]
    else:
        view = view or frame or whole([points])
        traces = [_corners(view)]
        layout["images"] = [_picture_of_counts(points, values, palette, top if scale else None, view, chosen)]
    if frame is not None:
        traces.append(_corners(frame))
    if scale:
        traces.append(_colour_bar(*scale, top))
    if chosen is not None:  # it comes back from the server, for every map alike
        layout["selectionrevision"] = zlib.crc32(chosen)
    plain = {"showgrid": False, "zeroline": False, "showticklabels": bool(axes[0]), "automargin": True}
    return figure(
        traces, height=height, dragmode=drag, hovermode="closest", meta={"drawn": count * (count <= map_geometry.MAX_DRAWN), "flight": flight},
        xaxis=axis(axes[0], **plain),
        yaxis=axis(axes[1], scaleanchor="x", **plain),  # a centimetre means the same both ways
        uirevision=name, modebar={"uirevision": drag}, **layout,
    )  # fmt: skip


def brought_out(
    chosen: np.ndarray | None, values: Mapping[str, np.ndarray], kinds: Mapping[str, Sequence[int]]
) -> np.ndarray | None:
    """Indices of the points that stand out on every map: those inside the outline, and of the kinds chosen in the legends.

    Args:
        chosen: those inside the outline; None without one.
        values: by legend, (n,) kind of each point, -1 for none.
        kinds: by legend, the kinds chosen in it; empty where all are shown.

    Returns None where all points count alike.
    """
    picked = [np.isin(values[legend], list(some)) for legend, some in kinds.items() if some]
    if not picked:
        return chosen
    found = np.flatnonzero(np.any(picked, axis=0))
    return found if chosen is None else np.intersect1d(found, chosen)


def _looks(colouring: str, values: np.ndarray) -> list[Look]:
    """The look of each kind that the values can name."""
    if colouring == "outcome":
        return [Look(WRONG), Look(RIGHT)]
    return [look(kind) for kind in range(int(values.max(initial=0)) + 1)]


def _drawn_as(values: np.ndarray, looks: Sequence[Look]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Kinds as unsigned numbers, noise the last of them; the colour of each, uint8 (kinds, 3); and the marks, if they differ."""
    kinds = [*looks, look(NOISE)]
    numbers = np.where(values == NOISE, len(looks), values).astype(np.uint8 if len(kinds) <= 256 else np.uint16)
    marks = [one.mark for one in kinds]
    palette = np.array([ImageColor.getrgb(one.colour) for one in kinds], np.uint8)
    return numbers, palette, marks if set(marks) != {MARKS[0]} else []


def scale_top(values: Iterable[np.ndarray]) -> float:
    """The end of a colour scale for these numbers, of a map each: few lie beyond."""
    return max((float(np.quantile(one, 0.98)) for one in values if len(one)), default=0.0) or 1.0


def _colour_bar(low: str, high: str, title: str, top: float) -> dict:
    """What the colours of numbers mean: a trace without points has the scale that those of the map were taken from."""
    ticks = np.linspace(0, top, 5)
    bar = {
        "title": {"text": title, "side": "right"}, "thickness": 10, "len": 0.8, "x": 1.0,
        "tickvals": ticks.tolist(), "ticktext": [f"{tick:.2g}" for tick in ticks],
    }  # fmt: skip
    return {
        "type": "scatter", "mode": "markers", "x": [None], "y": [None], "hoverinfo": "skip", "showlegend": False,
        "marker": {"color": [0], "colorscale": [[0, low], [1, high]], "cmin": 0, "cmax": top, "colorbar": bar, "showscale": True},
    }  # fmt: skip


def whole(maps: Iterable[np.ndarray]) -> tuple[float, ...]:
    """(left, right, bottom, top) of all points of these maps."""
    corners = np.concatenate([[points.min(axis=0), points.max(axis=0)] for points in maps])
    (left, bottom), (right, up) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return left, right, bottom, up


def _corners(view: Sequence[float]) -> dict:
    """Two points that take part in nothing but the axes' range, and let plotly offer its lasso."""
    left, right, bottom, up = map(float, view)
    return {
        "type": "scatter", "mode": "markers", "x": [left, right], "y": [bottom, up], "marker": {"opacity": 0, "size": 1},
        "hoverinfo": "skip", "showlegend": False, "name": "",
    }  # fmt: skip


def _picture_of_counts(
    points: np.ndarray,
    values: np.ndarray,
    palette: np.ndarray,
    top: float | None,
    view: Sequence[float],
    chosen: np.ndarray | None,
) -> dict:
    """A picture of the counts: the colour says which kind prevails, or, up to `top`, how large the mean number is; its strength
    how many lie there (log scale).
    """
    left, right, bottom, up = map(float, view)
    faded = np.full(len(points), chosen is not None)
    if chosen is not None:
        faded[chosen] = False
    if top is not None:
        counts, mean = map_geometry.mean_cells(points, values, view, _CELLS)
        rgb = palette[_steps(mean, top)]
    else:
        counts, kinds = map_geometry.prevailing_kinds(points, values, view, _CELLS)
        rgb = palette[kinds]
    strength = np.log1p(counts) / max(np.log1p(np.quantile(counts[counts > 0], 0.99)) if counts.any() else 1, 1e-9)
    alpha = np.where(counts > 0, 60 + 195 * np.clip(strength, 0, 1), 0)
    if faded.any():
        clear = map_geometry.mean_cells(points, faded.astype(np.float32), view, _CELLS)[1]
        alpha = alpha * (1 - 0.85 * clear)
    picture = np.dstack([rgb, np.round(alpha).astype(np.uint8)])[::-1]
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture), "RGBA").save(file, "PNG", compress_level=3)
    return {
        "source": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode(), "xref": "x", "yref": "y",
        "x": left, "y": up, "sizex": right - left, "sizey": up - bottom, "sizing": "stretch", "layer": "below",
    }  # fmt: skip


def _steps(values: np.ndarray, top: float) -> np.ndarray:
    """Numbers from 0 as those of the palette's 256 colours: uint8."""
    return np.round(np.clip(values / top, 0, 1) * 255).astype(np.uint8)
