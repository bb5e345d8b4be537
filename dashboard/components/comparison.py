"""Rows that set originals above what each loss redraws of them, with errors."""

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.components.gallery import Row, as_bytes, error_colours, rows_of_pictures
from dashboard.view import Shown

ORIGINAL = "original"  # the key of verdicts on the originals


def compare(
    originals: np.ndarray,
    redrawn: dict[str, np.ndarray],
    captions: list[str],
    heat: bool,
    size: int = 72,
    *,
    shown: Mapping[str, Shown],
    images: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    verdicts: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Rows: originals, then each run's reconstruction with its error, then where it errs; `redrawn` and `shown` by key, `images`
    as in `Row`.

    names: how rows of reconstructions are called, by key, else by the run's title.
    verdicts: by key, what a judge says of each reconstruction, below its error; by `ORIGINAL` of the originals.
    """
    names, verdicts = names or {}, verdicts or {}
    rows = [Row("Original", originals, _lines(captions, verdicts.get(ORIGINAL)), images=images)]
    targets = originals.astype(np.float32) / 255
    differences = {key: drawn - targets for key, drawn in redrawn.items()}
    heats = {key: np.abs(one).mean(axis=-1) for key, one in differences.items()}
    top = max(float(np.quantile(one, 0.995)) for one in heats.values())
    for key, drawn in redrawn.items():
        errors = np.square(differences[key]).mean(axis=(1, 2, 3))
        below = _lines([f"{error:.4f}" for error in errors], verdicts.get(key))
        rows.append(Row(names.get(key, shown[key].title), as_bytes(drawn), below, shown[key].colour, images))
        if heat:
            rows.append(Row("where it errs", error_colours(heats[key], top), colour=shown[key].colour, images=images))
    rows_of_pictures(rows, size=size)


def _lines(above: Sequence[str], below: Sequence[str] | None) -> Sequence[str]:
    """Captions with a verdict below each, where there is one: its share, on which a name leaves no room, on a line of its own."""
    if below is None:
        return above
    verdicts = [",\n".join(one.rsplit(", ", 1)) for one in below]
    return [f"{one}\n{other}" for one, other in zip(above, verdicts, strict=True)] if above else verdicts
