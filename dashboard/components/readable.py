"""Styles for the few parts of Streamlit whose colours the theme's options do not reach."""

import streamlit as st

# Streamlit writes white on the main colour, which on the dark theme's is hard to read; and it fades a placeholder.
_STYLE = """<style>
[data-testid=stBaseButton-primary]:enabled, [data-testid=stNumberInput] button:is(:hover, :focus):enabled,
[data-testid=stMultiSelect] [data-tag]
  {color:light-dark(#fff, #10151b)}
::placeholder {color:inherit !important; opacity:.7 !important}
</style>"""


def readable() -> None:
    """Bring them to the contrast that the rest of the pages has. Once on a page."""
    st.html(_STYLE)
