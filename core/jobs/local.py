"""Jobs as processes of this machine. A job lives as long as its lock file is held.

The lock is taken before the job can be seen and goes over to its process without a gap; the system lets go of it however the
process ends. No number of a process is ever looked up or signalled but that of one started here and not yet collected.
"""

import contextlib
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.errors import JobError
from core.keep.reading import without_waiting
from core.paths import ROOT, environment, jobs_folder

LOCK = "lock"
LOG = "log.txt"
_PROCESS = ("-m", "core.jobs.process")
# A job of an older version, one that is gone, or something in the lock's place that no process can hold.
_NO_LOCK = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO)


class LocalExecutor:
    """Starts a Python process a job, which outlives this one.

    Args:
        process: what Python is told to run, followed by the job's id and the number of the open lock file.
    """

    def __init__(self, process: tuple[str, ...] = _PROCESS):
        self._process = process
        self._claimed: dict[str, IO[str]] = {}
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    @contextlib.contextmanager
    def claim(self, job_id: str, folder: Path) -> Iterator[None]:
        try:
            import fcntl
        except ImportError:
            raise JobError(
                f"This system ({sys.platform}) cannot hand a lock over to a new process, so nothing can work beside the pages. "
                "Use the command line: `python -m core --help`."
            ) from None
        with open(folder / LOCK, "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self._claimed[job_id] = held
            try:
                yield
            finally:
                del self._claimed[job_id]

    def start(self, job_id: str) -> None:
        self._collect()
        lock_number = self._claimed[job_id].fileno()
        with open(jobs_folder() / job_id / LOG, "w") as log:
            try:
                self._started[job_id] = subprocess.Popen(
                    [sys.executable, *self._process, job_id, str(lock_number)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=ROOT,
                    env=environment(),
                    pass_fds=[lock_number],
                    start_new_session=True,  # closing the server's terminal must not end a training
                )
            except OSError as error:
                raise JobError(
                    f"The job cannot be started: {error.strerror}. Try again when less else runs."
                ) from error

    def alive(self, job_id: str) -> bool:
        return is_held(jobs_folder() / job_id / LOCK)

    def stop(self, job_id: str) -> None:
        process = self._started.get(job_id)
        if process is not None and process.poll() is None:  # not collected yet, so its number is still its own
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _collect(self) -> None:
        """Let go of processes that have ended."""
        for job_id, process in list(self._started.items()):
            if process.poll() is not None:
                del self._started[job_id]


def is_held(path: Path) -> bool:
    """Whether a process holds the lock file. True where the system does not say."""
    try:
        import fcntl
    except ImportError:  # no job was ever started here
        return False
    try:
        with open(path, "rb", opener=without_waiting) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _NO_LOCK
    return False
