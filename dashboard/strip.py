"""The overview's strip: a few test images and what each model redraws of them."""

from collections.abc import Mapping

import numpy as np

from dashboard import queries
from dashboard.components.gallery import Row, as_bytes
from dashboard.drawing_choice import drawings
from dashboard.drawing_words import row_name
from dashboard.image_link import image_keys
from dashboard.view import Selection, Shown

COUNT = 10


def strip(selection: Selection, shown: Mapping[str, Shown], drawn: Mapping[str, str] | None = None) -> list[Row]:
    """Test images, and what is drawn of each model's numbers: by key as of `drawing_choice.drawings`, left out as suits the loss.

    The images must be on this machine.
    """
    drawn = drawings(shown)[0] if drawn is None else drawn
    labels = queries.labels(selection.dataset, "test")
    rows = some_images(selection.info.test_size, labels)
    names = queries.class_names(selection.dataset)
    captions = () if labels is None else [names[label] for label in labels[rows]]
    images = image_keys("test", rows)
    found = [Row("Original", queries.pictures(selection.dataset, "test", rows), captions, images=images)]
    for key, one in shown.items():
        pictures = queries.drawn(one.run, one.run.test_embeddings[rows], drawn[key])
        found.append(Row(row_name(one.title, drawn[key]), as_bytes(pictures), colour=one.colour, images=images))
    return found


def some_images(count: int, labels: np.ndarray | None) -> np.ndarray:
    """The first test image of each class, of many classes of as many evenly chosen ones; without labels images evenly apart."""
    if labels is None:
        return np.linspace(0, count - 1, min(COUNT, count)).astype(int)
    classes, first = np.unique(labels, return_index=True)
    return first[np.linspace(0, len(classes) - 1, min(COUNT, len(classes))).astype(int)]
