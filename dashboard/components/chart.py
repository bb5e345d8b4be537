"""A plotly chart on a page, with its title as text above it."""

import streamlit as st

from dashboard.components.live_chart import live_chart
from dashboard.figure import Figure


def chart(figure: Figure, *, key: str, title: str) -> None:
    """Draw the figure below its title, which is also what a screen reader says."""
    st.markdown(f"**{title}**")
    live_chart(figure, key=key, alt=title)
