import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InvalidInputError, JobCancelledError, JobConflictError, JobError, StorageWriteError
from core.jobs import process as job_process
from core.jobs import queue as jobs
from core.jobs.local import LocalExecutor, is_held
from core.keep.runs import get_run
from core.keep.sealed import seal
from core.paths import ROOT
from core.settings import RunConfig

TINY = RunConfig(dataset="digits", loss="mse", latent=3, epochs=2)
LONG = RunConfig(dataset="digits", loss="mse", latent=3, epochs=100)
PROGRESS = {"event": "progress", "stage": "autoencoder", "done": 5, "total": 10, "epoch": 1, "epochs": 2}
BRACKETS = "[" * 100_000

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


# --- a training ----------------------------------------------------------------------------------------------------


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


# --- whether a job lives -------------------------------------------------------------------------------------------


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


# --- the queue -----------------------------------------------------------------------------------------------------


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
        "from tests.core.jobs.test_queue import TINY\n"
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


# --- cancel --------------------------------------------------------------------------------------------------------


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
        except JobCancelledError:
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


def test_unknown_jobs_are_named(artifacts):
    for unknown in ("../etc", "", ".", "a" * 5000, "a\0b", "\udcff"):
        with pytest.raises(JobError, match="No job"):
            jobs.get_job(unknown)


# --- damage --------------------------------------------------------------------------------------------------------

REQUESTS = {
    "odd key": json.dumps({**TINY.to_json(), "odd": 1}),
    "flipped": seal(TINY.to_json()).replace('"epochs": 2', '"epochs": 3'),
    "number": "7",
    "null": "null",
    "list": "[]",
    "empty": "",
    "half": seal(TINY.to_json())[:50],
    "wrong type": json.dumps({**TINY.to_json(), "dataset": ["digits"]}),
    "nan": json.dumps({**TINY.to_json(), "learning_rate": float("nan")}),
    "no utf-8": b'{"dataset": "\xff"}',
    "brackets": BRACKETS,
    "long": " " * 200_000,
}


@pytest.mark.parametrize("request_text", REQUESTS.values(), ids=REQUESTS)
def test_a_job_whose_request_cannot_be_read_is_damaged_and_can_be_cleared_and_stops_nobody(
    artifacts, stand_in, request_text
):
    job = stored_job(artifacts, request=request_text, events='{"event": "started"}\n')
    assert [one.state for one in jobs.list_jobs()] == [jobs.DAMAGED]
    assert str(job.path / "request.json") in job.message or "1-stored" in job.message
    with pytest.raises(JobError, match="1-stored"):
        jobs.resume(job)
    fresh = jobs.submit(TINY)
    assert {one.id for one in jobs.list_jobs()} == {job.id, fresh.id}
    jobs.remove(job)
    assert [one.id for one in jobs.list_jobs()] == [fresh.id]


@pytest.mark.parametrize("name", ["request.json", "events.jsonl", "lock"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path)])
def test_something_else_in_a_file_s_place_stops_nothing(artifacts, name, make):
    job = stored_job(artifacts)
    (job.path / name).unlink()
    make(job.path / name)
    (job,) = jobs.list_jobs()
    assert job.state == (jobs.DAMAGED if name == "request.json" else jobs.INTERRUPTED)
    assert (name in job.message) == (name != "lock")
    assert job.progress is None
    assert job.history() == []
    jobs.remove(job)
    assert jobs.list_jobs() == []


def test_a_folder_without_a_request_is_damaged_and_stray_files_are_no_jobs(artifacts):
    (artifacts / "jobs" / "1-empty").mkdir(parents=True)
    for name in ("a.txt", "Strange\nname", "\udcff"):
        (artifacts / "jobs" / name).touch()
    (artifacts / "jobs" / "\udcff-folder").mkdir()
    (artifacts / "jobs" / "2-loop").symlink_to("2-loop")
    assert [(job.id, job.state) for job in jobs.list_jobs()] == [("1-empty", jobs.DAMAGED)]


BAD_LINES = [
    "7", "null", "[]", '"x"', "{", "{}", '{"event": 5}', '{"event": "unheard of"}', BRACKETS, '{"event": ' * 100_000,
    json.dumps({**PROGRESS, "epoch": "1"}), json.dumps({**PROGRESS, "done": [5]}), json.dumps({**PROGRESS, "total": -1}),
    json.dumps({**PROGRESS, "seconds_left": float("nan")}), json.dumps({**PROGRESS, "seconds_left": 1e300}),
    json.dumps({**PROGRESS, "images_per_second": -1.0}), json.dumps({**PROGRESS, "done": 10**40}),
    json.dumps({**PROGRESS, "stage": "![](http://elsewhere/x.png)"}), '{"event": "progress"}', '{"event": "failed"}',
    '{"event": "epoch", "stage": "autoencoder", "epoch": 1, "loss": null}', '{"event": "done", "made": 5}',
]  # fmt: skip


@pytest.mark.parametrize("line", [*(line.encode() for line in BAD_LINES), b'{"event": "failed", "message": "\xff"}'])
def test_a_damaged_event_is_left_out_and_told_once_and_the_others_count(artifacts, line):
    good = json.dumps(PROGRESS).encode()
    epoch = b'{"event": "epoch", "stage": "autoencoder", "epoch": 1, "loss": 0.5}'
    job = stored_job(
        artifacts, events=b"\n".join([b'{"event": "started"}', line, good, line, epoch, line, b'{"event": "done", "r'])
    )
    assert job.state == jobs.INTERRUPTED
    assert (job.progress.done, job.progress.total, job.progress.seconds_left) == (5, 10, None)
    assert job.history() == [{"epoch": 1, "loss": 0.5}]
    assert "Line 2 of" in job.message
    assert "2 more lines" in job.message
    assert len(job.message) < 1000


def test_epochs_come_in_order_each_once_and_with_the_same_figures(artifacts):
    lines = [
        {"event": "epoch", "stage": "autoencoder", "epoch": epoch, "loss": loss, **more}
        for epoch, loss, more in [(2, 0.5, {"validation_loss": 1}), (1, 0.75, {}), (2, 0.25, {"validation_loss": 1.5})]
    ]
    job = stored_job(artifacts, events="".join(json.dumps(line) + "\n" for line in lines))
    assert job.history() == [{"epoch": 1, "loss": 0.75}, {"epoch": 2, "loss": 0.25}]


def test_a_damaged_job_that_lives_is_cancelled_before_it_is_cleared(artifacts, stand_in):
    job = wait_for(jobs.submit(TINY), jobs.RUNNING)
    (job.path / "request.json").write_text("{")
    assert jobs.Job(job.path).state == jobs.DAMAGED
    jobs.remove(job)
    assert not job.path.exists()
    assert jobs.executor._started[job.id].wait(60) is not None


# --- the disk ------------------------------------------------------------------------------------------------------


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


def test_resuming_twice_makes_one_job(artifacts, stand_in):
    job = stored_job(artifacts)
    assert job.config == TINY  # read by both who then press the button
    fresh = jobs.resume(job)
    assert jobs.resume(job).id == fresh.id
    assert [one.id for one in jobs.list_jobs()] == [fresh.id]
    shutil.rmtree(fresh.path)  # a job that loses its folder goes on by itself and stops nobody
    assert jobs.list_jobs() == []
