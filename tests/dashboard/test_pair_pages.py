"""*Disagreement* and *Clusters across models* on image sets of 12 and of 81 classes and without labels, and on chosen runs."""

import io
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from core import stages
from core.analyse import compare
from core.analyse.neighbours import nearest, shared_neighbours
from core.settings import ClusteringConfig
from core.stages import cluster_run
from dashboard import class_charts, gallery_order, row_click, table_files
from dashboard.view import Selection
from tests import linear_runs
from tests.dashboard.conftest import open_page, texts
from tests.dashboard.test_links import open_link, refusals

CONFIG = ClusteringConfig()
PAGES = ("disagreement", "across")
BOTH = {"losses": ["Pixel MSE", "Cross-entropy"]}


class Store:
    """A set and runs on it, and what its pages are to say."""

    def __init__(self, patch, classes: int, labelled: bool = True):
        name = f"pairs-{classes}" if labelled else "pairs-blank"
        self.set = linear_runs.use(
            patch, linear_runs.image_set(classes, labelled=labelled, train=500, test=200, name=name)
        )
        self.runs = [linear_runs.write(self.set, loss) for loss in ("mse", "bce")]
        labels = {"train": self.set.train_labels, "test": self.set.test_labels} if labelled else None
        self.found = [cluster_run(run, CONFIG, labels) for run in self.runs]
        near = [nearest(run.test_embeddings, run.test_embeddings, 15, same=True)[0] for run in self.runs]
        self.shared = shared_neighbours(*near)

    def scaled(self, which: int) -> np.ndarray:
        """Test embeddings as they are clustered: each of length one."""
        rows = self.runs[which].test_embeddings.astype(float)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def open(self, page: str, **query):
        """A page without exceptions or errors."""
        app = open_link(page, dataset=self.set.info.title, latent="4", **{**BOTH, **query})
        assert not app.exception
        assert not app.error
        assert refusals(app) == []
        return app


@pytest.fixture(scope="module")
def stores(tmp_path_factory) -> Iterator[dict[str, Store]]:
    """Written once: the pages only read them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path_factory.mktemp("artifacts")))
        yield {"few": Store(patch, 12), "many": Store(patch, 81), "blank": Store(patch, 12, labelled=False)}


@pytest.fixture(params=["few", "many"])
def store(stores, request) -> Store:
    return stores[request.param]


@pytest.fixture
def few(stores) -> Store:
    return stores["few"]


@pytest.fixture
def blank(stores) -> Store:
    return stores["blank"]


@pytest.fixture
def tables(monkeypatch) -> dict:
    """The tables that can be downloaded, by the start of their file's name."""
    found = {}
    monkeypatch.setattr(
        table_files, "table_files", lambda what, table, name: found.update({name.split("-")[0]: table()})
    )
    for page in ("across_flow", "across_changes"):
        monkeypatch.setattr(f"dashboard.{page}.table_files", table_files.table_files)
    return found


def test_the_totals_are_those_of_the_clusters(store):
    said = texts(store.open("disagreement"))
    one, other = store.found
    different = int(compare.named_differently(one, other, "test").sum())
    assert f"name **{different} of 200** unseen test images differently" in said
    assert f"**{store.shared.mean():.1f} of an image's 15 nearest**" in said


def test_images_are_ranked_and_chosen_by_who_is_right(few, tables):
    one, other = few.found
    only_other = np.flatnonzero(compare.right_only(other, one, "test"))
    assert 1 < len(only_other) < 200
    app = few.open("disagreement", only="B right, A wrong")
    assert f"**{len(only_other)}** images, B right, A wrong" in texts(app)
    table = tables["disagreement"]
    expected = only_other[np.argsort(few.shared[only_other], kind="stable")]
    assert table["image"].tolist() == [f"test.{row}" for row in expected]
    assert table["neighbours_in_common"].tolist() == few.shared[expected].tolist()
    assert table["cluster_a"].tolist() == one.assignments["test"][expected].tolist()
    assert (table["says_b"] == table["class"]).all()
    assert (table["says_a"] != table["class"]).all()


def test_filters_meet(few, tables):
    label, cluster = int(few.set.test_labels[0]), int(few.found[0].assignments["test"][0])
    bar = int(few.shared[0])
    inside = (few.set.test_labels == label) & (few.found[0].assignments["test"] == cluster) & (few.shared == bar)
    few.open("disagreement", of_true_class=f"shape {label}", in_a=str(cluster), shared=str(bar))
    assert sorted(tables["disagreement"]["image"]) == sorted(f"test.{row}" for row in np.flatnonzero(inside))


def test_images_are_found_by_what_each_model_calls_them(few, tables):
    one, other = (each.predicted("test") for each in few.found)
    row = int(np.flatnonzero(one != other)[0])
    app = few.open("disagreement", named_a=f"shape {one[row]}", named_b=f"shape {other[row]}")
    inside = (one == one[row]) & (other == other[row])
    assert sorted(tables["disagreement"]["image"]) == sorted(f"test.{each}" for each in np.flatnonzero(inside))
    assert f", named shape {one[row]} by A, named shape {other[row]} by B." in texts(app)


def test_clusters_are_chosen_by_what_they_are_called_and_kept_by_their_number(few, tables):
    cluster = int(few.found[0].assignments["test"][0])
    app = few.open("disagreement")
    box = app.selectbox(key="in_a_box")
    assert box.options[cluster] == f"{cluster} · shape {few.found[0].cluster_labels[cluster]}"
    box.select_index(cluster).run()
    assert app.query_params["in_a"] in (str(cluster), [str(cluster)])
    assert len(tables["disagreement"]) == np.sum(few.found[0].assignments["test"] == cluster)
    app.selectbox(key="in_a_box").set_value(None).run()
    assert "in_a" not in app.query_params
    assert len(tables["disagreement"]) == 200


@pytest.mark.parametrize(
    "ranking", ["Named differently first", "Both most sure", "Redrawn worst by A", "Redrawn worst by B"]
)
def test_images_are_ranked_in_every_way(few, tables, ranking):
    few.open("disagreement", rank=ranking)
    table = tables["disagreement"]
    assert len(table) == 200
    if ranking == "Named differently first":
        differs = (table["says_a"] != table["says_b"]).to_numpy()
        assert differs.argmin() == differs.sum()
    elif ranking == "Both most sure":
        assert table[["margin_a", "margin_b"]].min(axis=1).is_monotonic_decreasing
    else:
        assert table[f"pixel_error_{ranking[-1].lower()}"].is_monotonic_decreasing


def test_the_flow_tells_and_lists_what_is_matched(store, tables):
    matched = compare.matched(*store.found, "test")
    inside = sum(
        int(((store.found[0].assignments["test"] == a) & (store.found[1].assignments["test"] == b)).sum())
        for a, b in matched
    )
    assert f"**{inside} of 200** unseen test images" in texts(store.open("across"))
    table = tables["matched"]
    assert list(zip(table["cluster_a"], table["cluster_b"], strict=True)) == matched
    assert table["shared"].sum() == inside
    gains = compare.class_gains(*store.found, "test")
    assert tables["gains"]["gained"].tolist() == [one.gained for one in gains]


def test_a_stream_and_a_cell_open_their_images(few):
    one, other = (found.assignments["test"] for found in few.found)
    a, b = int(one[0]), int(other[0])
    both = int(((one == a) & (other == b)).sum())
    app = few.open("across", flow=f"mse.{a}.bce.{b}")
    assert both < (one == a).sum()
    assert app.header[0].value == f"{both} image{'s' * (both != 1)}"
    assert few.open("across", flow=f"mse.{a}.bce.-").header[0].value == f"{(one == a).sum()} images"
    app = few.open("across", flow=f"perceptual.{a}.bce.{b}")
    assert "What the link named is of other models" in texts(app)
    label = int(few.set.test_labels[0])
    right = [compare.put_with(found, "test", label, label).sum() for found in few.found]
    said = texts(few.open("across", change=f"mse.bce.{label}.{label}"))
    assert f"**shape {label}** rightly found: {right[0]} under Pixel MSE, {right[1]} under Cross-entropy." in said


def test_a_flow_of_one_class_holds_its_images_alone(few):
    label = int(few.set.test_labels[0])
    a = int(few.found[0].assignments["test"][0])
    of_class = int(((few.found[0].assignments["test"] == a) & (few.set.test_labels == label)).sum())
    app = few.open("across", flow=f"mse.{a}.bce.-", flow_class=f"shape {label}")
    assert app.header[0].value.startswith(f"{of_class} image")


def test_without_labels_there_is_overlap_and_flow_and_no_right_and_wrong(blank, tables):
    app = blank.open("disagreement", only="Outside matched clusters")
    moved = compare.moved(*blank.found, "test")
    assert f"**{moved.sum()}** images, outside matched clusters" in texts(app)
    assert "have no labels" in texts(app)
    assert "class" not in tables["disagreement"]
    app = blank.open("across")
    assert "matched" in tables
    assert "gains" not in tables
    for query, page in (
        ({"only": "Both wrong"}, "disagreement"),
        ({"rank": "Named differently first"}, "disagreement"),
    ):
        app = open_link(page, dataset=blank.set.info.title, latent="4", **BOTH, **query)
        assert len(refusals(app)) == 1


@pytest.mark.parametrize("page", PAGES)
def test_clusters_with_noise_and_many_clusters_are_shown(few, page):
    for run in few.runs:
        stages.compute(run, "cluster", ClusteringConfig(5, method="hdbscan"))
    few.open(page, method="HDBSCAN", k="5", rank="Both most sure") if page == "disagreement" else few.open(
        page, method="HDBSCAN", k="5"
    )
    few.open(page, k="60")


@pytest.mark.parametrize("page", PAGES)
def test_one_model_alone_is_told(few, page):
    assert "Choose a second" in texts(few.open(page, losses="Pixel MSE"))


@pytest.mark.parametrize("page", PAGES)
def test_any_two_of_three_chosen_runs_can_be_set_against_each_other(few, page):
    third = linear_runs.write(few.set, "mse", seed=1)
    ids = ",".join(run.id for run in (*few.runs, third))
    app = open_link(page, runs=ids, one="Cross-entropy", other="Pixel MSE, seed 1")
    assert not app.exception
    assert not app.error
    assert refusals(app) == []
    assert (app.selectbox(key="one").value, app.selectbox(key="other").value) == (few.runs[1].id, third.id)
    assert "Pixel MSE, seed 1" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_without_the_images(few, page, monkeypatch):
    monkeypatch.setattr("dashboard.queries.pictures", lambda *_: None)
    few.open(page)


def test_confusion_matrices_side_by_side_share_one_scale(few, monkeypatch):
    tops, drawn = [], class_charts.confusion_matrix
    monkeypatch.setattr(
        class_charts, "confusion_matrix", lambda *given, **more: tops.append(more["top"]) or drawn(*given, **more)
    )
    matrices = [found.confusion("test") for found in few.found]
    app = few.open("confusion", shown="Counts")
    largest = max(matrix.max() for matrix in matrices)
    assert tops == [largest, largest]
    assert f"the strongest blue for {largest} images" in texts(app)
    figure = drawn(matrices[0], few.set.info.class_names, few.set.info.class_names, shown="counts", top=largest)
    assert figure["data"][0]["zmax"] == largest


def test_clusters_say_purity_only_where_it_is_another_number_than_the_right_class(store):
    scores = store.found[0].scores("test")
    said = texts(store.open("clusters", losses="Pixel MSE"))
    assert f"right class **{100 * scores['accuracy']:.1f} %**" in said
    assert (f"purity {100 * scores['purity']:.1f} %" in said) == (scores["purity"] - scores["accuracy"] >= 0.005)


@pytest.mark.parametrize("order", list(gallery_order.ORDERS.values()))
def test_galleries_are_sorted_by_every_measure(few, monkeypatch, order):
    shown = []
    monkeypatch.setattr("dashboard.image_wall.picture_wall", lambda *_, images, **__: shown.append(images))
    one, run = few.found[0], few.runs[0]
    cluster = int(one.assignments["test"][0])
    members = np.flatnonzero(one.assignments["test"] == cluster)
    assert len(members) > 3
    distances = np.linalg.norm(few.scaled(0) - one.centroids[:, None], axis=2)
    nearest, second = np.sort(distances, axis=0)[:2]
    values = {
        "Nearest the centre": nearest, "Farthest": -nearest, "Least sure": 1 - nearest / second,
        "Fewest neighbours in common": few.shared, "Redrawn worst": -run.test_errors,
    }[order]  # fmt: skip
    expected = [f"test.{row}" for row in members[np.argsort(values[members], kind="stable")]]
    few.open("across", flow=f"mse.{cluster}.bce.-", flow_order=order)
    few.open("clusters", cluster=f"mse.20.{cluster}", members=order)
    assert [list(images) for images in shown] == [expected[:60], expected[:60]]


def test_training_images_are_sorted_by_what_is_known_of_them(few):
    for method, known in (("kmeans", 2), ("hdbscan", 2)):
        selection = Selection(dataset=few.set.info.name, losses=("mse", "bce"), latent=4, split="train", method=method)
        assert len(gallery_order.orders(selection)) == known
    alone = Selection(dataset=few.set.info.name, losses=("mse",), latent=4)
    assert list(gallery_order.orders(alone)) == ["nearest", "farthest", "unsure", "error"]


def test_a_cell_that_is_clicked_chooses_its_row(monkeypatch):
    state = {}
    monkeypatch.setattr(row_click.st, "session_state", state)

    def chosen(rows: list[int], cells: list[tuple[int, str]]) -> list[int]:
        state["table"] = {"selection": {"rows": rows, "columns": [], "cells": cells}}
        row_click.choose_row("table")
        assert state["table"]["selection"]["cells"] == cells  # arrow keys go on from there
        return state["table"]["selection"]["rows"]

    assert chosen([1], [(4, "size")]) == [4]
    assert chosen([4], [(5, "size")]) == [5]
    assert chosen([2], [(5, "size")]) == [2]  # by its box
    assert chosen([], [(5, "size")]) == []
    assert chosen([], [(5, "spread")]) == [5]
    assert chosen([5], []) == [5]


def test_a_table_is_taken_away_with_its_types():
    table = pd.DataFrame({"image": ["test.1"], "overlap": np.float32([0.25]), "cluster": np.int16([3])})
    back = pd.read_parquet(io.BytesIO(table_files.as_parquet(table)))
    pd.testing.assert_frame_equal(back, table)


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_open_on_the_bundled_runs(page, bundled_only):
    app = open_page(page)
    assert not app.exception
    assert not app.error
