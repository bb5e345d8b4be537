"""Gaussian mixture: every embedding belongs to the likeliest of k normal distributions, each of its own size and shape."""

import warnings

import numpy as np

from core.analyse.clusterers.base import Model, sample
from core.analyse.scaling import scale
from core.analyse.steady import steady
from core.errors import InvalidInputError

# Added to each variance, as a share of the mean variance: scikit-learn's 1e-6 for standardised rows, in any unit.
_LEAST_VARIANCE = 1e-6
_BLOCK = 4096


class GaussianMixture:
    """Dempster, Laird and Rubin 1977; scikit-learn's, with full covariances."""

    name = "gmm"
    title = "Gaussian mixture"
    summary = (
        "as many clusters as asked for, each with a width and a direction of its own: they may be long, and overlap"
    )
    has_centroids = False
    takes_k = True
    has_noise = False

    @steady()
    def fit(self, train: np.ndarray, scaling: str, clusters: int, seed: int) -> Model:
        """weights float64 (k,), means float64 (k, latent), precisions_cholesky float64 (k, latent, latent), centroids."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture as Mixture

        rows = sample(scale(train, scaling, train), seed).astype(np.float64)
        centre, unit = rows.mean(axis=0), float(np.sqrt(rows.var(axis=0).mean())) or 1.0
        mixture = Mixture(clusters, random_state=seed, reg_covar=_LEAST_VARIANCE)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # close enough after its 100 steps
                mixture.fit((rows - centre) / unit)
        except ValueError as error:
            raise InvalidInputError(
                f"These embeddings have no mixture of {clusters} Gaussians: {str(error).rstrip('.')}. Choose fewer clusters."
            ) from error
        means = mixture.means_ * unit + centre
        return {
            "centroids": means.astype(np.float32),
            "weights": mixture.weights_,
            "means": means,
            "precisions_cholesky": mixture.precisions_cholesky_ / unit,
        }

    @steady()
    def assign(self, model: Model, rows: np.ndarray) -> np.ndarray:
        factors = model["precisions_cholesky"]
        offsets = np.einsum("kd,kde->ke", model["means"], factors)
        heights = np.log(model["weights"]) + np.log(np.einsum("kdd->kd", factors)).sum(axis=1)
        found = np.empty(len(rows), np.int64)
        for start in range(0, len(rows), _BLOCK):
            part = slice(start, start + _BLOCK)
            whitened = np.einsum("nd,kde->nke", rows[part].astype(np.float64), factors, optimize=True) - offsets
            found[part] = (heights - np.einsum("nke,nke->nk", whitened, whitened) / 2).argmax(axis=1)
        return found
