"""The overview's strip: a few test images and what each model redraws of them."""

from collections.abc import Mapping

import numpy as np

from dashboard import queries
from dashboard.components.gallery import Row, as_bytes
from dashboard.view import Selection, Shown

COUNT = 10


def strip(selection: Selection, shown: Mapping[str, Shown]) -> list[Row]:
    """Test images, and what each model redraws. The images must be on this machine."""
    labels = queries.labels(selection.dataset, "test")
    rows = _rows(selection.info.test_size, labels)
    names = queries.class_names(selection.dataset)
    captions = () if labels is None else [names[label] for label in labels[rows]]
    found = [Row("Original", queries.pictures(selection.dataset, "test", rows), captions)]
    for one in shown.values():
        found.append(Row(one.title, as_bytes(queries.reconstructions(one.run, rows)), colour=one.colour))
    return found


def _rows(count: int, labels: np.ndarray | None) -> np.ndarray:
    """The first test image of each class, of many classes of as many evenly chosen ones; without labels images evenly apart."""
    if labels is None:
        return np.linspace(0, count - 1, min(COUNT, count)).astype(int)
    classes, first = np.unique(labels, return_index=True)
    return first[np.linspace(0, len(classes) - 1, min(COUNT, len(classes))).astype(int)]
