"""What the sidebar offers: image sets and latent sizes that models were trained with, and what a link asks for."""

from dashboard import view, words
from tests import linear_runs
from tests.dashboard.conftest import open_page, texts


def test_sizes_that_were_trained_are_offered_and_what_a_link_asks_for(bundled_only):
    app = open_page("overview")
    assert app.sidebar.select_slider(key="latent_slider").options == ["2", "5", "10", "20"]
    assert "is not trained" not in texts(app)
    app = open_page("overview", latent="64")
    assert app.sidebar.select_slider(key="latent_slider").options == ["2", "5", "10", "20", "64"]
    assert "Size 64 is not trained; 2, 5, 10 and 20 are." in texts(app)
    app.sidebar.select_slider(key="latent_slider").set_value(20).run()
    assert app.sidebar.select_slider(key="latent_slider").options == ["2", "5", "10", "20"]


def test_sets_that_were_trained_on_are_offered_in_a_size_that_they_have(bundled_only, monkeypatch):
    small = linear_runs.image_set(3, train=200, test=60)
    linear_runs.write(linear_runs.use(monkeypatch, small), latent=4)
    linear_runs.use(monkeypatch, linear_runs.image_set(3, train=200, test=60, name="untrained"))
    app = open_page("overview")
    box = app.sidebar.selectbox(key="dataset_box")
    assert box.options == ["Fashion-MNIST", "Shapes"]
    box.set_value("shapes").run()
    assert app.session_state.latent == 4
    assert app.sidebar.select_slider(key="latent_slider").options == ["4"]
    # A link means the same whatever was trained.
    assert open_page("overview", dataset="Shapes").session_state.latent == 10
    app = open_page("overview", dataset="Untrained", latent="4")
    assert set(app.sidebar.selectbox(key="dataset_box").options) == {"Fashion-MNIST", "Shapes", "Untrained"}
    assert "Nothing trained on this image set yet" in texts(app)


def test_the_nearest_trained_size(monkeypatch):
    monkeypatch.setattr(view, "trained_sizes", lambda dataset: {"many": [2, 5, 10, 20], "none": []}[dataset])
    found = [view.nearest_trained("many", size) for size in (1, 3, 4, 5, 15, 16, 256)]
    assert found == [2, 2, 5, 5, 10, 20, 20]
    assert view.nearest_trained("none", 7) == 7


def test_what_is_said_of_a_size():
    assert words.untrained(10, [2, 10]) == ""
    assert words.untrained(7, [4]) == "Size 7 is not trained; 4 is."
    assert words.untrained(7, []) == "Nothing trained on this image set yet"
