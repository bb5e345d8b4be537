"""What colours mean, in a line of dots and names."""

import html
from collections.abc import Sequence

import streamlit as st

_STYLE = """<style>
.ll-legend {display:flex; flex-wrap:wrap; gap:4px 14px; font-size:.85rem}
.ll-legend i {display:inline-block; width:.7em; height:.7em; border-radius:50%; margin-right:.4em}
</style>"""


def legend(entries: Sequence[tuple[str, str]]) -> None:
    """Draw the names, each with its colour before it."""
    items = "".join(f"<span><i style='background:{colour}'></i>{html.escape(name)}</span>" for name, colour in entries)
    st.html(f"{_STYLE}<div class='ll-legend'>{items}</div>")
