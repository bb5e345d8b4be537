"""What pages are told of neighbours and of two runs: right, computed once, kept where that is allowed."""

import numpy as np
import pytest
import streamlit as st

from core.analyse.compare import compare
from core.analyse.neighbours import overlap
from core.errors import InvalidInputError, ResultError
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import cluster_run, compute, kept
from core.stages.neighbours import Neighbours, nearest_images
from dashboard import queries
from tests.linear_runs import image_set, use, write

CONFIG = ClusteringConfig(6)
TEST, TRAIN = 60, 200


@pytest.fixture
def shapes(monkeypatch, artifacts):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    st.cache_resource.clear()  # labels of a set of the same name in another test
    return use(monkeypatch, image_set(4, train=TRAIN, test=TEST, shape=(12, 12, 1)))


@pytest.fixture
def pair(shapes):
    return [write(shapes), write(shapes, seed=1)]


@pytest.fixture
def counted(monkeypatch):
    """How often neighbours were computed in this process."""
    calls, run = [], Neighbours.run
    monkeypatch.setattr(Neighbours, "run", lambda self, *given: calls.append(1) or run(self, *given))
    return calls


def test_neighbours_are_computed_once_and_kept(pair, counted):
    found = queries.neighbours_of(pair[0])
    assert found.arrays["indices"].shape == (TEST, 15)
    assert queries.neighbours_of(pair[0]) is found
    assert len(counted) == 1
    np.testing.assert_array_equal(kept(pair[0], "neighbours").arrays["indices"], found.arrays["indices"])


def test_a_server_for_looking_only_computes_them_for_itself_and_keeps_nothing(pair, counted, monkeypatch):
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    expected = queries.neighbours_of(pair[0])
    assert queries.neighbours_of(pair[0]) is expected
    trust = queries.map_trust(pair[0], ProjectionConfig("pca"))
    assert 0 < trust.values["true"] < 1
    assert queries.map_trust(pair[0], ProjectionConfig("pca")) is trust
    assert len(counted) == 1
    assert kept(pair[0], "neighbours") is kept(pair[0], "map-trust", ProjectionConfig("pca")) is None


@pytest.mark.parametrize("ends", ["keeps it", "fails", "fails for long work"])
def test_what_takes_longer_is_computed_in_a_process(pair, counted, monkeypatch, ends):
    asked = []

    def elsewhere(run, stage, settings):
        asked.append(stage)
        if ends != "keeps it":
            raise ResultError("no memory")
        compute(run, stage, settings)

    monkeypatch.setattr(queries.neighbours, "_QUICK_WORK", 0)
    monkeypatch.setattr(queries.neighbours, "compute", elsewhere)
    if ends == "fails for long work":
        monkeypatch.setattr(queries.neighbours, "_MOST_WORK", 0)
        with pytest.raises(ResultError, match="no memory"):
            queries.neighbours_of(pair[0])
        assert not counted
        return
    assert queries.neighbours_of(pair[0]).arrays["indices"].shape == (TEST, 15)
    assert (asked, len(counted)) == (["neighbours"], 1)
    assert queries.neighbours_of(pair[0]) is queries.neighbours_of(pair[0])
    assert asked == ["neighbours"]


def test_overlaps_and_nearest_images_are_those_of_core(pair):
    near = [compute(run, "neighbours").arrays["indices"] for run in pair]
    np.testing.assert_array_equal(queries.overlaps(*pair), overlap(*near))
    assert queries.nearest_images(pair[0], "train", 3, 4) == nearest_images(pair[0], "train", 3, 4)
    assert queries.nearest_images(pair[1], "test", 3) == nearest_images(pair[1], "test", 3, 10)
    with pytest.raises(InvalidInputError, match="Image 60 of Shapes"):
        queries.nearest_images(pair[0], "test", 60)


@pytest.mark.parametrize("config", [CONFIG, ClusteringConfig(20, method="hdbscan")])
def test_the_comparison_is_core_s_and_is_asked_for_once(pair, shapes, config):
    labels = {"train": shapes.train_labels, "test": shapes.test_labels}
    near = tuple(compute(run, "neighbours").arrays["indices"] for run in pair)
    for run in pair:
        compute(run, "cluster", config)  # which a page would have a process do
    for split, neighbours in (("test", near), ("train", None)):
        found = queries.comparison(*pair, config, split)
        expected = compare(*(cluster_run(run, config, labels) for run in pair), split, neighbours)
        for name, value in vars(expected).items():
            np.testing.assert_equal(getattr(found, name), value)
        assert queries.comparison(*pair, config, split) is found
    turned = queries.comparison(*pair[::-1], config, "test")
    np.testing.assert_array_equal(turned.right_only_a, queries.comparison(*pair, config, "test").right_only_b)


def test_without_labels_clusters_are_compared_all_the_same(monkeypatch, artifacts):
    plain = use(monkeypatch, image_set(4, labelled=False, train=TRAIN, test=TEST, shape=(12, 12, 1), name="plain"))
    found = queries.comparison(write(plain), write(plain, seed=1), CONFIG, "test")
    assert found.named_differently is found.gains is None
    assert found.overlap.shape == (TEST,)
    assert found.matched


def test_runs_of_different_sets_are_not_compared(pair, monkeypatch):
    other = write(use(monkeypatch, image_set(3, train=TRAIN, test=TEST, shape=(12, 12, 1), name="others")))
    for ask in (lambda: queries.overlaps(pair[0], other), lambda: queries.comparison(pair[0], other, CONFIG, "test")):
        with pytest.raises(InvalidInputError, match=r"Runs of 'shapes' and 'others'\. Expected runs of one image set"):
            ask()
