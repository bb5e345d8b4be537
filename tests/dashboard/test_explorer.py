"""The latent explorer's page: what it sends to the browser, what its links hold, what it says."""

import numpy as np
import pytest

from core.keep.runs import list_runs
from dashboard import explorer_choices, explorer_stops, explorer_words
from dashboard.components import explorer
from dashboard.explorer_stops import Stop, Stops
from dashboard.view import Selection, looked_at
from tests import linear_runs
from tests.dashboard.conftest import open_page, texts


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Two runs on shapes in colour; image i is of class i modulo 3."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path_factory.mktemp("artifacts")))
        found = linear_runs.use(patch, linear_runs.image_set(3, shape=(20, 32, 3), train=200, test=60))
        yield [linear_runs.write(found, loss, latent=14) for loss in ("mse", "bce")]


@pytest.fixture
def drawn(monkeypatch):
    """What the page hands to the browser, newest last."""
    given = []
    monkeypatch.setattr(explorer, "_COMPONENT", lambda **arguments: given.append(arguments["data"]))
    return given


SHAPES = {"dataset": "Shapes", "losses": ["Pixel MSE", "Cross-entropy"], "latent": "14", "k": "4"}


def test_sliders_start_at_the_image_and_span_what_test_images_hold(shapes, drawn):
    app = open_page("explorer", **SHAPES, **{"from": "test.7", "numbers": "bce:2:1.5,mse:14:-0.25"})
    assert not app.exception
    data = drawn[-1]
    assert (data["mode"], data["start"]) == ("numbers", {"key": "test.7", "title": "test image 7 (shape 1)"})
    assert (data["size"], len(data["runs"])) == ([32, 20], 2)
    for sent, run in zip(data["runs"], shapes, strict=True):
        np.testing.assert_allclose(sent["start"], run.test_embeddings[7], rtol=1e-5)
        np.testing.assert_allclose(sent["low"], np.percentile(run.test_embeddings, 1, axis=0), rtol=1e-4)
        np.testing.assert_allclose(sent["high"], np.percentile(run.test_embeddings, 99, axis=0), rtol=1e-4)
        assert sent["order"][0] == run.test_embeddings.std(axis=0).argmax()
        assert len(sent["counts"]) == 14 * sent["bins"]
        assert (sent["id"], sent["drawing"]) == (run.id, "own")
    assert [run["asked"] for run in data["runs"]] == [[[13, -0.25]], [[1, 1.5]]]
    assert "no more than **14 numbers**" in texts(app)


def test_another_image_lets_go_of_moved_numbers(shapes, drawn):
    app = open_page("explorer", **SHAPES, numbers="mse:1:2")
    assert drawn[-1]["runs"][0]["asked"]
    app.number_input(key="from_box").set_value(11).run()
    assert drawn[-1]["start"]["key"] == "test.11"
    assert not drawn[-1]["runs"][0]["asked"]
    assert app.query_params["from"] == "test.11"
    assert "numbers" not in app.query_params


def test_a_link_says_where_on_the_path(shapes, drawn):
    walk = {"explore": "Walk between images", "path": "test.5,class.2"}
    app = open_page("explorer", **SHAPES, **walk, at="64")
    assert drawn[-1]["at"] == 0.64
    app.button(key="path_another").click().run()
    assert drawn[-1]["at"] == 0.5  # of another path
    assert "at" not in app.query_params
    open_page("explorer", **SHAPES, **walk, at="0")
    assert drawn[-1]["at"] == 0


def test_a_path_leads_through_images_classes_and_clusters(shapes, drawn):
    app = open_page("explorer", **SHAPES, explore="Walk between images", path="test.5,class.2,mse.4.1,train.8")
    assert not app.exception
    data = drawn[-1]
    assert [stop["key"] for stop in data["stops"]] == ["test.5", "class.2", "mse.4.1", "train.8"]
    titles = [stop["title"] for stop in data["stops"]]
    assert titles[:2] == ["test image 5 (shape 2)", "the average shape 2"]
    assert titles[2].startswith("the middle of cluster 1 of Pixel MSE (shape ")
    assert titles[3] == "training image 8 (shape 2)"
    assert (data["strip"], data["between"]) == (10, 8)
    first, second = shapes
    of_class = np.arange(200) % 3 == 2
    app_runs = {run["key"]: np.array(run["stops"]) for run in data["runs"]}
    for key, run in (("mse", first), ("bce", second)):
        expected = [run.test_embeddings[5], run.train_embeddings[of_class].mean(axis=0)]
        np.testing.assert_allclose(app_runs[key][[0, 1]], expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(app_runs[key][3], run.train_embeddings[8], rtol=1e-4, atol=1e-5)


def test_the_middle_of_a_cluster_is_that_of_the_same_images_for_every_run(shapes, drawn):
    selection = Selection(dataset="shapes", losses=("mse", "bce"), latent=14, clusters=4)
    known = Stops(selection, looked_at(selection)[0])
    stop = known.read("mse.4.1")
    from dashboard import queries

    inside = queries.clustering(shapes[0], selection.clustering).assignments["train"] == 1
    for run in shapes:
        np.testing.assert_allclose(
            known.embedding(stop, run), run.train_embeddings[inside].mean(axis=0), rtol=1e-4, atol=1e-5
        )


def test_a_stop_is_typed_added_and_never_fewer_than_two(shapes, drawn):
    app = open_page("explorer", **SHAPES, explore="Walk between images")
    # From the first test image to the next of another class.
    assert [stop["key"] for stop in drawn[-1]["stops"]] == ["test.0", "test.1"]
    box = app.multiselect[0]
    box.set_value([*box.value, "the average shape 1"]).run()
    assert [stop["key"] for stop in drawn[-1]["stops"]] == ["test.0", "test.1", "class.1"]
    assert app.query_params["path"] == "test.0,test.1,class.1"
    app.multiselect[0].set_value([app.multiselect[0].value[0]]).run()
    assert "at least two" in app.toast[0].value
    assert [stop["key"] for stop in drawn[-1]["stops"]] == ["test.0", "test.1", "class.1"]


SELECTION = Selection(dataset="shapes", losses=("mse",), latent=14, clusters=4)


def test_what_texts_mean(shapes):
    meant = {
        "12": Stop("test.12", "image", "test", 12),
        " Train 8 ": Stop("train.8", "image", "train", 8),
        "test.059": Stop("test.59", "image", "test", 59),
        "class.2": Stop("class.2", "class", "", 2),
        "mse.20.4": Stop("mse.20.4", "cluster", "mse", 4, 20),
    }
    for text, stop in meant.items():
        assert explorer_stops.read(text, SELECTION) == stop
    for text in (
        "",
        "60",
        "test.-1",
        "train.200",
        "class.3",
        "mse.1.0",
        "mse.999.0",
        "none.4.1",
        "x" * 5000,
        "9" * 40,
        "\N{ROMAN NUMERAL FOUR}",
    ):
        assert explorer_stops.read(text, SELECTION) is None, text


def test_a_path_starts_with_two_images_of_different_classes(shapes):
    assert explorer_stops.usual("test.58", SELECTION) == ["test.58", "test.59"]
    assert explorer_stops.usual("test.59", SELECTION) == ["test.59", "test.0"]
    assert explorer_stops.usual("train.3", SELECTION) == ["train.3", "test.1"]  # of class 0, as test image 0


@pytest.mark.parametrize("name", ["from", "path", "numbers"])
def test_a_link_that_makes_no_sense_is_told(shapes, drawn, name):
    for text in ("test.9999", "x" * 5000, "mse:1:nan" if name == "numbers" else "test.1,foo"):
        app = open_page(
            "explorer",
            **SHAPES,
            explore="Walk between images" if name == "path" else "Change its numbers",
            **{name: text},
        )
        assert not app.exception
        assert f"{name} was" in texts(app), text
        assert name not in app.query_params


def test_without_labels_there_are_no_classes(bundled_only, monkeypatch, drawn):
    found = linear_runs.use(monkeypatch, linear_runs.image_set(3, labelled=False, train=200, test=60))
    linear_runs.write(found)
    link = {"dataset": "Shapes", "losses": ["Pixel MSE"], "latent": "4", "k": "4"}
    app = open_page("explorer", **link, explore="Walk between images")
    assert not app.exception
    assert [stop["title"] for stop in drawn[-1]["stops"]] == ["test image 0", "test image 1"]
    assert drawn[-1]["labels"] is None
    assert not any("average" in option for option in app.multiselect[0].options)
    assert "the middle of cluster 0 of Pixel MSE" in app.multiselect[0].options


def test_runs_chosen_one_by_one_are_told_apart(shapes, drawn):
    ids = ",".join(run.id for run in list_runs()[0] if not run.bundled)
    app = open_page("explorer", runs=ids)
    assert not app.exception
    assert [run["key"] for run in drawn[-1]["runs"]] == ids.split(",")


def test_large_pictures_make_shorter_sheets():
    assert explorer._steps(1, (28, 28, 1)) == (9, 8)
    assert explorer._steps(3, (28, 28, 1)) == (10, 8)
    # 17 pictures of 256 x 256 are 4.5 MB unpacked, 9 are 2.4 MB.
    assert explorer._steps(1, (256, 256, 3)) == (9, 1)


def test_what_is_said():
    assert explorer_words.introduction("numbers", [10]).startswith(
        "To these models each image is no more than **10 numbers**. **Drag a slider**"
    )
    assert explorer_words.introduction("numbers", [10]).endswith("The numbers that vary most come first.")
    assert "**5 or 10 numbers**" in explorer_words.introduction("path", [10, 5])
    assert explorer_words.image_title("train.3", "Coat") == "training image 3 (Coat)"
    assert explorer_words.cluster_title(4, "Pixel MSE") == "the middle of cluster 4 of Pixel MSE"
    assert explorer_words.no_such_image("70000", 10_000) == (
        "There is no image 70000. Type a number from 0 to 9,999 for a test image, or choose from the list."
    )
    assert explorer_choices._moved("mse:1:2.5,bce:3:-1e3") == [("mse", 0, 2.5), ("bce", 2, -1000.0)]
