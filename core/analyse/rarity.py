"""How unusual an embedding is among others: by how far away the nearest of them are."""

import numpy as np

from core.analyse.neighbours import NeighbourIndex
from core.errors import InvalidInputError

NEIGHBOURS, SAMPLE = 15, 2_000


class Rarity:
    """Says of embeddings how many of the known ones lie closer to others than they do."""

    def __init__(self, known: np.ndarray):
        """`known`: floats (n, latent), at least two; evenly chosen ones stand for all of them. Raises InvalidInputError for less."""
        if len(known) < 2:
            raise InvalidInputError(
                f"There are {len(known)} embeddings. Expected at least two: one has nothing to be near to."
            )
        self._index = NeighbourIndex(known)
        self._count = min(NEIGHBOURS, len(known) - 1)
        rows = np.linspace(0, len(known) - 1, min(SAMPLE, len(known))).astype(int)
        self._usual = np.sort(self._index.nearest(known[rows], self._count, rows)[1].mean(axis=1))

    def of(self, embeddings: np.ndarray) -> np.ndarray:
        """Share of the known ones whose NEIGHBOURS nearest others are nearer, on the mean, than those of each of these (m, latent).

        float64 (m,), [0, 1]; near 1 for what is far from everything.
        """
        distances = self._index.nearest(embeddings, self._count)[1].mean(axis=1)
        return np.searchsorted(self._usual, distances) / len(self._usual)
