"""A plotly chart that changes in place. The browser's side is in `live_chart.js`.

`st.plotly_chart` is built anew whenever anything in its figure changes: it blinks, half a second long where it is a map, and
its zoom is lost.
"""

from collections.abc import Callable
from pathlib import Path

import plotly
import streamlit as st

from dashboard.addresses import address
from dashboard.figure import CONFIG, Figure, as_json

# The same script that `figure.to_html` would take; the server hands it out.
PLOTLY_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

_COMPONENT = st.components.v2.component(
    "latent_lens_live_chart",
    js=Path(__file__).with_suffix(".js").read_text(),
    html="<div></div>\n",
    isolate_styles=False,
)


def live_chart(
    figure: Figure,
    *,
    key: str,
    alt: str,
    config: dict = CONFIG,
    on_click: Callable[[], None] | None = None,
) -> None:
    """Draw the figure, or change the one with this `key` into it. `alt` is what a screen reader says.

    What a visitor did to it, such as zooming, stays while the figure's `uirevision` stays. `on_click` runs before the page
    does when a point is clicked; its index in its trace is then `clicked(key)`.
    """
    source = address(f"/plotly.min.js?{plotly.__version__}")
    _COMPONENT(
        key=key,
        data={
            "figure": as_json(figure), "height": figure["layout"]["height"], "config": config, "alt": alt,
            "source": source,
        },
        on_clicked_change=on_click or (lambda: None),
    )  # fmt: skip


def clicked(key: str) -> int | None:
    """The index of the point of that chart whose click made the page run now."""
    return (st.session_state.get(key) or {}).get("clicked")
