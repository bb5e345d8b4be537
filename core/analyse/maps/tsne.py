"""t-SNE: neighbours stay together. openTSNE's, with a schedule of our own."""

from typing import NamedTuple

import numpy as np

from core.progress import progress

# Up to so many dimensions, or with fewer rows, exact neighbours cost a tenth of approximate ones.
_EXACT_DIMENSIONS, _EXACT_ROWS = 32, 1000
_LEAST_LEARNING_RATE = 200


class _Phase(NamedTuple):
    """Iterations that are taken alike."""

    iterations: int
    exaggeration: float  # factor on the attraction between neighbours
    momentum: float
    learning_rate: float  # as a share of the number of rows
    angle: float | None  # of the Barnes-Hut tree that approximates the repulsion between all points; None: a grid


# Exaggeration falls in three phases, long strides spread the map, short ones settle it. The repulsion comes from a grid (FIt-SNE)
# while the map is small, which is cheaper there, then from a tree. The divergence ends 3 to 4 % below that of scikit-learn's
# 1,000 iterations.
_SCHEDULE = (
    _Phase(iterations=75, exaggeration=12, momentum=0.8, learning_rate=1 / 12, angle=None),
    _Phase(iterations=50, exaggeration=4, momentum=0.8, learning_rate=1 / 4, angle=None),
    _Phase(iterations=50, exaggeration=2, momentum=0.8, learning_rate=1 / 2, angle=None),
    _Phase(iterations=35, exaggeration=1, momentum=0.95, learning_rate=2, angle=None),
    _Phase(iterations=100, exaggeration=1, momentum=0.95, learning_rate=2, angle=0.8),
    _Phase(iterations=75, exaggeration=1, momentum=0.95, learning_rate=2, angle=0.6),
    _Phase(iterations=40, exaggeration=1, momentum=0.8, learning_rate=1, angle=0.5),
)


class Tsne:
    """van der Maaten and Hinton 2008; the grid: Linderman et al. 2019; the tree: van der Maaten 2014. `neighbours` is the perplexity."""

    name = "tsne"
    title = "t-SNE"
    summary = "keeps neighbours together; distances between groups mean little"
    neighbours = 30
    keeps_unit = False

    def draw(self, embeddings: np.ndarray, neighbours: int | None, seed: int) -> np.ndarray:
        import openTSNE

        neighbours = neighbours or self.neighbours

        exact = embeddings.shape[1] <= _EXACT_DIMENSIONS or len(embeddings) < _EXACT_ROWS
        search = openTSNE.nearest_neighbors.Sklearn if exact else openTSNE.nearest_neighbors.Annoy
        # Left to choose for itself, openTSNE first imports pynndescent: 3 s, and 13 s in a new installation.
        nearest = search(embeddings, k=3 * neighbours, n_jobs=-1, random_state=seed)
        affinities = openTSNE.affinity.MultiscaleMixture(knn_index=nearest, perplexities=neighbours, n_jobs=-1)
        start = "pca" if embeddings.shape[1] > 1 else "random"
        points = openTSNE.TSNE(initialization=start, random_state=seed, n_jobs=-1).prepare_initial(
            embeddings, affinities
        )
        done, total = 0, sum(phase.iterations for phase in _SCHEDULE)
        for phase in _SCHEDULE:
            points.optimize(
                phase.iterations,
                inplace=True,
                exaggeration=phase.exaggeration,
                momentum=phase.momentum,
                learning_rate=max(phase.learning_rate * len(embeddings), _LEAST_LEARNING_RATE),
                negative_gradient_method="bh" if phase.angle else "fft",
                theta=phase.angle,
            )
            done += phase.iterations
            progress(done, total)
        return np.asarray(points)
