"""Buttons that save a chart as PNG and SVG, for charts which pages draw without plotly. The browser's side is in `chart_files.js`."""

from pathlib import Path

import streamlit as st

from dashboard.components.live_chart import plotly_address
from dashboard.figure import Figure, as_json

_HERE = Path(__file__).parent
_WIDTH = 1000  # CSS pixels of a saved chart
_COMPONENT = st.components.v2.component(
    "latent_lens_chart_files",
    js="\n".join((_HERE / name).read_text() for name in ("chart_save.js", "chart_files.js")),
    css=Path(__file__).with_suffix(".css").read_text(),
    html="<div class='files'></div>\n",
)


def chart_files(figure: Figure, *, key: str, name: str) -> None:
    """Offer the chart as files. `figure`: the same chart as plotly draws it; `name`: its title, and that of the files."""
    _COMPONENT(key=key, data={"figure": as_json(figure), "name": name, "width": _WIDTH, "source": plotly_address()})
