"""Jobs: submit, watch, cancel, resume. A job does what one of `core.jobs.kinds` says, in a process of its own.

A job folder holds

    request.json    the kind of work and its settings, with their checksum
    events.jsonl    what the process tells (`core.jobs.events`)
    log.txt         what it prints besides
    lock            held as long as the job lives (`core.jobs.local`)
    cancel          the request to stop, which the process looks for

Jobs of one lane form a queue in the order of their names: two trainings never share the processor. The process outlives
the page, the browser and the server.
"""

import contextlib
import os
import re
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from core.errors import InvalidInputError, JobConflictError, JobError, LatentLensError
from core.jobs.events import Cancelled, Done, Epoch, Event, EventWriter, Failed, Progress, Skipped, Started, read_events
from core.jobs.executor import Executor
from core.jobs.kinds import KINDS, Settings, kind_of, read_request, request_of
from core.jobs.local import LocalExecutor
from core.keep.disk import refusals_told
from core.keep.files import check_writable, lock, new_folder, remove_folder
from core.keep.reading import parse_json, read_bytes
from core.keep.sealed import seal, unseal
from core.paths import jobs_folder, locks_folder

QUEUED, RUNNING, CANCELLING, DONE, FAILED, CANCELLED, INTERRUPTED, DAMAGED = [
    "queued",
    "running",
    "cancelling",
    "done",
    "failed",
    "cancelled",
    "interrupted",
    "damaged",
]
ACTIVE = (QUEUED, RUNNING, CANCELLING)
MAX_WAITING = 20

REQUEST = "request.json"
EVENTS = "events.jsonl"
CANCEL = "cancel"
GRACE_SECONDS = 3.0  # between the request to stop and the end of a process that is busy
_NAME = re.compile(r"[0-9a-z][0-9a-z_.-]*")
_OWN_NAME = re.compile(r"(\d{20})-[0-9a-f]{6}")
_MAX_REQUEST_BYTES = 100_000

executor: Executor = LocalExecutor()
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Job:
    """A job folder. Every property reads what is on disk now; take a new Job to look again.

    No property but `kind` and `config` raises, whatever is on disk.
    """

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def kind(self) -> str:
        """Its name in `core.jobs.kinds.KINDS`. Raises as `config`."""
        return self._request[0]

    @property
    def config(self) -> Any:
        """The settings it was asked with; of a training a RunConfig.

        Raises JobError, naming the file and the reason, where they cannot be read; `state` is then `damaged`.
        """
        return self._request[1]

    @cached_property
    def _request(self) -> tuple[str, Any]:
        path = self.path / REQUEST
        try:
            raw = read_bytes(path, limit=_MAX_REQUEST_BYTES)
            data = parse_json(raw, dict[str, Any], path)
            if "sha256" in data:  # older ones carry none
                data = unseal(raw, dict[str, Any], path)
            return read_request(data)
        except LatentLensError as error:
            raise JobError(f"Job {self.id} is damaged: {error} Clear it, and start the work anew.") from error

    @cached_property
    def state(self) -> str:
        """queued, running, cancelling, done, failed, cancelled, interrupted (gone without a word) or damaged."""
        if self._damage:
            return DAMAGED
        if self._last(Done):
            return DONE
        if self._last(Failed):
            return FAILED
        asked = os.path.exists(self.path / CANCEL) or self._last(Cancelled) is not None  # noqa: PTH110 - never raises
        if self.lives:
            return CANCELLING if asked else RUNNING if self._last(Started) else QUEUED
        if KINDS[self.kind].is_made(self.config):
            return DONE
        return CANCELLED if asked else INTERRUPTED

    @property
    def lives(self) -> bool:
        """Whether the job's process had not ended at the time of the look."""
        return self._look[0]

    @property
    def message(self) -> str:
        """Why the job failed, was interrupted or is damaged, and what cannot be read of it, in words for a person."""
        if self.state == DAMAGED:
            return self._damage
        words = ""
        if self.state == CANCELLING:
            words = "It was asked to stop and has not done so yet."
        elif self.state == INTERRUPTED:
            words = (
                "The process ended without a word (killed, the machine restarted, or the disk took nothing more). "
                + KINDS[self.kind].resumes
            )
        elif self.state == FAILED and (failed := self._last(Failed)):
            words = failed.message
        return f"{words} {self._look[2]}".strip()

    @property
    def made(self) -> str | None:
        """The id of what the job has made, where it has told; for a training the run's."""
        done = self._last(Done)
        return done.made if done else None

    @property
    def progress(self) -> Progress | None:
        """The newest progress event, or None."""
        return self._last(Progress)

    @property
    def stage(self) -> str:
        """What it does now, in the words of its events."""
        works = (event for event in reversed(self.events) if not isinstance(event, Skipped))
        return next((event.stage for event in works if hasattr(event, "stage")), "")

    @property
    def events(self) -> list[Event]:
        """All events so far."""
        return self._look[1]

    def history(self, stage: str = "autoencoder") -> list[dict[str, float]]:
        """`epoch`, `loss` and, where all have one, `validation_loss` of a stage's epochs (the last word of each counts)."""
        told = {event.epoch: event for event in self.events if isinstance(event, Epoch) and event.stage == stage}
        rows = [told[epoch] for epoch in sorted(told)]
        names = ["epoch", "loss"]
        if all(row.validation_loss is not None for row in rows):
            names.append("validation_loss")
        return [{name: getattr(row, name) for name in names} for row in rows]

    @cached_property
    def _look(self) -> tuple[bool, list[Event], str]:
        """Whether the process lives; its events; what of them cannot be read. In this order: its last words are not missed."""
        return (executor.alive(self.id), *read_events(self.path / EVENTS))

    @cached_property
    def _damage(self) -> str:
        try:
            _ = self.config
            return ""
        except JobError as error:
            return str(error)

    def _last(self, kind: type[E]) -> E | None:
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)


def submit(settings: Settings) -> Job:
    """Queue what `settings` ask for (a RunConfig: its training), or return the job that already has it in hand.

    Raises JobConflictError where the result is there already or too many jobs wait, StorageWriteError where nothing can be
    written, and JobError where no process can be started.
    """
    name, kind = kind_of(settings)
    kind.check(settings)
    check_writable(jobs_folder())
    with refusals_told(jobs_folder()), lock(locks_folder() / "submit.lock", wait=True):
        active = [job for job in list_jobs() if job.state in ACTIVE]
        for job in active:
            if job.kind == name and kind.target(job.config) == kind.target(settings):
                return job
        waiting = sum(job.state == QUEUED for job in active)
        if waiting >= MAX_WAITING:
            raise JobConflictError(
                f"{waiting} jobs wait already, expected fewer than {MAX_WAITING}. Wait until some have ended, or take "
                "some off the queue."
            )
        return _start(settings)


def _start(settings: Settings) -> Job:
    job = Job(jobs_folder() / _next_name())
    with contextlib.ExitStack() as claimed:
        with new_folder(job.path) as arriving:
            (arriving / REQUEST).write_text(seal(request_of(settings)))
            EventWriter(arriving / EVENTS).prepare()
            claimed.enter_context(executor.claim(job.id, arriving))
        try:
            executor.start(job.id)
        except (LatentLensError, OSError):
            remove_folder(job.path)
            raise
    return job


def _next_name() -> str:
    """A name behind all there are, also where the clock was set back: names are the order of the queue."""
    names = (_OWN_NAME.fullmatch(job.id) for job in list_jobs())
    number = max([time.time_ns(), *(int(name[1]) + 1 for name in names if name)])
    return f"{number:020d}-{uuid.uuid4().hex[:6]}"


def list_jobs() -> list[Job]:
    """All jobs in the order of the queue, damaged ones included. Raises JobError where the folder cannot be listed."""
    folder = jobs_folder()
    try:
        with os.scandir(folder) as entries:
            # Not the entry's own `is_dir`, which raises for a link to itself: one such would hide all jobs.
            names = sorted(entry.name for entry in entries if _NAME.fullmatch(entry.name) and os.path.isdir(entry))  # noqa: PTH112
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JobError(
            f"The jobs in {folder} cannot be listed: {error.strerror}. Make it a readable folder."
        ) from error
    return [Job(folder / name) for name in names]


def get_job(job_id: str) -> Job:
    """The job of that id. Raises JobError."""
    for job in list_jobs():
        if job.id == job_id:
            return job
    raise JobError(f"No job {job_id!r}. It may have been removed; the page lists those there are.")


def cancel(job: Job) -> None:
    """Ask a queued or running job to stop, and wait some seconds until it has. What its kind keeps stays, so it can be resumed.

    A process that cannot obey, stopped by a signal or hanging, is ended where this process started it; else the job stays
    `cancelling`. Raises StorageWriteError.
    """
    if not Job(job.path).lives:
        return
    with refusals_told(job.path):
        (job.path / CANCEL).touch()
    if _has_ended(job, within=2 * GRACE_SECONDS):
        return
    executor.stop(job.id)
    _has_ended(job, within=GRACE_SECONDS)


def resume(job: Job) -> Job:
    """Submit the same work again; it goes on as its kind's `resumes` says. The old job folder is removed. Raises as `submit`."""
    if Job(job.path).lives:
        return job
    fresh = submit(job.config)  # as it was read: another visitor may have resumed it since
    remove_folder(job.path)
    return fresh


def remove(job: Job) -> None:
    """Forget a job that has ended, or a damaged one, which is cancelled first. What it made stays.

    Raises InvalidInputError where it has not ended, and StorageWriteError.
    """
    now = Job(job.path)
    if now.state == DAMAGED:
        cancel(now)
        now = Job(job.path)
    if now.state in ACTIVE or (now.state == DAMAGED and now.lives):
        raise InvalidInputError(f"Job {job.id} is still {now.state}. Cancel it first.")
    remove_folder(job.path)


def _has_ended(job: Job, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while Job(job.path).lives:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
