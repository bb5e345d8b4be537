"""The stages of a run in their order. The only module that knows it.

dataset -> loss network -> target features -> autoencoder -> embeddings -> clusterings -> maps -> metrics -> store
"""

import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from core.analyse import evaluation, metrics
from core.data import ImageSet, load
from core.errors import InvalidInputError, JobConflictError, RunNotFoundError
from core.keep.disk import refusals_told
from core.keep.files import check_writable, lock
from core.keep.leftovers import remove_leftovers
from core.keep.run import maps_folder
from core.keep.runs import Run, get_run, write_run
from core.paths import artifacts_folder, checkpoints_folder, locks_folder, loss_networks_folder, runs_folder
from core.serve import encode, reconstruction_errors
from core.settings import PROJECTIONS, SCALINGS, ClusteringConfig, ProjectionConfig, RunConfig

_NEEDED_BYTES = 100_000_000
_LOST_SHARE = 0.01  # of a latent number's spread; ordinary ones lose 0.0002
_LIBRARIES = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "scikit-learn", "openTSNE", "umap-learn", "onnxruntime")


def train_run(config: RunConfig, *, on_event=lambda event: None, folder: Path | None = None) -> Run:
    """Train and store the run of `config`, or return it where it is stored already.

    An interrupted run goes on from its last checkpoint. `on_event` gets one dict per event (see `core.learn.fit`).

    Raises:
        DataNotFoundError, DataCorruptError: the dataset.
        JobConflictError: another process is making this very run.
        StorageWriteError: the disk refuses, in whatever stage. No space or a read-only folder is told before the training.
    """
    with refusals_told(artifacts_folder()):
        remove_leftovers()
        return _stored(config, folder) or _make(config, on_event, folder)


def _make(config: RunConfig, on_event, folder: Path | None) -> Run:
    check_writable(folder or runs_folder(), needed_bytes=_NEEDED_BYTES)
    with lock(locks_folder() / f"{config.run_id}.lock", wait=False) as held:
        if not held:
            raise JobConflictError(
                f"Run {config.run_id} is being trained by another process right now. Wait for it to finish: the run will "
                "then be there for everyone."
            )
        return _stored(config, folder) or _train(config, on_event, folder)  # another process may just have finished it


def _stored(config: RunConfig, folder: Path | None) -> Run | None:
    """The run where it is there already: in `folder`, or anywhere in the store without one."""
    if folder is not None:
        path = folder / config.run_id
        return Run(path, bundled=True) if path.is_dir() else None
    try:
        return get_run(config.run_id)
    except RunNotFoundError:
        return None


def _train(config: RunConfig, on_event, folder: Path | None) -> Run:
    timings: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(name: str) -> Iterator[None]:
        on_event({"event": "stage", "stage": name})
        started = time.perf_counter()
        yield
        timings[name] = round(time.perf_counter() - started, 2)

    with stage("data"):
        dataset = load(config.dataset)
    with stage("libraries"):
        from core.learn import autoencoder
    checkpoint = checkpoints_folder() / config.run_id
    with stage("loss network" if config.loss_network else "precision"):
        trainer = autoencoder.prepare(
            config, dataset, checkpoint=checkpoint, networks=loss_networks_folder(),
            precision_cache=artifacts_folder() / "cache" / "precision.json", on_event=on_event,
        )  # fmt: skip
    with stage("autoencoder"):
        trained = trainer.train(on_event)

    def fill(path: Path) -> None:
        with stage("export"):
            trained.export(path)
        encoder, decoder = ((path / f"{name}.onnx").read_bytes() for name in ("encoder", "decoder"))
        with stage("embeddings"):
            train, test = _embed(encoder, dataset.train_images), _embed(encoder, dataset.test_images)
            errors = reconstruction_errors(decoder, test.astype(np.float32), dataset.test_images)
            np.save(path / "train_embeddings.npy", train, allow_pickle=False)
            np.save(path / "test_embeddings.npy", test, allow_pickle=False)
            np.save(path / "test_errors.npy", errors, allow_pickle=False)
        train, test = train.astype(np.float32), test.astype(np.float32)
        with stage("clusterings"):
            centroids = _cluster_all(train, on_event)
            np.savez(path / "clusterings.npz", **centroids)
        with stage("maps"):
            maps = _project_all(test, path, on_event)
        with stage("metrics"):
            scores = _score(dataset, train, test, errors, maps, centroids, decoder)
        summary = {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "metrics": scores,
            "timings": timings,
            "precision": trained.precision,
            "backend": trained.backend,
            "loss_network": trained.loss_network,
            "libraries": {name: version(name) for name in _LIBRARIES if _installed(name)},
        }
        (path / "summary.json").write_text(json.dumps(summary, indent=1))
        (path / "history.json").write_text(json.dumps(trained.history, indent=1))

    run = write_run(config, fill, folder)
    shutil.rmtree(checkpoint, ignore_errors=True)
    on_event({"event": "done", "run": run.id})
    return run


def project_run(run: Run, config: ProjectionConfig) -> np.ndarray:
    """The run's map of `config`, computed and kept where it is not there yet: float32 (n_test, 2).

    Raises StorageWriteError, before anything is computed, where it could not be kept.
    """
    from core.analyse.maps import project

    points = run.projection(config)
    if points is None:
        check_writable(maps_folder(run.id))
        points = project(run.test_embeddings, config)
        run.add_projection(config, points)
    return points


def _embed(encoder: bytes, images: np.ndarray) -> np.ndarray:
    """Embeddings kept as float16, where that keeps what tells them apart: what is stored is what every score is computed from."""
    embeddings = encode(encoder, images)
    if not np.isfinite(embeddings).all():
        raise InvalidInputError("The encoder gives values that are not finite. Choose a smaller learning rate.")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        half = embeddings.astype(np.float16)
        lost = (half - embeddings).std(axis=0, dtype=np.float64)
    return half if (lost <= _LOST_SHARE * embeddings.std(axis=0, dtype=np.float64)).all() else embeddings


def _cluster_all(train: np.ndarray, on_event) -> dict[str, np.ndarray]:
    """Centroids for every stored k and every scaling: float32 (k, latent) by `SCALING-K`."""
    from core.analyse.kmeans import sweep

    sizes = [k for k in evaluation.STORED_K if k <= len(train)]
    centroids = {}
    for scaling in SCALINGS:
        for estimator in sweep(train, sizes, scaling=scaling):
            config = ClusteringConfig(clusters=estimator.n_clusters, scaling=scaling)
            centroids[evaluation.stored_name(config)] = estimator.cluster_centers_.astype(np.float32)
            done, total = len(centroids), len(sizes) * len(SCALINGS)
            on_event({"event": "progress", "stage": "clusterings", "done": done, "total": total})
    return centroids


def _project_all(test: np.ndarray, path: Path, on_event) -> dict[str, np.ndarray]:
    from core.analyse.maps import project

    maps = {}
    for done, method in enumerate(PROJECTIONS):
        on_event({"event": "progress", "stage": "maps", "done": done, "total": len(PROJECTIONS)})
        config = ProjectionConfig(method)
        if config.neighbours and len(test) <= 3 * config.neighbours:
            continue
        maps[config.name] = project(test, config)
        np.save(path / f"projection-{config.name}.npy", maps[config.name], allow_pickle=False)
    return maps


def _score(dataset: ImageSet, train, test, errors, maps, centroids, decoder: bytes) -> dict:
    """Scores that do not depend on the choices made while looking, and the default clustering's."""
    from core.serve import decode

    labels = {"train": dataset.train_labels, "test": dataset.test_labels}
    sample = slice(0, 1000)
    pictures = dataset.test_images[sample].astype(np.float32) / 255
    clustering_config = ClusteringConfig()
    default = centroids[evaluation.stored_name(clustering_config)]
    clustering = evaluation.assign({"centroids": default}, clustering_config, {"train": train, "test": test}, labels)
    clusters = clustering.assignments["test"]
    scaled = evaluation.scale(test, clustering_config.scaling, train)
    return {
        "reconstruction_mse": float(errors.mean()),
        "reconstruction_ssim": float(metrics.ssim(pictures, decode(decoder, test[sample])).mean()),
        "knn_accuracy": metrics.knn_accuracy(train, labels["train"], test, labels["test"]),
        "linear_probe_accuracy": metrics.linear_probe_accuracy(train, labels["train"], test, labels["test"]),
        "trustworthiness": {name: metrics.trustworthiness(test, points) for name, points in maps.items()},
        "clustering": {
            "clusters": clustering_config.clusters,
            "scaling": clustering_config.scaling,
            **clustering.scores("test"),
            **metrics.clustering_scores(dataset.test_labels, clusters),
            "silhouette": metrics.silhouette(scaled, clusters),
        },
    }


def _installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError

    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
