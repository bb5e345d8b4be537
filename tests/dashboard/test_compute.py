"""Results computed in a process of their own: what is told of its end, who shares it, and when it is stopped."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect

from core.errors import ChangesNotAllowedError, ResultError
from core.keep.run import Run
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import kept
from dashboard import compute, processes, queries
from dashboard.processes import Task
from tests.dashboard.conftest import open_page

CONFIG, OTHER = ProjectionConfig("umap", 5), ProjectionConfig("umap", 10)
NOISE = "import os, sys, time; print('RuntimeWarning: overflow', file=sys.stderr, flush=True); "
LOG = "write = lambda word: open('log.txt', 'a').write(f'{word} {os.getpid()}\\n'); "


RUN = Run(Path("some-run"), bundled=False)


class VisitorLeftError(Exception):
    """In place of what Streamlit raises where a script is to end."""


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Put Python code in the place of the command that computes a map. It runs in `tmp_path`."""
    monkeypatch.setattr(processes, "ROOT", tmp_path)
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.0)

    def run_instead(code):
        monkeypatch.setattr(
            compute, "_command", lambda run, stage, settings: (sys.executable, "-c", NOISE + LOG + code, settings.name)
        )

    return run_instead


@pytest.fixture
def log(tmp_path):
    """The lines that the children wrote: pairs of a word and a process id."""

    def read():
        path = tmp_path / "log.txt"
        return [tuple(line.split()) for line in path.read_text().splitlines()] if path.exists() else []

    return read


@pytest.fixture
def leave(monkeypatch):
    """Called in a visitor's thread with an event: from when it is set, every call of `st` there ends the script."""
    local = threading.local()

    class State:
        def __contains__(self, key):
            if getattr(local, "event", None) and local.event.is_set():
                raise VisitorLeftError
            return False

    monkeypatch.setattr(processes.st, "session_state", State())
    return lambda event: setattr(local, "event", event)


def wait_until(holds):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid):
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "os.kill(os.getpid(), 9)",
            r"The process that computes the map was killed by the system \(signal 9, SIGKILL\): perhaps memory ran out",
        ),
        ("os.kill(os.getpid(), 11)", r"crashed \(signal 11, SIGSEGV\)"),
        ("os.abort()", r"crashed \(signal 6, SIGABRT\)"),
        ("os.kill(os.getpid(), 40)", r"crashed \(signal 40, unknown\)"),
        ("sys.exit(3)", "ended with status 3 and without a word"),
        ("print('\\xff[\"no message\"]'); sys.exit(1)", "ended with status 1 and without a word"),
        ('print(\'{"message": "Choose fewer neighbours."}\'); sys.exit(1)', r"^Choose fewer neighbours\.$"),
    ],
)
def test_how_the_process_ended_is_told_in_words_and_never_in_its_warnings(child, code, words):
    child(code)
    with pytest.raises(ResultError, match=words) as caught:
        compute.compute(RUN, "map", CONFIG)
    assert "Warning" not in str(caught.value)


def test_how_much_is_done_is_shown_as_the_process_tells_it_and_is_no_part_of_what_it_gives(child, monkeypatch):
    shown = []
    bar = SimpleNamespace(
        progress=lambda share, words: shown.append((share, words)), empty=lambda: shown.append("gone")
    )
    monkeypatch.setattr(processes.st, "empty", lambda: bar)
    child("""[(print('{"progress": ' + one + '}', flush=True), time.sleep(0.5)) for one in ('0.25', '7', '"half"')]""")
    task = Task(compute._command(RUN, "map", CONFIG), "computes", "Computing…", threading.Semaphore(), 30, "")
    assert processes.output(task) == b'{"progress": "half"}\n'  # no number: a line like any other
    assert list(dict.fromkeys(shown)) == [(0.25, "25% done"), (1.0, "100% done"), "gone"]


def test_a_process_that_cannot_be_started_is_told(child, monkeypatch):
    monkeypatch.setattr(compute, "_command", lambda *asked: ("/no/such/python",))
    with pytest.raises(ResultError, match="cannot be started: No such file"):
        compute.compute(RUN, "map", CONFIG)


def test_the_commands_own_error_is_all_that_is_told():
    with pytest.raises(
        ResultError, match=r"^No run 'some-run'\. There are: fashion_mnist-.*` tells how to make one\.$"
    ):
        compute.compute(RUN, "map", CONFIG)


def test_a_map_that_takes_too_long_is_stopped_and_told(child, log, monkeypatch):
    child("write('begun'); time.sleep(600)")
    monkeypatch.setattr(compute, "LONGEST_SECONDS", 1.5)
    with pytest.raises(ResultError, match=r"took longer than 0\.025 minutes and was stopped"):
        compute.compute(RUN, "map", CONFIG)
    assert all(is_gone(pid) for _, pid in log())


def test_visitors_who_want_the_same_map_share_one_process(child, log):
    child("write('begun'); time.sleep(0.5)")
    with ThreadPoolExecutor(4) as visitors:
        list(visitors.map(lambda _: compute.compute(RUN, "map", CONFIG), range(4)))
    assert [word for word, _ in log()] == ["begun"]


def test_an_error_reaches_every_visitor_who_waits_and_the_next_one_tries_again(child, log):
    child("write('begun'); time.sleep(0.5); os.kill(os.getpid(), 9)")
    with ThreadPoolExecutor(2) as visitors:
        errors = [visitors.submit(compute.compute, RUN, "map", CONFIG).exception() for _ in range(2)]
    assert all("SIGKILL" in str(error) for error in errors)
    begun = len(log())
    with pytest.raises(ResultError, match="SIGKILL"):
        compute.compute(RUN, "map", CONFIG)
    assert len(log()) == begun + 1


def test_one_map_is_computed_at_a_time_and_the_others_wait(child, log):
    child("write('begun'); time.sleep(0.3); write('ended')")
    with ThreadPoolExecutor(3) as visitors:
        list(visitors.map(lambda k: compute.compute(RUN, "map", ProjectionConfig("umap", k)), (5, 10, 15)))
    assert [word for word, _ in log()] == ["begun", "ended"] * 3


def test_the_process_is_stopped_when_its_only_visitor_has_left(child, log, leave):
    child("write('begun'); time.sleep(600)")
    gone = threading.Event()

    def visit():
        leave(gone)
        compute.compute(RUN, "map", CONFIG)

    with ThreadPoolExecutor(1) as visitors:
        visitor = visitors.submit(visit)
        wait_until(log)
        gone.set()
        assert isinstance(visitor.exception(), VisitorLeftError)
    wait_until(lambda: is_gone(log()[0][1]))


def test_a_map_whose_visitor_left_while_it_waited_is_never_begun(child, log, leave):
    child("write(sys.argv[1]); time.sleep(0.3 if os.path.exists('go') else 600)")
    first_gone, second_gone = threading.Event(), threading.Event()

    def visit(config, gone):
        leave(gone)
        compute.compute(RUN, "map", config)

    with ThreadPoolExecutor(2) as visitors:
        first = visitors.submit(visit, CONFIG, first_gone)
        wait_until(log)
        second = visitors.submit(visit, OTHER, second_gone)
        second_gone.set()
        assert isinstance(second.exception(), VisitorLeftError)
        wait_until(lambda: len(processes._wanted) == 1)
        first_gone.set()
        assert isinstance(first.exception(), VisitorLeftError)
    wait_until(lambda: is_gone(log()[0][1]))
    Path(processes.ROOT, "go").touch()
    third = ProjectionConfig("umap", 15)
    compute.compute(RUN, "map", third)
    assert [word for word, _ in log()] == [CONFIG.name, third.name]


def test_a_map_goes_on_for_the_visitor_who_stays(child, log, leave):
    child("write('begun')\nwhile not os.path.exists('go'): time.sleep(0.02)\nwrite('ended')")
    gone = threading.Event()

    def visit(event=None):
        leave(event)
        compute.compute(RUN, "map", CONFIG)

    with ThreadPoolExecutor(2) as visitors:
        leaving, staying = visitors.submit(visit, gone), visitors.submit(visit)
        wait_until(log)
        wait_until(lambda: [work.visitors for work in processes._wanted.values()] == [2])
        gone.set()
        assert isinstance(leaving.exception(), VisitorLeftError)
        Path(processes.ROOT, "go").touch()
        assert staying.exception() is None
    assert [word for word, _ in log()] == ["begun", "ended"]


def test_whoever_comes_back_at_once_finds_the_map_still_in_the_making(child, log, leave, monkeypatch):
    child("write('begun')\nwhile not os.path.exists('go'): time.sleep(0.02)\nwrite('ended')")
    monkeypatch.setattr(processes, "GRACE_SECONDS", 60.0)
    gone = threading.Event()

    def visit(event=None):
        leave(event)
        compute.compute(RUN, "map", CONFIG)

    with ThreadPoolExecutor(2) as visitors:
        leaving = visitors.submit(visit, gone)
        wait_until(log)
        gone.set()
        assert isinstance(leaving.exception(), VisitorLeftError)
        back = visitors.submit(visit)
        Path(processes.ROOT, "go").touch()
        assert back.exception() is None
    assert [word for word, _ in log()] == ["begun", "ended"]


def test_a_server_for_looking_only_computes_no_map(child, log, monkeypatch):
    child("write('begun')")
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    with pytest.raises(ChangesNotAllowedError, match="Computing what is not kept yet, here the map"):
        compute.compute(RUN, "map", CONFIG)
    assert log() == []


@pytest.fixture
def started(monkeypatch):
    """What is computed in a process."""
    asked, start = [], compute._command
    monkeypatch.setattr(compute, "_command", lambda *one: asked.append(one) or start(*one))
    return asked


def test_a_new_map_is_computed_once_kept_and_shown(mse_run, started):
    config = ProjectionConfig("tsne", 5)
    assert kept(mse_run, "map", config) is None
    points = queries.map_points(mse_run, config, False)
    found = kept(mse_run, "map", config).arrays["points"]
    assert found.shape == (360, 2)
    assert np.corrcoef(points[:, 0], found[:, 0])[0, 1] == pytest.approx(1, abs=1e-6)
    queries.maps._map_points.clear()
    assert np.array_equal(queries.map_points(mse_run, config, False), points)
    assert started == [(mse_run, "map", config)]


def test_new_clusters_are_computed_once_and_kept_and_those_of_usual_k_are_there(mse_run, started, monkeypatch):
    config = ClusteringConfig(6, method="gmm")
    found = queries.clustering(mse_run, config)
    assert found.sizes("test").sum() == 360
    queries.clusters._clustering.clear()
    np.testing.assert_array_equal(queries.clustering(mse_run, config).assignments["test"], found.assignments["test"])
    assert started == [(mse_run, "cluster", config)]
    queries.clustering(mse_run, ClusteringConfig(20))
    assert len(started) == 1


def test_k_means_that_takes_less_than_a_process_is_fitted_and_kept_by_the_server(mse_run, started, monkeypatch):
    assert len(queries.clustering(mse_run, ClusteringConfig(33)).centroids) == 33
    assert kept(mse_run, "cluster", ClusteringConfig(33)) is not None
    assert started == []
    monkeypatch.setattr(queries.clusters, "_QUICK_WORK", 1437 * 34 * 4 - 1)
    assert len(queries.clustering(mse_run, ClusteringConfig(34)).centroids) == 34
    assert started == [(mse_run, "cluster", ClusteringConfig(34))]


def test_a_server_that_keeps_nothing_computes_k_means_itself_and_nothing_longer(mse_run, started, monkeypatch):
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    assert len(queries.clustering(mse_run, ClusteringConfig(33)).centroids) == 33
    assert kept(mse_run, "cluster", ClusteringConfig(33)) is None
    with pytest.raises(ChangesNotAllowedError, match="here the clusters"):
        queries.clustering(mse_run, ClusteringConfig(33, method="hdbscan"))
    assert started == []


def test_a_map_that_is_not_there_although_it_was_computed_is_told(bundled_only, child):
    child("pass")
    run = next(iter(queries.runs().usable))
    with pytest.raises(ResultError, match="gone again"):
        queries.map_points(run, CONFIG, False)


def test_the_page_tells_in_words_that_the_process_was_killed(bundled_only, child):
    child("os.kill(os.getpid(), 9)")
    page = open_page("embedding_map")
    page.segmented_control(key="map").set_value("umap").run()
    page.select_slider(key="umap_neighbours").set_value(5).run()
    assert not page.exception
    told = [error.value.replace("\\", "") for error in page.error]
    assert len(told) == 2  # one a loss
    assert all("killed by the system (signal 9, SIGKILL)" in words and "Warning" not in words for words in told)


def test_a_real_visitor_who_closes_the_page_leaves_no_process_behind(served):
    def computing():
        children = psutil.Process(served.process.pid).children()
        return [one for one in children if one.status() != psutil.STATUS_ZOMBIE and "compute" in one.cmdline()]

    address = f"ws://127.0.0.1:{served.port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, proxy=None) as line:
        question = BackMsg()
        question.rerun_script.page_name = "embedding_map"
        question.rerun_script.query_string = "map=umap&umap_neighbours=100&losses=mse"
        line.send(question.SerializeToString())
        wait_until(computing)
    wait_until(lambda: not computing())
