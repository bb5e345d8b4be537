"""The run store: all runs that come with the project or were trained here (see `core.keep.run`), listed, found, written and deleted."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import (
    InvalidInputError,
    LatentLensError,
    RunCorruptError,
    RunNotFoundError,
    StorageWriteError,
    StoreError,
    UnknownNameError,
)
from core.keep.files import remove_folder
from core.keep.results import checkpoints_of
from core.keep.run import Run
from core.keep.sealed import write_sealed_folder
from core.paths import BUNDLED, artifacts_folder, results_folder, runs_folder
from core.settings import RECIPE, RunConfig

_MAX_ID_BYTES = 200


@dataclass(frozen=True)
class DamagedRun:
    """A run folder that cannot be used, and why."""

    path: Path
    reason: str


def list_runs() -> tuple[list[Run], list[DamagedRun]]:
    """All runs, bundled and own, sorted by id; and the folders that cannot be used. The others stay usable."""
    runs: dict[str, Run] = {}
    stores, damaged = [], []
    try:
        for store in _stores():
            stores.append(store)
    except (InvalidInputError, StorageWriteError) as error:
        damaged.append(DamagedRun(Path(os.environ["LATENT_LENS_ARTIFACTS"]), str(error)))
    for folder, bundled in stores:
        try:
            paths = run_folders(folder)
        except OSError as error:
            damaged.append(
                DamagedRun(folder, f"{folder} cannot be listed: {error.strerror}. Make the folder readable.")
            )
            continue
        for path in paths:
            run = Run(path, bundled)
            try:
                _ = run.config, run.summary
            except RunNotFoundError:
                continue  # deleted since the folder was listed
            except RunCorruptError as error:
                damaged.append(DamagedRun(path, str(error)))
                continue
            runs.setdefault(run.id, run)
    return sorted(
        runs.values(), key=lambda run: (run.config.dataset, run.config.loss, run.config.latent, run.id)
    ), damaged


def run_folders(folder: Path) -> list[Path]:
    """The run folders in a store's folder, sorted by name; none where it is not there. Raises OSError where it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            # Not the entry's own `is_dir`, which raises for a link to itself: one such would hide all runs.
            return sorted(Path(entry.path) for entry in entries if entry.name[0] != "." and os.path.isdir(entry))  # noqa: PTH112
    except FileNotFoundError:
        return []


def get_run(run_id: str) -> Run:
    """The run of that id. Raises RunNotFoundError (listing what there is), RunCorruptError or InvalidInputError."""
    _check_id(run_id)
    damage = None
    for folder, bundled in _stores():
        run = Run(folder / run_id, bundled)
        try:
            _ = run.config
            return run
        except RunNotFoundError:
            continue
        except RunCorruptError as error:
            damage = damage or error
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
    fitting = [run for run in list_runs()[0] if all(getattr(run.config, key) == value for key, value in wanted.items())]
    found = usual_run(fitting, dataset, loss, latent)
    if found is None:
        raise RunNotFoundError(
            f"No run of {dataset} with loss {loss} and latent size {latent}"
            + (f" and {settings}" if settings else "")
            + f". Train it with `python -m core train --dataset {dataset} --loss {loss} --latent {latent}`."
        )
    return found


def usual_run(runs: Iterable[Run], dataset: str, loss: str, latent: int) -> Run | None:
    """Of runs the one that is meant by these settings alone: with all others at their defaults, else the newest; None without one."""
    wanted = (dataset, loss, latent)
    fitting = [run for run in runs if (run.config.dataset, run.config.loss, run.config.latent) == wanted]
    if not fitting:
        return None
    try:
        default_id = RunConfig(dataset=dataset, loss=loss, latent=latent).run_id
    except LatentLensError:  # this loss has no usual teacher for this image set
        default_id = ""
    return max(fitting, key=lambda run: (run.id == default_id, run.summary["created"]))


def write_run(config: RunConfig, fill: Callable[[Path], None], folder: Path | None = None) -> Run:
    """Make a run folder: `fill` writes its files, and the folder takes its name when it is whole. Raises StorageWriteError."""

    def fill_all(arriving: Path) -> None:
        fill(arriving)
        (arriving / "config.json").write_text(json.dumps(config.to_json(), indent=1))

    path = (folder or runs_folder()) / config.run_id
    write_sealed_folder(path, config.run_id, fill_all, recipe=RECIPE)
    return Run(path, bundled=folder == BUNDLED / "runs")


def delete_run(run_id: str) -> None:
    """Remove a run of the user's own, damaged or not. It vanishes in one step. Raises StoreError for a bundled run."""
    _check_id(run_id)
    path = runs_folder() / run_id
    if not remove_folder(path):
        if (BUNDLED / "runs" / run_id).is_dir():
            raise StoreError(
                f"Run {run_id!r} comes with the project and is not deleted. Only runs trained here can be."
            )
        raise RunNotFoundError(f"No run {run_id!r} to delete. `python -m core runs` lists what there is.")
    for results in (results_folder(), artifacts_folder() / "cache" / "projections"):  # the second of earlier versions
        shutil.rmtree(results / run_id, ignore_errors=True)
    for begun in checkpoints_of(run_id):
        shutil.rmtree(begun, ignore_errors=True)


def _check_id(run_id: str) -> None:
    """Raise InvalidInputError unless the id is the name of one folder."""
    usable = run_id and run_id.isprintable() and run_id[0] != "." and len(os.fsencode(run_id)) <= _MAX_ID_BYTES
    if usable and Path(run_id).name == run_id:
        return
    shown = run_id if len(run_id) <= 100 else run_id[:100] + "…"
    raise InvalidInputError(f"Run id {shown!r} is not a folder name. Use an id from `python -m core runs`.")


def _stores() -> Iterator[tuple[Path, bool]]:
    """The folders that hold runs, each with whether it comes with the project; the bundled one first, which is always there.

    Raises InvalidInputError or StorageWriteError in place of the second where `LATENT_LENS_ARTIFACTS` names no folder.
    """
    yield BUNDLED / "runs", True
    yield runs_folder(), False
