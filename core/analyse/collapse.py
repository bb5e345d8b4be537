"""Whether a trained model has collapsed: gives every image the same embedding, or draws the same picture whatever it is given."""

from typing import Literal

import numpy as np

from core.analyse.rows import checked
from core.analyse.steady import steady

# Embeddings are kept in half precision, which tells values apart that differ by a two-thousandth of their size.
_ALIKE_EMBEDDINGS = 1e-3
# Drawings that differ by a twentieth of what the images differ by: four of 256 grey levels, seen as one picture. A perceptual
# loss that redraws noise keeps more than a half.
_ALIKE_DRAWINGS = 0.05


@steady()
def collapse(
    embeddings: np.ndarray, drawings: np.ndarray | None = None, images: np.ndarray | None = None
) -> Literal["embeddings", "drawings"] | None:
    """What is nearly the same for most images, however different they are; None for a model that tells them apart.

    Args:
        embeddings: (n, latent), in any unit, of different images.
        drawings: (m, h, w, c) in [0, 1], what the model redraws of `images`, uint8 (m, h, w, c). Without them only
            embeddings are judged.

    Raises InvalidInputError for values that are not finite.
    """
    embeddings = checked(embeddings).astype(np.float64)
    if len(embeddings) > 1 and _spread(embeddings) <= _ALIKE_EMBEDDINGS * np.sqrt(np.square(embeddings).mean()):
        return "embeddings"
    if drawings is None or images is None or len(images) < 2:
        return None
    drawn = _spread(checked(np.reshape(drawings, (len(drawings), -1)), "The drawings"))
    given = _spread(np.reshape(images, (len(images), -1)) / 255)
    return "drawings" if given and drawn <= _ALIKE_DRAWINGS * given else None


def _spread(rows: np.ndarray) -> float:
    """How far the middle one of the rows (n, values) lies from their median, per value: a few outliers do not count."""
    return float(np.median(np.sqrt(np.square(rows - np.median(rows, axis=0)).mean(axis=1))))
