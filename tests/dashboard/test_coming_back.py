"""Going to another page and back: what was seen is seen again."""

import pytest

from dashboard import page_choices, queries
from dashboard.link import Parameter
from tests.dashboard.conftest import texts
from tests.dashboard.test_links import NAMES, open_link, refusals
from tests.dashboard.test_one_image import SHAPES, shapes, stored  # noqa: F401 - fixtures

LEFT = {
    "clusters": {"cluster": "mse.20.4", "cluster_loss": "Pixel MSE"},
    "confusion": {"cell": "mse.2.2"},
}


def go(app, *pages):
    """To one page after the other; as in a browser, only what is on every page stays in the link."""
    for page in pages:
        for name in set(app.query_params) - {*NAMES, "image"}:
            del app.query_params[name]
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
    return app


@pytest.mark.parametrize("page", LEFT)
def test_what_a_page_wrote_to_the_link_is_there_again(page, shapes):  # noqa: F811
    app = open_link(page, **SHAPES, **LEFT[page])
    words = texts(app)
    shown = dict(app.query_params)
    go(app, "train")
    assert "cluster" not in app.query_params
    assert "cell" not in app.query_params
    go(app, page)
    assert app.query_params == shown
    assert texts(app) == words
    assert refusals(app) == []


def test_widgets_of_a_page_are_as_they_were(shapes):  # noqa: F811
    app = open_link("reconstructions", **SHAPES, order="Worst")
    app.toggle(key="heat").set_value(False).run()
    go(app, "runs", "clusters", "reconstructions")
    assert (app.button_group(key="order").value, app.toggle(key="heat").value) == ("worst", False)
    assert (app.query_params["order"], app.query_params["heat"]) == ("Worst", "false")


def test_what_can_be_shown_no_longer_is_let_go_without_a_word(shapes, monkeypatch):  # noqa: F811
    app = go(open_link("clusters", **SHAPES, cluster="mse.20.4"), "train")
    nothing = Parameter(lambda text: None, "something else", "no cluster")
    monkeypatch.setitem(page_choices.PARAMETERS, "clusters", lambda selection: {"cluster": nothing})
    go(app, "clusters")
    assert refusals(app) == []
    assert "cluster" not in app.query_params


def test_what_a_link_says_of_a_page_counts_for_more_than_what_was_left_there(shapes):  # noqa: F811
    app = go(open_link("clusters", **SHAPES, cluster="mse.20.4"), "train")
    app.query_params["members"] = "Farthest"
    app.switch_page("app_pages/clusters.py").run()
    assert "cluster" not in app.query_params


def test_what_was_let_go_of_stays_so(shapes):  # noqa: F811
    app = open_link("clusters", **SHAPES, cluster="mse.20.4")
    app.number_input(key="k").set_value(7).run()
    assert "cluster" not in app.query_params
    assert "cluster" not in go(app, "train", "clusters").query_params


def test_settings_of_a_training_are_as_they_were(shapes):  # noqa: F811
    app = open_link("train", **SHAPES)
    app.number_input(key="train_seed").set_value(7).run()
    app.number_input(key="train_epochs_shapes").set_value(3).run()
    go(app, "clusters", "train")
    assert app.number_input(key="train_seed").value == 7
    assert app.number_input(key="train_epochs_shapes").value == 3
    assert queries.runs().usable


@pytest.mark.parametrize("clicked", [False, True])
def test_runs_that_were_chosen_are_so_again(clicked, shapes):  # noqa: F811
    chosen = queries.runs().find("shapes", "bce", 10).id
    app = open_link("runs", **SHAPES)
    app.session_state.runs_chosen = ([], [(chosen, "loss")]) if clicked else ([chosen, "gone"], [])
    go(app, "clusters", "runs")
    assert "Chosen" in [header.value for header in app.header]
    assert app.session_state.runs_chosen == ([], [(chosen, "loss")]) if clicked else ([chosen], [])
