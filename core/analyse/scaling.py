"""The coordinates that embeddings are clustered in. The one scaling of the code base."""

from dataclasses import dataclass

import numpy as np

from core.analyse.rows import checked
from core.analyse.steady import steady


@dataclass(frozen=True, eq=False)
class Scaler:
    """A scaling of `core.settings.SCALINGS`, with the mean and spread that `standardised` took from the reference: (latent,)."""

    scaling: str
    mean: np.ndarray | None = None
    spread: np.ndarray | None = None

    @classmethod
    def of(cls, scaling: str, reference: np.ndarray) -> "Scaler":
        """`reference`: floats (n, latent), whose mean and spread count."""
        if scaling != "standardised":
            return cls(scaling)
        mean = reference.mean(axis=0, dtype=np.float64)
        centred = reference - mean
        spread = np.sqrt(np.einsum("ij,ij->j", centred, centred) / len(reference))
        spread[(reference == reference[0]).all(axis=0)] = 1  # a constant's spread is not always rounded to 0
        return cls(scaling, mean, spread)

    def scale(self, rows: np.ndarray) -> np.ndarray:
        """Rows (n, latent) in scaled coordinates, in their own precision. `none` gives the very rows."""
        if self.scaling == "unit":
            length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
            return rows / np.where(length == 0, 1, length)
        if self.mean is None or self.spread is None:
            return rows
        centred = rows - self.mean.astype(rows.dtype)
        return np.divide(centred, self.spread.astype(rows.dtype), out=centred)


@steady()
def scale(embeddings: np.ndarray, scaling: str, reference: np.ndarray) -> np.ndarray:
    """Embeddings (n, latent) in the coordinates of a scaling: float64, but as they are for `none`.

    `reference` is train, whose mean and spread count. Raises InvalidInputError for values that are not finite or beyond
    single precision.
    """
    embeddings = checked(embeddings)
    if scaling == "none":
        return embeddings
    reference = checked(reference) if scaling == "standardised" else embeddings
    return Scaler.of(scaling, reference).scale(embeddings.astype(np.float64))
