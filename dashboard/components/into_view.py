"""A part of a page that comes into view when what was clicked is shown there. The browser's side is in `into_view.js`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

_COMPONENT = st.components.v2.component(
    "latent_lens_into_view", js=Path(__file__).with_suffix(".js").read_text(), html="<span></span>\n"
)


def bring_into_view(key: str) -> None:
    """For a callback: once the page has run, the part of this key is scrolled to where it lies too low to be noticed."""
    st.session_state[f"{key}_asked"] = True


@contextmanager
def brought_into_view(key: str) -> Iterator[None]:
    """The part of a page that `bring_into_view` brings into view."""
    turns = f"{key}_turns"
    with st.container(key=key):
        yield
        if st.session_state.pop(f"{key}_asked", False):
            st.session_state[turns] = st.session_state.get(turns, 0) + 1
            _COMPONENT(key=turns + "_view", data={"part": key, "turn": st.session_state[turns]})
