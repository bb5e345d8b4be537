"""A plotly chart that changes in place. The browser's side is in `live_chart.js`.

`st.plotly_chart` is built anew whenever anything in its figure changes: half a second for a map, and its zoom is lost.
"""

from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st

from dashboard.addresses import address

# The same script that `figure.to_html` would take; the server hands it out.
PLOTLY_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

_COMPONENT = st.components.v2.component(
    "latent_lens_live_chart",
    js=Path(__file__).with_suffix(".js").read_text(),
    html="<div></div>\n",
    isolate_styles=False,
)


def live_chart(figure: go.Figure, *, key: str, config: dict, alt: str) -> None:
    """Draw the figure, or change the one with this `key` into it. `alt` is what a screen reader says.

    What a visitor did to it, such as zooming, stays while the figure's `uirevision` stays.
    """
    source = address(f"/plotly.min.js?{plotly.__version__}")
    _COMPONENT(key=key, data={"figure": figure.to_json(validate=False), "config": config, "alt": alt, "source": source})
