"""Plotly charts that change in place. The browser's side is in `live_chart.js` and `figures.js`.

`st.plotly_chart` is built anew whenever anything in its figure changes: it blinks, half a second long where it is a map, and
its zoom is lost.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import plotly
import streamlit as st

from dashboard.addresses import address
from dashboard.figure import CONFIG, Figure, as_json

# The same script that `figure.to_html` would take; the server hands it out.
PLOTLY_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

_COMPONENT = st.components.v2.component(
    "latent_lens_live_chart",
    js="\n".join((Path(__file__).parent / name).read_text() for name in ("chart_save.js", "live_chart.js")),
    html="<div></div>\n",
    isolate_styles=False,
)


_FIGURES = st.components.v2.component(
    "latent_lens_figures", js=(Path(__file__).parent / "figures.js").read_text(), html="<span></span>\n"
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
    does when a point is clicked; where it is in its trace is then `clicked(key)`.
    """
    _chart(key, alt, config, figure["layout"]["height"], on_click, figure=as_json(figure))


def chart_place(*, key: str, alt: str, height: int | str, config: dict = CONFIG) -> None:
    """A chart whose figure comes by `draw_together`. `height` in pixels, or as CSS has it where the figure says none."""
    _chart(key, alt, config, height, None, name=key)


def draw_together(figures: Mapping[str, Figure], *, key: str) -> None:
    """Draw the figures in the places of those keys, in one go: sent one by one, half of a page changes before the rest.

    Once on a page.
    """
    _FIGURES(key=key, data={"figures": {place: as_json(figure) for place, figure in figures.items()}})


def _chart(
    key: str, alt: str, config: dict, height: int | str, on_click: Callable[[], None] | None, **drawn: str
) -> None:
    data = {"height": height, "config": config, "alt": alt, "source": plotly_address(), **drawn}
    _COMPONENT(key=key, data=data, on_clicked_change=on_click or (lambda: None))


def plotly_address() -> str:
    """Where the browser gets plotly; its version is in it, so a browser may keep what it got."""
    return address(f"/plotly.min.js?{plotly.__version__}")


def clicked(key: str) -> int | list[int] | None:
    """The point of that chart whose click made the page run now: its index, or of a heat map row and column."""
    return (st.session_state.get(key) or {}).get("clicked")
