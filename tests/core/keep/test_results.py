"""Results beside a run: found again under exactly their key, computed once by whoever asks, whole or not there."""

import dataclasses
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

import core
from core.errors import StorageWriteError
from core.keep import results
from core.keep.results import NoSettings, Result
from core.keep.runs import get_run
from core.paths import ROOT
from core.settings import ProjectionConfig
from tests.core.small_runs import TEST, bundled, closed, contents, flip, flips, write

MAP = SimpleNamespace(name="map", version=1)
SCORE = SimpleNamespace(name="score-roundness", version=1)
POINTS = np.random.default_rng(0).random((TEST, 2)).astype(np.float32)
UMAP = ProjectionConfig("umap")


def keep(run, settings=UMAP, points=POINTS, stage=MAP):
    results.put(run, stage, settings, Result({"score": 0.5}, {"points": points}, 1.5))


def kept(run, settings=UMAP, stage=MAP):
    found = results.get(run, stage, settings)
    return None if found is None else found.arrays["points"]


def folder_of(artifacts, run):
    (folder,) = (path for path in (artifacts / "results" / run.id).iterdir() if path.name[0] != ".")
    return folder


# --- the key -------------------------------------------------------------------------------------------------------


def test_a_result_is_found_again_as_it_was_kept_and_the_run_stays_as_it_is(artifacts):
    run = write()
    before = contents(run.path)
    settings = ProjectionConfig("tsne", 5, seed=1)
    assert kept(run, settings) is None
    keep(run, settings)
    found = results.get(get_run(run.id), MAP, settings)
    np.testing.assert_array_equal(found.arrays["points"], POINTS)
    assert (found.values, found.seconds) == ({"score": 0.5}, 1.5)
    assert contents(run.path) == before
    assert run.projections() == ["pca", "tsne-n5-s1"]


def test_other_settings_versions_stages_and_runs_have_results_of_their_own(artifacts):
    run, other = write(seed=1), write(seed=2)
    keep(run)
    for one, stage, settings in (
        (run, MAP, ProjectionConfig("umap", 5)),
        (run, MAP, ProjectionConfig("umap", seed=1)),
        (run, SimpleNamespace(name="map", version=2), UMAP),
        (run, SimpleNamespace(name="plan", version=1), UMAP),
        (other, MAP, UMAP),
    ):
        assert results.get(one, stage, settings) is None
    # Not taken for another's where its folder is copied there or renamed.
    shutil.copytree(artifacts / "results" / run.id, artifacts / "results" / other.id)
    assert kept(other) is None


def test_a_run_made_anew_under_the_same_id_has_none_of_the_results_of_the_old_one(artifacts):
    run = write()
    keep(run)
    keep(run, NoSettings(), stage=SCORE)
    shutil.rmtree(run.path)
    again = write(test_embeddings=np.ones((TEST, 2), np.float16))
    assert again.id == run.id
    assert kept(again) is None
    assert "roundness" not in again.metrics
    assert again.projections() == ["pca"]


@dataclass(frozen=True)
class Old:
    width: int = 3


@dataclass(frozen=True)
class New:
    width: int = 3
    depth: int = 1


def test_a_setting_added_later_with_a_default_makes_nothing_be_computed_anew(artifacts):
    run = write()
    keep(run, Old(5))
    np.testing.assert_array_equal(kept(run, New(5)), POINTS)
    assert kept(run, New(5, 2)) is None


def test_a_default_that_was_changed_is_noticed(artifacts):
    run = write()
    keep(run, Old())
    changed = dataclasses.make_dataclass("Old", [("width", int, 4)], frozen=True)
    assert kept(run, changed()) is None


# --- scores --------------------------------------------------------------------------------------------------------


def test_scores_beside_a_run_join_its_own_and_the_newest_version_counts(artifacts):
    run = write()
    own = run.metrics
    assert run.score("clustering", "accuracy") == own["clustering"]["accuracy"] == 0.505
    assert run.score("roundness") is run.score("clustering", "roundness") is run.score("no", "such") is None
    results.put(run, SimpleNamespace(name="score-roundness", version=2), NoSettings(), Result({"score": 0.25}))
    results.put(run, SCORE, NoSettings(), Result({"score": 0.75}))
    newest = SimpleNamespace(name="score-roundness", version=3)
    results.put(run, newest, Old(9), Result({"score": 0.1}))  # of other settings than the usual ones
    assert run.metrics == {**own, "roundness": 0.25}
    results.put(run, SimpleNamespace(name="score-knn_accuracy", version=2), NoSettings(), Result({"score": 0.9}))
    assert run.score("knn_accuracy") == 0.9


def test_a_run_without_metrics_and_one_with_unknown_ones_are_read(artifacts):
    run = write(metrics={"roundness": 1, "by map": {"pca": 0.5, "said": "so"}, "unknown": None})
    assert run.metrics == {"roundness": 1, "by map": {"pca": 0.5, "said": "so"}, "unknown": None}
    assert write(seed=1, metrics=None).metrics == {}


# --- damage --------------------------------------------------------------------------------------------------------


def test_each_changed_byte_is_noticed_and_the_result_set_aside(artifacts):
    run = write()
    keep(run)
    folder = folder_of(artifacts, run)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "points.npy", "result.json"]
    for file in folder.iterdir():
        raw = file.read_bytes()
        for changed in list(flips(raw))[:: max(1, len(raw) // 80)]:
            file.write_bytes(changed)
            assert kept(run) is None, file.name
            assert not folder.exists()
            (aside,) = folder.parent.iterdir()
            aside.rename(folder)
            file.write_bytes(raw)
    np.testing.assert_array_equal(kept(run), POINTS)


def test_a_result_set_aside_is_computed_anew(artifacts, caplog):
    run = write()
    keep(run)
    flip(next((artifacts / "results").rglob("points.npy")))
    found = results.computed(run, MAP, UMAP, lambda: Result(arrays={"points": POINTS + 1}))
    assert "points.npy has sha256" in caplog.text
    np.testing.assert_array_equal(found.arrays["points"], POINTS + 1)
    np.testing.assert_array_equal(kept(run), POINTS + 1)


def test_a_damaged_score_is_as_good_as_none(artifacts):
    run = write()
    results.put(run, SCORE, NoSettings(), Result({"score": 0.75}))
    flip(folder_of(artifacts, run) / "result.json")
    assert run.metrics == write().metrics


def test_a_result_in_a_folder_that_cannot_be_entered_is_as_good_as_none(artifacts, monkeypatch):
    run = write()
    keep(run)
    closed(monkeypatch, folder_of(artifacts, run))
    assert kept(run) is None


def test_a_result_that_cannot_be_kept_says_so_and_leaves_nothing(artifacts, failing):
    run = write()
    before = contents(artifacts)
    failing(os, "replace", errno.ENOSPC)
    with pytest.raises(StorageWriteError, match="make room"):
        keep(run)
    assert contents(artifacts) == before


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_computed(artifacts, tmp_path, monkeypatch):
    run = write()
    shutil.move(run.path, tmp_path / "elsewhere" / run.id)
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "taken"))
    with pytest.raises(StorageWriteError, match="taken"):
        results.computed(
            core.Run(tmp_path / "elsewhere" / run.id, bundled=False), MAP, UMAP, lambda: pytest.fail("computed")
        )


def test_results_of_a_bundled_run_go_elsewhere_and_those_that_came_with_it_serve(artifacts):
    run = write(folder=bundled(artifacts))
    before = contents(artifacts / "bundled")
    keep(run)
    assert contents(artifacts / "bundled") == before
    (artifacts / "results").rename(artifacts / "bundled" / "results")
    np.testing.assert_array_equal(kept(get_run(run.id)), POINTS)
    flip(next((artifacts / "bundled").rglob("points.npy")))
    before = contents(artifacts / "bundled")
    assert kept(run) is None
    assert contents(artifacts / "bundled") == before  # what comes with the project is never moved


# --- once ----------------------------------------------------------------------------------------------------------

WORK = """
import os, sys, time
import numpy as np
import core
from types import SimpleNamespace
from core.keep import results
def work():
    with open(sys.argv[2], "a") as log: log.write(f"{os.getpid()}\\n")
    time.sleep(float(sys.argv[3]))
    return results.Result({"score": os.getpid()}, {"points": np.zeros((3, 2), np.float32)})
found = results.computed(core.get_run(sys.argv[1]), SimpleNamespace(name="map", version=1), core.ProjectionConfig("umap"), work)
print(found.values["score"])
"""


def start(run, log, seconds):
    command = [sys.executable, "-c", WORK, run.id, str(log), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_that_want_the_same_compute_it_once(artifacts, tmp_path):
    run, log = write(), tmp_path / "log"
    both = [start(run, log, 1) for _ in range(2)]
    told = [process.communicate(timeout=60)[0] for process in both]
    assert told[0] == told[1] == log.read_text()
    assert list((artifacts / "locks").iterdir()) == []


def test_two_threads_that_want_the_same_compute_it_once_and_others_need_not_wait(artifacts):
    run, begun, go, computed = write(), threading.Event(), threading.Event(), []

    def work():
        computed.append(1)
        begun.set()
        assert go.wait(30)
        return Result({"score": len(computed)})

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(results.computed, run, MAP, UMAP, work) for _ in range(2)]
        assert begun.wait(30)
        assert results.computed(run, MAP, ProjectionConfig("pca"), lambda: Result({"score": 7})).values == {"score": 7}
        go.set()
        assert [one.result(30).values for one in waiting] == [{"score": 1}] * 2
    assert computed == [1]


def test_a_process_that_is_killed_leaves_nothing_half_and_blocks_nobody(artifacts, tmp_path):
    run, log = write(), tmp_path / "log"
    with start(run, log, 600) as process:
        while not (log.exists() and log.read_text()):
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
    assert kept(run) is None
    found = results.computed(run, MAP, UMAP, lambda: Result({"score": 1}))
    assert found.values == {"score": 1}
    assert json.loads((folder_of(artifacts, run) / "result.json").read_text())["values"] == {"score": 1}
