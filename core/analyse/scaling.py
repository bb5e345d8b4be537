"""The coordinates that embeddings are clustered in. The one scaling of the code base."""

import numpy as np

from core.analyse.rows import checked
from core.analyse.steady import steady


@steady()
def scale(embeddings: np.ndarray, scaling: str, reference: np.ndarray) -> np.ndarray:
    """Embeddings (n, latent) in the coordinates of a scaling (`core.settings.SCALINGS`): float64, but as they are for `none`.

    `reference` is train, whose mean and spread count. Raises InvalidInputError for values that are not finite or beyond
    single precision.
    """
    embeddings = checked(embeddings)
    if scaling == "none":
        return embeddings
    if scaling == "unit":
        rows = embeddings.astype(np.float64)
        length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return np.divide(rows, np.where(length == 0, 1, length), out=rows)
    reference = checked(reference)
    mean = reference.mean(axis=0, dtype=np.float64)
    centred = reference - mean
    spread = np.sqrt(np.einsum("ij,ij->j", centred, centred) / len(reference))
    spread[(reference == reference[0]).all(axis=0)] = 1  # a constant's spread is not always rounded to 0
    rows = centred if embeddings is reference else embeddings - mean
    return np.divide(rows, spread, out=rows)
