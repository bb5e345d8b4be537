"""Rows that set originals above what each loss redraws of them, with errors."""

import numpy as np

from core.settings import LOSSES
from dashboard.components.gallery import Row, as_bytes, error_colours, rows_of_pictures
from dashboard.palette import loss_colour


def compare(
    originals: np.ndarray, redrawn: dict[str, np.ndarray], captions: list[str], heat: bool, size: int = 72
) -> None:
    """Rows: originals, then each loss's reconstruction with its error, then where it errs."""
    rows = [Row("Original", originals, captions)]
    targets = originals.astype(np.float32) / 255
    differences = {loss: images - targets for loss, images in redrawn.items()}
    heats = {loss: np.abs(one).mean(axis=-1) for loss, one in differences.items()}
    top = max(float(np.quantile(one, 0.995)) for one in heats.values())
    for loss, images in redrawn.items():
        errors = np.square(differences[loss]).mean(axis=(1, 2, 3))
        rows.append(Row(LOSSES[loss].title, as_bytes(images), [f"{error:.4f}" for error in errors], loss_colour(loss)))
        if heat:
            rows.append(Row("where it errs", error_colours(heats[loss], top), colour=loss_colour(loss)))
    rows_of_pictures(rows, size=size)
