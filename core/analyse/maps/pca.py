"""PCA: the plane in which embeddings spread most."""

import numpy as np


class Pca:
    """Pearson 1901."""

    name = "pca"
    title = "PCA"
    summary = "the straight-line view with the largest spread"
    neighbours = None
    keeps_unit = True

    def draw(self, embeddings: np.ndarray, neighbours: int | None, seed: int) -> np.ndarray:
        """A single latent feature is drawn along the first axis."""
        from sklearn.decomposition import PCA

        if embeddings.shape[1] == 1:
            return np.column_stack([embeddings - embeddings.mean(axis=0), np.zeros(len(embeddings))])
        return PCA(2, svd_solver="full").fit_transform(embeddings)
