import json
import os
import signal
import time
from types import SimpleNamespace

import pytest

from core import jobs
from core.config import RunConfig
from core.errors import InvalidInputError, JobCancelledError, JobConflictError, JobError
from core.store import get_run

TINY = RunConfig(dataset="digits", loss="mse", latent=3, epochs=2)
LONG = RunConfig(dataset="digits", loss="mse", latent=3, epochs=100)


def wait_for(job: jobs.Job, *states: str, seconds: float = 240) -> jobs.Job:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = jobs.Job(job.path)
        if job.state in states:
            return job
        time.sleep(0.1)
    log = (job.path / "log.txt").read_text()[-2000:]
    raise AssertionError(f"Job is {job.state} after {seconds} s, expected {states}. Its log: {log}")


@pytest.fixture
def ended(artifacts):
    """Whatever a test started has ended when it is over."""
    yield
    for job in jobs.list_jobs():
        jobs.cancel(job)


def test_a_job_trains_a_run_while_a_second_one_waits_its_turn(artifacts, ended):
    first, second = jobs.submit(TINY), jobs.submit(LONG)
    assert jobs.submit(TINY).id == first.id  # asked for twice, made once
    first = wait_for(first, jobs.DONE, jobs.FAILED)
    assert first.state == jobs.DONE
    assert get_run(TINY.run_id).config == TINY
    assert [row["epoch"] for row in first.history()] == [1, 2]
    starts = {
        job.id: next((event["time"] for event in jobs.Job(job.path).events if event["event"] == "started"), None)
        for job in (first, second)
    }
    finished = next(event["time"] for event in first.events if event["event"] == "done")
    assert starts[second.id] is None or starts[second.id] >= finished
    with pytest.raises(JobConflictError, match="already trained"):
        jobs.submit(TINY)


def test_cancel_ends_the_process_and_resume_goes_on_from_the_last_epoch(artifacts, ended):
    job = jobs.submit(LONG)
    deadline = time.monotonic() + 240
    while len(jobs.Job(job.path).history()) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    jobs.cancel(job)
    job = jobs.Job(job.path)
    assert job.state == jobs.CANCELLED
    done = len(job.history())
    assert done >= 2
    fresh = jobs.resume(job)
    assert not job.path.exists()
    deadline = time.monotonic() + 240
    while not jobs.Job(fresh.path).history() and time.monotonic() < deadline:
        time.sleep(0.1)
    jobs.cancel(fresh)
    assert jobs.Job(fresh.path).history()[0]["epoch"] >= done


def test_a_job_that_died_without_a_word_is_told_as_interrupted(artifacts):
    path = artifacts / "jobs" / "1-dead"
    path.mkdir(parents=True)
    (path / "request.json").write_text(json.dumps(TINY.to_json()))
    (path / "events.jsonl").write_text('{"event": "started"}\n{"event": "prog')
    (path / "pid").write_text("999999999")
    job = jobs.get_job("1-dead")
    assert job.state == jobs.INTERRUPTED
    assert "Resume" in job.message
    jobs.remove(job)
    assert jobs.list_jobs() == []


def test_a_cancellation_that_a_library_makes_an_error_of_its_own_is_still_one(artifacts, monkeypatch):
    def train_run(config, on_event):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except JobCancelledError:
            raise TypeError("unsupported callable") from None

    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: SimpleNamespace(pid=os.getpid()))
    monkeypatch.setattr("core.pipeline.train_run", train_run)
    job = jobs.submit(TINY)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert jobs._work(job.id) == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    job = jobs.Job(job.path)
    assert job.state == jobs.CANCELLED
    assert job.message == ""


def test_a_job_that_cannot_work_says_why(artifacts, monkeypatch, ended):
    monkeypatch.setenv("LATENT_LENS_DATA", str(artifacts / "nowhere"))
    folder = artifacts / "cache" / "datasets" / "mnist"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"not gzip")
    job = wait_for(jobs.submit(RunConfig(dataset="mnist", loss="mse", epochs=1)), jobs.FAILED, seconds=60)
    assert "train-images-idx3-ubyte.gz" in job.message


def test_active_jobs_are_not_removed_and_unknown_ones_are_named(artifacts, ended):
    job = jobs.submit(LONG)
    with pytest.raises(InvalidInputError, match="Cancel it first"):
        jobs.remove(job)
    with pytest.raises(JobError, match="No job"):
        jobs.get_job("../etc")
    jobs.cancel(job)
    assert jobs.Job(job.path).state == jobs.CANCELLED
