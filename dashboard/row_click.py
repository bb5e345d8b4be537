"""Rows of a table that a click anywhere in them chooses, not only one on the box at their left."""

from collections.abc import Callable

import streamlit as st

ROW = ("single-row", "single-cell")  # the modes of such a table


def choose_row(key: str, then: Callable[[], object] | None = None) -> None:
    """Have the row of a cell that was gone to, by click or arrow key, be the one that is chosen; the cell stays, so that arrow keys
    go on from it. A callback of the table with this key; `then` runs after it.
    """
    state, before = st.session_state, f"{key}_cell"
    chosen = state[key]["selection"]
    cell = tuple(chosen["cells"][0]) if chosen["cells"] else None
    if cell is not None and cell != state.get(before):
        state[key] = {"selection": {"rows": [cell[0]], "columns": [], "cells": [cell]}}
    state[before] = cell
    if then is not None:
        then()
