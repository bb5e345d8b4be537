"""Clusters, confusion and maps on image sets of 12 and of 81 classes, and without labels but for names given by hand."""

import numpy as np
import pytest

from core import stages
from core.keep import namings
from core.settings import ClusteringConfig
from core.stages import cluster_run
from tests import linear_runs
from tests.dashboard.conftest import open_page, texts

CONFIG = ClusteringConfig()
MSE, BOTH = {"losses": "Pixel MSE"}, {"losses": ["Pixel MSE", "Cross-entropy"]}


class Store:
    """A set and two runs on it, and what its pages are to say."""

    def __init__(self, patch, classes: int, labelled: bool):
        # Of a set of the user's own the name says what it holds; the pages keep what they read under it.
        name = f"shapes-{classes}" if labelled else "blank"
        self.set = linear_runs.use(
            patch, linear_runs.image_set(classes, labelled=labelled, train=500, test=200, name=name)
        )
        self.runs = {loss: linear_runs.write(self.set, loss) for loss in ("mse", "bce")}
        labels = {"train": self.set.train_labels, "test": self.set.test_labels}
        self.found = {loss: cluster_run(run, CONFIG, labels if labelled else None) for loss, run in self.runs.items()}
        self.clusters = {loss: found.assignments["test"] for loss, found in self.found.items()}
        self.labels = labels["test"]

    def name(self, cluster: int, words: str) -> None:
        run = self.runs["mse"].id
        namings.change(self.set.info.name, run, CONFIG, lambda naming: naming.named(cluster, words))


@pytest.fixture(params=[12, 81])
def store(artifacts, monkeypatch, request) -> Store:
    return Store(monkeypatch, request.param, labelled=True)


@pytest.fixture
def blank(artifacts, monkeypatch) -> Store:
    return Store(monkeypatch, 12, labelled=False)


def shown(store: Store, page: str, query: dict, **more: str):
    """A page without exceptions or errors."""
    app = open_page(page, dataset=store.set.info.title, latent="4", **query, **more)
    assert not app.exception
    assert not app.error
    return app


def test_clusters_of_many_classes_have_their_sizes_and_majorities(store):
    table = shown(store, "clusters", BOTH).dataframe[0].value
    assert table["size"].tolist() == np.bincount(store.clusters["mse"], minlength=20).tolist()
    train = store.found["mse"].assignments["train"]
    majority = [np.bincount(store.set.train_labels[train == cluster]).argmax() for cluster in range(20)]
    assert table["label"].tolist() == [f"shape {label}" for label in majority]
    assert ("shares" in table) == (len(store.set.info.class_names) == 12)


def test_a_cluster_s_largest_class_is_told_apart_from_the_one_it_is_named_after(store):
    test = store.clusters["mse"]
    largest = [np.bincount(store.labels[test == cluster]).argmax() for cluster in range(20) if (test == cluster).any()]
    table = shown(store, "clusters", MSE).dataframe[0].value
    told = table["most" if "most" in table else "label"][table["size"] > 0]
    assert told.tolist() == [f"shape {label}" for label in largest]


def test_the_largest_mixups_are_listed_and_a_cell_opens_its_images(store):
    said = store.found["mse"].predicted("test")
    pairs = [pair for pair in zip(store.labels.tolist(), said.tolist(), strict=True) if pair[0] != pair[1]]
    most = max(map(pairs.count, pairs))
    table = shown(store, "confusion", MSE).dataframe[0].value
    first = table.iloc[0]
    true, cluster_says = (int(first[side].removeprefix("shape ")) for side in ("true", "said"))
    assert first["images"] == most == pairs.count((true, cluster_says))
    assert first["share"] == pytest.approx(100 * most / (store.labels == true).sum())
    assert table["images"].is_monotonic_decreasing
    words = texts(shown(store, "confusion", MSE, cell=f"mse.{true}.{cluster_says}"))
    assert f"Pixel MSE: shape {true} in clusters named shape {cluster_says} ({most} image" in words


def test_maps_of_many_classes_open_by_class_and_by_cluster(store):
    for colour in ("Class", "Cluster", "Right or wrong"):
        shown(store, "embedding_map", BOTH, colour=colour)


def test_two_models_are_compared_cluster_by_cluster(blank):
    row, column = int(blank.clusters["mse"][0]), int(blank.clusters["bce"][0])
    both = int(((blank.clusters["mse"] == row) & (blank.clusters["bce"] == column)).sum())
    assert both < (blank.clusters["mse"] == row).sum()  # else a transposed cell could not be told
    words = texts(shown(blank, "confusion", BOTH, pair=f"mse.{row}.bce.{column}"))
    assert "These images have no labels, so there are no classes to mix up" in words
    assert f"Pixel MSE {row} and Cross-entropy {column} ({both} image" in words


def test_one_model_without_labels_says_what_to_do(blank):
    words = texts(shown(blank, "confusion", MSE))
    assert "choose a second model to see how the clusters of both fit together" in words


def test_clusters_without_labels_have_sizes_spread_silhouette_and_stability(blank):
    app = shown(blank, "clusters", MSE)
    table = app.dataframe[0].value
    assert table["size"].tolist() == np.bincount(blank.clusters["mse"], minlength=20).tolist()
    distances = blank.found["mse"].distances["test"]
    filled = table["size"] > 0
    assert table["spread"][filled].tolist() == pytest.approx(
        [distances[blank.clusters["mse"] == cluster].mean() for cluster in np.flatnonzero(filled)]
    )
    assert "purity" not in table
    run = blank.runs["mse"]
    parts = {"train": run.train_embeddings, "test": run.test_embeddings}
    assert f"silhouette **{blank.found['mse'].silhouette(parts, 'test'):.3f}**" in texts(app)
    assert "stability" not in texts(app)
    score = stages.compute(run, "score-stability", CONFIG).values["score"]
    assert f"stability **{score:.3f}**" in texts(shown(blank, "clusters", MSE))
    shown(blank, "embedding_map", BOTH)


def test_a_name_is_kept_at_once_serves_as_label_and_can_be_taken_back(blank):
    size = int((blank.clusters["mse"] == 3).sum())
    app = shown(blank, "clusters", MSE, cluster="mse.20.3")
    app.text_input[0].set_value("boats *").run()
    assert f"Cluster 3: {size} unseen test images, boats *" in texts(app)
    assert namings.active("blank").names == {3: "boats *"}
    assert "Labels are the names given by hand to 1 of 20 clusters of the model Pixel MSE" in texts(app)
    # Two classes now: all images of cluster 3 are boats, all others unnamed.
    words = texts(shown(blank, "confusion", MSE, cell="mse.0.0"))
    assert f"boats * rightly found ({size} image" in words
    assert "100.0 % right class" in words
    app.button(key="naming_undo").click().run()
    assert not app.exception
    assert namings.active("blank") is None
    assert "Labels are the names" not in texts(app)


def test_names_can_be_switched_off_as_labels_and_on_again(blank):
    blank.name(3, "boats")
    app = shown(blank, "clusters", MSE)
    app.toggle[0].set_value(False).run()
    assert not app.exception
    assert namings.active("blank") is None
    assert "purity" not in app.dataframe[0].value
    app.toggle[0].set_value(True).run()
    assert namings.active("blank").names == {3: "boats"}
    assert app.dataframe[0].value["label"].tolist() == ["unnamed"] * 3 + ["boats"] + ["unnamed"] * 16


def test_names_stand_beside_labels_and_do_not_replace_them(artifacts, monkeypatch):
    store = Store(monkeypatch, 12, labelled=True)
    share = f"{100 * store.found['mse'].accuracy('test'):.1f} %"
    store.name(3, "boats")
    app = shown(store, "clusters", MSE)
    given = app.dataframe[0].value["name"]
    assert given.dropna().to_dict() == {3: "boats"}
    assert f"right class **{share}**" in texts(app)
    assert not app.toggle
    assert "Labels are the names" not in texts(app)


def test_on_a_server_for_looking_only_names_are_seen_and_not_changed(blank, monkeypatch):
    blank.name(3, "boats")
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    app = shown(blank, "clusters", MSE, cluster="mse.20.3")
    assert app.text_input[0].value == "boats"
    assert app.text_input[0].disabled
    assert app.toggle[0].disabled
    assert all(app.button(key=f"naming_{what}").disabled for what in ("undo", "clear"))


def test_a_damaged_naming_is_told_and_the_page_stays_usable(blank, artifacts):
    blank.name(3, "boats")
    (path,) = (artifacts / "namings" / "blank").glob("blank-*.json")
    path.write_text(path.read_text().replace("boats", "coats"))
    app = open_page("clusters", dataset="Blank", latent="4", cluster="mse.20.4", **MSE)
    assert not app.exception
    assert path.name in texts(app)
    app.text_input[0].set_value("hats").run()
    assert not app.exception
    assert namings.active("blank").names == {4: "hats"}
    assert path.name not in texts(app)
