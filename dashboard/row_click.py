"""Rows of a table that a click anywhere in them chooses, not only one on the box at their left."""

from collections.abc import Callable

import streamlit as st

ROW = ("single-row", "single-cell")  # the modes of such a table


def choose_row(key: str, then: Callable[[], object] | None = None) -> None:
    """Make of the cell that was clicked its row. A callback of the table with this key; `then` runs after it."""
    chosen = st.session_state[key]["selection"]
    if chosen["cells"]:
        st.session_state[key] = {"selection": {"rows": [chosen["cells"][0][0]], "columns": [], "cells": []}}
    if then is not None:
        then()
