"""Stages: what stored runs lack is computed by `refresh`, with labels or none, and a score or a map method is one entry."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.metrics

import core
from core import scores, stages
from core.__main__ import main
from core.analyse.clusterers import CLUSTERERS
from core.analyse.clustering import fit
from core.analyse.kmeans import ScaledKMeans
from core.analyse.maps import MAPS
from core.data import PUBLISHED, dataset_info, read_part
from core.errors import DataNotFoundError, InvalidInputError, StorageWriteError, UnknownNameError
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import STAGES, cluster_run, clusters, compute, kept, kept_centroids, missing, refresh
from core.stages.clusters import SweepConfig
from core.stages.readout import ReadoutConfig
from core.stages.verdicts import VerdictsConfig
from tests.core.small_runs import METRICS, TEST, TRAIN, contents, flip, write

RANDOM = np.random.default_rng(0)
EMBEDDINGS = {
    "train_embeddings": RANDOM.normal(size=(TRAIN, 2)).astype(np.float16),
    "test_embeddings": RANDOM.normal(size=(TEST, 2)).astype(np.float16),
}


@pytest.fixture
def run(artifacts):
    """As an earlier version stored it: with some scores, one map and the centroids of two clusters."""
    return write(**EMBEDDINGS)


@pytest.fixture
def few_stages(leave_out_stages):
    """All that takes longer than a blink left out."""
    leave_out_stages(*(name for name in STAGES if name != "cluster"))


@pytest.fixture
def unlabelled(monkeypatch):
    """The digits, as if nobody knew which they are."""
    plain = PUBLISHED["digits"]
    info = dataset_info("digits").__class__(**{**vars(plain.info), "class_names": ()})
    monkeypatch.setitem(
        PUBLISHED,
        "digits",
        SimpleNamespace(
            info=info,
            read_part=lambda part, **how: None if part.endswith("labels") else plain.read_part(part, **how),
            read_rows=plain.read_rows,
            where=plain.where,
        ),
    )


# --- what is there and what is missing -------------------------------------------------------------------------------


def test_what_a_run_of_an_earlier_version_holds_itself_is_not_computed_again(run):
    assert kept(run, "score-knn_accuracy").values == {"score": METRICS["knn_accuracy"]}
    np.testing.assert_array_equal(kept(run, "map", ProjectionConfig("pca")).arrays["points"], np.zeros((TEST, 2)))
    np.testing.assert_array_equal(kept_centroids(run, "unit")[2], np.eye(2))
    np.testing.assert_array_equal(kept(run, "cluster", ClusteringConfig(2)).arrays["centroids"], np.eye(2))
    assert kept(run, "cluster", ClusteringConfig(3)) is None
    assert kept(run, "cluster", ClusteringConfig(2, seed=1)) is None
    assert kept(run, "cluster", ClusteringConfig(2, method="gmm")) is None
    assert missing(run) == [
        ("sweep", SweepConfig("none")),
        ("sweep", SweepConfig("standardised")),
        ("map", ProjectionConfig("tsne")),
        ("map", ProjectionConfig("umap")),
        ("starts", ClusteringConfig()),
        ("score-stability", ClusteringConfig()),
        ("readout", ReadoutConfig()),
        ("verdicts", VerdictsConfig()),
    ]


def test_a_sweep_has_the_centroids_that_each_k_would_have(run, monkeypatch):
    monkeypatch.setattr(clusters, "STORED_K", (2, 5, 20, 64, 2000))  # the last more than there are images
    found = compute(run, "sweep", SweepConfig("standardised"))
    assert found.arrays["sizes"].tolist() == [2, 5, 20, 64]
    for k in (2, 20, 64):
        expected = fit(run.train_embeddings, ClusteringConfig(k, "standardised"))["centroids"]
        np.testing.assert_allclose(kept_centroids(run, "standardised")[k], expected, atol=1e-4)
        config = ClusteringConfig(k, "standardised")
        np.testing.assert_array_equal(
            kept(run, "cluster", config).arrays["centroids"], kept_centroids(run, "standardised")[k]
        )


@pytest.mark.parametrize("method", ["gmm", "hdbscan"])
def test_clusterings_are_kept_whole_so_that_looking_at_them_computes_nothing(run, monkeypatch, method):
    labels = {split: read_part("digits", f"{split}_labels") for split in ("train", "test")}
    config = ClusteringConfig(4, "none", method=method)
    first = cluster_run(run, config, labels)
    own = CLUSTERERS[method]
    monkeypatch.setitem(CLUSTERERS, method, SimpleNamespace(has_centroids=False))
    again = cluster_run(run, config, labels, keep=False)
    for split in labels:
        np.testing.assert_array_equal(again.assignments[split], first.assignments[split])
        np.testing.assert_array_equal(again.distances[split], first.distances[split])
    assert again.scores("test") == first.scores("test")
    monkeypatch.setitem(CLUSTERERS, method, own)
    np.testing.assert_array_equal(
        again.cluster_of(run.test_embeddings, run.train_embeddings), first.assignments["test"]
    )


def test_clusters_that_cannot_be_kept_are_computed_for_this_once(run, monkeypatch):
    def refuse(*arguments, **settings):
        raise StorageWriteError("read-only")

    monkeypatch.setattr("core.keep.results.check_writable", refuse)
    assert len(cluster_run(run, ClusteringConfig(33), None).centroids) == 33
    assert kept(run, "cluster", ClusteringConfig(33)) is None


# --- refresh -------------------------------------------------------------------------------------------------------


def roundness(test_embeddings, test_labels):
    """A score of a test: how many images of class 3 there are, and the largest latent number."""
    return {"threes": int((test_labels == 3).sum()), "largest": float(test_embeddings.max())}


def test_a_score_added_is_one_entry_and_appears_for_stored_runs(run, few_stages, monkeypatch, capsys):
    monkeypatch.setitem(STAGES, "score-roundness", scores.Score("roundness", "Roundness", roundness))
    before = contents(run.path)
    assert run.score("roundness", "threes") is None
    assert missing(run) == [("score-roundness", scores.NoSettings())]
    assert main(["refresh", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"computed": {run.id: ["score-roundness"]}, "skipped": []}
    threes = int((read_part("digits", "test_labels") == 3).sum())
    largest = float(EMBEDDINGS["test_embeddings"].max())
    assert core.get_run(run.id).metrics == {**METRICS, "roundness": {"threes": threes, "largest": largest}}
    assert contents(run.path) == before
    monkeypatch.setattr(scores, "metrics", None)
    assert refresh(run) == []


def test_a_score_whose_version_was_raised_is_computed_anew(run, few_stages, monkeypatch):
    def stage(value, version):
        score = scores.Score("knn_accuracy", "", lambda test_errors: value, version=version)
        monkeypatch.setitem(STAGES, score.name, score)

    stage(0.1, 1)
    assert refresh(run) == []  # the run holds it itself
    for version, value in ((2, 0.2), (3, 0.3)):
        stage(value, version)
        assert refresh(run) == ["score-knn_accuracy"]
        assert run.score("knn_accuracy") == value


def test_progress_is_told_and_an_interrupted_refresh_keeps_what_was_done(run, few_stages, monkeypatch):
    for number in range(3):
        monkeypatch.setitem(STAGES, f"score-{number}", scores.Score(str(number), "", lambda test_errors: 1.0))
    told = []

    def interrupt(event):
        told.append(event)
        if event["event"] == "progress" and event["done"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(run, interrupt)
    assert told == [
        {"event": "stage", "stage": "metrics"},
        *({"event": "progress", "stage": "metrics", "done": done, "total": 3} for done in range(3)),
    ]
    assert refresh(run) == ["score-2"]


def test_what_needs_images_that_are_not_here_is_left_out_with_a_word(run, few_stages, monkeypatch):
    def nowhere(name, split, rows):
        raise DataNotFoundError("no test images")

    monkeypatch.setattr(stages, "read_rows", nowhere)
    monkeypatch.setitem(STAGES, "score-ink", scores.Score("ink", "", lambda some_test_images: 1.0))
    monkeypatch.setitem(STAGES, "score-one", scores.Score("one", "", lambda test_errors: 1.0))
    told = []
    assert refresh(run, told.append) == ["score-one"]
    assert {"event": "skipped", "stage": "score-ink", "message": "no test images"} in told


def test_a_damaged_run_keeps_no_other_from_being_refreshed(run, few_stages, monkeypatch, capsys):
    monkeypatch.setitem(STAGES, "score-largest", scores.Score("largest", "", lambda test_embeddings: 1.0))
    other = write(seed=1, **EMBEDDINGS)
    damaged, whole = sorted([run, other], key=lambda one: one.id)  # the damaged one is the first
    flip(damaged.path / "test_embeddings.npy")
    assert main(["refresh", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["computed"] == {whole.id: ["score-largest"]}
    assert [one["run"] for one in told["skipped"]] == [damaged.id]
    assert "test_embeddings.npy" in told["skipped"][0]["message"]
    assert main(["refresh", damaged.id, "--json"]) == 1


# --- without labels ------------------------------------------------------------------------------------------------


def test_images_without_labels_have_no_scores_of_classes(artifacts, unlabelled):
    run = write(metrics=None, **EMBEDDINGS)
    asked = {name for name, _ in missing(run)}
    assert {"score-clustering", "score-stability", "score-trustworthiness"} <= asked
    assert not {"score-knn_accuracy", "score-linear_probe_accuracy"} & asked
    with pytest.raises(InvalidInputError, match=r"'score-knn_accuracy' needs labels, and Digits \(small\) has none"):
        compute(run, "score-knn_accuracy")
    found = compute(run, "score-clustering").values["score"]
    assert found.keys() == {"clusters", "scaling", "silhouette"}
    expected = cluster_run(run, ClusteringConfig(), None)
    embeddings = {"train": run.train_embeddings, "test": run.test_embeddings}
    assert found["silhouette"] == expected.silhouette(embeddings, "test")
    report = core.evaluate_run(run, ClusteringConfig(5))
    assert "accuracy" not in report
    assert sum(row["size"] for row in report["clusters"]) == TEST


def test_the_command_evaluates_images_without_labels(artifacts, unlabelled, capsys):
    run = write(metrics=None, **EMBEDDINGS)
    assert main(["evaluate", "--run", run.id, "--clusters", "5"]) == 0
    told = capsys.readouterr().out
    embeddings = {"train": run.train_embeddings, "test": run.test_embeddings}
    found = cluster_run(run, ClusteringConfig(5), None)
    assert f"silhouette  {found.silhouette(embeddings, 'test'):.4f}" in told
    assert "accuracy" not in told
    assert f"{found.spread('test')[0]:.3f}" in told


def test_stability_is_the_mean_rand_index_between_clusterings_of_random_halves():
    groups = (9 * np.eye(3, 4)[np.arange(300) % 3] + RANDOM.normal(size=(300, 4))).astype(np.float32)
    apart = {"train": groups, "test": groups[::2]}
    assert scores.stability(apart, ClusteringConfig(3, "none")) == pytest.approx(1)
    cloud = RANDOM.normal(size=(400, 6)).astype(np.float32)
    found = []
    for seed in range(5):
        half = cloud[np.random.default_rng(seed).choice(400, 200, replace=False)]
        found.append(ScaledKMeans(7, random_state=seed).fit(half).predict(cloud[::2]))
    expected = np.mean([sklearn.metrics.adjusted_rand_score(*pair) for pair in itertools.combinations(found, 2)])
    config = ClusteringConfig(7, "none")
    assert scores.stability({"train": cloud, "test": cloud[::2]}, config) == pytest.approx(expected)
    assert 0.1 < expected < 0.9


# --- one entry -----------------------------------------------------------------------------------------------------


def test_a_map_method_is_one_entry(run, monkeypatch):
    first = SimpleNamespace(
        name="first", title="First numbers", summary="", neighbours=None, keeps_unit=True,
        draw=lambda embeddings, neighbours, seed: embeddings[:, :2],
    )  # fmt: skip
    with pytest.raises(UnknownNameError, match="'first'"):
        ProjectionConfig("first")
    monkeypatch.setitem(MAPS, "first", first)
    np.testing.assert_array_equal(core.project_run(run, ProjectionConfig("first")), run.test_embeddings)
    assert ("map", ProjectionConfig("first")) not in missing(run)
    assert run.projections() == ["first", "pca"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], r"Unknown stage 'nonsense'.*cluster, embed, map"),
        (["map", "--settings", "{"], r"--settings is '\{', which is no JSON"),
        (["map", "--settings", "[" * 100_000], r"--settings is '\[{200}', which is no JSON"),
        (["map", "--settings", "[1]"], r"are \[1\]\. Expected a JSON object with some of: method, neighbours, seed"),
        (["cluster", "--settings", '{"k": 3}'], r"\{'k': 3\}\. Expected .*clusters, scaling, seed, method"),
        (["score-knn_accuracy", "--settings", '{"k": 3}'], r"some of: none"),
        (["cluster", "--settings", '{"clusters": 1}'], r"Number of clusters is 1"),
        (["readout", "--settings", '{"epochs": 0}'], r"Epochs is 0\. Expected a whole number from 1 to 1000"),
        (["readout", "--settings", '{"epochs": "many"}'], r"Epochs is 'many'\. Expected a whole number"),
        (["readout", "--settings", '{"seed": -1}'], r"Seed is -1\. Expected a whole number from 0"),
    ],
)
def test_what_cannot_be_computed_is_told(run, capsys, arguments, words):
    assert main(["compute", run.id, *arguments, "--json"]) == 1
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(json.loads(capsys.readouterr().out)["message"])


def test_the_command_evaluates_any_clusterer(run, capsys):
    labels = {split: read_part("digits", f"{split}_labels") for split in ("train", "test")}
    command = ["evaluate", "--run", run.id, "--clusterer", "hdbscan", "--clusters", "40", "--scaling", "none"]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    found = cluster_run(run, ClusteringConfig(40, "none", method="hdbscan"), labels)
    assert report["clusterer"] == "hdbscan"
    assert report["share_clustered"] == found.share_clustered("test") < 1
    assert report["accuracy"] == found.accuracy("test")
    assert main(command) == 0
    assert f"in a cluster {100 * found.share_clustered('test'):.1f} %" in " ".join(capsys.readouterr().out.split())


def test_a_result_is_computed_and_kept_by_the_command(run, capsys):
    command = ["compute", run.id, "cluster", "--settings", '{"clusters": 3, "method": "gmm"}', "--json"]
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["arrays"]["assigned_test"] == [TEST]
    found = kept(run, "cluster", ClusteringConfig(3, method="gmm"))
    assert found.arrays["centroids"].shape == (3, 2)


def test_the_command_tells_how_much_is_done_where_it_is_asked_to_and_the_stage_knows(run, capsys):
    command = ["compute", run.id, "score-stability", "--json"]
    assert main([*command, "--progress"]) == 0
    *shares, _ = capsys.readouterr().out.partition("{\n")[0].split("\n")
    assert [json.loads(line) for line in shares] == [{"progress": share} for share in (0, 0.2, 0.4, 0.6, 0.8)]
    assert main([*command, "--settings", '{"clusters": 3}']) == 0
    assert json.loads(capsys.readouterr().out)["stage"] == "score-stability"
