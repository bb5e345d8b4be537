"""Ways to find clusters. One more is one file here and one entry below.

Importing them loads nothing heavy: scikit-learn is imported when something is fitted.
"""

from core.analyse.clusterers.base import NOISE, Clusterer, Model
from core.analyse.clusterers.gmm import GaussianMixture
from core.analyse.clusterers.hdbscan import Hdbscan
from core.analyse.clusterers.kmeans import KMeans

__all__ = ["CLUSTERERS", "NOISE", "Clusterer", "Model"]

CLUSTERERS: dict[str, Clusterer] = {one.name: one for one in (KMeans(), GaussianMixture(), Hdbscan())}
