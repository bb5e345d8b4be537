"""2-D maps of embeddings: PCA, t-SNE and UMAP, each (n, latent) to float32 (n, 2). Same seed, same map."""

import warnings

import numpy as np

from core.analyse.rows import LARGEST, alike, checked, levelled
from core.analyse.steady import steady
from core.errors import InvalidInputError
from core.settings import ProjectionConfig

_EXACT_DIMENSIONS, _EXACT_ROWS = 32, 1000
# t-SNE's steps, how much they exaggerate, their momentum, their learning rate as a share of the rows, and how forces between all
# points are had: on a grid, which costs less while the map is small, or in a tree, to this angle, once it is wide. The
# exaggeration falls in stages, long strides follow, and short ones settle the map: its divergence ends 3 to 4 % below that of
# scikit-learn's 1,000 steps.
_TSNE_STEPS = (
    (75, 12, 0.8, 1 / 12, None),
    (50, 4, 0.8, 1 / 4, None),
    (50, 2, 0.8, 1 / 2, None),
    (35, 1, 0.95, 2, None),
    (100, 1, 0.95, 2, 0.8),
    (75, 1, 0.95, 2, 0.6),
    (40, 1, 0.8, 1, 0.5),
)
_LEAST_LEARNING_RATE = 200
# UMAP's own choice for more than 10,000 rows; it takes 500 up to there, for the same trustworthiness to 0.001.
_UMAP_EPOCHS = 200


@steady()
def project(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """A map of the rows of `embeddings`, float32 (n, 2). Rows that are all alike lie at zero, in one place.

    PCA keeps the embeddings' unit. Raises InvalidInputError with too few rows for the neighbours asked for, and for values
    that are not finite or beyond single precision.
    """
    embeddings = checked(embeddings)
    rows = len(embeddings)
    if config.neighbours is not None and rows <= 3 * config.neighbours:
        raise InvalidInputError(
            f"{config.method} with {config.neighbours} neighbours needs more than {3 * config.neighbours} images, but "
            f"there are {rows}. Choose fewer neighbours."
        )
    if alike(embeddings):
        return np.zeros((rows, 2), np.float32)
    method = {"pca": _pca, "tsne": _tsne, "umap": _umap}[config.method]
    near_one, unit = levelled(embeddings)
    single = np.float32 if near_one is embeddings else np.float64
    points = method(np.ascontiguousarray(near_one, single), config) * (unit if config.method == "pca" else 1)
    if not np.abs(points).max() <= LARGEST:
        raise InvalidInputError(
            f"The {config.method} map of these embeddings, which reach from {embeddings.min():g} to {embeddings.max():g}, "
            f"cannot be computed within single precision (up to {LARGEST:g}). Divide the embeddings by a number."
        )
    return np.ascontiguousarray(points, np.float32)


def _pca(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """Pearson 1901. A single latent feature is drawn along the first axis."""
    from sklearn.decomposition import PCA

    if embeddings.shape[1] == 1:
        return np.column_stack([embeddings - embeddings.mean(axis=0), np.zeros(len(embeddings))])
    return PCA(2, svd_solver="full").fit_transform(embeddings)


def _tsne(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """van der Maaten and Hinton 2008, on a grid (Linderman et al. 2019), then in a tree (van der Maaten 2014)."""
    import openTSNE

    # In few dimensions exact neighbours cost a tenth of the approximate ones.
    exact = embeddings.shape[1] <= _EXACT_DIMENSIONS or len(embeddings) < _EXACT_ROWS
    search = openTSNE.nearest_neighbors.Sklearn if exact else openTSNE.nearest_neighbors.Annoy
    # Left to choose for itself, openTSNE first imports pynndescent: 3 s, and 13 s in a new installation.
    nearest = search(embeddings, k=3 * config.neighbours, n_jobs=-1, random_state=config.seed)
    embedding = openTSNE.TSNE(
        initialization="pca" if embeddings.shape[1] > 1 else "random", random_state=config.seed, n_jobs=-1
    ).prepare_initial(
        embeddings, openTSNE.affinity.MultiscaleMixture(knn_index=nearest, perplexities=config.neighbours, n_jobs=-1)
    )
    for steps, exaggeration, momentum, share, angle in _TSNE_STEPS:
        embedding.optimize(
            steps,
            inplace=True,
            exaggeration=exaggeration,
            momentum=momentum,
            learning_rate=max(share * len(embeddings), _LEAST_LEARNING_RATE),
            negative_gradient_method="bh" if angle else "fft",
            theta=angle,
        )
    return np.asarray(embedding)


def _umap(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """McInnes, Healy and Melville 2018, on exact neighbours. A seed makes it use one thread."""
    from sklearn.neighbors import NearestNeighbors

    umap = _import_umap()
    # The nearest neighbour of every row is the row itself, as UMAP expects it.
    distances, nearest = NearestNeighbors(n_neighbors=config.neighbours).fit(embeddings).kneighbors(embeddings)
    with warnings.catch_warnings():
        # It warns that new images cannot be placed without its own index of neighbours, and that a seed means one thread.
        warnings.simplefilter("ignore", UserWarning)
        return umap.UMAP(
            n_neighbors=config.neighbours,
            random_state=config.seed,
            n_jobs=1,
            n_epochs=_UMAP_EPOCHS,
            precomputed_knn=(nearest.astype(np.int32), distances.astype(np.float32), None),
        ).fit_transform(embeddings)


def _import_umap():
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

    def lazy(compiler):
        def decorate(*arguments, cache=False, **settings):
            return compiler(*(one for one in arguments if callable(one)), **settings)

        return decorate

    hide_tensorflow = "tensorflow" not in sys.modules
    if hide_tensorflow:
        sys.modules["tensorflow"] = None
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
