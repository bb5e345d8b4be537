"""Whether a job lives: as long as its lock is held, and by no other sign."""

import errno
import json
import os
import subprocess
import sys

import pytest

from core.errors import InvalidInputError
from core.jobs import queue as jobs
from tests.core.jobs.some_jobs import TINY, held, stored_job


def test_a_job_lives_as_long_as_its_lock_is_held_whatever_process_holds_it(artifacts):
    job = stored_job(artifacts, events='{"event": "started"}\n')
    with held(job) as process:
        assert jobs.Job(job.path).state == jobs.RUNNING
        assert jobs.resume(job) == job
        with pytest.raises(InvalidInputError, match="still running"):
            jobs.remove(job)
        process.kill()
        process.wait()
    job = jobs.Job(job.path)
    assert job.state == jobs.INTERRUPTED
    assert "Resume" in job.message
    jobs.remove(job)
    assert jobs.list_jobs() == []


def test_a_job_is_alive_from_the_moment_it_can_be_seen(artifacts, stand_in, monkeypatch):
    seen = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *a, **k: seen.extend(job.state for job in jobs.list_jobs()) or popen(*a, **k)
    )
    seen.append(jobs.submit(TINY).state)
    assert seen == [jobs.QUEUED, jobs.QUEUED]


def test_a_stranger_that_bears_the_job_s_name_and_number_is_no_sign_of_life_and_is_left_alone(artifacts):
    job = stored_job(artifacts)
    command = [sys.executable, "-c", "import time; time.sleep(60)", job.id]
    with subprocess.Popen(command, start_new_session=True) as stranger:
        try:
            (job.path / "pid").write_text(str(stranger.pid))
            assert job.state == jobs.INTERRUPTED
            jobs.cancel(job)
            jobs.remove(job)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_where_the_system_does_not_say_whether_a_job_lives_nothing_is_deleted(artifacts, monkeypatch):
    job = stored_job(artifacts)

    def refuse(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    assert jobs.resume(job) == job
    with pytest.raises(InvalidInputError):
        jobs.remove(job)
    assert job.path.is_dir()


def test_jobs_of_an_older_version_have_ended(artifacts):
    job = stored_job(artifacts, request=json.dumps(TINY.to_json()))
    (job.path / "lock").unlink()
    (job.path / "pid").write_text(str(os.getpid()))
    assert job.state == jobs.INTERRUPTED
    assert job.config == TINY
