"""Images, what is redrawn of them, and sheets of thumbnails."""

import numpy as np
import streamlit as st

from core.analyse.collapse import collapse
from core.data import dataset_info, read_rows
from core.errors import DataError
from core.keep.run import Run
from dashboard.components.thumbnails import images_on_a_sheet, sheet
from dashboard.queries.stored import state

# So many test images say whether a model has collapsed.
_JUDGED_BY_EMBEDDINGS, _JUDGED_BY_DRAWINGS = 2_000, 16


def pictures(dataset: str, split: str, rows: np.ndarray) -> np.ndarray | None:
    """Images of a split, uint8 (len(rows), h, w, c), or None where they are not on this machine."""
    try:
        return read_rows(dataset, split, rows)
    except DataError:
        return None


def have_images(dataset: str, split: str) -> bool:
    """Whether the split's images are on this machine."""
    return pictures(dataset, split, np.arange(1)) is not None


def reconstructions(run: Run, indices: np.ndarray) -> np.ndarray:
    """Decode test images: float32 (len(indices), h, w, c) in [0, 1]."""
    return run.decode(run.test_embeddings[indices])


def collapsed(run: Run) -> str | None:
    """What is nearly the same for all images: "embeddings", "drawings" or None. A few images say it."""
    return _collapsed(run, *state(run))


@st.cache_data(max_entries=64, show_spinner=False)
def _collapsed(_run: Run, run_id: str, stamp: int) -> str | None:
    given = pictures(_run.config.dataset, "test", np.arange(min(_JUDGED_BY_DRAWINGS, len(_run.test_embeddings))))
    drawn = None if given is None else _run.decode(_run.test_embeddings[:_JUDGED_BY_DRAWINGS])
    return collapse(_run.test_embeddings[:_JUDGED_BY_EMBEDDINGS], drawn, given)


@st.cache_data(max_entries=500, show_spinner=False)
def thumbnail_sheet(dataset: str, split: str, block: int) -> bytes | None:
    """PNG of a block of images (`thumbnails.images_on_a_sheet` of them), side by side; None where there are none.

    Raises UnknownNameError and DataError.
    """
    info = dataset_info(dataset)
    count, there = images_on_a_sheet(info.shape), info.part_shape(f"{split}_images")[0]
    rows = np.arange(block * count, min((block + 1) * count, there))
    return sheet(read_rows(dataset, split, rows)) if len(rows) else None
