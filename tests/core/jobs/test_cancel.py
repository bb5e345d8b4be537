"""Cancelling ends a job, whatever it does at the time, and no other."""

import os
import signal
from dataclasses import replace

import pytest

from core.jobs import process as job_process
from core.jobs import queue as jobs
from core.jobs.local import LocalExecutor, is_held
from tests.core.jobs.some_jobs import TINY, stored_job, wait_for, wait_until


def test_a_waiting_job_is_taken_off_the_queue(artifacts, stand_in):
    first = wait_for(jobs.submit(replace(TINY, seed=10)), jobs.RUNNING)
    second = jobs.submit(replace(TINY, seed=11))
    jobs.cancel(second)
    assert jobs.Job(second.path).state == jobs.CANCELLED
    assert jobs.Job(first.path).state == jobs.RUNNING
    jobs.remove(second)
    assert [job.id for job in jobs.list_jobs()] == [first.id]


@pytest.mark.parametrize("seed", [1, 2])
def test_cancel_ends_what_swallows_it_and_what_the_training_started(artifacts, stand_in, seed):
    job = jobs.submit(replace(TINY, seed=seed))
    wait_until(lambda: jobs.Job(job.path).history())
    assert is_held(artifacts / "child") == (seed == 2)
    jobs.cancel(job)
    job = jobs.Job(job.path)
    assert job.state == jobs.CANCELLED
    assert job.message == ""
    if seed == 2:
        wait_until(lambda: not is_held(artifacts / "child"), seconds=20)


def test_a_stopped_process_is_ended_only_by_the_one_that_started_it(artifacts, stand_in, monkeypatch):
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.2)
    job = wait_for(jobs.submit(replace(TINY, seed=10)), jobs.RUNNING)
    process = jobs.executor._started[job.id]
    os.killpg(process.pid, signal.SIGSTOP)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(jobs, "executor", LocalExecutor())
        jobs.cancel(job)
        job = jobs.Job(job.path)
        assert job.state == jobs.CANCELLING
        assert "asked to stop" in job.message
        assert process.poll() is None
    jobs.cancel(job)
    assert process.wait() == -signal.SIGKILL
    assert jobs.Job(job.path).state == jobs.CANCELLED


def test_a_cancellation_that_a_library_makes_an_error_of_its_own_is_still_one(artifacts, monkeypatch):
    def train_run(config, on_event):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            raise TypeError("unsupported callable") from None

    monkeypatch.setattr("core.pipeline.train_run", train_run)
    job = stored_job(artifacts)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert job_process.work(job.id) == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    assert job.state == jobs.CANCELLED
    assert job.message == ""


def test_an_interruption_by_hand_is_a_cancellation(artifacts, monkeypatch):
    def train_run(config, on_event):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.pipeline.train_run", train_run)
    job = stored_job(artifacts)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert job_process.work(job.id) == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    assert job.state == jobs.CANCELLED
