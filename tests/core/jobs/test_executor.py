"""The seam between the queue and what runs its jobs: any executor will do."""

import contextlib

import pytest

from core.errors import JobError
from core.jobs import queue as jobs
from core.jobs.executor import Executor
from tests.core.jobs.some_jobs import TINY


class OnPaper:
    """An executor that runs nothing, and notes what it is asked."""

    def __init__(self, refuses: bool = False):
        self.asked, self.living, self.refuses = [], set(), refuses

    @contextlib.contextmanager
    def claim(self, job_id, folder):
        self.asked.append(("claim", (folder / "request.json").exists(), [job.id for job in jobs.list_jobs()]))
        self.living.add(job_id)
        try:
            yield
        finally:
            self.asked.append(("let go",))

    def start(self, job_id):
        self.asked.append(("start", [(job.id == job_id, job.state) for job in jobs.list_jobs()]))
        if self.refuses:
            self.living.discard(job_id)
            raise JobError("No machine is free.")

    def alive(self, job_id):
        return job_id in self.living

    def stop(self, job_id):
        self.asked.append(("stop", job_id))
        self.living.discard(job_id)


def plug_in(monkeypatch, executor: Executor):
    monkeypatch.setattr(jobs, "executor", executor)
    return executor


def test_a_job_is_claimed_before_it_is_seen_and_let_go_once_it_has_started(artifacts, monkeypatch):
    paper = plug_in(monkeypatch, OnPaper())
    job = jobs.submit(TINY)
    assert paper.asked == [("claim", True, []), ("start", [(True, jobs.QUEUED)]), ("let go",)]
    assert jobs.submit(TINY).id == job.id  # it is in hand
    paper.living.clear()
    assert jobs.Job(job.path).state == jobs.INTERRUPTED


def test_an_executor_that_starts_nothing_leaves_nothing(artifacts, monkeypatch):
    paper = plug_in(monkeypatch, OnPaper(refuses=True))
    with pytest.raises(JobError, match="No machine is free"):
        jobs.submit(TINY)
    assert paper.asked[-1] == ("let go",)
    assert jobs.list_jobs() == []


def test_what_does_not_heed_the_request_to_stop_is_stopped_by_the_executor(artifacts, monkeypatch):
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.05)
    paper = plug_in(monkeypatch, OnPaper())
    job = jobs.submit(TINY)
    jobs.cancel(job)
    assert paper.asked[-1] == ("stop", job.id)
    assert jobs.Job(job.path).state == jobs.CANCELLED
