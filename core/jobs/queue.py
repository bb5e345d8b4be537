"""Training jobs: submit, watch, cancel, resume. A job is a process (`core.jobs.process`) that ends in a run folder.

A job folder holds

    request.json    the run's configuration, with its checksum
    events.jsonl    what the process tells (`core.jobs.events`)
    log.txt         what it prints besides
    lock            held from before the job can be seen until its process has ended: that, and no number of a process,
                    says whether it lives; the system lets go of it however the process ends
    cancel          the request to stop, which the process looks for

Jobs form a queue in the order of their names: two trainings never share the processor. The process outlives the page,
the browser and the server. Nothing is ever signalled but a process that this one started and still holds.
"""

import contextlib
import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.errors import InvalidInputError, JobConflictError, JobError, LatentLensError, StoreError
from core.jobs.events import Cancelled, Done, Epoch, Event, EventWriter, Failed, Progress, Started, read_events
from core.keep.disk import refusals_told
from core.keep.files import ARRIVING, check_writable, lock, new_folder
from core.keep.reading import parse_json, read_bytes, without_waiting
from core.keep.runs import get_run
from core.keep.sealed import seal, unseal
from core.paths import ROOT, environment, jobs_folder, locks_folder, runs_folder
from core.settings import RunConfig

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

EVENTS = "events.jsonl"
CANCEL = "cancel"
GRACE_SECONDS = 3.0  # between the request to stop and the end of a process that is busy
_LOCK = "lock"
# A job of an older version, one that is gone, or something in the lock's place that no process can hold.
_NO_LOCK = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO)
_PROCESS = ("-m", "core.jobs.process")
_NAME = re.compile(r"[0-9a-z][0-9a-z_.-]*")
_OWN_NAME = re.compile(r"(\d{20})-[0-9a-f]{6}")
_MAX_REQUEST_BYTES = 100_000

_WORDS = {
    CANCELLING: "It was asked to stop and has not done so yet.",
    INTERRUPTED: "The process ended without a word (killed, the machine restarted, or the disk took nothing more). Resume "
    "goes on from the last epoch.",
}
_started: dict[str, subprocess.Popen] = {}  # by job id; those of this very process


@dataclass(frozen=True)
class Job:
    """A job folder. Every property reads what is on disk now; take a new Job to look again.

    No property but `config` raises, whatever is on disk.
    """

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @cached_property
    def config(self) -> RunConfig:
        """Raises JobError, naming the file and the reason, where it cannot be read; `state` is then `damaged`."""
        path = self.path / "request.json"
        try:
            raw = read_bytes(path, limit=_MAX_REQUEST_BYTES)
            data = parse_json(raw, dict[str, Any], path)
            if "sha256" in data:  # older ones carry none
                data = unseal(raw, dict[str, Any], path)
            return RunConfig.from_json(data)
        except LatentLensError as error:
            raise JobError(f"Job {self.id} is damaged: {error} Clear it, and start the training anew.") from error

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
        # A full disk may have kept the job from saying that it was done.
        if os.path.isdir(runs_folder() / self.config.run_id):  # noqa: PTH112 - never raises
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
        words = _WORDS.get(self.state, "")
        if self.state == FAILED:
            words = self._last(Failed).message
        return f"{words} {self._look[2]}".strip()

    @property
    def progress(self) -> Progress | None:
        """The newest progress event, or None."""
        return self._last(Progress)

    @property
    def stage(self) -> str:
        return next((event.stage for event in reversed(self.events) if hasattr(event, "stage")), "")

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
        return (_is_held(self.path / _LOCK), *read_events(self.path / EVENTS))

    @cached_property
    def _damage(self) -> str:
        try:
            _ = self.config
            return ""
        except JobError as error:
            return str(error)

    def _last(self, kind: type) -> Any:
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)


def submit(config: RunConfig) -> Job:
    """Queue the training of `config`, or return the job that already has it in hand.

    Raises JobConflictError where the run is there already or too many trainings wait, and StorageWriteError where nothing
    can be written.
    """
    with contextlib.suppress(StoreError):  # not there, or damaged
        run = get_run(config.run_id)
        raise JobConflictError(
            f"Run {run.id} is already trained. Open it instead, or change a setting to train another."
        )
    check_writable(jobs_folder())
    with refusals_told(jobs_folder()), lock(locks_folder() / "submit.lock", wait=True):
        active = [job for job in list_jobs() if job.state in ACTIVE]
        for job in active:
            if job.config.run_id == config.run_id:
                return job
        waiting = sum(job.state == QUEUED for job in active)
        if waiting >= MAX_WAITING:
            raise JobConflictError(
                f"{waiting} trainings wait already, expected fewer than {MAX_WAITING}. Wait until some have ended, or take "
                "some off the queue."
            )
        return _start(config)


def _start(config: RunConfig) -> Job:
    path = jobs_folder() / _next_name()
    with new_folder(path) as arriving:
        (arriving / "request.json").write_text(seal(config.to_json()))
        EventWriter(arriving / EVENTS).prepare()
        log, held = open(arriving / "log.txt", "w"), open(arriving / _LOCK, "w")  # noqa: SIM115 - closed below
        fcntl.flock(held, fcntl.LOCK_EX)
    job = Job(path)
    with log, held:
        for job_id, process in list(_started.items()):
            if process.poll() is not None:
                del _started[job_id]
        try:
            _started[job.id] = subprocess.Popen(
                [sys.executable, *_PROCESS, job.id, str(held.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=environment(),
                pass_fds=[held.fileno()],  # the lock goes over to the process without a gap
                start_new_session=True,  # closing the server's terminal must not end a training
            )
        except OSError as error:
            _drop(job)
            raise JobError(
                f"The training cannot be started: {error.strerror}. Try again when less else runs."
            ) from error
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
    """Ask a queued or running job to stop, and wait some seconds until it has. Its checkpoint stays, so it can be resumed.

    A process that cannot obey, stopped by a signal or hanging, is ended where this process started it; else the job stays
    `cancelling`. Raises StorageWriteError.
    """
    if not Job(job.path).lives:
        return
    with refusals_told(job.path):
        (job.path / CANCEL).touch()
    if _has_ended(job, within=2 * GRACE_SECONDS):
        return
    process = _started.get(job.id)
    if process is not None and process.poll() is None:  # not collected yet, so its number is still its own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _has_ended(job, within=GRACE_SECONDS)


def resume(job: Job) -> Job:
    """Submit the same run again; it goes on from its last whole epoch. The old job folder is removed. Raises as `submit`."""
    if Job(job.path).lives:
        return job
    fresh = submit(job.config)  # as it was read: another visitor may have resumed it since
    _drop(job)
    return fresh


def remove(job: Job) -> None:
    """Forget a job that has ended, or a damaged one, which is cancelled first. The run it made stays.

    Raises InvalidInputError where it has not ended, and StorageWriteError.
    """
    now = Job(job.path)
    if now.state == DAMAGED:
        cancel(now)
        now = Job(job.path)
    if now.state in ACTIVE or (now.state == DAMAGED and now.lives):
        raise InvalidInputError(f"Job {job.id} is still {now.state}. Cancel it first.")
    _drop(job)


def _drop(job: Job) -> None:
    """Take the folder away in one step, unless somebody else has."""
    leaving = job.path.with_name(f"{ARRIVING}deleted-{uuid.uuid4().hex[:8]}")
    with refusals_told(job.path):
        try:
            os.replace(job.path, leaving)
        except FileNotFoundError:
            return
    shutil.rmtree(leaving, ignore_errors=True)


def _has_ended(job: Job, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while Job(job.path).lives:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def _is_held(path: Path) -> bool:
    """Whether a process holds the lock file. Where the system does not say, it might: nothing may then be deleted."""
    try:
        with open(path, "rb", opener=without_waiting) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _NO_LOCK
    return False
