"""What a way to draw a map is."""

from typing import Protocol

import numpy as np


class MapMethod(Protocol):
    """A way to lay embeddings out on a plane.

    Attributes:
        name: as it is written in settings, links and file names.
        title, summary: for people who do not know the field.
        neighbours: how many it looks at by default; None for one that looks at all.
        keeps_unit: whether the map's unit is the embeddings' own.
    """

    name: str
    title: str
    summary: str

    @property
    def neighbours(self) -> int | None: ...

    keeps_unit: bool

    def draw(self, embeddings: np.ndarray, neighbours: int | None, seed: int) -> np.ndarray:
        """Points (n, 2) for embeddings (n, latent), float32 or float64, of ordinary magnitude and not all alike.

        The same seed gives the same map.
        """
        ...
