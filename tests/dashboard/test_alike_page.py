"""More like this on the overview: for few and many classes, without labels, without images, for one run, and in the link."""

import json
import re

import numpy as np
import pytest

from core import stages
from core.analyse.neighbours import nearest
from core.settings import ClusteringConfig
from dashboard import queries
from tests import linear_runs
from tests.dashboard.conftest import open_page, texts

LOSSES = {"mse": "Pixel MSE", "bce": "Cross-entropy", "perceptual": "Perceptual"}


@pytest.fixture
def make(artifacts, monkeypatch):
    """A set and runs on it, of these losses; the overview of these, with more in the link."""
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")

    def make(name: str, losses: str = "mse bce", **kind):
        found = linear_runs.use(monkeypatch, linear_runs.image_set(train=300, test=100, name=name, **kind))
        runs = {loss: linear_runs.write(found, loss) for loss in losses.split()}
        for run in runs.values():
            stages.compute(run, "cluster", ClusteringConfig())

        def overview(**link: str):
            app = open_page(
                "overview", dataset=found.info.title, latent="4", losses=[LOSSES[loss] for loss in runs], **link
            )
            assert not app.exception
            assert not app.error
            return app

        return found, runs, overview

    return make


def drawn(app) -> str:
    """The images as they stand on the page, as HTML."""
    (page,) = [element.proto.body for element in app.get("html") if "ll-alike'" in element.proto.body]
    return page.partition("</style>")[2]


def keys(page: str) -> list[str]:
    return re.findall("data-image='([^']+)'", page)


@pytest.mark.parametrize(("classes", "shape"), [(12, (28, 28, 1)), (81, (16, 16, 3))])
def test_the_nearest_are_those_of_the_numbers_and_the_odd_ones_those_of_another_class(make, classes, shape):
    found, runs, overview = make(f"alike-{classes}", "mse", classes=classes, shape=shape)
    page = drawn(overview(alike="test.7"))
    rows = runs["mse"].test_embeddings
    near = nearest(rows[7:8], np.delete(rows, 7, axis=0), 6)[0][0]
    near = near + (near >= 7)
    assert keys(page) == ["test.7", *(f"test.{index}" for index in near)]
    odd = [" odd'" in cell for cell in page.split("class='ll-near")[1:]]
    assert odd == (found.test_labels[near] != found.test_labels[7]).tolist()


def test_another_and_the_orders_are_kept_in_the_link_and_stepped_through(make):
    _, _, overview = make("alike-steps", classes=12)
    app = overview()
    orders = [name for name in ("helps", "fails") if any(button.key == f"alike_{name}" for button in app.button)]
    assert orders
    app = app.button(key=f"alike_{orders[-1]}").click().run()
    assert app.query_params["alike"] in ([f"{orders[-1]}.1"], f"{orders[-1]}.1")
    assert app.button(key="alike_before").disabled
    first = keys(drawn(app))[0]
    if not app.button(key="alike_after").disabled:
        app = app.button(key="alike_after").click().run()
        assert keys(drawn(app))[0] != first
        app = app.button(key="alike_before").click().run()
        assert keys(drawn(app))[0] == first
    app = app.button(key="alike_another").click().run()
    assert re.fullmatch(r"test\.[0-9]+", app.session_state.alike)
    assert keys(drawn(app))[0] == app.session_state.alike
    assert "alike_before" not in [button.key for button in app.button]


def test_without_labels_nothing_is_odd_and_models_are_compared_by_what_they_share(make):
    _, runs, overview = make("alike-blank", classes=12, labelled=False)
    app = overview()
    assert " odd'" not in drawn(app)
    near = [queries.neighbours_of(run).arrays["indices"][:, :10] for run in runs.values()]
    shared = np.mean([len(set(one) & set(other)) for one, other in zip(*near, strict=True)])
    assert f"have **{shared:.1f}** of the 10 nearest in common" in texts(app)
    assert {"alike_helps", "alike_fails"} <= {button.key for button in app.button}


def test_one_model_without_labels_is_looked_at_image_by_image(make):
    _, _, overview = make("alike-single", "mse", classes=12, labelled=False)
    app = overview(alike="helps.3")
    assert len(keys(drawn(app))) == 7
    assert [button.key for button in app.button if button.key.startswith("alike_")] == ["alike_another"]


def test_without_images_the_average_is_said(make, monkeypatch):
    _, _, overview = make("alike-unseen", classes=12)
    monkeypatch.setattr("dashboard.queries.pictures", lambda *place: None)
    monkeypatch.setattr("dashboard.missing.queries.have_images", lambda *place: False)
    app = overview()
    assert "On average over all 100 test images" in texts(app)
    assert "ll-alike'" not in json.dumps([element.proto.body for element in app.get("html")])


def test_what_a_link_cannot_mean_is_told(make):
    _, _, overview = make("alike-told", "mse", classes=12)
    app = overview(alike="test.100")
    assert "alike was “test.100”. Expected a place in an order" in texts(app)
    assert "alike" not in app.query_params
