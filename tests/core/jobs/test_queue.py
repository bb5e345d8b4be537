"""The queue: what a training does in it, and in which order jobs work."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from core.errors import JobConflictError, JobError
from core.jobs import queue as jobs
from core.keep.runs import get_run
from core.paths import ROOT
from core.settings import RunConfig
from tests.core.jobs.some_jobs import TINY, stored_job, wait_for, wait_until

LONG = RunConfig(dataset="digits", loss="mse", latent=3, epochs=100)


def test_a_job_trains_a_run_while_a_second_one_waits_its_turn(artifacts, ended):
    first, second = jobs.submit(TINY), jobs.submit(LONG)
    assert jobs.submit(TINY).id == first.id  # asked for twice, made once
    assert wait_for(first, jobs.DONE, jobs.FAILED).state == jobs.DONE
    first = jobs.Job(first.path)
    assert get_run(TINY.run_id).config == TINY
    assert [row["epoch"] for row in first.history()] == [1, 2]
    assert first.history()[0].keys() == {"epoch", "loss", "validation_loss"}
    assert 0 <= first.progress.done <= first.progress.total
    assert first.message == ""
    starts = [event.time for event in jobs.Job(second.path).events if isinstance(event, jobs.Started)]
    assert all(start >= first.events[-1].time for start in starts)
    with pytest.raises(JobConflictError, match="already trained"):
        jobs.submit(TINY)


def test_cancel_ends_the_process_and_resume_goes_on_from_the_last_epoch(artifacts, ended):
    job = jobs.submit(LONG)
    wait_until(lambda: len(jobs.Job(job.path).history()) >= 2)
    jobs.cancel(job)
    job = jobs.Job(job.path)
    assert job.state == jobs.CANCELLED
    done = len(job.history())
    fresh = jobs.resume(job)
    assert not job.path.exists()
    wait_until(lambda: jobs.Job(fresh.path).history())
    jobs.cancel(fresh)
    assert jobs.Job(fresh.path).history()[0]["epoch"] >= done


def test_a_job_that_cannot_work_says_why(artifacts, monkeypatch, ended):
    monkeypatch.setenv("LATENT_LENS_DATA", str(artifacts / "nowhere"))
    folder = artifacts / "cache" / "datasets" / "mnist"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"not gzip")
    job = wait_for(jobs.submit(RunConfig(dataset="mnist", loss="mse", epochs=1)), jobs.FAILED, jobs.DONE)
    assert "train-images-idx3-ubyte.gz" in job.message


def test_the_artifacts_may_be_named_from_the_folder_one_is_in(artifacts, tmp_path, stand_in, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", "artifacts")
    wait_for(jobs.submit(TINY), jobs.RUNNING)


def order(artifacts):
    return [tuple(line.split()) for line in (artifacts / "order").read_text().splitlines()]


def test_trainings_run_one_after_the_other_in_the_order_they_were_asked_for(artifacts, stand_in):
    queued = [jobs.submit(replace(TINY, seed=seed)) for seed in (10, 11, 12)]
    wait_for(queued[0], jobs.RUNNING)
    assert [jobs.Job(job.path).state for job in queued[1:]] == [jobs.QUEUED] * 2
    (artifacts / "go").touch()
    for job in queued:
        wait_for(job, jobs.DONE)
    assert order(artifacts) == [(word, seed) for seed in ("10", "11", "12") for word in ("begin", "end")]


def test_a_job_whose_name_comes_before_the_one_that_runs_waits_all_the_same(artifacts, stand_in, monkeypatch):
    running = wait_for(jobs.submit(replace(TINY, seed=10)), jobs.RUNNING)
    monkeypatch.setattr(jobs, "_next_name", lambda: "00000000000000000001-abcdef")
    waiting = jobs.submit(replace(TINY, seed=11))
    assert waiting.id < running.id
    wait_until(lambda: (artifacts / "locks" / "turn-training.lock").exists())
    time.sleep(1)  # longer than it takes a job to look for others
    assert jobs.Job(waiting.path).state == jobs.QUEUED
    (artifacts / "go").touch()
    wait_for(waiting, jobs.DONE)
    assert order(artifacts) == [("begin", "10"), ("end", "10"), ("begin", "11"), ("end", "11")]


@pytest.mark.parametrize("name", ["99999999999999999999-000000", "09999999999999999999-000000", "0-first"])
def test_a_job_that_has_ended_blocks_nobody_whatever_its_date(artifacts, stand_in, name):
    stored_job(artifacts, name)
    os.utime(artifacts / "jobs" / name, (time.time() + 1e6,) * 2)
    wait_for(jobs.submit(replace(TINY, seed=10)), jobs.RUNNING)


def test_the_queue_keeps_its_order_when_the_clock_is_set_back(artifacts, stand_in, monkeypatch):
    first = jobs.submit(replace(TINY, seed=10))
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    second = jobs.submit(replace(TINY, seed=11))
    assert [job.id for job in jobs.list_jobs()] == [first.id, second.id]


def test_two_processes_that_ask_for_the_same_run_at_once_get_one_job(artifacts, stand_in):
    code = (
        "from core.jobs import local, queue as jobs\n"
        "from tests.core.jobs.conftest import STAND_IN\n"
        "from tests.core.jobs.some_jobs import TINY\n"
        "jobs.executor = local.LocalExecutor(STAND_IN); print(jobs.submit(TINY).id)"
    )
    command = [sys.executable, "-c", code]
    asking = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    ids = {process.communicate()[0].strip() for process in asking}
    assert ids == {job.id for job in jobs.list_jobs()}
    assert len(ids) == 1
    jobs.cancel(jobs.list_jobs()[0])


def test_only_so_many_may_wait(artifacts, monkeypatch, stand_in):
    monkeypatch.setattr(jobs, "MAX_WAITING", 1)
    wait_for(jobs.submit(replace(TINY, seed=10)), jobs.RUNNING)
    second = jobs.submit(replace(TINY, seed=11))
    with pytest.raises(JobConflictError, match="1 jobs wait already, expected fewer than 1"):
        jobs.submit(replace(TINY, seed=12))
    assert len(jobs.list_jobs()) == 2
    jobs.cancel(second)
    jobs.submit(replace(TINY, seed=12))


def test_resuming_twice_makes_one_job(artifacts, stand_in):
    job = stored_job(artifacts)
    assert job.config == TINY  # read by both who then press the button
    fresh = jobs.resume(job)
    assert jobs.resume(job).id == fresh.id
    assert [one.id for one in jobs.list_jobs()] == [fresh.id]
    shutil.rmtree(fresh.path)  # a job that loses its folder goes on by itself and stops nobody
    assert jobs.list_jobs() == []


def test_unknown_jobs_are_named(artifacts):
    for unknown in ("../etc", "", ".", "a" * 5000, "a\0b", "\udcff"):
        with pytest.raises(JobError, match="No job"):
            jobs.get_job(unknown)
