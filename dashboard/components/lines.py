"""Accuracy against latent size as plain HTML: on the overview, before plotly's 4.7 MB of script are there, let alone have run."""

import base64
import html
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import streamlit as st

from dashboard import file_charts
from dashboard.components.chart_files import chart_files
from dashboard.view import Shown
from dashboard.words import half_interval

Points = Mapping[str, Sequence[tuple[int, float, float]]]

# Of plotly's names for the ways to draw a line, those in SVG and in CSS.
_DASHES = {"solid": "none", "dash": "9 5", "dot": "2 5", "dashdot": "9 5 2 5"}
_BORDERS = {"solid": "solid", "dash": "dashed", "dot": "dotted", "dashdot": "double"}

_STYLE = """<style>
.ll-lines {display:grid; grid-template-columns:max-content 1fr; column-gap:8px; max-width:1100px; font-size:.75rem}
.ll-lines .side {writing-mode:vertical-rl; transform:rotate(180deg); text-align:center; font-size:.82rem}
.ll-plot {position:relative; height:280px; margin:12px 16px 0 32px}
.ll-plot .line {position:absolute; left:0; right:0; border-top:1px solid rgba(128,128,128,.22)}
.ll-plot .line span {position:absolute; right:100%; padding-right:8px; transform:translateY(-50%)}
.ll-plot img {position:absolute; inset:0; width:100%; height:100%}
.ll-plot i {position:absolute; width:9px; height:9px; margin:-4.5px; border-radius:50%; box-sizing:border-box}
.ll-plot i.published, .ll-key i.published {border:2px solid; border-radius:0; transform:rotate(45deg)}
.ll-ticks {position:relative; height:1.3rem; margin:8px 16px 0 32px}
.ll-ticks span {position:absolute; transform:translateX(-50%)}
.ll-key {display:flex; flex-wrap:wrap; gap:4px 16px; padding-top:8px; font-size:.82rem}
.ll-key i {display:inline-block; width:.65em; height:.65em; border-radius:50%; margin-right:.5em; box-sizing:border-box}
.ll-key i.stroke {width:1.6em; height:0; border-radius:0; vertical-align:middle}
</style>"""


def accuracy_lines(points: Points, published: Sequence[dict], shown: Mapping[str, Shown], *, key: str) -> None:
    """Draw `lines_html`."""
    with st.container(key=key):
        st.html(lines_html(points, published, shown))
        chart_files(
            file_charts.accuracy_lines(points, published, shown), key=f"{key}_files", name="Right class by latent size"
        )


def lines_html(points: Points, published: Sequence[dict], shown: Mapping[str, Shown]) -> str:
    """A line a key of `shown` over the latent size, on a log scale, with the 95 % interval of each point.

    Args:
        points: by key, (latent size, accuracy, standard error) in rising order; accuracy and error in [0, 1].
        published: figures of a study, with `loss` (a key), `latent` and `accuracy`.
    """
    sizes = sorted({row[0] for rows in points.values() for row in rows} | {row["latent"] for row in published})
    ends = [
        100 * (row[1] + side * half_interval(row[2])) for rows in points.values() for row in rows for side in (-1, 1)
    ]
    ends += [100 * row["accuracy"] for row in published]
    low, high = max(10 * math.floor(min(ends) / 10), 0), min(10 * math.ceil(max(ends) / 10), 100)

    def x(latent: int) -> float:
        """Where a latent size lies, in % of the width."""
        wide = math.log(sizes[-1] / sizes[0])
        return 100 * math.log(latent / sizes[0]) / wide if wide else 50.0

    def y(percentage: float) -> float:
        return 100 * (high - percentage) / max(high - low, 1)

    step = 10 if high - low > 20 else 5
    grid = "".join(
        f"<div class='line' style='top:{y(tick):.2f}%'><span>{tick}</span></div>" for tick in range(low, high + 1, step)
    )
    ticks = "".join(f"<span style='left:{x(size):.2f}%'>{size}</span>" for size in sizes)
    return (
        f"{_STYLE}<div class='ll-lines'><div class='side'>right class (%)</div>"
        f"<div class='ll-plot' role='img' aria-label='{'; '.join(_words(points, published, shown))}'>{grid}"
        f"<img alt='' src='{_image(_strokes(points, shown, x, y))}'>"
        f"{''.join(_dots(points, published, shown, x, y))}</div>"
        f"<div></div><div class='ll-ticks'>{ticks}</div><div></div><div style='text-align:center'>latent size (log scale)</div>"
        f"<div></div><div class='ll-key'>{''.join(_key(points, published, shown))}</div></div>"
    )


def _words(points: Points, published: Sequence[dict], shown: Mapping[str, Shown]) -> Iterator[str]:
    """All that the chart shows, for those who do not see it."""
    for key, rows in points.items():
        shares = ", ".join(f"{100 * share:.1f} % at latent size {size}" for size, share, _ in rows)
        yield html.escape(f"{shown[key].title}: {shares}", quote=True)
    for row in published:
        yield html.escape(
            f"{_published(shown[row['loss']])}: {100 * row['accuracy']:.1f} % at latent size {row['latent']}",
            quote=True,
        )


def _strokes(points: Points, shown: Mapping[str, Shown], x, y) -> Iterator[str]:
    for key, rows in points.items():
        style = f"fill='none' stroke='{shown[key].colour}' vector-effect='non-scaling-stroke'"
        path = " ".join(f"{x(size):.2f},{y(100 * share):.2f}" for size, share, _ in rows)
        yield f"<polyline points='{path}' stroke-width='2.5' stroke-dasharray='{_DASHES[shown[key].dash]}' {style}/>"
        for size, share, error in rows:
            ends = " ".join(
                f"{x(size):.2f},{y(100 * min(max(share + side * half_interval(error), 0), 1)):.2f}" for side in (-1, 1)
            )
            yield f"<polyline points='{ends}' stroke-width='1.2' {style}/>"


def _image(strokes: Iterable[str]) -> str:
    """A drawing of 100 by 100 that may be stretched, as a data URI: Streamlit takes drawings out of HTML, and leaves pictures."""
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100' preserveAspectRatio='none' width='100' height='100'>"
        f"{''.join(strokes)}</svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()


def _dots(points: Points, published: Sequence[dict], shown: Mapping[str, Shown], x, y) -> Iterator[str]:
    for key, rows in points.items():
        for size, share, error in rows:
            words = f"{shown[key].title}, latent size {size}: {100 * share:.1f} % ± {100 * half_interval(error):.1f}"
            place = f"left:{x(size):.2f}%;top:{y(100 * share):.2f}%;background:{shown[key].colour}"
            yield f"<i style='{place}' title='{html.escape(words, quote=True)}'></i>"
    for row in published:
        words = f"{_published(shown[row['loss']])}, latent size {row['latent']}: {100 * row['accuracy']:.1f} %"
        place = f"left:{x(row['latent']):.2f}%;top:{y(100 * row['accuracy']):.2f}%;color:{shown[row['loss']].colour}"
        yield f"<i class='published' style='{place}' title='{html.escape(words, quote=True)}'></i>"


def _key(points: Points, published: Sequence[dict], shown: Mapping[str, Shown]) -> Iterator[str]:
    for key in points:
        line = f"border-top:3px {_BORDERS[shown[key].dash]} {shown[key].colour}"
        yield f"<span><i class='stroke' style='{line}'></i>{html.escape(shown[key].title)}</span>"
    for key in dict.fromkeys(row["loss"] for row in published):
        yield f"<span><i class='published' style='color:{shown[key].colour}'></i>{html.escape(_published(shown[key]))}</span>"


def _published(one: Shown) -> str:
    return f"{one.title}, study A (2018)"
