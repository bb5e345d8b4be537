"""Jobs for tests: a training of a moment, a folder as a job leaves it, one whose lock is held; and waiting for them."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

from core.jobs import queue as jobs
from core.keep.sealed import seal
from core.settings import RunConfig

TINY = RunConfig(dataset="digits", loss="mse", latent=3, epochs=2)

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def wait_for(job: jobs.Job, *states: str, seconds: float = 600) -> jobs.Job:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = jobs.Job(job.path)
        if job.state in states:
            return job
        time.sleep(0.05)
    log = (job.path / "log.txt").read_text()[-2000:]
    raise AssertionError(f"Job is {job.state} after {seconds} s, expected {states}. Its log: {log}")


def wait_until(condition, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def stored_job(artifacts: Path, name: str = "1-stored", request: str | bytes | None = None, events: str | bytes = ""):
    """A job folder as a job leaves it whose process has ended."""
    path = artifacts / "jobs" / name
    path.mkdir(parents=True)
    for file, content in (("request.json", request), ("events.jsonl", events), ("lock", "")):
        content = seal(TINY.to_json()) if content is None else content
        (path / file).write_bytes(content.encode() if isinstance(content, str) else content)
    return jobs.Job(path)


@contextlib.contextmanager
def held(job: jobs.Job, *more: str):
    """Another process holds the job's lock."""
    command = [sys.executable, "-c", HOLD, str(job.path / "lock"), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
