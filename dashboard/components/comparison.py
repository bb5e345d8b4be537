"""Rows that set originals above what each loss redraws of them, with errors."""

from collections.abc import Mapping

import numpy as np

from dashboard.components.gallery import Row, as_bytes, error_colours, rows_of_pictures
from dashboard.view import Shown


def compare(
    originals: np.ndarray,
    redrawn: dict[str, np.ndarray],
    captions: list[str],
    heat: bool,
    size: int = 72,
    *,
    shown: Mapping[str, Shown],
) -> None:
    """Rows: originals, then each run's reconstruction with its error, then where it errs; `redrawn` and `shown` by key."""
    rows = [Row("Original", originals, captions)]
    targets = originals.astype(np.float32) / 255
    differences = {key: images - targets for key, images in redrawn.items()}
    heats = {key: np.abs(one).mean(axis=-1) for key, one in differences.items()}
    top = max(float(np.quantile(one, 0.995)) for one in heats.values())
    for key, images in redrawn.items():
        errors = np.square(differences[key]).mean(axis=(1, 2, 3))
        rows.append(Row(shown[key].title, as_bytes(images), [f"{error:.4f}" for error in errors], shown[key].colour))
        if heat:
            rows.append(Row("where it errs", error_colours(heats[key], top), colour=shown[key].colour))
    rows_of_pictures(rows, size=size)
