"""The run store: folders that are written once, whole, and checked when read. Never loads a model.

A run folder holds

    manifest.json           schema version, run id, and size and sha256 of every other file
    config.json             the RunConfig
    summary.json            metrics, timings, library versions, precision, loss network
    history.json            one entry an epoch
    encoder.onnx, decoder.onnx
    train_embeddings.npy    float16 (n_train, latent)
    test_embeddings.npy     float16 (n_test, latent)
    test_errors.npy         float32 (n_test,), mean squared pixel error of each reconstruction
    clusterings.npz         centroids for many k and every scaling
    projection-NAME.npy     float32 (n_test, 2)

Finished folders never change. What is computed later for a run (another projection) goes to a folder of its own.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.config import ProjectionConfig, RunConfig
from core.errors import InvalidInputError, RunCorruptError, RunNotFoundError, StoreError, UnknownNameError
from core.files import ARRIVING, new_folder, storage_error
from core.paths import BUNDLED, artifacts_folder, runs_folder

SCHEMA = 1
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Run:
    """A finished run on disk. Files are read, and their checksums compared, on first use."""

    path: Path
    bundled: bool

    @property
    def id(self) -> str:
        return self.path.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        manifest = _read_json(self.path / _MANIFEST)
        schema = manifest.get("schema") if isinstance(manifest, dict) else None
        if schema != SCHEMA:
            raise RunCorruptError(
                f"{self.path / _MANIFEST} has schema version {schema!r}, expected {SCHEMA}. The run was made by another "
                "version: update Latent Lens, or delete the run and train it again."
            )
        if not isinstance(manifest.get("files"), dict):
            raise RunCorruptError(f"{self.path / _MANIFEST} lists no files. Delete the run and train it again.")
        return manifest

    @cached_property
    def config(self) -> RunConfig:
        try:
            return RunConfig.from_json(self._json("config.json"))
        except InvalidInputError as error:
            raise RunCorruptError(f"{self.path / 'config.json'}: {error}") from error

    @cached_property
    def summary(self) -> dict[str, Any]:
        return self._json("summary.json")

    @cached_property
    def history(self) -> list[dict[str, float]]:
        return self._json("history.json")

    @property
    def metrics(self) -> dict[str, Any]:
        return self.summary["metrics"]

    @cached_property
    def train_embeddings(self) -> np.ndarray:
        """float32 (n_train, latent)."""
        return self._array("train_embeddings.npy").astype(np.float32)

    @cached_property
    def test_embeddings(self) -> np.ndarray:
        """float32 (n_test, latent)."""
        return self._array("test_embeddings.npy").astype(np.float32)

    @cached_property
    def test_errors(self) -> np.ndarray:
        """Mean squared pixel error of each test reconstruction, float32 (n_test,)."""
        return self._array("test_errors.npy")

    @cached_property
    def clusterings(self) -> dict[str, np.ndarray]:
        """Centroids in scaled coordinates, float32 (k, latent), by `SCALING-K`."""
        path = self.file("clusterings.npz")
        try:
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise RunCorruptError(f"{path} cannot be read: {error}. {_advice(self)}") from error

    @property
    def encoder(self) -> Path:
        return self.file("encoder.onnx")

    @property
    def decoder(self) -> Path:
        return self.file("decoder.onnx")

    def projections(self) -> list[str]:
        """Names of the maps that are kept for this run."""
        own = [name for name in self.manifest["files"] if name.startswith("projection-")]
        extra = [path.name for path in _extra_folder(self.id).glob("projection-*.npy")]
        return sorted({Path(name).stem.removeprefix("projection-") for name in own + extra})

    def projection(self, config: ProjectionConfig) -> np.ndarray | None:
        """The map of the test embeddings, float32 (n_test, 2), or None where it was not computed yet."""
        name = f"projection-{config.name}.npy"
        if name in self.manifest["files"]:
            return self._array(name)
        extra = _extra_folder(self.id) / name
        return _read_array(extra, "Delete that file.") if extra.is_file() else None

    def add_projection(self, config: ProjectionConfig, points: np.ndarray) -> None:
        """Keep a map computed after the run was finished. Raises StorageWriteError."""
        path = _extra_folder(self.id) / f"projection-{config.name}.npy"
        arriving = path.with_name(f"{ARRIVING}{path.stem}-{uuid.uuid4().hex[:8]}.npy")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(arriving, points.astype(np.float32), allow_pickle=False)
            os.replace(arriving, path)
        except OSError as error:
            raise storage_error(path, error) from error
        finally:
            with contextlib.suppress(OSError):
                arriving.unlink(missing_ok=True)

    def file(self, name: str) -> Path:
        """Path of a file of this run, after its size and checksum were compared with the manifest (once)."""
        path = self.path / name
        if name in self._verified:
            return path
        try:
            expected = self.manifest["files"][name]["sha256"]
        except (KeyError, TypeError):
            raise RunCorruptError(f"{self.path / _MANIFEST} does not list {name!r}. {_advice(self)}") from None
        try:
            received = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise RunCorruptError(f"{path} cannot be read: {error.strerror}. {_advice(self)}") from error
        if received != expected:
            raise RunCorruptError(f"{path} has sha256 {received}, expected {expected}: it is damaged. {_advice(self)}")
        self._verified.add(name)
        return path

    def verify(self) -> None:
        """Compare every file with the manifest. Raises RunCorruptError naming the first that differs."""
        for name in self.manifest["files"]:
            self.file(name)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(entry["bytes"] for entry in self.manifest["files"].values())

    @cached_property
    def _verified(self) -> set[str]:
        return set()

    def _json(self, name: str) -> Any:
        return _read_json(self.file(name))

    def _array(self, name: str) -> np.ndarray:
        return _read_array(self.file(name), _advice(self))


@dataclass(frozen=True)
class DamagedRun:
    """A run folder that cannot be used, and why."""

    path: Path
    reason: str


def list_runs() -> tuple[list[Run], list[DamagedRun]]:
    """All runs, bundled and own, sorted by id; and the folders that cannot be used. The others stay usable."""
    runs: dict[str, Run] = {}
    damaged = []
    for folder, bundled in ((BUNDLED / "runs", True), (runs_folder(), False)):
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if not path.is_dir() or path.name.startswith("."):
                continue
            run = Run(path, bundled)
            try:
                _ = run.config, run.summary["metrics"]
            except (RunCorruptError, KeyError, TypeError) as error:
                damaged.append(DamagedRun(path, str(error)))
                continue
            runs.setdefault(run.id, run)
    return sorted(
        runs.values(), key=lambda run: (run.config.dataset, run.config.loss, run.config.latent, run.id)
    ), damaged


def get_run(run_id: str) -> Run:
    """The run of that id. Raises RunNotFoundError (listing what there is) or RunCorruptError."""
    if Path(run_id).name != run_id or not run_id or run_id.startswith("."):
        raise InvalidInputError(f"Run id {run_id!r} is not a folder name. Use an id from `python -m core runs`.")
    damage = None
    for folder, bundled in ((BUNDLED / "runs", True), (runs_folder(), False)):
        if (folder / run_id).is_dir():
            run = Run(folder / run_id, bundled)
            try:
                _ = run.config
            except RunCorruptError as error:
                damage = damage or error
            else:
                return run
    if damage:
        raise damage
    known = ", ".join(run.id for run in list_runs()[0]) or "none yet"
    raise RunNotFoundError(
        f"No run {run_id!r}. There are: {known}. `python -m core train --help` tells how to make one."
    )


def find_run(dataset: str, loss: str, latent: int, **settings: Any) -> Run:
    """The run of these settings. Where several fit, the one closest to the defaults, then the newest.

    Raises RunNotFoundError with the command that would train it.
    """
    RunConfig(dataset=dataset, loss=loss, latent=latent)  # quotes what is wrong with a bad name or number
    known = {field.name for field in dataclasses.fields(RunConfig)}
    for name in settings.keys() - known:
        raise UnknownNameError("setting", name, known)
    wanted = {"dataset": dataset, "loss": loss, "latent": latent, **settings}
    default_id = RunConfig(dataset=dataset, loss=loss, latent=latent).run_id
    fitting = [run for run in list_runs()[0] if all(getattr(run.config, key) == value for key, value in wanted.items())]
    if not fitting:
        raise RunNotFoundError(
            f"No run of {dataset} with loss {loss} and latent size {latent}"
            + (f" and {settings}" if settings else "")
            + f". Train it with `python -m core train --dataset {dataset} --loss {loss} --latent {latent}`."
        )
    return max(fitting, key=lambda run: (run.id == default_id, run.summary.get("created", "")))


def write_run(config: RunConfig, fill: Callable[[Path], None], folder: Path | None = None) -> Run:
    """Make a run folder: `fill` writes its files, then the manifest is added and the folder takes its name."""
    folder = folder or runs_folder()
    path = folder / config.run_id
    with new_folder(path) as arriving:
        fill(arriving)
        (arriving / "config.json").write_text(json.dumps(config.to_json(), indent=1))
        files = {
            file.name: {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "bytes": file.stat().st_size}
            for file in sorted(arriving.iterdir())
        }
        (arriving / _MANIFEST).write_text(
            json.dumps({"schema": SCHEMA, "run": config.run_id, "files": files}, indent=1)
        )
    return Run(path, bundled=folder == BUNDLED / "runs")


def delete_run(run_id: str) -> None:
    """Remove a run of the user's own. It vanishes in one step. Raises StoreError for a bundled run."""
    if Path(run_id).name != run_id or not run_id or run_id.startswith("."):
        raise InvalidInputError(f"Run id {run_id!r} is not a folder name. Use an id from `python -m core runs`.")
    path = runs_folder() / run_id
    if not path.is_dir():
        if (BUNDLED / "runs" / run_id).is_dir():
            raise StoreError(
                f"Run {run_id!r} comes with the project and is not deleted. Only runs trained here can be."
            )
        raise RunNotFoundError(f"No run {run_id!r} to delete. `python -m core runs` lists what there is.")
    leaving = path.with_name(f"{ARRIVING}deleted-{run_id}-{uuid.uuid4().hex[:8]}")
    try:
        os.replace(path, leaving)
    except OSError as error:
        raise storage_error(path, error) from error
    shutil.rmtree(leaving, ignore_errors=True)
    shutil.rmtree(_extra_folder(run_id), ignore_errors=True)


def _extra_folder(run_id: str) -> Path:
    return artifacts_folder() / "cache" / "projections" / run_id


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise RunCorruptError(f"{path} cannot be read: {error}. Delete the run and train it again.") from error


def _read_array(path: Path, advice: str) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise RunCorruptError(f"{path} cannot be read: {error}. {advice}") from error


def _advice(run: Run) -> str:
    if run.bundled:
        return f"Restore it with `git checkout -- {run.path}`; other runs are not affected."
    return f"Delete the run with `python -m core delete {run.id}` and train it again; other runs are not affected."
