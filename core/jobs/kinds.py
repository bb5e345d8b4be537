"""What a job can do. A kind of work is a class here and an entry in `KINDS`."""

import contextlib
import os
from typing import Any, Protocol, TypeVar

from core.errors import InvalidInputError, JobConflictError, StoreError, UnknownNameError
from core.events import OnEvent
from core.jobs.pictures import AddPictures
from core.jobs.refresh import Refreshing
from core.keep.runs import get_run
from core.paths import runs_folder
from core.settings import RunConfig


class Settings(Protocol):
    """What a job is asked with: a frozen dataclass that goes to JSON; its kind's `read` brings it back."""

    def to_json(self) -> dict[str, Any]: ...


S = TypeVar("S", bound=Settings)


class Kind(Protocol[S]):
    """A kind of work.

    Attributes:
        settings: the class of its settings; each kind has one of its own.
        lane: jobs of one lane work one after the other, in the order they were asked for; lanes run side by side.
        resumes: a sentence for people: what is left of an interrupted job, and what asking for it again does.
    """

    settings: type[S]
    lane: str
    resumes: str

    def read(self, data: dict[str, Any]) -> S:
        """The settings that `to_json` gave. Raises InvalidInputError."""
        ...

    def target(self, settings: S) -> str:
        """What is made. Asking again for what a job already makes gives that job."""
        ...

    def check(self, settings: S) -> None:
        """Raise JobConflictError, or another LatentLensError, where there is nothing to do."""
        ...

    def is_made(self, settings: S) -> bool:
        """Whether what is made is there: a full disk may have kept the job from saying so. Never raises."""
        ...

    def work(self, settings: S, on_event: OnEvent) -> str:
        """Do it, in the job's process. Returns the id of what was made; `on_event` gets the events of `core.jobs.events`."""
        ...


class Training:
    """Train a run. Interrupted, it goes on from its last whole epoch."""

    settings = RunConfig
    lane = "training"  # two would only share the processor
    resumes = "Resume goes on from the last epoch."

    def read(self, data: dict[str, Any]) -> RunConfig:
        return RunConfig.from_json(data)

    def target(self, settings: RunConfig) -> str:
        return settings.run_id

    def check(self, settings: RunConfig) -> None:
        with contextlib.suppress(StoreError):  # not there, or damaged
            run = get_run(settings.run_id)
            raise JobConflictError(
                f"Run {run.id} is already trained. Open it instead, or change a setting to train another."
            )

    def is_made(self, settings: RunConfig) -> bool:
        return os.path.isdir(runs_folder() / settings.run_id)  # noqa: PTH112 - never raises

    def work(self, settings: RunConfig, on_event: OnEvent) -> str:
        from core.pipeline import train_run

        return train_run(settings, on_event=on_event).id


KINDS: dict[str, Kind[Any]] = {"train": Training(), "pictures": AddPictures(), "refresh": Refreshing()}


def kind_of(settings: object) -> tuple[str, Kind[Any]]:
    """The name of the kind of work that these settings ask for, and the kind. Raises InvalidInputError."""
    for name, kind in KINDS.items():
        if type(settings) is kind.settings:
            return name, kind
    known = ", ".join(kind.settings.__name__ for kind in KINDS.values())
    raise InvalidInputError(f"No job can be made of {settings!r}. Expected settings of one of: {known}.")


def read_request(data: dict[str, Any]) -> tuple[str, Any]:
    """The kind and the settings of a stored request.

    Raises InvalidInputError or UnknownNameError for one that this version does not know.
    """
    if "kind" not in data:  # written when every job was a training
        data = {"kind": "train", "settings": data}
    name, settings = data["kind"], data.get("settings")
    if not isinstance(name, str) or name not in KINDS:
        raise UnknownNameError("kind of job", name, KINDS)
    if not isinstance(settings, dict):
        raise InvalidInputError(f"A request has settings {settings!r}. Expected an object of names and values.")
    return name, KINDS[name].read(settings)


def request_of(settings: Settings) -> dict[str, Any]:
    """The request to store for these settings. Raises as `kind_of`."""
    return {"kind": kind_of(settings)[0], "settings": settings.to_json()}
