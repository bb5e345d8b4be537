"""k-means sweeps, maps and encoding against scikit-learn, on the bundled embeddings."""

import statistics
import tempfile
import time
from collections.abc import Iterator

import numpy as np
from sklearn.manifold import trustworthiness

from core.analyse.kmeans import ScaledKMeans, sweep
from core.analyse.map_trust import map_trust
from core.analyse.maps import project
from core.analyse.neighbours import nearest
from core.data import read_part
from core.keep.run import Run
from core.keep.runs import find_run
from core.serve import encode
from core.settings import ProjectionConfig
from core.stages import compute_anyway
from tests.benchmarks.process import run_python
from tests.benchmarks.rows import row

SIZES = (10_000, 70_000, 1_000_000)
FIRST_MAP = """
import sys, time
started = time.perf_counter()
from core.settings import ProjectionConfig
from core.analyse.maps import project
from core.keep.runs import find_run
project(find_run("fashion_mnist", "perceptual", 10).test_embeddings, ProjectionConfig("umap"))
print(time.perf_counter() - started)
"""


def measure(quick: bool) -> Iterator[dict]:
    run = find_run("fashion_mnist", "perceptual", 10)
    train, test = run.train_embeddings, run.test_embeddings
    yield from _kmeans(train, range(2, 31))
    yield from _neighbours(run)
    yield from _tsne(test, quick)
    yield from _first_umap(test, quick)
    images = read_part(run.config.dataset, "test_images")
    seven = np.concatenate([images] * 7)
    seconds, _ = _timed(lambda: encode(run.encoder, seven))
    yield row(f"encode {len(seven):,} images", seconds, "s", target="10 s")
    random = np.random.default_rng(0)
    for size in SIZES:
        rows = train[random.integers(0, len(train), size)]
        rows = rows + random.normal(scale=0.01, size=rows.shape).astype(np.float32)
        seconds, _ = _timed(lambda rows=rows: ScaledKMeans(20, scaling="unit", random_state=0).fit(rows))
        yield row(f"k-means, k = 20, {size:,} x {rows.shape[1]}", seconds, "s", size=size, group="k-means, k = 20")


def _kmeans(train: np.ndarray, sizes) -> Iterator[dict]:
    from sklearn.cluster import KMeans

    # In turns and the medians: a second is so short that one busy moment decides, and what comes first warms up the rest.
    ours, plain = [], []
    for _ in range(3):
        seconds, our_inertia = _timed(lambda: [one.inertia_ for one in sweep(train, sizes)])
        ours.append(seconds)
        seconds, inertia = _timed(lambda: [KMeans(k, random_state=0).fit(train).inertia_ for k in sizes])
        plain.append(seconds)
    yield row(
        f"k-means, {len(sizes)} values of k, {len(train):,} x {train.shape[1]}", statistics.median(ours), "s",
        reference="scikit-learn defaults", reference_figure=statistics.median(plain),
        ratio=statistics.median(plain) / statistics.median(ours), target="4x",
    )  # fmt: skip
    shares = np.divide(our_inertia, inertia)
    yield row("its inertia, mean share of the reference's", float(shares.mean()), "", target="at most 1", digits=5)
    yield row("its inertia, largest share of the reference's", float(shares.max()), "", target="at most 1", digits=5)


def _neighbours(run: Run) -> Iterator[dict]:
    from sklearn.neighbors import NearestNeighbors

    test = run.test_embeddings
    size = f"{len(test):,} x {test.shape[1]}"
    seconds, (ours, _) = _timed(lambda: nearest(test, test, 15, same=True))
    plain, theirs = _timed(
        lambda: NearestNeighbors(n_neighbors=15, algorithm="brute").fit(test).kneighbors(return_distance=False)
    )
    yield row(
        f"15 nearest of {size}", seconds, "s", reference="scikit-learn, every pair", reference_figure=plain, ratio=plain / seconds,
        target="2 s",
    )  # fmt: skip
    yield row("of them the reference's", float((ours == theirs).mean()), "", target="1, but for ties", digits=5)
    points = compute_anyway(run, "map", ProjectionConfig("tsne"), keep=False).arrays["points"]
    seconds, _ = _timed(lambda: map_trust(test, points))
    yield row(f"trust in each point of a map of {size}", seconds, "s", target="2 s")


def _tsne(test: np.ndarray, quick: bool) -> Iterator[dict]:
    seconds, points = _timed(lambda: project(test, ProjectionConfig("tsne")))
    # Of every point: a sample's figure scatters by more than the two maps differ.
    trust = trustworthiness(test, points, n_neighbors=5)
    name, theirs = f"t-SNE map of {len(test):,} x {test.shape[1]}", "scikit-learn TSNE"
    if quick:
        yield row(name, seconds, "s")
        yield row("its trustworthiness", trust, "", digits=5)
        return
    from sklearn.manifold import TSNE

    plain, reference = _timed(lambda: TSNE(random_state=0, n_jobs=-1).fit_transform(test))
    yield row(name, seconds, "s", reference=theirs, reference_figure=plain, ratio=plain / seconds, target="3x")
    yield row(
        "its trustworthiness", trust, "",
        reference=theirs, reference_figure=trustworthiness(test, reference, n_neighbors=5), target="no lower", digits=5,
    )  # fmt: skip


def _first_umap(test: np.ndarray, quick: bool) -> Iterator[dict]:
    """In a process of its own with an empty cache of compiled code, as in a new installation; then once more."""
    with tempfile.TemporaryDirectory() as folder:
        tries = (("first UMAP map in a new installation", "15 s"), ("UMAP map in a later process", ""))
        for words, target in tries[:1] if quick else tries:
            printed, _ = run_python(["-c", FIRST_MAP], NUMBA_CACHE_DIR=folder)
            yield row(f"{words}, {len(test):,} x {test.shape[1]}", float(printed.split()[-1]), "s", target=target)


def _timed(function) -> tuple[float, object]:
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result
