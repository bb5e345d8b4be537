"""Accuracies over the clusterer's starts: each seed's own, for both splits, whatever the settings' seed; none without labels."""

from dataclasses import replace

import pytest

from core import stages
from core.errors import InvalidInputError
from core.settings import ClusteringConfig
from core.stages import cluster_run, compute
from tests import linear_runs

CONFIG = ClusteringConfig(clusters=40, seed=3)


def test_every_start_has_its_own_accuracy_on_both_splits(artifacts, monkeypatch):
    found = linear_runs.use(monkeypatch, linear_runs.image_set(12, train=300, test=100, name="starts"))
    run = linear_runs.write(found)
    labels = {"train": found.train_labels, "test": found.test_labels}
    clusterings = [cluster_run(run, replace(CONFIG, seed=seed), labels, keep=False) for seed in range(5)]
    expected = {split: [one.accuracy(split) for one in clusterings] for split in labels}
    assert compute(run, "starts", CONFIG).values == {"accuracy": expected}
    assert len(set(expected["test"])) > 1
    assert expected["test"] != expected["train"]
    assert ("starts", ClusteringConfig()) in stages.missing(run)


def test_images_without_labels_have_none(artifacts, monkeypatch):
    run = linear_runs.write(
        linear_runs.use(monkeypatch, linear_runs.image_set(12, labelled=False, train=300, test=100))
    )
    assert "starts" not in [name for name, _ in stages.missing(run)]
    with pytest.raises(InvalidInputError, match="needs labels"):
        compute(run, "starts")
