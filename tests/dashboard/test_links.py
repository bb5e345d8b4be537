"""Links with anything in them: each choice is shown as asked for, or replaced and told; and the address is put right."""

import ast

import pytest
from streamlit.testing.v1 import AppTest

from core.data import dataset_info
from core.paths import ROOT
from core.settings import CLUSTERERS
from dashboard import image_link, page_choices
from dashboard.link import some_of
from dashboard.view import MAX_SHOWN, Selection
from dashboard.view import parameters as parameters_of_all
from tests.dashboard.conftest import texts

NAMES = ("runs", "dataset", "losses", "latent", "k", "method", "scaling", "split", "names")  # on every page
PAGES = ("reconstructions", "embedding_map", "clusters", "confusion", "disagreement", "across")
# What no parameter can be. For k, which has a nearest value, the number it comes to.
UNUSABLE = {
    "": 20, "   ": 20, "foo": 20, "x" * 5000: 20, "9" * 40: 250, "9" * 5000: 250, "nan": 20, "inf": 250, "-inf": 2, "1e309": 250,
    "-1e309": 2, "-3": 2, "7.5": 7, "%25": 20, "null": 20, "[]": 20, "a.b.c": 20, "![x](http://x.test/x.png)": 20, "<b>x</b>": 20,
    "mse.999.999": 20, "mse." + "9" * 40: 20, "\x00\u202e": 20, "\N{ROMAN NUMERAL FOUR}": 20,
}  # fmt: skip
# Those of which a widget makes different things; a page is drawn for each.
DRAWN = ("", "foo", "x" * 5000, "9" * 40, "nan", "inf", "-3", "7.5", "mse." + "9" * 40, "![x](http://x.test/x.png)")
DIGITS = {"dataset": "Digits (small)", "latent": "4"}


def open_link(page: str, **query: str | list[str]) -> AppTest:
    """The page as a browser opens it from a link: at once, without another page before it."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params.update(query)
    return (app if page == "overview" else app.switch_page(f"app_pages/{page}.py")).run()


def refusals(app: AppTest) -> list[str]:
    """The lines that say what of the link cannot be shown."""
    return [line for warning in app.warning for line in warning.value.split("  \n") if "Expected" in line]


@pytest.fixture
def parameters(digits_store) -> dict[str, dict]:
    selection = Selection(dataset="digits", latent=4)
    return {"": parameters_of_all(), **{page: page_choices.PARAMETERS[page](selection) for page in PAGES}}


def test_no_parameter_takes_what_it_cannot_be(parameters):
    for name, parameter in (pair for page in parameters.values() for pair in page.items()):
        for text in UNUSABLE:
            values, as_asked = parameter.usable([text])
            assert not as_asked, (name, text)
            assert values == [] or name == "k", (name, text)
            words = parameter.refusal(name, [text])
            assert words.startswith(f"{name} was ")
            assert len(words) < 400
            assert "![" not in words


def bound() -> set[str]:
    """The keys of all widgets that are bound to the link by a key that stands in the source."""
    found = set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            given = {one.arg: one.value for one in node.keywords} if isinstance(node, ast.Call) else {}
            if "bind" in given and isinstance(given.get("key"), ast.Constant):
                found.add(given["key"].value)
    return found


def test_every_widget_that_is_bound_to_the_link_has_a_parameter(bundled_only):
    pages = [parameters(Selection()) for parameters in page_choices.PARAMETERS.values()]
    known = {image_link.KEY}.union(parameters_of_all(), *pages)
    assert {"losses", "cluster_loss", "flow_class", "only"} <= bound()
    assert bound() <= known


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_whatever_its_part_of_a_link_holds(page, digits_store, parameters):
    for text in DRAWN:
        app = open_link(page, **DIGITS, **dict.fromkeys(parameters[page], text))
        assert not app.exception, text
        assert not app.error, text
        assert [line.split(" was ")[0] for line in refusals(app)] == list(parameters[page]), text
        assert app.query_params == DIGITS, text
        assert refusals(app.run()) == []


def test_the_sidebar_opens_whatever_its_part_of_a_link_holds(digits_store):
    for text in DRAWN:
        k = UNUSABLE[text]
        app = open_link("runs", **dict.fromkeys(NAMES, text))
        assert not app.exception, text
        state, usual = app.session_state, Selection()
        assert (state.dataset, tuple(state.losses), state.latent) == (usual.dataset, usual.losses, usual.latent), text
        assert (state.k, state.k_slider, state.scaling, state.split) == (k, k, usual.scaling, usual.split), text
        assert [line.split(" was ")[0] for line in refusals(app)] == list(NAMES), text
        assert app.query_params == ({} if k == 20 else {"k": str(k)}), text
        assert refusals(app.run()) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["", "foo", "inf", "9" * 40])
def test_one_choice_that_cannot_be_shown_leaves_the_others(digits_store, name, text):
    good = {
        "dataset": "Digits (small)",
        "losses": "Perceptual",
        "latent": "4",
        "k": "7",
        "scaling": "None",
        "split": "Train",
    }
    app = open_link("clusters", **good | {name: text})
    assert not app.exception
    assert len(refusals(app)) == 1
    changed = {"k": "250"} if name == "k" and text not in ("", "foo") else {}
    assert app.query_params == {key: value for key, value in good.items() if key != name} | changed


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"dataset": "digits"}, {"dataset": "digits"}),
        ({"dataset": "  DIGITS  (small) "}, {"dataset": "digits"}),
        ({"losses": "pixel mse"}, {"losses": ["mse"]}),
        ({"losses": ["mse", "Pixel MSE", "bce", "mse"]}, {"losses": ["mse", "bce"]}),
        ({"latent": "7"}, {"latent": 7}),
        ({"latent": "007.0"}, {"latent": 7}),
        ({"k": "7e0"}, {"k": 7, "k_slider": 7}),
        ({"k": ["7", "7"]}, {"k": 7}),
        ({"scaling": "none"}, {"scaling": "none"}),
        ({"split": "TRAIN"}, {"split": "train"}),
        ({"unknown": "foo", "K": "7"}, {"k": 20}),
    ],
)  # fmt: skip
def test_a_choice_in_other_words_is_shown_without_a_word(digits_store, query, shown):
    app = open_link("runs", **query)
    assert not app.exception
    assert refusals(app) == []
    assert {key: app.session_state[key] for key in shown} == shown


@pytest.mark.parametrize(
    ("query", "shown", "told"),
    [
        ({"k": ["5", "7"]}, {"k": 7}, "k was 5, 7. Expected a whole number from 2 to 250. Shown: 7."),
        ({"k": ["7", "x"]}, {"k": 7}, "k was 7, “x”. Expected a whole number from 2 to 250. Shown: 7."),
        ({"k": "251"}, {"k": 250}, "k was 251. Expected a whole number from 2 to 250. Shown: 250."),
        ({"latent": "257"}, {"latent": 10}, "latent was 257. Expected a whole number from 1 to 256. Shown: 10."),
        ({"losses": ["", "Pixel MSE"]}, {"losses": ["mse"]}, "losses was empty, “Pixel MSE”."),
        ({"losses": "x" * 5000}, {"losses": ["mse", "perceptual"]}, f"losses was “{'x' * 40}…”."),
        ({"dataset": ["mnist", "digits"]}, {"dataset": "digits"}, "dataset was “mnist”, “digits”."),
        ({"scaling": ["a", "b", "c", "d"]}, {"scaling": "unit"}, "scaling was “a”, “b”, “c”, …."),
    ],
)
def test_what_is_replaced_is_told_with_what_is_shown(digits_store, query, shown, told):
    app = open_link("runs", **query)
    assert {key: app.session_state[key] for key in shown} == shown
    assert told in texts(app)


def test_more_losses_than_a_page_shows_are_told(digits_store):
    losses = {name: name.upper() for name in "abcdef"}
    parameter = some_of(losses, ("a",), MAX_SHOWN)
    assert parameter.usable(list("fedcba")) == (["F", "E", "D", "C"], False)
    assert parameter.usable(list("fedc")) == (["F", "E", "D", "C"], True)


def test_a_size_that_no_model_has_is_shown_with_an_offer_to_train(digits_store):
    app = open_link("overview", dataset="Digits (small)", latent="7")
    assert app.select_slider(key="latent_slider").value == 7
    assert "with latent size 7" in texts(app)
    assert app.query_params == {"dataset": "Digits (small)", "latent": "7"}


@pytest.mark.parametrize("page", ["", *PAGES])
def test_every_choice_that_a_page_offers_is_kept_by_its_link(page, digits_store, parameters):
    offered = {
        "losses": ["Perceptual"], "k": ["7"], "scaling": ["None"], "split": ["Train"], "order": ["Worst", "Best", "By class"],
        "of_class": list(dataset_info("digits").class_names[1:]), "judge": ["Perceptual"], "heat": ["false"], "map": ["UMAP", "PCA"],
        "dots": ["All"], "colour": ["Cluster", "Right or wrong", "Pixel error", "Trust", "Disagreement"],
        "trust": ["Invented", "Lost"], "compared": ["Perceptual"], "view": ["One map"], "model": ["Perceptual"], "choice": ["Add", "Subtract"],
        "cloud_names": ["false"], "pin": ["test.12", "train.3"], "drag": ["Box", "Move", "Zoom"],
        "tsne_neighbours": ["5", "100"], "umap_neighbours": ["5", "100"], "cluster_loss": ["Perceptual"], "cluster": ["mse.20.19"],
        "members": ["Farthest", "Of another class", "Fewest neighbours in common"], "shown": ["Counts", "Column %"], "cell": ["mse.0.9", "perceptual.9.0"],
        "dataset": ["Fashion-MNIST"], "latent": ["7"], "method": ["HDBSCAN"], "matrix": ["Two models"],
        "matrix_rows": ["Perceptual"], "matrix_columns": ["Perceptual"], "matrix_classes": ["All"], "pair": ["mse.6.perceptual.2"], "runs": [], "around": [],
        "one": ["Perceptual"], "other": ["Perceptual"], "rank": ["Both most sure", "Redrawn worst by A"], "only": ["A right, B wrong", "Both wrong"],
        "of_true_class": ["9"], "named_a": ["9"], "named_b": ["0"], "in_a": ["0", "19"], "in_b": ["3"], "shared": ["0", "15"], "sheet": ["2"], "flow_class": ["9"],
        "flow": ["mse.6.perceptual.2", "mse.-.perceptual.2", "mse.n.perceptual.-"], "change": ["mse.perceptual.6.2"], "change_part": ["Both", "Only B"],
        "drawing": ["What the numbers hold", "What this loss drew"], "says": ["Loss network", "Nobody"],
        "names": ["0123abcd.3=hat,4=bag"], **{f"{name}_order": ["Least sure", "Redrawn worst"] for name in ("cell", "flow", "change")},
    }  # fmt: skip
    for name, parameter in parameters[page].items():
        for text in offered[name]:
            assert parameter.usable([text]) == ([text], True)
            assert parameter.usable(
                [text.upper() if name not in ("cell", "cluster", "pair", "flow", "change", "names") else text]
            ) == (
                [text],
                True,
            )


def test_a_row_or_cell_whose_numbers_begin_with_zeros_is_opened(digits_store):
    app = open_link("clusters", **DIGITS, losses="Pixel MSE", cluster="mse.020.04")
    assert app.query_params["cluster"] == "mse.20.4"
    assert any(header.value.startswith("Cluster ") for header in app.header)
    app = open_link("confusion", **DIGITS, losses="Pixel MSE", cell="mse.006.02")
    assert app.query_params["cell"] == "mse.6.2"
    assert any(header.value.startswith("Pixel MSE: 6 in clusters named 2") for header in app.header)


def test_where_k_is_no_number_of_clusters_a_link_can_name_a_row_beyond_it(bundled_only):
    rows = {method: page_choices.PARAMETERS["clusters"](Selection(method=method))["cluster"] for method in CLUSTERERS}
    assert {method: row.usable(["mse.20.35"])[1] for method, row in rows.items()} == {
        "kmeans": False,
        "gmm": False,
        "hdbscan": True,
    }


def test_choices_that_exclude_each_other_are_told(digits_store):
    app = open_link("embedding_map", **DIGITS, dots="All", colour="Pixel error", map="Latent plane")
    assert not app.exception
    assert [line.split(" was ")[0] for line in refusals(app)] == ["map", "colour"]
    assert app.query_params == DIGITS | {"dots": "All"}


def test_a_loss_that_is_not_shown_is_told(digits_store):
    app = open_link("clusters", **DIGITS, losses="Pixel MSE", cluster_loss="Perceptual")
    assert "cluster_loss was “Perceptual”. Expected one of Pixel MSE." in texts(app)
    app = open_link("confusion", **DIGITS, losses="Pixel MSE", cell="perceptual.6.2")
    assert not app.exception
    assert "The chosen cell is one of Perceptual, which is not shown now." in texts(app)


def test_what_is_typed_and_cannot_be_shown_is_told_once(digits_store):
    app = open_link("runs")
    app.number_input(key="k").set_value(9999).run()
    assert refusals(app) == ["k was 9999. Expected a whole number from 2 to 250. Shown: 250."]
    assert (app.session_state.k, app.session_state.k_slider) == (250, 250)
    assert refusals(app.run()) == []
