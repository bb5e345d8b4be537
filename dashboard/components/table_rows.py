"""What tables of runs have in common: rows chosen by a click anywhere in them, as well as by the boxes at their left; dots."""

import base64
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


def dot(colour: str) -> str:
    """A dot of this colour, `#rrggbb`, for a column of images, as a data URI."""
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' width='48' height='48'>"
        f"<circle cx='24' cy='24' r='16' fill='{colour}'/></svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()
