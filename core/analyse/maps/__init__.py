"""2-D maps of embeddings, each (n, latent) to float32 (n, 2). One more way is one file here and one entry below.

Importing them loads nothing heavy: the libraries are imported when a map is drawn.
"""

from typing import TYPE_CHECKING

import numpy as np

from core.analyse.maps.base import MapMethod
from core.analyse.maps.pca import Pca
from core.analyse.maps.tsne import Tsne
from core.analyse.maps.umap import Umap
from core.analyse.rows import LARGEST, alike, checked, levelled
from core.analyse.steady import steady
from core.errors import InvalidInputError

if TYPE_CHECKING:
    from core.settings import ProjectionConfig

_ROWS_A_NEIGHBOUR = 3  # t-SNE looks at three times its perplexity
MAPS: dict[str, MapMethod] = {one.name: one for one in (Tsne(), Umap(), Pca())}


def enough_rows(rows: int, neighbours: int | None) -> bool:
    """Whether a map of so many neighbours can be drawn of so many rows."""
    return neighbours is None or rows > _ROWS_A_NEIGHBOUR * neighbours


@steady()
def project(embeddings: np.ndarray, config: "ProjectionConfig") -> np.ndarray:
    """A map of the rows of `embeddings`, float32 (n, 2). Rows that are all alike lie at zero, in one place.

    Raises InvalidInputError with too few rows for the neighbours asked for, and for values
    that are not finite or beyond single precision.
    """
    embeddings = checked(embeddings)
    rows = len(embeddings)
    if config.neighbours is not None and not enough_rows(rows, config.neighbours):
        raise InvalidInputError(
            f"{config.method} with {config.neighbours} neighbours needs more than {_ROWS_A_NEIGHBOUR * config.neighbours} images, "
            f"but there are {rows}. Choose fewer neighbours."
        )
    if alike(embeddings):
        return np.zeros((rows, 2), np.float32)
    near_one, unit = levelled(embeddings)
    single = np.float32 if near_one is embeddings else np.float64
    method = MAPS[config.method]
    points = method.draw(np.ascontiguousarray(near_one, single), config.neighbours, config.seed)
    points = points * (unit if method.keeps_unit else 1)
    if not np.abs(points).max() <= LARGEST:
        raise InvalidInputError(
            f"The {config.method} map of these embeddings, which reach from {embeddings.min():g} to {embeddings.max():g}, "
            f"cannot be computed within single precision (up to {LARGEST:g}). Divide the embeddings by a number."
        )
    return np.ascontiguousarray(points, np.float32)
