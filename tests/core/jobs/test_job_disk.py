"""A disk that refuses what jobs write: told in words, and nothing half-made is left."""

import errno
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import JobError, StorageWriteError
from core.jobs import queue as jobs
from tests.core.jobs.some_jobs import TINY, held, stored_job, wait_for


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EMFILE])
@pytest.mark.parametrize(("owner", "name"), [(os, "replace"), (Path, "write_text"), (Path, "touch"), (os, "scandir")])
def test_a_disk_that_refuses_a_new_job_is_told_and_nothing_is_left(
    artifacts, failing, monkeypatch, number, owner, name
):
    with monkeypatch.context():
        failing(owner, name, number)
        with pytest.raises((StorageWriteError, JobError), match=os.strerror(number)):
            jobs.submit(TINY)
        monkeypatch.undo()
    assert not list((artifacts / "jobs").glob("*"))


def test_a_process_that_cannot_be_started_is_told_and_nothing_is_left(artifacts, failing):
    failing(subprocess, "Popen", errno.EAGAIN)
    with pytest.raises(JobError, match="cannot be started: Resource temporarily unavailable"):
        jobs.submit(TINY)
    assert jobs.list_jobs() == []


def test_a_full_disk_in_a_training_is_told_in_words(artifacts, stand_in):
    job = wait_for(jobs.submit(replace(TINY, seed=4)), jobs.FAILED)
    assert "Cannot write /some/file: No space left on device. The disk is full: make room" in job.message


def test_a_training_whose_events_cannot_be_written_goes_on_and_is_done_when_its_run_is_there(artifacts, stand_in):
    job = jobs.submit(replace(TINY, seed=3))
    wait_for(job, jobs.RUNNING)
    (artifacts / "go").touch()
    assert wait_for(job, jobs.DONE, jobs.INTERRUPTED, jobs.FAILED).state == jobs.DONE
    assert not any(isinstance(event, jobs.Done) for event in jobs.Job(job.path).events)


def test_the_last_words_have_room_of_their_own_and_a_torn_line_before_them_harms_nothing(tmp_path, monkeypatch):
    events = jobs.EventWriter(tmp_path / "events.jsonl")
    events.prepare()
    events.write({"event": "started"})
    assert (tmp_path / "spare").stat().st_size >= 4096

    def tear(*arguments, **settings):
        (tmp_path / "events.jsonl").write_text('{"event": "started"}\n{"event": "epo')
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("builtins.open", tear)
        with pytest.raises(OSError, match="No space"):
            events.write({"event": "epoch"})
    events.write_last({"event": "failed", "message": "full"})
    assert not (tmp_path / "spare").exists()
    found, damage = jobs.read_events(tmp_path / "events.jsonl")
    assert [type(event).__name__ for event in found] == ["Started", "Failed"]
    assert "Line 2" in damage


def test_a_job_that_cannot_be_cleared_is_told(artifacts, failing):
    job = stored_job(artifacts)
    failing(os, "replace", errno.EROFS)
    with pytest.raises(StorageWriteError, match="read-only"):
        jobs.remove(job)
    assert job.path.is_dir()


def test_a_cancellation_that_cannot_be_asked_for_is_told(artifacts, failing):
    job = stored_job(artifacts)
    with held(job):
        failing(Path, "touch", errno.ENOSPC)
        with pytest.raises(StorageWriteError, match="make room"):
            jobs.cancel(job)
