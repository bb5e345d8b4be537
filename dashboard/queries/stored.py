"""The runs and image sets that are there now."""

import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

from core.data import image_sets
from core.errors import LatentLensError, ResultError, RunNotFoundError
from core.keep.runs import DamagedRun, Run, list_runs, usual_run
from core.paths import BUNDLED, runs_folder


@dataclass(frozen=True)
class Runs:
    usable: list[Run]
    damaged: list[DamagedRun]

    def get(self, run_id: str) -> Run | None:
        """The usable run of that id."""
        return self._by_id.get(run_id)

    @cached_property
    def _by_id(self) -> dict[str, Run]:
        return {run.id: run for run in self.usable}

    def find(self, dataset: str, loss: str, latent: int) -> Run | None:
        """See `core.keep.runs.usual_run`."""
        return usual_run(self.usable, dataset, loss, latent)


def runs() -> Runs:
    """All runs on disk now. Read again when a run was added or removed."""
    return _runs(stamp())


def stamp() -> tuple:
    """Changes whenever a run folder comes, goes or is replaced, or a folder of runs can be read no longer, or again."""
    folders, stamps = [BUNDLED / "runs"], []
    try:
        folders.append(runs_folder())
    except LatentLensError as error:  # told with the runs
        stamps.append((str(error), 0))
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                stamps += [(entry.path, entry.stat().st_mtime_ns) for entry in entries]
        except OSError as error:
            stamps.append((str(folder), error.errno))
    return tuple(sorted(stamps))


@lru_cache(maxsize=2)  # asked a dozen times a page: Streamlit's own caches took a tenth of it to compare the stamps
def _runs(stamp: tuple) -> Runs:
    return Runs(*list_runs())


def set_titles() -> dict[str, str]:
    """The title of every image set that can be looked at; of several of the same title, each with the end of its name."""
    titles = {name: info.title for name, info in image_sets().items()}
    counted = Counter(title.casefold() for title in titles.values())
    return {
        name: title if counted[title.casefold()] == 1 else f"{title} ({name[-4:]})" for name, title in titles.items()
    }


def state(run: Run) -> tuple[str, int]:
    """The run's id, and a number that another folder of that name does not have. Raises RunNotFoundError."""
    try:
        return run.id, run.path.stat().st_mtime_ns
    except OSError as error:
        raise RunNotFoundError(
            f"The run {run.id} is no longer to be found under {run.path}: {error.strerror}. It was deleted or moved, or its "
            "folder was closed to this server. Load the page anew to see the runs that are there."
        ) from error


class NotKeptError(ResultError):
    """The result has to be computed first."""
