"""The user's own image sets: listed, found, renamed and removed."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.data.imageset import ImageSetInfo
from core.data.own.choices import check_title
from core.data.own.stored import NAME, OwnSet, gone, title_path, write_title
from core.errors import DataError, InvalidInputError, JobConflictError, LatentLensError, SetNotFoundError
from core.keep.disk import storage_error
from core.keep.files import lock, remove_folder
from core.paths import (
    checkpoints_folder,
    locks_folder,
    loss_networks_folder,
    namings_folder,
    pictures_folder,
    runs_folder,
)


@dataclass(frozen=True)
class DamagedSet:
    """A set that cannot be used, and why."""

    name: str
    path: Path
    reason: str


def own_sets() -> dict[str, OwnSet]:
    """The usable sets by name, sorted by title. Listed anew when the folder has changed."""
    return _listed(_stamp())[0]


def damaged_sets() -> list[DamagedSet]:
    """The sets that cannot be used. The others stay usable."""
    return list(_listed(_stamp())[1])


def find_own(name: str) -> OwnSet:
    """The set of that name. Raises SetNotFoundError where it is not there, or damaged."""
    sets, damaged = _listed(_stamp())
    if name in sets:
        return sets[name]
    for one in damaged:
        if one.name == name:
            raise SetNotFoundError(one.reason)
    raise gone(name)


def check_title_free(title: str, but: str = "") -> str:
    """The title, unless another set than `but` has it in any case. Raises InvalidInputError."""
    from core.data.sets import image_sets  # which lists the sets found here, too

    title = check_title(title)
    for info in image_sets().values():
        if info.name != but and title.casefold() in (info.title.casefold(), info.name.casefold()):
            raise InvalidInputError(
                f"There is an image set {info.title!r} already ({info.name}). Expected a name that no other has: choose another, or "
                "rename or remove that set first."
            )
    return title


@contextlib.contextmanager
def one_at_a_time(*, wait: bool = True) -> Iterator[bool]:
    """Within, no other process names, stores or removes a set. Yields whether it is so, which without `wait` it may not be."""
    with lock(locks_folder() / "pictures.lock", wait=wait) as held:
        yield held


def rename(name: str, title: str) -> ImageSetInfo:
    """Give a set another title; it stays the same set, with its runs.

    Raises InvalidInputError for a title that cannot be used or that another set has, SetNotFoundError, StorageWriteError.
    """
    with one_at_a_time():
        find_own(name)
        write_title(name, check_title_free(title, but=name))
        return find_own(name).info


def runs_on(name: str) -> list[str]:
    """Ids of the runs that were trained on a set, damaged ones included."""
    from core.keep.runs import run_folders

    return [path.name for path in run_folders(runs_folder()) if path.name.startswith(f"{name}-")]


def remove(name: str, *, runs: bool = False) -> list[str]:
    """Remove a set, damaged or not, with the names given to its clusters, what trainings on it left and, if told so, its runs.

    Returns the ids of the runs removed.

    Raises:
        InvalidInputError: there are runs on it, and they were not to be removed too; lists them.
        JobConflictError: a training on it is running.
        SetNotFoundError: no such set.
        StorageWriteError: the disk refuses.
    """
    from core.keep.runs import delete_run

    path = pictures_folder() / name
    if not NAME.fullmatch(name) or not os.path.lexists(path):
        raise gone(name)
    with one_at_a_time(), contextlib.ExitStack() as held:
        for file in locks_folder().glob(f"{name}-*.lock"):
            if not held.enter_context(lock(file, wait=False)):
                raise JobConflictError(
                    f"{file.stem} is being trained on this set right now. Wait for it to end, or cancel it."
                )
        there = runs_on(name)
        if there and not runs:
            raise InvalidInputError(
                f"{len(there)} {'run was' if len(there) == 1 else 'runs were'} trained on {name}: {', '.join(there)}. Expected to be "
                "told that they go too: without their pictures they cannot be looked at in full. Add `--runs` to remove both."
            )
        for run_id in there:
            delete_run(run_id)
        remove_folder(path)
        try:
            title_path(name).unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(path, error) from error
        made = [found for place in (loss_networks_folder(), checkpoints_folder()) for found in place.glob(f"{name}-*")]
        for folder in [namings_folder() / name, *made]:
            shutil.rmtree(folder, ignore_errors=True)
    return there


@lru_cache(maxsize=4)
def _listed(stamp: tuple[tuple[str, int, int], ...]) -> tuple[dict[str, OwnSet], tuple[DamagedSet, ...]]:
    found, damaged = [], []
    for path, *_ in stamp:
        if NAME.fullmatch(Path(path).name):
            one = OwnSet(Path(path))
            try:
                found.append((one.info.title.casefold(), one.name, one))
            except SetNotFoundError:
                continue  # removed since the folder was listed
            except DataError as error:
                damaged.append(DamagedSet(one.name, one.path, str(error)))
    return {name: one for _, name, one in sorted(found, key=lambda entry: entry[:2])}, tuple(damaged)


def _stamp() -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a set or a title comes, goes or is replaced. Empty where the folder cannot be listed."""
    try:
        with os.scandir(pictures_folder()) as entries:
            return tuple(sorted(_seen(entry) for entry in entries if entry.name[0] != "."))
    except (OSError, LatentLensError):  # told with the runs
        return ()


def _seen(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        found = entry.stat()
        return entry.path, found.st_mtime_ns, found.st_ino
    except OSError:  # removed since the folder was listed, or a link to nothing: the other sets stay
        return entry.path, 0, 0
