"""Charts that set two models against each other: shared neighbours, and what became of the mix-ups."""

import html
from collections.abc import Sequence

import numpy as np

from dashboard.class_charts import CELL, LONGEST, NUMBERED, cut, names_at_axes, outline
from dashboard.figure import Figure, axis, figure
from dashboard.palette import GREY, WRONG

# Blue and orange are told apart by colour-blind eyes; the sign stands in every cell.
FEWER, MORE = "#2b7bba", "#d9660f"
_BLUE_TO_ORANGE = [[0, "rgba(43,123,186,0.85)"], [0.5, "rgba(128,128,128,0.04)"], [1, "rgba(217,102,15,0.85)"]]


def shared_neighbours(shared: np.ndarray, count: int, *, marked: int | None) -> Figure:
    """Bars: how many images share so many of `count` neighbours under both models. shared: int (n,); marked: the bar chosen."""
    images = np.bincount(shared, minlength=count + 1)
    bars = {
        "type": "bar", "x": np.arange(count + 1), "y": images,
        "marker": {"color": [WRONG if bar == marked else FEWER for bar in range(count + 1)]},
        "text": [_short(number) for number in images.tolist()], "textposition": "outside", "cliponaxis": False, "constraintext": "none", "textangle": 0, "textfont": {"size": 10},
        "hovertemplate": "%{x} of " + str(count) + " in common: %{y:,} images<extra></extra>",
    }  # fmt: skip
    return figure(
        [bars],
        height=210,
        bargap=0.12,
        dragmode=False,
        showlegend=False,
        xaxis=axis(f"neighbours in common, of {count}", dtick=1, fixedrange=True),
        yaxis=axis("images", fixedrange=True),
    )


def _short(images: int) -> str:
    """A number that has room above a bar: `738`, `1.7k`."""
    return (
        ""
        if not images
        else str(images)
        if images < 1000
        else f"{images / 1000:.1f}k"
        if images < 10_000
        else f"{images // 1000}k"
    )


def difference_matrix(
    difference: np.ndarray,
    sizes: np.ndarray,
    names: Sequence[str],
    *,
    titles: tuple[str, str],
    part: np.ndarray,
    marked: tuple[int, int] | None,
) -> Figure:
    """A heat map of how many images more the second model's clusters name so, in percent of each class: blue for fewer, orange for
    more, on one scale for both.

    Args:
        difference: int (classes, classes), true class by row, name by column: the second model's count less the first's.
        sizes: int (classes,), images of each class.
        part: the classes to show, as indices in rising order.
        marked: the cell to outline.
    """
    counts = np.asarray(difference)[np.ix_(part, part)]
    values = 100 * counts / np.maximum(np.asarray(sizes)[part], 1)[:, None]
    shown = names_at_axes([names[index] for index in part])
    top, large = max(float(np.abs(values).max(initial=0)), 1e-9), len(part) > NUMBERED
    cells = {
        "type": "heatmap", "z": np.round(values, 2), "zmin": -top, "zmax": top, "x": shown, "y": shown, "xgap": not large, "ygap": not large,
        "colorscale": _BLUE_TO_ORANGE, "showscale": False, "customdata": [[f"{count:+,}" for count in row] for row in counts.tolist()],
        "hovertemplate": f"true class: %{{y}}<br>cluster says: %{{x}}<br>%{{customdata}} images (%{{z:+.1f}} % of the class) under {titles[1]}<extra></extra>",
    }  # fmt: skip
    annotations = [
        {
            "x": shown[column], "y": shown[row], "text": signed(values[row, column]), "showarrow": False, "font": {"size": 11},
            "captureevents": False,
        }
        for row, column in zip(*np.nonzero(np.abs(values) > 0.5), strict=True)
    ] if not large else []  # fmt: skip
    ticks = {"type": "category", "showgrid": False, "labelalias": cut(shown)}
    return figure(
        [cells],
        height=440 if not large else min(LONGEST, max(480, CELL * len(part))),
        dragmode="zoom" if large else False,
        annotations=annotations,
        shapes=outline(marked, part, part),
        xaxis=axis("cluster says", tickangle=-45, **ticks),
        yaxis=axis("true class", away=8, autorange="reversed", **ticks),
    )


def signed(value: float) -> str:
    """A whole number with its sign, a true minus: `+12`, `−3`."""
    return f"{value:+.0f}".replace("-", "−")


def scale_html(one: str, other: str) -> str:
    """What the colours of `difference_matrix` mean, as a bar with words. `one`, `other`: the models' titles."""
    stops = ", ".join(colour for _, colour in _BLUE_TO_ORANGE)
    return (
        "<div style='display:flex; flex-wrap:wrap; align-items:center; gap:4px 10px; font-size:.8rem'>"
        f"<span>more under {html.escape(one)}</span><span style='width:9rem; height:.8rem; border-radius:3px; border:1px solid {GREY}; "
        f"background:linear-gradient(to right, {stops})'></span><span>more under {html.escape(other)}</span></div>"
    )
