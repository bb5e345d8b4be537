"""Work of other kinds than a training goes through the same queue, in a lane of its own."""

import json
import sys
from dataclasses import asdict, dataclass

import pytest

from core.data.own import Adding
from core.errors import InvalidInputError, JobConflictError, JobError, RunNotFoundError
from core.jobs import kinds
from core.jobs import process as job_process
from core.jobs import queue as jobs
from core.jobs.events import Skipped
from core.jobs.refresh import Refresh
from core.keep.results import NoSettings
from core.keep.sealed import seal
from tests.core import small_runs
from tests.core.jobs.some_jobs import TINY, held, stored_job


@dataclass(frozen=True)
class Greeting:
    name: str

    def to_json(self):
        return asdict(self)


class Greet:
    settings = Greeting
    lane = "greetings"
    resumes = "Say it again."

    def __init__(self):
        self.greeted = []

    def read(self, data):
        return Greeting(**data)

    def target(self, settings):
        return settings.name

    def check(self, settings):
        if not settings.name:
            raise InvalidInputError("The name is ''. Expected somebody's.")

    def is_made(self, settings):
        return False

    def work(self, settings, on_event):
        on_event({"event": "stage", "stage": "greeting"})
        self.greeted.append(settings.name)
        return f"hello-{settings.name}"


@pytest.fixture
def greet(monkeypatch):
    kind = Greet()
    monkeypatch.setitem(kinds.KINDS, "greet", kind)
    return kind


def test_a_job_does_what_its_kind_says_and_tells_what_it_made(artifacts, greet, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *given: None)
    job = stored_job(artifacts, request=seal(kinds.request_of(Greeting("Ada"))))
    assert (job.kind, job.config) == ("greet", Greeting("Ada"))
    assert job_process.work(job.id) == 0
    job = jobs.Job(job.path)
    assert (job.state, job.made, job.stage, greet.greeted) == (jobs.DONE, "hello-Ada", "greeting", ["Ada"])


def test_work_of_one_lane_does_not_wait_for_another(artifacts, greet, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *given: None)
    training = stored_job(artifacts, "1-training", events='{"event": "started"}\n')
    greeting = stored_job(artifacts, "2-greeting", request=seal(kinds.request_of(Greeting("Ada"))))
    with held(training):
        assert job_process.work(greeting.id) == 0
        assert jobs.Job(training.path).state == jobs.RUNNING


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (TINY, "Resume goes on from the last epoch."),
        (Refresh("a-run"), "What was computed is kept: ask for the rest again."),
        (Adding("Mine", "/nowhere"), "Nothing of it was kept: try again."),
    ],
)
def test_of_an_interrupted_job_that_is_told_which_is_true_of_its_kind(artifacts, settings, words):
    job = stored_job(artifacts, request=seal(kinds.request_of(settings)))
    assert job.state == jobs.INTERRUPTED
    assert job.message.endswith(f"the disk took nothing more). {words}")


def test_the_same_work_is_asked_for_once_and_other_work_beside_it(artifacts, stand_in, greet):
    first, again, other = (jobs.submit(Greeting(name)) for name in ("Ada", "Ada", "Bob"))
    training = jobs.submit(TINY)
    assert first.id == again.id
    assert len({first.id, other.id, training.id}) == 3
    assert [job.kind for job in jobs.list_jobs()] == ["greet", "greet", "train"]
    with pytest.raises(InvalidInputError, match="Expected somebody's"):
        jobs.submit(Greeting(""))


def test_a_refresh_computes_what_a_run_lacks_and_tells_what_it_could_not(artifacts, monkeypatch):
    lacking = [("score-knn_accuracy", NoSettings())]

    def refresh(run, on_event):
        on_event({"event": "stage", "stage": "metrics"})
        on_event({"event": "skipped", "stage": "score-knn_accuracy", "message": "The labels are not there."})

    monkeypatch.setattr("signal.signal", lambda *given: None)
    monkeypatch.setattr("core.stages.missing", lambda run: lacking)
    monkeypatch.setattr("core.stages.refresh", refresh)
    run = small_runs.write()
    job = stored_job(artifacts, request=seal(kinds.request_of(Refresh(run.id))))
    assert (job.kind, job.config, job.state) == ("refresh", Refresh(run.id), jobs.INTERRUPTED)
    assert job_process.work(job.id) == 0
    job = jobs.Job(job.path)
    assert (job.state, job.made, job.stage) == (jobs.DONE, run.id, "metrics")
    assert [event.message for event in job.events if isinstance(event, Skipped)] == ["The labels are not there."]
    lacking.clear()
    with pytest.raises(JobConflictError, match="lacks nothing"):
        jobs.submit(Refresh(run.id))
    with pytest.raises(RunNotFoundError):
        jobs.submit(Refresh("other"))


@pytest.mark.parametrize("settings", [{}, {"run": 1}, {"run": "a", "more": 1}])
def test_a_refresh_of_no_run_is_a_damaged_job(artifacts, settings):
    assert stored_job(artifacts, request=json.dumps({"kind": "refresh", "settings": settings})).state == jobs.DAMAGED


def test_a_training_asked_for_by_an_older_version_is_still_read(artifacts):
    job = stored_job(artifacts, request=seal(TINY.to_json()))
    assert (job.kind, job.config) == ("train", TINY)


def test_settings_of_no_kind_are_told(artifacts):
    with pytest.raises(InvalidInputError, match=r"No job can be made of 'x'\. Expected settings of one of: RunConfig"):
        jobs.submit("x")


@pytest.mark.parametrize(
    ("request_data", "words"),
    [
        ({"kind": "bake", "settings": {}}, "Unknown kind of job 'bake'. Expected one of: .*train"),
        ({"kind": ["train"], "settings": {}}, "Unknown kind of job"),
        ({"kind": "train"}, "settings None"),
        ({"kind": "train", "settings": [1]}, r"settings \[1\]. Expected an object"),
        ({"kind": "train", "settings": {"odd": 1}}, "odd"),
    ],
)
def test_a_request_that_this_version_does_not_know_is_a_damaged_job(artifacts, request_data, words):
    job = stored_job(artifacts, request=json.dumps(request_data))
    assert job.state == jobs.DAMAGED
    with pytest.raises(JobError, match=words):
        _ = job.config


def test_where_locks_cannot_be_handed_over_no_job_is_started_and_that_is_told(artifacts, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(JobError, match="Use the command line"):
        jobs.submit(TINY)
    assert jobs.list_jobs() == []
    assert stored_job(artifacts).state == jobs.INTERRUPTED
