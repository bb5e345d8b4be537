"""A wall of images of a split: the first of a list, each of which opens by a click."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard import queries
from dashboard.components.gallery import picture_wall
from dashboard.image_link import image_keys
from dashboard.missing import need_images
from dashboard.view import Selection

WALL = 60  # pictures at once


def image_wall(
    selection: Selection,
    split: str,
    rows: np.ndarray,
    captions: Sequence[str] = (),
    *,
    most: int = WALL,
) -> None:
    """Draw them; nothing for none.

    Args:
        rows: int (n,), the images, the most telling first.
        captions: of all of them, or none.
    """
    if not len(rows) or not need_images(selection, split):
        return
    shown = rows[:most]
    picture_wall(queries.pictures(selection.dataset, split, shown), captions[:most], images=image_keys(split, shown))
    if len(rows) > most:
        st.caption(f"The first {most} of {len(rows):,}.")


def class_captions(selection: Selection, split: str, rows: np.ndarray) -> list[str]:
    """The class of each image; empty without labels."""
    labels, names = queries.labels(selection.dataset, split), selection.names
    return [] if labels is None else [names[label] for label in labels[rows[:WALL]]]
