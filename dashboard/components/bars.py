"""Accuracy bars as plain HTML: the first chart a visitor sees is there before plotly's 4.7 MB of script are."""

import html
from collections.abc import Mapping

import streamlit as st

from dashboard import file_charts
from dashboard.components.chart_files import chart_files
from dashboard.palette import text_on
from dashboard.view import Shown
from dashboard.words import half_interval

_STYLE = """<style>
.ll-bars {display:grid; grid-template-columns:max-content 1fr; gap:10px 12px; align-items:center; max-width:1100px}
.ll-bars .name {font-size:.95rem; text-align:right}
.ll-track {position:relative; height:34px; border-left:1px solid rgba(128,128,128,.6);
  background:repeating-linear-gradient(to right, rgba(128,128,128,.22) 0 1px, transparent 1px 20%)}
.ll-track .bar {height:100%; border-radius:0 4px 4px 0; font-weight:600; display:flex; align-items:center;
  padding-left:10px; box-sizing:border-box; white-space:nowrap}
.ll-track .error {position:absolute; top:50%; height:12px; margin-top:-6px; box-sizing:border-box;
  border:solid #8a8f98; border-width:0 2px; background:linear-gradient(#8a8f98,#8a8f98) center/100% 2px no-repeat}
.ll-axis {position:relative; height:1.2rem; font-size:.75rem; opacity:.75}
.ll-axis span {position:absolute; transform:translateX(-50%)}
.ll-axis span:last-child {transform:translateX(-100%)}
.ll-title {font-size:.82rem; opacity:.85; text-align:center}
</style>"""


def accuracy_bars(scores: Mapping[str, Mapping[str, float]], shown: Mapping[str, Shown], *, key: str) -> None:
    """Draw `bars_html`."""
    with st.container(key=key):
        st.html(bars_html(scores, shown))
        chart_files(file_charts.accuracy_bars(scores, shown), key=f"{key}_files", name="Images in the right class")


def bars_html(scores: Mapping[str, Mapping[str, float]], shown: Mapping[str, Shown]) -> str:
    """A bar for each run from 0 to 100 %, with its 95 % interval. scores: by key, `accuracy`, `error` in [0, 1]."""
    rows = []
    for key, score in scores.items():
        title, share, spread = (
            html.escape(shown[key].title),
            100 * score["accuracy"],
            100 * half_interval(score["error"]),
        )
        words = f"{title}: {share:.2f} % of the images, plus or minus {spread:.2f} (95 % interval)"
        left, right = max(share - spread, 0), min(share + spread, 100)
        colour = shown[key].colour
        rows.append(
            f"<div class='name'>{title}</div><div class='ll-track' role='img' aria-label='{words}' title='{words}'>"
            f"<div class='bar' style='width:{share:.2f}%;background:{colour};color:{text_on(colour)}'>{share:.1f} %</div>"
            f"<div class='error' style='left:{left:.2f}%;width:{right - left:.2f}%'></div></div>"
        )
    ticks = "".join(f"<span style='left:{tick}%'>{tick}</span>" for tick in range(0, 101, 20))
    return (
        f"{_STYLE}<div class='ll-bars'>{''.join(rows)}<div></div><div class='ll-axis'>{ticks}</div>"
        "<div></div><div class='ll-title'>images whose cluster says the right class (%)</div></div>"
    )
