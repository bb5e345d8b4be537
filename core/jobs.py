"""Training jobs: submit, watch, cancel, resume. A job is a process that ends in a run folder.

A job folder holds `request.json` (the run's configuration), `events.jsonl` (what the process tells, a JSON object a
line) and `log.txt` (what it prints besides). Jobs form a queue: each process waits until those submitted before it
have ended, so two trainings never share the processor. The process outlives the page, the browser and the server.
"""

import contextlib
import json
import os
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

from core.config import RunConfig
from core.errors import InvalidInputError, JobConflictError, JobError, RunNotFoundError, StoreError
from core.files import check_writable, new_folder, write_text
from core.paths import ROOT, jobs_folder
from core.store import get_run

QUEUED, RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = [
    "queued",
    "running",
    "done",
    "failed",
    "cancelled",
    "interrupted",
]
ACTIVE = (QUEUED, RUNNING)
_POLL_SECONDS = 0.5
_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Job:
    """A job folder. Every property reads what is on disk now; take a new Job to look again."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @cached_property
    def config(self) -> RunConfig:
        try:
            return RunConfig.from_json(json.loads((self.path / "request.json").read_text()))
        except (OSError, ValueError) as error:
            raise JobError(f"Job {self.id}: {self.path / 'request.json'} cannot be read: {error}") from error

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """All events so far. A half-written last line is left for the next look."""
        try:
            lines = (self.path / "events.jsonl").read_text().splitlines()
        except OSError:
            return []
        events = []
        for line in lines:
            try:
                events.append(json.loads(line))
            except ValueError:
                break
        return events

    @cached_property
    def state(self) -> str:
        """queued, running, done, failed, cancelled, or interrupted (the process is gone without a word)."""
        kinds = {event["event"] for event in self.events}
        for kind, state in (("done", DONE), ("cancelled", CANCELLED), ("failed", FAILED)):
            if kind in kinds:
                return state
        if not self._alive():
            return INTERRUPTED
        return RUNNING if "started" in kinds else QUEUED

    @property
    def message(self) -> str:
        """Why the job failed or was interrupted, in words for a person."""
        for event in reversed(self.events):
            if event["event"] == "failed":
                return event["message"]
        if self.state == INTERRUPTED:
            return "The process ended without a word (killed, or the machine restarted). Resume goes on from the last epoch."
        return ""

    @property
    def progress(self) -> dict[str, Any] | None:
        """The newest progress event, or None."""
        return next((event for event in reversed(self.events) if event["event"] == "progress"), None)

    @property
    def stage(self) -> str:
        return next((event["stage"] for event in reversed(self.events) if "stage" in event), "")

    def history(self, stage: str = "autoencoder") -> list[dict[str, float]]:
        """Epoch events of a stage, one an epoch (the last word counts where a resumed job told one twice)."""
        rows = {event["epoch"]: event for event in self.events if event["event"] == "epoch" and event["stage"] == stage}
        return [rows[epoch] for epoch in sorted(rows)]

    def _alive(self) -> bool:
        try:
            pid = int((self.path / "pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except ValueError:
            return False
        except OSError:
            # Just submitted: the process has had no time to write its number.
            return not (self.path / "pid").exists() and time.time() - self.path.stat().st_mtime < 10
        return self.id.encode() in command


def submit(config: RunConfig) -> Job:
    """Queue the training of `config`, or return the job that already has it in hand.

    Raises JobConflictError where the run is there already, and StorageWriteError where nothing can be written.
    """
    try:
        run = get_run(config.run_id)
    except (RunNotFoundError, StoreError):
        pass
    else:
        raise JobConflictError(
            f"Run {run.id} is already trained. Open it instead, or change a setting to train another."
        )
    check_writable(jobs_folder())
    for job in list_jobs():
        if job.state in ACTIVE and job.config.run_id == config.run_id:
            return job
    path = jobs_folder() / f"{time.time_ns():020d}-{uuid.uuid4().hex[:6]}"
    with new_folder(path) as arriving:
        (arriving / "request.json").write_text(json.dumps(config.to_json(), indent=1))
        (arriving / "events.jsonl").touch()
    with open(path / "log.txt", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.jobs", path.name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,  # closing the server's terminal must not end a training
        )
    write_text(path / "pid", str(process.pid))
    return Job(path)


def list_jobs() -> list[Job]:
    """All jobs, oldest first. Folders that hold no readable request are left out."""
    folder = jobs_folder()
    if not folder.is_dir():
        return []
    return [Job(path) for path in sorted(folder.iterdir()) if (path / "request.json").is_file() and path.name[0] != "."]


def get_job(job_id: str) -> Job:
    """The job of that id. Raises JobError."""
    path = jobs_folder() / job_id
    if Path(job_id).name != job_id or not (path / "request.json").is_file():
        raise JobError(f"No job {job_id!r}. It may have been removed; the page lists those there are.")
    return Job(path)


def cancel(job: Job) -> None:
    """Stop a queued or running job. Its checkpoint stays, so the same run can be resumed."""
    job = Job(job.path)
    if job.state not in ACTIVE:
        return
    try:
        pid = int((job.path / "pid").read_text())
        os.killpg(pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while Job(job.path).state in ACTIVE and time.monotonic() < deadline:
            _reap(pid)
            time.sleep(0.05)
        if Job(job.path).state in ACTIVE:
            os.killpg(pid, signal.SIGKILL)
            _reap(pid)
    except (OSError, ValueError):
        pass  # gone already
    if Job(job.path).state != DONE:
        _append(job.path, {"event": "cancelled"})


def resume(job: Job) -> Job:
    """Submit the same run again; it goes on from its last whole epoch. The old job folder is removed."""
    if Job(job.path).state in ACTIVE:
        return job
    fresh = submit(job.config)
    shutil.rmtree(job.path, ignore_errors=True)
    return fresh


def remove(job: Job) -> None:
    """Forget a job that has ended. The run it made stays."""
    if Job(job.path).state in ACTIVE:
        raise InvalidInputError(f"Job {job.id} is still {Job(job.path).state}. Cancel it first.")
    shutil.rmtree(job.path, ignore_errors=True)


def _reap(pid: int) -> None:
    """Collect a child that has ended, so that it does not look alive."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _append(path: Path, event: dict[str, Any]) -> None:
    with open(path / "events.jsonl", "a") as file:
        file.write(json.dumps({"time": round(time.time(), 2), **event}) + "\n")


def _wait_for_turn(job: Job) -> None:
    while any(other.state in ACTIVE for other in list_jobs() if other.id < job.id):
        time.sleep(_POLL_SECONDS)


def _work(job_id: str) -> int:
    """What the job's process does."""
    from core.errors import JobCancelledError, LatentLensError

    job = get_job(job_id)
    write_text(job.path / "pid", str(os.getpid()))

    cancelled = False

    def stop(signum, frame):
        nonlocal cancelled
        cancelled = True
        raise JobCancelledError("Cancelled.")

    signal.signal(signal.SIGTERM, stop)
    try:
        _wait_for_turn(job)
        _append(job.path, {"event": "started"})
        from core.pipeline import train_run

        run = train_run(job.config, on_event=lambda event: event["event"] == "done" or _append(job.path, event))
        _append(job.path, {"event": "done", "run": run.id})
    except JobCancelledError:
        _append(job.path, {"event": "cancelled"})
        return 130
    except LatentLensError as error:
        _append(job.path, {"event": "failed", "error": type(error).__name__, "message": str(error)})
        return 1
    except Exception as error:  # the page must hear of every end; the traceback goes to the job's log
        if cancelled:  # a library made an error of its own of the cancellation
            _append(job.path, {"event": "cancelled"})
            return 130
        _append(job.path, {"event": "failed", "error": type(error).__name__, "message": f"Unexpected: {error!r}"})
        raise
    return 0


if __name__ == "__main__":
    sys.exit(_work(sys.argv[1]))
