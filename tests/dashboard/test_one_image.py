"""The image that is looked at closely: beside a page, on a page of its own, and the thumbnails that open it."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import stages
from core.analyse.neighbours import nearest
from core.settings import ClusteringConfig
from dashboard import queries
from dashboard.components.gallery import Row, rows_html
from tests import linear_runs
from tests.conftest import use_folder
from tests.dashboard.conftest import open_page, texts
from tests.dashboard.test_links import open_link, refusals

SHAPES = {"dataset": "Shapes", "latent": "10", "losses": ["Pixel MSE", "Cross-entropy"]}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Pictures of twelve classes, 300 to train on and 100 to test, and two runs on them, for the tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        use_folder(patch, tmp_path_factory.mktemp("artifacts"))
        found = linear_runs.image_set(12, shape=(12, 12, 1), train=300, test=100)
        for labels in (found.train_labels, found.test_labels):
            labels[::5] = (labels[::5] + 1) % 12  # so that neighbours and clusters are mixed
        linear_runs.use(patch, found)
        for loss in ("mse", "bce"):
            stages.compute(linear_runs.write(found, loss, latent=10), "cluster", ClusteringConfig())
        yield found


@pytest.fixture
def shapes(stored, monkeypatch, tmp_path):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", tmp_path)
    return stored


def drawn(app: AppTest) -> str:
    """The HTML that the app draws of the image."""
    return "".join(
        element.proto.body
        for element in app.get("html")
        if "ll-image" in element.proto.body or "ll-part" in element.proto.body
    )


def opened(html: str) -> list[str]:
    return re.findall(r"data-image='([a-z]+\.[0-9]+)'", html)


def part_of(html: str, title: str) -> str:
    """What is said of one model."""
    return next(part for part in html.split("<section")[1:] if f"{title}</h3>" in part)


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)))


def test_thumbnails_name_their_image_and_only_the_first_of_an_image_is_reached_by_the_tab_key():
    pictures = np.zeros((2, 28, 28, 1), np.uint8)
    html = rows_html(
        [
            Row("Original", pictures, ["Coat", "<b>"], images=("test.3", "test.5")),
            Row("Drawn", pictures, images=("test.3", "test.5")),
        ]
    )
    assert opened(html) == ["test.3", "test.5", "test.3", "test.5"]
    buttons = re.findall(r"<button[^>]*>", html)
    assert ["tabindex='-1'" in button for button in buttons] == [False, False, True, True]
    assert "alt='Original Coat, test image 3'" in html
    assert "<b>" not in html.replace("<b></b>", "")
    assert opened(rows_html([Row("Original", pictures)])) == []


@pytest.mark.parametrize("page", ["overview", "clusters", "image", "runs", "train"])
def test_a_link_opens_an_image_on_every_page(page, shapes):
    app = open_link(page, **SHAPES, image="test.17")
    assert not app.exception
    assert not app.error
    assert refusals(app) == []
    assert app.query_params["image"] == "test.17"
    html = drawn(app)
    assert "Test image 17 Class: shape 5 " in words_of(html)
    assert html.count("<section") == 2


def test_without_an_image_nothing_is_shown_but_on_the_page_of_its_own_where_ways_to_one_are(shapes):
    assert drawn(open_page("overview", **SHAPES)) == ""
    app = open_page("image", **SHAPES)
    assert drawn(app) == ""
    app.text_input(key="image_asked").set_value("train.12").run()
    assert app.query_params["image"] == "train.12"
    assert "Train image 12" in words_of(drawn(app))


def test_what_is_said_of_an_image_is_so(shapes):
    run = queries.runs().find("shapes", "mse", 10)
    found = queries.clustering(run, ClusteringConfig(5))
    names, labels = shapes.info.class_names, shapes.test_labels
    counts = found.counts["test"][found.assignments["test"]]
    own = counts[np.arange(100), labels]
    index = int(np.flatnonzero((own > 0) & (own < counts.max(axis=1)))[0])  # not of its cluster's most frequent class
    cluster = found.assignments["test"][index]
    members = np.flatnonzero(found.assignments["test"] == cluster)
    html = part_of(drawn(open_link("image", **SHAPES, k="5", image=f"test.{index}")), "Pixel MSE")
    words = words_of(html)
    assert f"Cluster {cluster} · {names[found.cluster_labels[cluster]]}" in words
    purity, share = counts[index].max() / len(members), own[index] / len(members)
    company = f"{len(members)} test images, purity {100 * purity:.1f} %."
    assert f"{company} {names[labels[index]]}, its own class, makes up {100 * share:.1f} %." in words
    assert f"{found.distances['test'][index]:.3f} from its centre" in words
    assert f"MSE {run.test_errors[index]:.4f}" in words
    typical = members[np.argmin(found.distances["test"][members])]
    base = np.concatenate([run.test_embeddings, run.train_embeddings])
    rows = [row for row in nearest(base[index : index + 1], base, 11)[0][0] if row != index]
    near = [f"test.{row}" if row < 100 else f"train.{row - 100}" for row in rows]
    assert opened(html) == [f"test.{typical}", *near]
    classes = np.concatenate([labels, shapes.train_labels])[rows]
    assert html.count("class='ll-other'") == np.sum(classes != labels[index])
    assert np.sum(classes == labels[index]) in range(1, 10)  # else another image would say more


def test_drawings_have_their_errors_and_verdicts(shapes, monkeypatch):
    image = shapes.test_images[17] / 255
    noise = np.clip(image + 0.1, 0, 1).astype(np.float32)
    run = queries.runs().find("shapes", "bce", 10)
    judge = {"perceptual": False, "bce": True}

    def verdicts_of(one, shown):
        read = np.array([np.allclose(picture, noise) for picture in shown])
        first, second, half = np.where(read, 5, 2), np.where(read, 3, 5), np.full(len(shown), 0.5)
        return [
            queries.Verdicts("Independent classifier", False, first, half + 0.414, "unseen"),
            queries.Verdicts("Loss network", judge.get(one.config.loss, False), second, half, "teacher"),
        ]

    monkeypatch.setattr(
        "dashboard.queries.readouts", lambda one, split, rows: noise[None] if one.id == run.id else None
    )
    monkeypatch.setattr("dashboard.queries.verdicts_of", verdicts_of)
    html = drawn(open_link("image", **SHAPES, image="test.17"))
    assert words_of(html.split("<section")[0]).strip() == (
        "Test image 17 Class: shape 5 ✗ shape 2, 91 %: independent classifier ✓ shape 5, 50 %: loss network"
    )
    words = words_of(part_of(html, "Cross-entropy"))
    read = f"What the numbers hold MSE {np.square(noise - image).mean():.4f} ✓ shape 5, 91 %: independent classifier ✗ shape 3, 50 %: loss network (trained against)"
    own = f"What this loss drew MSE {run.test_errors[17]:.4f} ✗ shape 2, 91 %: independent classifier ✓ shape 5, 50 %: loss network (trained against)"
    assert f"{read} {own}" in words  # in this order under every loss
    words = words_of(part_of(html, "Pixel MSE"))
    assert "What the numbers hold" not in words
    assert "✓ shape 5, 50 %: loss network Cluster" in words


def test_steps_numbers_and_splits(shapes):
    app = open_link("overview", **SHAPES, image="test.0")
    assert app.button(key="image_previous").disabled
    app.button(key="image_next").click().run()
    assert app.query_params["image"] == "test.1"
    app.text_input(key="image_number").set_value("99").run()
    assert app.query_params["image"] == "test.99"
    assert app.button(key="image_next").disabled
    app.text_input(key="image_number").set_value("100").run()
    assert app.query_params["image"] == "test.99"
    assert "100 is no image of this set. Expected the number of a test image from 0 to 99" in texts(app)
    assert app.text_input(key="image_number").value == "99"
    app.button_group(key="image_split").set_value("train").run()
    assert app.query_params["image"] == "train.99"
    assert "is no image of this set" not in texts(app)
    app.text_input(key="image_number").set_value("test.12").run()
    assert app.query_params["image"] == "test.12"
    app.button(key="image_close").click().run()
    assert "image" not in app.query_params
    assert drawn(app) == ""
    assert not app.exception


def test_an_image_that_the_set_does_not_have_is_told_in_a_link_and_when_another_set_is_chosen(shapes):
    for asked in ("test.100", "nonsense", "", "hidden.3", "test.-1", "9" * 5000):
        app = open_link("overview", **SHAPES, image=asked)
        assert not app.exception
        (line,) = refusals(app)
        assert line.startswith("image was ")
        assert "Shown: no image." in line
        assert "image" not in app.query_params
    app = open_link("overview", image="test.5000")
    app.selectbox(key="dataset_box").set_value("shapes").run()
    assert "image was “test.5000”" in refusals(app)[0].replace("\\", "")
    assert "image" not in app.query_params
    assert refusals(app.run()) == []


def test_an_image_stays_open_from_page_to_page(shapes):
    app = open_link("overview", **SHAPES, image="train.3")
    for page in ("clusters", "runs", "image", "overview"):
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
        assert app.query_params["image"] == "train.3"
        assert "Train image 3" in words_of(drawn(app))
        assert " train images, purity " in words_of(drawn(app))


def test_without_labels_and_without_pictures_numbers_are_shown(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    found = linear_runs.use(
        monkeypatch, linear_runs.image_set(12, labelled=False, shape=(8, 8, 3), train=300, test=100)
    )
    for method in ("kmeans", "hdbscan"):
        stages.compute(linear_runs.write(found, latent=10), "cluster", ClusteringConfig(method=method))
    monkeypatch.setattr("dashboard.queries.pictures", lambda *asked: None)
    for method in ("k-means", "HDBSCAN"):
        app = open_link("image", dataset="Shapes", latent="10", image="test.8", method=method)
        assert not app.exception
        assert not app.error
        words = words_of(drawn(app))
        assert "Class" not in words
        assert "MSE 0." not in words
        assert "Its 10 nearest images, train or test" in words
        assert "from its centre" in words or "takes it for noise" in words
