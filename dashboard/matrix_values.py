"""What the matrices of *Confusion matrix* show in their cells, and take away."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.page_choices import MATRICES


def choose_values() -> str:
    """Percentages of rows or of columns, or counts: one of `MATRICES`."""
    return st.segmented_control(
        "Show", list(MATRICES), default="rows", format_func=MATRICES.get, key="shown", bind="query-params", required=True,
        help="Row %: where the images of a row go. Column %: where those of a column come from.",
    )  # fmt: skip


def scale_caption(top: float, shown: str) -> str:
    """What the strongest colour of several matrices stands for."""
    value = f"{top:,.0f} images" if shown == "counts" else f"{top:.0f} %"
    return f"One colour scale for all matrices: from clear for none to the strongest blue for {value}."


def matrix_table(
    matrices: Mapping[str, np.ndarray], kind: str, rows: Sequence[str], columns: Sequence[str]
) -> pd.DataFrame:
    """Matrices of the same rows and columns as one table, by the titles of their models. `kind`: what the rows are."""
    parts = []
    for title, matrix in matrices.items():
        part = pd.DataFrame(matrix, columns=list(columns))
        part.insert(0, kind, list(rows), allow_duplicates=True)
        part.insert(0, "model", title, allow_duplicates=True)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
