"""UMAP: neighbours stay together, and a little more of the large picture. On exact neighbours."""

import warnings
from types import ModuleType
from typing import Any

import numpy as np

# UMAP's own choice for more than 10,000 rows; it takes 500 up to there, for the same trustworthiness to 0.001.
_EPOCHS = 200


class Umap:
    """McInnes, Healy and Melville 2018. A seed makes it use one thread."""

    name = "umap"
    title = "UMAP"
    summary = "keeps neighbours together and a little more of the large picture"
    neighbours = 15
    keeps_unit = False

    def draw(self, embeddings: np.ndarray, neighbours: int | None, seed: int) -> np.ndarray:
        from sklearn.neighbors import NearestNeighbors

        umap = _import_umap()
        # The nearest neighbour of every row is the row itself, as UMAP expects it.
        distances, nearest = NearestNeighbors(n_neighbors=neighbours).fit(embeddings).kneighbors(embeddings)
        with warnings.catch_warnings():
            # It warns that new images cannot be placed without its own index of neighbours, and that a seed means one thread.
            warnings.simplefilter("ignore", UserWarning)
            return umap.UMAP(
                n_neighbors=neighbours,
                random_state=seed,
                n_jobs=1,
                n_epochs=_EPOCHS,
                precomputed_knn=(nearest.astype(np.int32), distances.astype(np.float32), None),
            ).fit_transform(embeddings)


def _import_umap() -> ModuleType:
    """Import umap in seconds, also the first time in a new installation.

    While it is imported, pynndescent compiles some hundred functions that a map with given neighbours never calls (13 s):
    without their signatures they are compiled when they are called. And `import umap` pulls in TensorFlow for its
    parametric variant, which is not used here (2.5 s and 600 MB).

    Nothing compiled is kept on disk: reading it back is no faster than compiling the few functions that are called, and
    where neither the installation nor a home can be written numba refuses such functions altogether.
    """
    import sys

    import numba

    if "umap" in sys.modules:
        return sys.modules["umap"]
    eager = {name: getattr(numba, name) for name in ("njit", "vectorize")}

    def lazy(compiler: Any) -> Any:
        def decorate(*arguments: Any, cache: bool = False, **settings: Any) -> Any:
            return compiler(*(one for one in arguments if callable(one)), **settings)

        return decorate

    hide_tensorflow = "tensorflow" not in sys.modules
    if hide_tensorflow:
        sys.modules["tensorflow"] = None  # type: ignore[assignment]  # imports of it then fail
    for name, compiler in eager.items():
        setattr(numba, name, lazy(compiler))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImportWarning)
            import umap
    finally:
        for name, compiler in eager.items():
            setattr(numba, name, compiler)
        if hide_tensorflow:
            del sys.modules["tensorflow"]
    return umap
