"""Train a run: images -> teacher, if any -> autoencoder -> models and embeddings, stored; then what every run has (`core.stages`)."""

import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from core.data import load
from core.errors import JobConflictError, RunNotFoundError
from core.events import OnEvent
from core.keep.disk import refusals_told
from core.keep.files import check_writable, lock
from core.keep.leftovers import remove_leftovers
from core.keep.results import NoSettings
from core.keep.run import Run
from core.keep.runs import get_run, write_run
from core.paths import (
    artifacts_folder,
    checkpoints_folder,
    locks_folder,
    loss_networks_folder,
    precision_file,
    runs_folder,
)
from core.settings import RunConfig
from core.stages import STAGES, refresh

_NEEDED_BYTES = 100_000_000
_LIBRARIES = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "scikit-learn", "openTSNE", "umap-learn", "onnxruntime")


def train_run(config: RunConfig, *, on_event: OnEvent = lambda event: None, folder: Path | None = None) -> Run:
    """Train and store the run of `config`, or return it where it is stored already.

    An interrupted run goes on from its last checkpoint. `on_event` gets one dict per event (`core.jobs.events`).

    Raises:
        DataNotFoundError, DataCorruptError: the dataset.
        JobConflictError: another process is making this very run.
        StorageWriteError: the disk refuses, in whatever stage. No space or a read-only folder is told before the training.
    """
    with refusals_told(artifacts_folder()):
        remove_leftovers()
        run = _stored(config, folder) or _make(config, on_event, folder)
        if not run.bundled or folder is not None:  # what comes with the project came with its results
            refresh(run, on_event)
    on_event({"event": "done", "run": run.id})
    return run


def _make(config: RunConfig, on_event: OnEvent, folder: Path | None) -> Run:
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


def _train(config: RunConfig, on_event: OnEvent, folder: Path | None) -> Run:
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
            precision_cache=precision_file(), on_event=on_event,
        )  # fmt: skip
    with stage("autoencoder"):
        trained = trainer.train(on_event)

    models = checkpoint / "models"
    with stage("export"):
        models.mkdir(parents=True, exist_ok=True)
        trained.export(models)
    with stage("embeddings"):
        inputs: dict[str, Any] = {name: (models / f"{name}.onnx").read_bytes() for name in ("encoder", "decoder")}
        inputs |= {"train_images": dataset.train_images, "test_images": dataset.test_images}
        embedded = STAGES["embed"].run(inputs, NoSettings()).arrays
    summary = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "timings": timings,
        "precision": trained.precision,
        "backend": trained.backend,
        "loss_network": trained.loss_network,
        "libraries": {name: version(name) for name in _LIBRARIES if _installed(name)},
    }

    def fill(path: Path) -> None:
        for model in models.iterdir():
            shutil.copyfile(model, path / model.name)
        for name, array in embedded.items():
            np.save(path / f"{name}.npy", array, allow_pickle=False)
        (path / "summary.json").write_text(json.dumps(summary, indent=1))
        (path / "history.json").write_text(json.dumps(trained.history, indent=1))

    run = write_run(config, fill, folder)
    shutil.rmtree(checkpoint, ignore_errors=True)
    return run


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False
