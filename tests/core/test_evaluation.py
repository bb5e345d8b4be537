"""The report of a run's clusters, against the estimators and what is stored with the run."""

import json

import numpy as np
import pytest

import core
from core.analyse.clustering import cluster_table, fit
from core.analyse.kmeans import MajorityLabelClassifier
from core.settings import SCALINGS, ClusteringConfig
from core.stages import cluster_run, kept_centroids


def clusterings(run, labels, scaling="unit", clusters=20, seed=0):
    return cluster_run(run, ClusteringConfig(clusters, scaling, seed), labels)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("clusters", [2, 20, 250])
def test_every_image_is_counted_once(mse_run, digits_labels, scaling, clusters):
    clustering = clusterings(mse_run, digits_labels, scaling, clusters)
    for split, labels in digits_labels.items():
        confusion = clustering.confusion(split)
        np.testing.assert_array_equal(confusion.sum(axis=1), np.bincount(labels))
        np.testing.assert_array_equal(confusion.sum(axis=0), np.bincount(clustering.predicted(split), minlength=10))
        assert sum(cluster_table(clustering, split, tuple("0123456789"))["size"]) == len(labels)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_accuracy_is_that_of_the_majority_label_classifier(mse_run, digits_labels, scaling):
    classifier = MajorityLabelClassifier(20, scaling=scaling, random_state=0)
    classifier.fit(mse_run.train_embeddings, digits_labels["train"])
    expected = classifier.score(mse_run.test_embeddings, digits_labels["test"])
    assert clusterings(mse_run, digits_labels, scaling).accuracy("test") == pytest.approx(expected)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("clusters", [5, 64])
def test_stored_centroids_are_those_of_a_fit_now(mse_run, scaling, clusters):
    config = ClusteringConfig(clusters, scaling)
    stored = kept_centroids(mse_run, scaling)[clusters]
    # Not exactly: scikit-learn's threads add up in the order in which they finish.
    np.testing.assert_allclose(stored, fit(mse_run.train_embeddings, config)["centroids"], atol=1e-4)


def test_stored_centroids_spare_the_fit(mse_run, digits_labels, monkeypatch):
    monkeypatch.setattr("core.analyse.clustering.fit", None)
    assert len(clusterings(mse_run, digits_labels, clusters=250).centroids) == 250


def test_cluster_counts_and_seeds_that_are_not_stored_are_fitted(mse_run, digits_labels):
    assert len(clusterings(mse_run, digits_labels, clusters=33).centroids) == 33
    stored, other = (clusterings(mse_run, digits_labels, clusters=20, seed=seed).centroids for seed in (0, 1))
    assert not np.allclose(np.sort(stored, axis=0), np.sort(other, axis=0))


def test_the_report_holds_what_the_command_promises(mse_run, perceptual_run):
    config = ClusteringConfig(20)
    report = core.evaluate_run(mse_run, config)
    assert {"run", "accuracy", "purity", "nmi", "ari", "hungarian", "clusters", "confusion"} <= report.keys()
    assert report["run"] == mse_run.id
    assert np.shape(report["confusion"]) == (10, 10)
    assert len(report["clusters"]) == 20
    assert report["clusters"][0].keys() == {"cluster", "size", "label", "purity"}
    assert json.loads(json.dumps(report)) == report
    assert core.evaluate_run(mse_run, config, "train")["accuracy"] != report["accuracy"]
    assert [core.evaluate_run(run, config)["label_informed"] for run in (mse_run, perceptual_run)] == [False, True]


def test_scores_stored_with_a_run_are_those_of_its_default_clustering(perceptual_run):
    stored = perceptual_run.metrics["clustering"]
    report = core.evaluate_run(perceptual_run, ClusteringConfig())
    for score in ("accuracy", "purity", "nmi", "ari", "hungarian"):
        assert stored[score] == report[score]
