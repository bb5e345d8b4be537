"""What each class gains and loses from one model to another, ranked. The browser's side is in `gains.js`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard import file_charts
from dashboard.components.chart_files import chart_files

_COMPONENT = st.components.v2.component(
    "latent_lens_gains",
    js=Path(__file__).with_suffix(".js").read_text(),
    css=Path(__file__).with_suffix(".css").read_text(),
    html="<div class='gains'></div>\n",
)


class Line(NamedTuple):
    """A class: its number and name, its shares under both models in percent, and what is said of it."""

    label: int
    name: str
    before: float
    after: float
    text: str
    words: str


def gain_chart(
    lines: Sequence[Line],
    *,
    titles: tuple[str, str],
    colours: tuple[str, str],
    chosen: int | None,
    key: str,
    alt: str,
    on_pick: Callable[[], None],
) -> None:
    """Draw the lines in their order. A click on one runs `on_pick`; its class is then `picked(key)`.

    titles, colours: of the two models. chosen: the class that stands out.
    """
    _COMPONENT(
        key=key,
        data={"lines": [list(one) for one in lines], "titles": list(titles), "colours": list(colours), "chosen": chosen, "alt": alt},
        on_picked_change=on_pick,
    )  # fmt: skip
    chart_files(file_charts.gains(lines, titles, colours), key=f"{key}_files", name=alt)


def picked(key: str) -> int | None:
    """The class whose line was clicked."""
    return (st.session_state.get(key) or {}).get("picked")
