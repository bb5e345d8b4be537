"""A plotly chart on a page, with its title as text above it."""

import plotly.graph_objects as go
import streamlit as st

from dashboard.components.live_chart import live_chart


def chart(figure: go.Figure, *, key: str, title: str) -> None:
    """Draw the figure below its title, which is also what a screen reader says."""
    st.markdown(f"**{title}**")
    live_chart(figure, key=key, alt=title)
