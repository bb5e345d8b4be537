"""What a job tells while it works: one JSON object a line, its type checked when it is read back."""

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec

from core.errors import FileDamagedError
from core.keep.reading import parse_json, read_bytes, without_waiting

_MAX_BYTES = 200_000_000  # of a training of days
_SPARE_BYTES = 8192

Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
StageName = Annotated[str, msgspec.Meta(pattern="^[a-z -]{1,40}$")]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=str.lower, omit_defaults=True):
    """Any event; the name of its class, in small letters, is its `event`."""

    time: float | None = None  # seconds since 1970 by the clock of that moment


class Started(Event, frozen=True):
    pass


class Stage(Event, frozen=True):
    stage: StageName


class Resumed(Event, frozen=True):
    stage: StageName
    epoch: Count
    epochs: Count


class Gentler(Event, frozen=True):
    """A network died; its training begins again at a lower rate."""

    stage: StageName
    attempt: Count
    learning_rate: Amount


class Progress(Event, frozen=True):
    stage: StageName
    done: Count
    total: Count
    # Of a training; other stages tell none of them.
    epoch: Count | None = None
    epochs: Count | None = None
    images_per_second: Amount | None = None
    seconds_left: Amount | None = None


class Epoch(Event, frozen=True):
    stage: StageName
    epoch: Count
    loss: float
    validation_loss: float | None = None


class Skipped(Event, frozen=True):
    """A result that could not be computed here; the others are."""

    stage: Annotated[str, msgspec.Meta(pattern="^[a-z_-]{1,60}$")]
    message: str


class Done(Event, frozen=True):
    made: str | None = None  # the id of the run, or of whatever else the job makes


class Cancelled(Event, frozen=True):
    pass


class Failed(Event, frozen=True):
    message: str
    error: str = ""


_ANY: Any = Started | Stage | Resumed | Gentler | Progress | Epoch | Skipped | Done | Cancelled | Failed


def read_events(path: Path) -> tuple[list[Event], str]:
    """All whole events of the file in their order, and in words what of it could not be read ("" for nothing).

    What follows the last line end is left for the next look: it is being written.
    """
    try:
        lines = read_bytes(path, limit=_MAX_BYTES).split(b"\n")[:-1]
    except FileDamagedError as error:
        return [], str(error)
    events: list[Event] = []
    damaged: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            if line:
                events.append(parse_json(line, _ANY, f"Line {number} of {path}"))
        except FileDamagedError as error:
            damaged.append(str(error))
    more = f" So are {len(damaged) - 1} more lines." if len(damaged) > 1 else ""
    return events, f"{damaged[0]} It is left out.{more}" if damaged else ""


class EventWriter:
    """Appends events to a file. Raises OSError where the disk refuses one; the next begins on a line of its own."""

    def __init__(self, path: Path):
        self._path = path
        self._spare = path.with_name("spare")
        self._line_open = False

    def prepare(self) -> None:
        """Make the file, and keep a little room on the disk for the last words."""
        self._path.touch()
        self._spare.write_bytes(os.urandom(_SPARE_BYTES))

    def write(self, event: dict[str, Any]) -> None:
        text = json.dumps({"time": round(time.time(), 2), **event})
        start, self._line_open = "\n" if self._line_open else "", True
        with open(self._path, "a", opener=without_waiting) as file:
            file.write(f"{start}{text}\n")
        self._line_open = False

    def write_last(self, event: dict[str, Any]) -> None:
        """Write how the job ended, with the room that was kept for it."""
        self._spare.unlink(missing_ok=True)
        self.write(event)
