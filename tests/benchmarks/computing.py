"""k-means sweeps, maps and encoding against scikit-learn, on the bundled embeddings."""

import time
from collections.abc import Iterator

import numpy as np

from core.clustering import ScaledKMeans
from core.config import ProjectionConfig
from core.datasets import read_part
from core.inference import encode
from core.metrics import trustworthiness
from core.projections import project
from core.store import find_run
from tests.benchmarks.rows import row


def measure(quick: bool) -> Iterator[dict]:
    from sklearn.cluster import KMeans

    run = find_run("fashion_mnist", "perceptual", 10)
    train, test = run.train_embeddings, run.test_embeddings
    sizes = (5, 10, 20, 30) if quick else range(2, 31)
    ours, our_inertia = _timed(lambda: [ScaledKMeans(k, random_state=0).fit(train).inertia_ for k in sizes])
    plain, inertia = _timed(lambda: [KMeans(k, random_state=0).fit(train).inertia_ for k in sizes])
    yield row(
        f"k-means, {len(sizes)} values of k, {len(train):,} x {train.shape[1]}", ours, "s", reference="scikit-learn defaults",
        reference_figure=plain, ratio=plain / ours, target="4x",
    )  # fmt: skip
    yield row(
        "its inertia, mean share of the reference's",
        float(np.mean(np.divide(our_inertia, inertia))),
        "",
        target="at most 1",
    )
    seconds, points = _timed(lambda: project(test, ProjectionConfig("tsne")))
    if quick:
        yield row(f"t-SNE map of {len(test):,} x {test.shape[1]}", seconds, "s")
    else:
        from sklearn.manifold import TSNE

        plain, theirs = _timed(lambda: TSNE(random_state=0, n_jobs=-1).fit_transform(test))
        yield row(
            f"t-SNE map of {len(test):,} x {test.shape[1]}", seconds, "s", reference="scikit-learn TSNE",
            reference_figure=plain, ratio=plain / seconds, target="3x",
        )  # fmt: skip
        yield row("trustworthiness of scikit-learn's map", trustworthiness(test, theirs), "")
    yield row("trustworthiness of our map", trustworthiness(test, points), "", target="no lower")
    images = read_part(run.config.dataset, "test_images")
    seconds, _ = _timed(lambda: encode(run.encoder, images))
    yield row("encode 70,000 images (from 10,000)", 7 * seconds, "s", target="10 s")


def _timed(function) -> tuple[float, object]:
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result
