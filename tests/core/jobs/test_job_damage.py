"""Job folders with damaged files: told, cleared, and in nobody's way."""

import json
import os
from pathlib import Path

import pytest

from core.errors import JobError
from core.jobs import queue as jobs
from core.keep.sealed import seal
from tests.core.jobs.some_jobs import TINY, stored_job, wait_for

PROGRESS = {"event": "progress", "stage": "autoencoder", "done": 5, "total": 10, "epoch": 1, "epochs": 2}
BRACKETS = "[" * 100_000

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
