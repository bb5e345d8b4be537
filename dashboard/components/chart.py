"""A plotly chart on a page, with its title as text above it."""

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts


def chart(figure: go.Figure, *, key: str, title: str, alt: str | None = None, **more):
    """Draw the figure. `alt` is what a screen reader says, the title where none is given."""
    st.markdown(f"**{title}**")
    return st.plotly_chart(figure, config=charts.CONFIG, key=key, alt=alt or title, **more)
