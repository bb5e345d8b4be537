"""Rows of a table that are chosen by a click anywhere in them, as well as by the boxes at their left."""

from collections.abc import Sequence
from typing import Protocol


class Selected(Protocol):
    """What `st.dataframe` tells of its selection, with the modes `multi-row` or `single-row`, and `single-cell`."""

    @property
    def rows(self) -> Sequence[int]: ...
    @property
    def cells(self) -> Sequence[tuple[int, str]]: ...


def chosen_rows(selected: Selected) -> list[int]:
    """The rows whose boxes are ticked and the row of the cell that was clicked, each once, from the top down."""
    return sorted({*selected.rows, *(row for row, _ in selected.cells)})
