"""Clusters, confusion and maps on image sets of 12 and of 81 classes, and without labels but for names given by hand."""

import numpy as np
import pytest

from core import stages
from core.keep import namings
from core.settings import ClusteringConfig
from core.stages import cluster_run
from dashboard import charts
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


def name_box(app):
    """The box with the name of the chosen cluster."""
    (found,) = (one for one in app.text_input if one.label.startswith("Name of cluster"))
    return found


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


def test_why_all_dots_are_pale_is_told_beneath_the_legend(store, monkeypatch):
    inside = store.labels == 0
    monkeypatch.setattr("dashboard.map_selections.chosen_images", lambda *_: ("mse", np.flatnonzero(inside)))
    said = "None of the chosen class lies inside the outline"
    for chosen, number in (([], inside.sum()), ([0, 1], inside.sum()), ([1], 0)):
        monkeypatch.setattr("dashboard.components.legend.choosing_legend", lambda *_, chosen=chosen, **__: chosen)
        words = texts(shown(store, "embedding_map", MSE))
        assert (said in words) == (number == 0)
        assert (f"{number} images chosen on the Pixel MSE map" in words) == (number > 0)
        assert "stand out" not in words


def test_curves_of_k_means_mark_no_k_of_other_clusters(store, monkeypatch):
    marked, against_k = [], charts.against_k
    monkeypatch.setattr(
        charts, "against_k", lambda *given, k, **more: marked.append(k) or against_k(*given, k=k, **more)
    )
    for run in store.runs.values():
        stages.compute(run, "cluster", ClusteringConfig(20, method="hdbscan"))
        stages.compute(run, "sweep")
    assert "the curves of k-means" in texts(shown(store, "clusters", MSE, method="HDBSCAN"))
    shown(store, "clusters", MSE)
    assert marked == [None, None, 20, 20]


def test_a_cluster_without_images_of_the_split_has_dashes(store):
    empty = store.found["mse"].sizes("test") == 0
    frame = shown(store, "clusters", MSE).dataframe[0]
    assert frame.value["spread"].isna().tolist() == empty.tolist()
    assert frame.proto.placeholder == "–"


def test_two_models_are_compared_cluster_by_cluster(blank):
    row, column = int(blank.clusters["mse"][0]), int(blank.clusters["bce"][0])
    both = int(((blank.clusters["mse"] == row) & (blank.clusters["bce"] == column)).sum())
    assert both < (blank.clusters["mse"] == row).sum()  # else a transposed cell could not be told
    words = texts(shown(blank, "confusion", BOTH, pair=f"mse.{row}.bce.{column}"))
    assert "These images have no labels, so there are no classes to mix up" in words
    assert f"Pixel MSE {row} and Cross-entropy {column} ({both} image" in words


def test_of_three_models_a_link_names_the_two_that_are_compared(blank):
    runs = [*blank.runs.values(), linear_runs.write(blank.set, "mse", seed=1)]
    query = {"runs": ",".join(run.id for run in runs)}
    app = shown(blank, "confusion", query)
    assert [app.selectbox(key=key).value for key in ("matrix_rows", "matrix_columns")] == [runs[0].id, runs[1].id]
    pair = {"matrix_rows": "Cross-entropy", "matrix_columns": "Pixel MSE, seed 1"}
    again = shown(blank, "confusion", query, **pair)
    assert [again.selectbox(key=key).value for key in pair] == [runs[1].id, runs[2].id]
    assert "Rows are the clusters of **Cross-entropy**, columns those of **Pixel MSE, seed 1**" in texts(again)
    same = shown(blank, "confusion", query, matrix_rows="Cross-entropy", matrix_columns="Cross-entropy")
    assert "matrix_columns was “Cross-entropy”" in texts(same)


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
    shown(blank, "embedding_map", BOTH)


def test_stability_is_computed_for_those_who_ask_and_then_kept(blank, monkeypatch):
    monkeypatch.setattr("dashboard.queries.clusters.compute", stages.compute)  # a process would not know this set
    app = shown(blank, "clusters", MSE)
    assert "stability" not in texts(app)
    app.button(key="compute_stability").click().run()
    score = stages.kept(blank.runs["mse"], "score-stability", CONFIG).values["score"]
    assert f"stability **{score:.3f}**" in texts(app)
    assert "compute_stability" not in {button.key for button in app.button}
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    assert "compute_stability" not in {button.key for button in shown(blank, "clusters", MSE, split="Train").button}
    assert "compute_stability" not in {button.key for button in shown(blank, "clusters", MSE, k="19").button}


def test_a_name_is_kept_at_once_serves_as_label_and_can_be_taken_back(blank):
    size = int((blank.clusters["mse"] == 3).sum())
    app = shown(blank, "clusters", MSE, cluster="mse.20.3")
    name_box(app).set_value("boats *").run()
    assert f"Cluster 3: {size} unseen test images, boats *" in texts(app)
    assert namings.active("blank").names == {3: "boats *"}
    assert "Labels are the names given by hand to 1 of 20 clusters of the model Pixel MSE" in texts(app)
    # Two classes now: all images of cluster 3 are boats, all others unnamed.
    words = texts(shown(blank, "confusion", MSE, cell="mse.0.0"))
    assert f"boats * rightly found ({size} image" in words
    assert "100.0 % right class · by definition, as its clusters gave the labels" in words
    app.button(key="naming_undo").click().run()
    assert not app.exception
    assert namings.active("blank") is None
    assert "Labels are the names" not in texts(app)


def test_clusters_are_not_praised_for_labels_that_are_their_own_names(blank):
    blank.name(3, "boats")
    app = shown(blank, "overview", MSE)
    said = "The labels are names given to these clusters, so there is nothing to compare them with"
    assert said in [header.value for header in app.header]
    assert "By definition: the labels are the names given by hand to these very clusters." in texts(app)
    assert "no mix-ups" not in texts(shown(blank, "confusion", MSE))
    # The clusters of another model are compared with them, and so are others of the same one.
    mse, bce = (blank.found[loss].assignments for loss in ("mse", "bce"))
    boats = {split: mse[split] == 3 for split in mse}
    mostly = np.array([boats["train"][bce["train"] == cluster].mean() > 0.5 for cluster in range(20)])
    share = f"{100 * (mostly[bce['test']] == boats['test']).mean():.0f}\N{NO-BREAK SPACE}%"
    headers = [header.value for header in shown(blank, "overview", BOTH).header]
    assert f"Cross-entropy sorts {share} of the images into clusters of their class" in headers
    headers = [header.value for header in shown(blank, "overview", MSE, k="19").header]
    assert any(header.startswith("Pixel MSE sorts") for header in headers)


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
    assert name_box(app).value == "boats"
    assert "what you type is kept in your link" in texts(app)
    assert app.toggle[0].disabled
    assert all(app.button(key=f"naming_{what}").disabled for what in ("undo", "clear"))


def test_a_damaged_naming_is_told_and_the_page_stays_usable(blank, artifacts):
    blank.name(3, "boats")
    (path,) = (artifacts / "namings" / "blank").glob("blank-*.json")
    path.write_text(path.read_text().replace("boats", "coats"))
    app = open_page("clusters", dataset="Blank", latent="4", cluster="mse.20.4", **MSE)
    assert not app.exception
    assert path.name in texts(app)
    name_box(app).set_value("hats").run()
    assert not app.exception
    assert namings.active("blank").names == {4: "hats"}
    assert path.name not in texts(app)


def test_the_sidebar_says_where_there_are_fewer_clusters_than_classes(store):
    said = [
        one.value for one in shown(store, "overview", BOTH).sidebar.caption if "at most 20 have a cluster" in one.value
    ]
    assert len(said) == (store.set.info.class_names[20:] != ())
