"""What clusters hold and mix up, as figures: the confusion matrix, and the shares of classes, for two classes as for a thousand."""

from collections.abc import Sequence

import numpy as np

from dashboard.figure import LEGEND, Figure, axis, figure
from dashboard.palette import CLASS_COLOURS, GREY, WRONG, class_looks

# From clear, so that it lies on a light and on a dark ground alike; to where either theme's text can still be read on it.
_CLEAR_TO_BLUE = [[0, "rgba(31,119,201,0.04)"], [1, "rgba(31,119,201,0.85)"]]
NUMBERED = 20  # up to so many rows or columns there is room for a number in each cell
CELL, LONGEST = 20, 900  # pixels a row of a large matrix, and of all of them
_NAME = 18  # letters of a name beside a matrix
_RANKS = 5  # largest classes of a cluster that are drawn one by one where there are many
# Of bars, for each mark of dots; the legend draws them the same.
PATTERNS = {
    "circle": "", "square": "/", "diamond": "\\", "triangle-up": "x", "cross": "+", "star": ".", "x": "-", "triangle-down": "|",
}  # fmt: skip


def matrix_values(counts: np.ndarray, shown: str) -> np.ndarray:
    """Counts as `counts`, or as percentages of their `rows` or `columns`: float, same shape."""
    counts = np.asarray(counts, float)
    if shown == "counts":
        return counts
    return 100 * counts / np.maximum(counts.sum(axis=1 if shown == "rows" else 0, keepdims=True), 1)


def confusion_matrix(
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    shown: str,
    kinds: tuple[str, str] = ("true class", "cluster says"),
    part: tuple[np.ndarray, np.ndarray] | None = None,
    marked: tuple[int, int] | None = None,
    top: float | None = None,
) -> Figure:
    """A heat map of counts, int (rows, columns).

    Args:
        rows, columns: what each is called.
        shown: `counts`, `rows` or `columns` (percentages of all the matrix, also where a part of it is shown).
        kinds: what rows and columns are, in the words of the hover card.
        part: the rows and columns to show, as indices in rising order; without it all.
        marked: row and column of a cell to outline.
        top: the value of the strongest colour, so that matrices side by side share one scale; by default this one's largest.

    The cell that is clicked on is given as (row, column) among those shown.
    """
    down, across = part or tuple(np.arange(length) for length in np.shape(matrix))
    counts = np.asarray(matrix)[np.ix_(down, across)]
    values = matrix_values(matrix, shown)[np.ix_(down, across)]
    names = names_at_axes([rows[row] for row in down]), names_at_axes([columns[column] for column in across])
    large = max(counts.shape) > NUMBERED
    numbers = "%{z:,} images" if shown == "counts" else "%{z:.1f} % (%{customdata:,} images)"
    top = values.max(initial=0) if top is None else top
    cells = {
        "type": "heatmap", "z": np.round(values, 2), "zmin": 0, "zmax": max(float(top), 1e-9), "x": names[1], "y": names[0], "xgap": not large, "ygap": not large,
        "colorscale": _CLEAR_TO_BLUE, "showscale": False, "customdata": counts,
        "hovertemplate": f"{kinds[0]}: %{{y}}<br>{kinds[1]}: %{{x}}<br>{numbers}<extra></extra>",
    }  # fmt: skip
    annotations = [
        {
            "x": names[1][column], "y": names[0][row], "text": f"{values[row, column]:.0f}", "showarrow": False,
            "font": {"size": 11}, "captureevents": False,
        }
        for row, column in zip(*np.nonzero(values > 0.5), strict=True)  # 0.5 itself is written 0
    ] if not large else []  # fmt: skip
    # Categories also where they look like numbers: a digit is a name.
    names_at_ticks = {"type": "category", "showgrid": False}
    return figure(
        [cells],
        height=480 if not large else min(LONGEST, max(480, CELL * len(down))),
        dragmode="zoom" if large else False,
        annotations=annotations,
        shapes=outline(marked, down, across),
        xaxis=axis(kinds[1], tickangle=-45, labelalias=cut(names[1]), **names_at_ticks),
        yaxis=axis(kinds[0], away=8, labelalias=cut(names[0]), autorange="reversed", **names_at_ticks),
    )


def outline(marked: tuple[int, int] | None, down: np.ndarray, across: np.ndarray) -> list[dict]:
    """The shape around a cell of a matrix that is marked, as far as its row and column are among those shown."""
    if marked is None or marked[0] not in down or marked[1] not in across:
        return []
    row, column = int(np.searchsorted(down, marked[0])), int(np.searchsorted(across, marked[1]))
    return [{
        "type": "rect", "x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5,
        "line": {"color": WRONG, "width": 3},
    }]  # fmt: skip


def class_shares(
    counts: np.ndarray, names: Sequence[str], clusters: Sequence[str], *, only: Sequence[int] = ()
) -> Figure:
    """Stacked bars: what each cluster holds. Of many classes the largest few of each cluster, and all others together.

    Args:
        counts: (k, classes).
        clusters: what each cluster is called.
        only: the classes to draw; without them all.
    """
    shares = (100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).astype(np.float32)
    looks = class_looks(names)
    cards = [_card(f"cluster {title}", row, names) for title, row in zip(clusters, counts, strict=True)]
    base = {
        "type": "bar",
        "x": np.arange(len(counts)),
        "customdata": cards,
        "hovertemplate": "%{customdata}<extra></extra>",
    }

    def drawn(kinds: np.ndarray) -> dict:
        """Colours and patterns of a class each bar."""
        return {
            "color": [looks[kind].colour for kind in kinds],
            "pattern": {"shape": [PATTERNS[looks[kind].mark] for kind in kinds], "size": 6, "fillmode": "overlay"},
        }

    if only or len(names) <= len(CLASS_COLOURS):
        traces = [
            {**base, "name": _plain(names[index]), "y": shares[:, index], "marker": {"color": looks[index].colour}}
            for index in only or range(len(names))
        ]
    else:
        order = np.argsort(-shares, axis=1, kind="stable")[:, :_RANKS]
        largest = np.take_along_axis(shares, order, axis=1)
        traces = [
            {**base, "name": f"largest {rank + 1}", "y": largest[:, rank], "marker": drawn(order[:, rank])}
            for rank in range(_RANKS)
        ]
        filled = counts.sum(axis=1) > 0
        rest = np.where(filled, np.maximum(100 - largest.sum(axis=1), 0), 0).astype(np.float32)
        traces.append({**base, "name": "all others", "y": rest, "marker": {"color": GREY, "opacity": 0.5}})
    return figure(
        traces,
        height=360,
        barmode="stack",
        bargap=0.15,
        showlegend=len(names) <= len(CLASS_COLOURS) and not only,
        legend={**LEGEND, "traceorder": "normal"},
        xaxis=axis("cluster", **({"dtick": 1} if len(counts) <= 30 else {})),
        yaxis=axis("share of members (%)", range=[0, 100]),
    )


def _card(title: str, row: np.ndarray, names: Sequence[str]) -> str:
    """What a cluster holds: its largest classes with their shares, and how many more there are."""
    order = [kind for kind in np.argsort(-row, kind="stable") if row[kind]]
    total = int(row.sum())
    lines = [f"<b>{_plain(title)}</b>: {total:,} images"]
    lines += [f"{_plain(names[kind])} {100 * row[kind] / total:.1f} %" for kind in order[:_RANKS]]
    if len(order) > _RANKS:
        lines.append(f"and {len(order) - _RANKS} more")
    return "<br>".join(lines)


def _plain(name: str) -> str:
    """A name as plotly shows it, letter by letter: it reads some HTML."""
    return name.replace("&", "&amp;").replace("<", "&lt;")


def names_at_axes(names: Sequence[str]) -> list[str]:
    """Names as plotly shows them, equal ones told apart: it would draw them in one place."""
    found: dict[str, None] = {}
    for name in map(_plain, names):
        number, one = 1, name
        while one in found:
            number += 1
            one = f"{name} ({number})"
        found[one] = None
    return list(found)


def cut(names: Sequence[str]) -> dict[str, str]:
    """What stands at the ticks in place of names too long to have room there."""
    return {name: f"{name[: _NAME - 1]}…" for name in names if len(name) > _NAME}
