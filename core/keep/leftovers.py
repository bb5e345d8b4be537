"""Remove what killed processes left behind and nothing needs any more. Called as the server or a training starts."""

import logging
import shutil
from pathlib import Path

from core.errors import LatentLensError
from core.keep.files import lock, sweep_half_written
from core.keep.runs import get_run
from core.paths import (
    artifacts_folder,
    checkpoints_folder,
    find_loss_network,
    jobs_folder,
    judges_folder,
    locks_folder,
    loss_networks_folder,
    namings_folder,
    pictures_folder,
    results_folder,
    runs_folder,
    uploads_folder,
)

_log = logging.getLogger(__name__)


def remove_leftovers() -> None:
    """Remove checkpoints of what is finished and stored, and what was left half-written a day ago or earlier.

    What cannot be removed, or is being worked on, stays for the next time.
    """
    try:
        for checkpoint in _folders(checkpoints_folder()):
            with lock(locks_folder() / f"{checkpoint.name}.lock", wait=False) as free:
                if free and _is_stored(checkpoint.name):
                    shutil.rmtree(checkpoint, ignore_errors=True)
        for folder in _places():
            sweep_half_written(folder)
    except (LatentLensError, OSError) as error:
        _log.info("What earlier trainings left is not swept: %s", error)


def _is_stored(name: str) -> bool:
    """Whether the run, the loss network or the result that a checkpoint is named after is there, whole."""
    if find_loss_network(name) or any(
        (results / name.removeprefix(f"{results.name}-")).is_dir() for results in _folders(results_folder())
    ):
        return True
    try:
        get_run(name).verify()
    except LatentLensError:
        return False
    return True


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."] if folder.is_dir() else []


def _places() -> list[Path]:
    """The folders in which things are written under a temporary name first."""
    return [
        runs_folder(),
        jobs_folder(),
        pictures_folder(),
        uploads_folder(),
        artifacts_folder() / "cache",
        loss_networks_folder(),
        judges_folder(),
        *_folders(checkpoints_folder()),
        *_folders(namings_folder()),
        *_folders(results_folder()),
    ]
