"""The pages that show and train models, on pictures of other sizes, in colour, of few or many classes, and without labels."""

import numpy as np
import pytest

from core import stages
from core.settings import ClusteringConfig, LossNetworkConfig, RunConfig
from dashboard import queries
from dashboard.strip import some_images
from dashboard.words import STRIP_TITLE, introduction, pixels
from tests import linear_runs
from tests.dashboard.conftest import open_page, texts

PAGES = ("overview", "reconstructions", "embedding_map", "runs", "train")
SHAPES = {"dataset": "Shapes", "latent": "4"}
KINDS = {
    "12 classes": {"classes": 12},
    "81 classes": {"classes": 81, "shape": (16, 16, 3)},
    "no labels": {"classes": 12, "labelled": False, "shape": (16, 16, 3)},
}


def write(found, loss="mse"):
    """A run with the clusters that the pages show, which they would else have computed in a process that knows no such set."""
    run = linear_runs.write(found, loss)
    stages.compute(run, "cluster", ClusteringConfig())
    return run


@pytest.fixture(params=KINDS)
def shapes(request, artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    return linear_runs.use(monkeypatch, linear_runs.image_set(train=300, test=100, **KINDS[request.param]))


@pytest.fixture
def unlabelled(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    found = linear_runs.image_set(12, labelled=False, shape=(16, 16, 3), train=300, test=100)
    return linear_runs.use(monkeypatch, found)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_every_kind_of_pictures(page, shapes):
    for loss in ("mse", "bce"):
        write(shapes, loss)
    app = open_page(page, **SHAPES, losses=["Pixel MSE", "Cross-entropy"])
    assert not app.exception
    assert not app.error
    said = texts(app)
    if page == "overview":
        assert pixels(shapes.info.shape) in said
    if page in ("overview", "embedding_map"):
        assert ("have no labels" in said) != shapes.info.labelled


def test_without_labels_a_card_tells_the_error_and_how_far_clusters_lie_apart(unlabelled):
    run = write(unlabelled)
    app = open_page("overview", **SHAPES, losses="Pixel MSE")
    found = queries.clustering(run, ClusteringConfig())
    apart = found.silhouette({"train": run.train_embeddings, "test": run.test_embeddings}, "test")
    cards = {metric.label: metric.value for metric in app.metric}
    assert cards == {"Silhouette": f"{apart:.3f}", "Pixel error": "–"}  # the score is computed by `refresh`
    headline = f"Pixel MSE redraws the images with a pixel error of {run.test_errors.mean():.4f}"
    assert [header.value for header in app.header] == ["More like this", headline, STRIP_TITLE]


def test_what_an_introduction_says_of_the_pictures():
    assert "each picture of 784 pixels into **10 numbers**" in introduction((28, 28, 1), [10], {})
    assert "each picture of 4,096 pixels in 3 colours into **1 number**" in introduction((64, 64, 3), [1], {})
    assert "**5, 10 or 20 numbers**" in introduction((28, 28, 1), [10, 5, 20, 5], {})


def test_the_strip_shows_the_first_image_of_each_class_and_of_many_classes_ten():
    assert some_images(5, np.array([1, 1, 0, 2, 0])).tolist() == [2, 0, 3]
    many = some_images(81 * 2, np.arange(81 * 2) % 81)
    assert many.tolist() == [0, 8, 17, 26, 35, 44, 53, 62, 71, 80]
    assert some_images(100, None).tolist() == [0, 11, 22, 33, 44, 55, 66, 77, 88, 99]
    assert some_images(3, None).tolist() == [0, 1, 2]


def test_without_labels_images_are_not_picked_by_class(unlabelled):
    write(unlabelled)
    app = open_page("reconstructions", **SHAPES, losses="Pixel MSE", order="By class")
    assert not app.exception
    assert "order was “By class”" in texts(app)
    assert app.button_group(key="order").value == "random"


def test_losses_whose_teacher_needs_labels_are_not_offered_without(unlabelled):
    app = open_page("train", **SHAPES)
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="train_loss").options == ["Pixel MSE", "Cross-entropy"]
    assert app.selectbox(key="train_loss").value == "mse"
    assert app.number_input(key="train_images_shapes").value == 270
    assert not app.button(key="train_start").disabled


def test_a_training_is_asked_for_as_the_form_says(shapes, monkeypatch):
    asked = []
    monkeypatch.setattr("core.jobs.queue.submit", asked.append)
    app = open_page("train", **SHAPES, losses="Pixel MSE")
    app.number_input(key="train_latent").set_value(7)
    app.number_input(key="train_seed").set_value(3)
    app.number_input(key="train_images_shapes").set_value(200)
    app.run().button(key="train_start").click().run()
    assert not app.exception
    assert asked == [RunConfig(dataset="shapes", loss="mse", latent=7, seed=3, images=200)]


def test_a_training_with_a_teacher_is_asked_for_as_the_form_says(artifacts, monkeypatch):
    asked = []
    monkeypatch.setattr("core.jobs.queue.submit", asked.append)
    app = open_page("train", dataset="Digits (small)", latent="4")
    app.selectbox(key="train_tap").set_value("last_map")
    app.number_input(key="train_network_epochs_digits").set_value(2)
    app.run().button(key="train_start").click().run()
    assert not app.exception
    network = LossNetworkConfig("digits", epochs=2)
    assert asked == [RunConfig(dataset="digits", loss="perceptual", latent=4, tap="last_map", loss_network=network)]


def test_a_set_that_goes_while_it_is_looked_at_is_let_go_with_a_word(unlabelled, monkeypatch):
    from core.data import sets

    app = open_page("overview", **SHAPES)
    monkeypatch.delitem(sets.PUBLISHED, "shapes")
    app.run()
    assert not app.exception
    assert "dataset was “shapes”" in texts(app)
    assert app.sidebar.selectbox(key="dataset").value == "fashion_mnist"


def test_a_model_that_cannot_be_trained_without_labels_is_told_beside_the_one_that_can(unlabelled):
    page = open_page("overview", dataset=unlabelled.info.title)
    assert not page.exception
    assert [error.value for error in page.error] == []
    assert any("Perceptual cannot be trained on these images" in one.value for one in page.info)
    assert page.button(key="train_missing").label == "Train Pixel MSE"
