"""What a job's process does: wait for its turn, work, tell. Started by an executor; `core.jobs.queue` knows what a job folder holds."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import LatentLensError
from core.jobs.events import EventWriter
from core.jobs.kinds import KINDS
from core.jobs.queue import ACTIVE, CANCEL, EVENTS, GRACE_SECONDS, Job, get_job, list_jobs
from core.keep.disk import refusals_told
from core.keep.files import lock
from core.output import lasting_output
from core.paths import artifacts_folder, jobs_folder, locks_folder

_POLL_SECONDS = 0.25


def work(job_id: str) -> int:
    """Do the job's work. Returns the exit status: 0 done, 1 failed, 130 cancelled."""
    job = get_job(job_id)
    events = EventWriter(job.path / EVENTS)
    cancelled = False

    def stop(number: int, frame: object) -> None:
        nonlocal cancelled
        cancelled = True
        raise KeyboardInterrupt  # no `except Exception` on the way takes it for a fault of a picture or a model

    def tell(event: dict[str, Any]) -> None:
        if event["event"] != "done":  # which is told last, here
            _tell(events.write, event)

    signal.signal(signal.SIGTERM, stop)
    status, last = 0, dict[str, Any]()
    try:
        with refusals_told(artifacts_folder()), _turn(job):
            _tell(events.write, {"event": "started"})
            made = KINDS[job.kind].work(job.config, tell)
        last = {"event": "done", "made": made}
    except LatentLensError as error:
        status, last = 1, {"event": "failed", "error": type(error).__name__, "message": str(error)}
    except KeyboardInterrupt:  # Ctrl+C is no less
        status, cancelled = 1, True
    except Exception as error:  # the page must hear of every end; the traceback goes to the job's log
        traceback.print_exc()
        status, last = 1, {"event": "failed", "error": type(error).__name__, "message": f"Unexpected: {error!r}"}
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends now in any case
    if status and cancelled:  # whatever a library made of the cancellation
        status, last = 130, {"event": "cancelled"}
    _tell(events.write_last, last)
    return status


@contextmanager
def _turn(job: Job) -> Iterator[None]:
    """Wait until no job before this one in its lane lives; then hold the lane's one place, whatever the names say."""
    lane = KINDS[job.kind].lane

    def is_ahead(other: Job) -> bool:
        return other.id < job.id and other.state in ACTIVE and KINDS[other.kind].lane == lane

    while any(map(is_ahead, list_jobs())):
        time.sleep(_POLL_SECONDS)
    with lock(locks_folder() / f"turn-{lane}.lock", wait=True):
        yield


def _tell(write: Callable[[dict[str, Any]], None], event: dict[str, Any]) -> None:
    """An event that the disk refuses is left out: the training's own files may still have room, or say why not."""
    try:
        write(event)
    except OSError as error:
        print(f"Could not write an event: {error}", file=sys.stderr)


def _heed_request(job: Path) -> None:
    """Stop this process when the job is asked to; after some seconds of grace without its consent."""
    while not os.path.exists(job / CANCEL):  # noqa: PTH110 - never raises
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    _end_group()


def _end_group() -> None:
    """End this process and whatever it started: it leads a group of its own."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(130)


def main(job_id: str, lock_number: int) -> None:
    """Be the process of that job. `lock_number` is the open file that holds its lock, until this process ends."""
    os.set_inheritable(lock_number, False)  # what the work starts must not hold it longer
    threading.Thread(target=_heed_request, args=(jobs_folder() / job_id,), daemon=True).start()
    with lasting_output():
        status = work(job_id)
    if status == 130:
        _end_group()
    sys.exit(status)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
