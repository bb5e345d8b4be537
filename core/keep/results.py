"""Results: what was computed from a run, kept beside it under run, stage, stage version and settings. Nothing is computed twice.

A result is a sealed folder (`core.keep.sealed`), `results/RUN/STAGE-FINGERPRINT/`, that holds

    result.json     the stage, its version, the settings, the result's values, and the seconds that it took
    NAME.npy        one file an array
    NAME            any other file, such as a model

It never changes. One that is damaged is set aside and computed anew.
"""

import dataclasses
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypedDict

import numpy as np

from core.errors import FileDamagedError, LatentLensError
from core.keep.files import check_writable, lock, set_aside
from core.keep.reading import parse_array, parse_json
from core.keep.sealed import MANIFEST, SealedFolder, write_sealed_folder
from core.paths import checkpoints_folder, locks_folder, results_folder

if TYPE_CHECKING:
    from core.keep.run import Run

_log = logging.getLogger(__name__)

SCORE = "score-"  # how the names of stages begin that give a score
_RECORD, _ARRAY = "result.json", ".npy"
_DTYPES = ("bool", "uint8", "int16", "uint16", "int32", "int64", "float16", "float32", "float64")


class Stage(Protocol):
    """What a result is of. A version is raised where the same settings would give another result."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...


class Settings(Protocol):
    """A frozen dataclass whose values go to JSON."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True)
class NoSettings:
    """The settings of a stage that has none."""


@dataclass(frozen=True, eq=False)
class Result:
    """Numbers and texts that go to JSON, arrays by name, and the content of other files by their names, such as `model.onnx`."""

    values: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)


class _Record(TypedDict):
    of: str  # the run's digest
    stage: str
    version: int
    settings: dict[str, Any]
    default: bool
    values: dict[str, Any]
    seconds: float


def get(run: "Run", stage: Stage, settings: Settings) -> Result | None:
    """The result that is kept beside the run, or None. Raises RunCorruptError for a damaged run."""
    name = _name(run, stage, settings)
    for place in _places(run):
        folder = SealedFolder(place / name, run.id)
        if not os.path.isdir(folder.path):  # noqa: PTH112 - never raises, whatever the folder's permissions
            continue
        try:
            record = _record(folder)
            # A later version may know more settings than it was kept with.
            if record["settings"].items() <= dataclasses.asdict(settings).items():
                return Result(record["values"], _arrays(folder), record["seconds"], _files(folder))
            _log.warning("%s is of other settings, %s. It is computed anew.", folder.path, record["settings"])
        except FileDamagedError as error:
            _log.warning("%s The result is computed anew.", error)
        if not (run.bundled and place == _beside(run)):  # what comes with the project is never moved
            set_aside(folder.path)
    return None


def put(run: "Run", stage: Stage, settings: Settings, result: Result) -> None:
    """Keep a result. One that is there already stays. Raises StorageWriteError; ValueError for a file that takes another's name."""
    for name in result.files:
        if name in (_RECORD, MANIFEST) or name.endswith(_ARRAY):
            raise ValueError(f"A result's file is named {name!r}. Expected a name that nothing else of a result has.")
    record = _Record(
        of=run.digest, stage=stage.name, version=stage.version, settings=dataclasses.asdict(settings),
        default=not changed(settings), values=result.values, seconds=result.seconds,
    )  # fmt: skip

    def fill(folder: Path) -> None:
        (folder / _RECORD).write_text(json.dumps(record, indent=1, allow_nan=False))
        for name, array in result.arrays.items():
            np.save(folder / f"{name}{_ARRAY}", array, allow_pickle=False)
        for name, content in result.files.items():
            (folder / name).write_bytes(content)

    write_sealed_folder(_home(run) / _name(run, stage, settings), run.id, fill)


def computed(run: "Run", stage: Stage, settings: Settings, compute: Callable[[], Result]) -> Result:
    """The kept result, or `compute`'s, which is then kept. Others who want the same wait for it, in other processes too.

    Raises StorageWriteError, before anything is computed, where it could not be kept.
    """
    if found := get(run, stage, settings):
        return found
    check_writable(_home(run))
    path = locks_folder() / f"{run.id}-{_name(run, stage, settings)}.lock"
    with lock(path, wait=True):
        if (found := get(run, stage, settings)) is None:  # else another has computed it meanwhile
            started = time.perf_counter()
            found = compute()
            found = dataclasses.replace(found, seconds=round(time.perf_counter() - started, 2))
            put(run, stage, settings, found)
        with suppress(OSError):  # whoever still waits for this very file finds the result
            path.unlink()
        return found


def checkpoint_of(run: "Run", stage: Stage, settings: Settings) -> Path:
    """A folder from which computing this very result can go on after an interruption; removed once the result is kept."""
    return checkpoints_folder() / f"{run.id}-{_name(run, stage, settings)}"


def checkpoints_of(run_id: str) -> list[Path]:
    """Such folders of any result of a run. Those of trainings, and of runs whose ids only begin so, are none of them."""
    folder, own = checkpoints_folder(), re.compile(re.escape(run_id) + r"-[a-z_-]+-[0-9a-f]{16}")
    return [path for path in folder.iterdir() if own.fullmatch(path.name)] if folder.is_dir() else []


def kept_settings(run: "Run", stage: str) -> list[dict[str, Any]]:
    """The settings with which results of a stage are kept beside the run."""
    return [record["settings"] for record in _records(run.id, run.digest, _folders(run, f"{stage}-"))]


def scores(run: "Run") -> dict[str, Any]:
    """Scores with default settings that are kept beside the run, by name without `SCORE`. Of several versions the newest."""
    records = [record for record in _records(run.id, run.digest, _folders(run, SCORE)) if record["default"]]
    records.sort(key=lambda record: record["version"])
    return {record["stage"].removeprefix(SCORE): record["values"]["score"] for record in records}


def _folders(run: "Run", start: str) -> tuple[Path, ...]:
    """The folders of results of the stages whose name begins so."""
    folders: list[Path] = []
    for place in _places(run):
        with suppress(OSError):  # none, or not to be listed: they are computed anew
            folders += sorted(path for path in place.iterdir() if path.name.startswith(start))
    return tuple(folders)


@lru_cache(maxsize=256)
def _records(run_id: str, digest: str, folders: tuple[Path, ...]) -> list[_Record]:
    """What is said of results of this very run. A folder's content never changes: the same names say the same."""
    records = []
    for folder in folders:
        with suppress(FileDamagedError):  # `get` tells of it
            records.append(_record(SealedFolder(folder, run_id)))
    return [record for record in records if record["of"] == digest]


def _record(folder: SealedFolder) -> _Record:
    return parse_json(folder.read(_RECORD), _Record, folder.path / _RECORD)


def _arrays(folder: SealedFolder) -> dict[str, np.ndarray]:
    return {
        name.removesuffix(_ARRAY): parse_array(folder.read(name), folder.path / name, dtypes=_DTYPES, shape=None)
        for name in folder.manifest["files"]
        if name.endswith(_ARRAY)
    }


def _files(folder: SealedFolder) -> dict[str, bytes]:
    others = (name for name in folder.manifest["files"] if name != _RECORD and not name.endswith(_ARRAY))
    return {name: folder.read(name) for name in others}


def _name(run: "Run", stage: Stage, settings: Settings) -> str:
    """Of the stage and a fingerprint of all that the result depends on. Only settings that are not default count: one that a
    later version adds, with a default that leaves results as they are, makes nothing be computed anew.
    """
    key = [run.digest, stage.version, changed(settings)]
    return f"{stage.name}-{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]}"


def changed(settings: Settings) -> dict[str, Any]:
    """The settings that are not default."""
    return {
        one.name: getattr(settings, one.name)
        for one in dataclasses.fields(settings)
        if getattr(settings, one.name) != one.default
    }


def _home(run: "Run") -> Path:
    """Where new results of a run go."""
    return results_folder() / run.id


def _beside(run: "Run") -> Path:
    return run.path.parents[1].joinpath("results", run.id)


def _places(run: "Run") -> Iterator[Path]:
    """Where results of a run may lie: beside its store, with which they may have come, and where new ones go."""
    yield _beside(run)
    with suppress(LatentLensError):  # told with the runs
        if (home := _home(run)) != _beside(run):
            yield home
