"""What the embedding map draws: the values behind its colours, its names, and what cards and pins are made of."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.settings import ProjectionConfig
from dashboard import map_data, map_panel, queries
from dashboard.map_data import Choices
from dashboard.map_dots import Dots
from dashboard.view import Shown

DOTS = Dots("digits", ("test", "train"))


def choices(**given):
    usual = {
        "method": "tsne", "everything": False, "colouring": "class", "trust": "true", "compared": "a", "drag": "lasso", "mode": "new",
        "named": True, "neighbours": 30, "model": None,
    }  # fmt: skip
    return Choices(**{**usual, **given})


@pytest.fixture
def runs():
    return {key: Shown(SimpleNamespace(test_errors=np.full(3, ord(key))), key, key.upper(), "#112233") for key in "abc"}


def found(said):
    """A clustering stand-in: cluster 1 says class 4, cluster 0 class 7."""
    return SimpleNamespace(
        labelled=True, cluster_labels=np.array([7, 4]), predicted=lambda split: said[split], assignments={},
        centroids=np.zeros((2, 3)),
    )  # fmt: skip


def test_the_plane_of_latent_numbers_is_no_projection():
    assert choices(method="plane").config is None
    assert choices(method="umap", neighbours=15).config == ProjectionConfig("umap", 15)


def test_trust_is_what_was_asked_for_of_the_map_that_is_shown(runs, monkeypatch):
    asked = []

    def trust(run, config):
        asked.append(config)
        return SimpleNamespace(arrays={"true": run.test_errors / 2, "lost": run.test_errors * 2})

    monkeypatch.setattr(queries, "map_trust", trust)
    values = map_data.values_of(choices(colouring="trust", trust="lost"), runs, {}, {}, DOTS)
    assert {key: one[0] for key, one in values.items()} == {"a": 194, "b": 196, "c": 198}
    assert asked == [ProjectionConfig("tsne", 30)] * 3


def test_disagreement_is_with_the_model_chosen_whose_own_map_shows_the_mean(runs, monkeypatch):
    shared = {"ab": 5 / 25, "cb": 12 / 18}  # 5 and 12 of 15 in common

    def overlaps(one, other):
        return np.full(2, shared[chr(one.test_errors[0]) + chr(other.test_errors[0])])

    monkeypatch.setattr(queries, "overlaps", overlaps)
    values = map_data.values_of(choices(colouring="overlap", compared="b"), runs, {}, {}, DOTS)
    assert {key: one.tolist() for key, one in values.items()} == {"a": [5, 5], "c": [12, 12], "b": [8.5, 8.5]}


def test_right_and_wrong_and_errors_are_each_model_s_own(runs):
    labels = DOTS.labels
    said = {"test": labels[:360].copy(), "train": np.full(1437, -1)}
    said["test"][5] = 99
    values = map_data.values_of(choices(colouring="outcome", everything=True), {}, {"a": found(said)}, {}, DOTS)["a"]
    assert values.sum() == 359
    assert values[5] == values[360] == 0
    assert map_data.values_of(choices(colouring="error"), runs, {}, {}, DOTS)["b"][0] == ord("b")


def test_names_on_the_map_are_of_clusters_where_these_are_the_colours():
    points = np.concatenate([np.zeros((5, 2)), np.full((5, 2), 100.0)])
    dots = SimpleNamespace(labels=np.repeat([1, 0], 5))
    given = (
        points,
        np.repeat([0, 1], 5),
        ["0 · Bag", "1 · Coat", "no cluster"],
        dots,
        ["Coat", "Bag"],
        (0, 100, 0, 100),
    )
    written = {name: (place.x, place.y) for name, place in map_data.cloud_names(choices(), *given)}
    assert written == {"Bag": (0, 0), "Coat": (100, 100)}
    written = [name for name, _ in map_data.cloud_names(choices(colouring="cluster"), *given)]
    assert written == ["0 · Bag", "1 · Coat"]
    assert map_data.cloud_names(choices(named=False), *given) == []


def test_a_card_says_the_cluster_and_knows_the_class_that_it_says(runs):
    card = map_data.card(runs["a"], np.array([1, -1, 0]), ["0 · Bag", "1 · Coat", "no cluster"], found({}))
    assert [card.words[one] for one in card.says] == ["cluster 1 · Coat", "in no cluster", "cluster 0 · Bag"]
    assert [card.verdicts[one] for one in card.says] == [4, -1, 7]
    assert (card.title, card.colour) == ("A", "#112233")


def test_the_neighbours_of_a_pinned_image_are_rows_of_the_map(runs, monkeypatch):
    indices = np.arange(360 * 15).reshape(360, 15)
    monkeypatch.setattr(queries, "neighbours_of", lambda run: SimpleNamespace(arrays={"indices": indices}))
    near = [queries.Near("test", 8, 0.1), queries.Near("train", 2, 0.2)]
    monkeypatch.setattr(queries, "nearest_images", lambda run, split, index, count: near if index == 1 else None)
    assert map_panel.nearest_rows(runs["a"], DOTS, 2).tolist() == list(range(30, 40))
    assert map_panel.nearest_rows(runs["a"], DOTS, 361).tolist() == [8, 362]
