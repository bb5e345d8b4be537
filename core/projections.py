"""2-D maps of embeddings: PCA, t-SNE and UMAP, each (n, latent) to float32 (n, 2). Same seed, same map."""

import numpy as np

from core.config import ProjectionConfig
from core.errors import InvalidInputError

_EXACT_DIMENSIONS = 32


def project(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """A map of the rows of `embeddings`. Raises InvalidInputError with too few rows for the neighbours asked for."""
    rows = len(embeddings)
    if config.neighbours is not None and rows <= 3 * config.neighbours:
        raise InvalidInputError(
            f"{config.method} with {config.neighbours} neighbours needs more than {3 * config.neighbours} images, but "
            f"there are {rows}. Choose fewer neighbours."
        )
    if not np.isfinite(embeddings).all():
        raise InvalidInputError(
            "The embeddings hold values that are not finite. Expected a run whose training converged."
        )
    points = {"pca": _pca, "tsne": _tsne, "umap": _umap}[config.method](
        np.ascontiguousarray(embeddings, np.float32), config
    )
    return np.ascontiguousarray(points, np.float32)


def _pca(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """Pearson 1901. A single latent feature is drawn along the first axis."""
    from sklearn.decomposition import PCA

    if embeddings.shape[1] == 1:
        return np.column_stack([embeddings - embeddings.mean(axis=0), np.zeros(len(embeddings))])
    return PCA(2, svd_solver="full").fit_transform(embeddings)


def _tsne(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """van der Maaten and Hinton 2008, with FFT-accelerated interpolation (Linderman et al. 2019)."""
    import openTSNE

    tsne = openTSNE.TSNE(
        perplexity=config.neighbours,
        initialization="pca" if embeddings.shape[1] > 1 else "random",
        random_state=config.seed,
        n_jobs=-1,
        negative_gradient_method="fft",
        # In few dimensions exact neighbours cost a tenth of the approximate ones, and half the usual iterations reach
        # the same trustworthiness (0.995 on 10,000 x 10).
        neighbors="exact" if embeddings.shape[1] <= _EXACT_DIMENSIONS else "auto",
        early_exaggeration_iter=125,
        n_iter=250,
    )
    return np.asarray(tsne.fit(embeddings))


def _umap(embeddings: np.ndarray, config: ProjectionConfig) -> np.ndarray:
    """McInnes, Healy and Melville 2018. A seed makes it use one thread."""
    import umap

    return umap.UMAP(n_neighbors=config.neighbours, random_state=config.seed, n_jobs=1).fit_transform(embeddings)
