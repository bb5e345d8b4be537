"""Runs chosen one by one: named by what differs, on every page, in the link, and let go of with a word when they are gone."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.keep.run import Run
from core.keep.runs import delete_run, get_run, write_run
from core.settings import RunConfig
from dashboard import view
from dashboard.palette import contrast, luminance
from dashboard.run_words import run_titles
from dashboard.view import as_shown
from tests.dashboard.conftest import PAGES, open_page, texts
from tests.dashboard.test_links import open_link, refusals

SHOWING = ("overview", "reconstructions", "embedding_map", "clusters", "confusion", "disagreement", "across")
USUAL = RunConfig(loss="perceptual", latent=2)


def a_run(**settings) -> SimpleNamespace:
    config = RunConfig(**settings)
    return SimpleNamespace(config=config, id=config.run_id)


def copy_of(run: Run, **settings) -> Run:
    """The same files under other settings."""

    def fill(path):
        for name in {file.name for file in run.path.iterdir()} - {"config.json", "manifest.json"}:
            shutil.copy(run.path / name, path)

    return write_run(replace(run.config, **settings), fill)


@pytest.fixture
def perceptual(bundled_only) -> list[Run]:
    """The bundled run of the perceptual loss with two latent numbers, and two of its own kind."""
    run = get_run(USUAL.run_id)
    return [run, copy_of(run, seed=1), copy_of(run, images=20_000)]


def link_to(*runs: Run) -> str:
    return ",".join(run.id for run in runs)


@pytest.mark.parametrize(
    ("settings", "titles"),
    [
        ([{}, {"seed": 1}], ["Perceptual", "Perceptual, seed 1"]),
        ([{"seed": 1}, {"images": 20_000}], ["Perceptual, seed 1", "Perceptual, 20,000 images"]),
        ([{"latent": 5}, {"latent": 10}], ["Perceptual, latent size 5", "Perceptual, latent size 10"]),
        ([{"loss": "mse"}, {"loss": "perceptual"}], ["Pixel MSE", "Perceptual"]),
        ([{"loss": "mse", "epochs": 3}, {"epochs": 3}], ["Pixel MSE", "Perceptual"]),
        ([{"loss": "mse", "epochs": 3}, {"epochs": 4}], ["Pixel MSE, 3 epochs", "Perceptual, 4 epochs"]),
        ([{"architecture": "study_a"}, {}], ["Perceptual, architecture Study A", "Perceptual"]),
        ([{"learning_rate": 1e-3}, {}], ["Perceptual, learning rate 0.001", "Perceptual"]),
        ([{}], ["Perceptual"]),
        ([{"latent": 5, "seed": 2}], ["Perceptual, seed 2"]),
        ([], []),
    ],
)
def test_runs_are_named_by_what_differs(settings, titles):
    assert run_titles([a_run(**one) for one in settings]) == titles


def test_runs_that_differ_in_nothing_that_can_be_said_are_told_apart_by_their_ids():
    older = SimpleNamespace(config=USUAL, id=USUAL.id_of_recipe(1))
    now = SimpleNamespace(config=USUAL, id=USUAL.run_id)
    assert run_titles([now, older]) == [f"Perceptual ({now.id[-4:]})", f"Perceptual ({older.id[-4:]})"]


def test_runs_of_one_loss_have_shades_and_lines_of_their_own_that_are_seen_on_both_grounds():
    runs = [a_run(seed=0), a_run(loss="mse"), a_run(seed=1), a_run(seed=2), a_run(loss="mse", seed=1)]
    shown = list(as_shown(runs).values())
    perceptual, mse = [shown[0], shown[2], shown[3]], [shown[1], shown[4]]
    assert [one.dash for one in perceptual] == ["solid", "dash", "dot"]
    assert [one.dash for one in mse] == ["solid", "dash"]
    assert perceptual[0].colour == perceptual[2].colour != perceptual[1].colour
    assert len({(one.colour, one.dash) for one in shown}) == 5
    for one in shown:
        for ground in ("#ffffff", "#10151b"):
            assert contrast(luminance(one.colour), luminance(ground)) >= 2.9


@pytest.mark.parametrize("page", SHOWING)
def test_every_page_shows_exactly_the_chosen_runs(page, perceptual):
    second, part = perceptual[1:]
    app = open_link(page, runs=link_to(second, part))
    assert not app.exception
    assert not app.error
    assert refusals(app) == []
    assert app.query_params["runs"] == link_to(second, part)
    words = texts(app)
    assert "Perceptual, seed 1" in words
    assert "Perceptual, 20,000 images" in words
    assert "Not trained yet" not in words
    assert "differ in more than their loss" not in words
    assert len([metric for metric in app.metric if metric.label == "Right class"]) == 2 * (page == "overview")


def test_the_sidebar_says_what_is_looked_at_and_one_click_goes_back(perceptual):
    app = open_link("overview", runs=link_to(*perceptual[:2]), k="7")
    said = " ".join(element.value for element in app.sidebar.markdown).replace("\\", "")
    assert "Chosen runs" in said
    assert "Perceptual, seed 1" in said
    assert [widget.key for widget in app.sidebar.selectbox] == ["method"]
    app.button(key="let_go_of_runs").click().run()
    assert not app.exception
    assert (app.session_state.losses, app.session_state.latent) == (["perceptual"], 2)
    assert app.sidebar.select_slider(key="latent_slider").value == 2
    assert "Chosen runs" not in " ".join(element.value for element in app.sidebar.markdown)
    assert "runs" not in app.query_params
    assert app.query_params["k"] == "7"


@pytest.mark.parametrize("page", [page for page in PAGES if page not in SHOWING])
def test_chosen_runs_stay_chosen_on_pages_that_show_none(page, perceptual):
    app = open_link(page, runs=link_to(*perceptual))
    assert not app.exception
    assert app.query_params["runs"] == link_to(*perceptual)


def test_runs_that_cannot_be_shown_are_told_and_the_others_shown(perceptual):
    second, part = perceptual[1:]
    (part.path / "summary.json").write_text("{")
    app = open_link("overview", runs=f"{second.id},nowhere,{part.id}")
    assert not app.exception
    (line,) = refusals(app)
    assert "“nowhere” is not here" in line.replace("\\", "")
    assert f"“{part.id[:40]}" in line.replace("\\", "")
    assert "is damaged" in line
    assert "Shown: Perceptual\\, seed 1." in line
    assert app.query_params["runs"] == second.id
    assert refusals(app.run()) == []


def test_more_runs_than_a_page_shows_are_told(perceptual):
    more = [get_run(RunConfig(loss=loss, latent=2).run_id) for loss in ("mse", "bce")]
    app = open_link("runs", runs=link_to(*perceptual, *more))
    (line,) = refusals(app)
    assert "a page shows at most 4 runs" in line
    assert app.query_params["runs"] == link_to(*perceptual, more[0])


def test_runs_of_another_image_set_are_told(bundled_only):
    run = get_run(USUAL.run_id)
    other = SimpleNamespace(config=RunConfig(dataset="mnist", loss="mse"))
    assert view.apart([run, other]) == "a page shows runs of one image set"
    assert view.apart([run, run]) is None
    assert view.apart([run] * 5) == "a page shows at most 4 runs"


@pytest.mark.parametrize("asked", ["", ",", "nowhere", "a,b,c,d,e,f", "x" * 5000, "../../etc", "<b>"])
def test_a_link_without_any_usable_run_shows_the_usual_ones(asked, bundled_only):
    app = open_link("overview", runs=asked)
    assert not app.exception
    (line,) = refusals(app)
    assert line.startswith("runs was ")
    assert "Shown: the usual runs." in line
    assert len(line) < 600
    assert "runs" not in app.query_params
    assert app.sidebar.selectbox(key="dataset").value == "fashion_mnist"


def test_a_run_that_is_deleted_while_it_is_looked_at_is_let_go_with_a_word(perceptual):
    second, part = perceptual[1:]
    app = open_link("overview", runs=link_to(second, part))
    delete_run(second.id)
    app.run()
    assert not app.exception
    (line,) = refusals(app)
    assert "is not here" in line
    assert app.session_state.runs == part.id
    delete_run(part.id)
    assert "Shown: the usual runs." in refusals(app.run())[0]
    assert not app.exception
    assert app.session_state.runs == ""


def test_a_link_opens_a_cluster_and_a_cell_of_a_chosen_run(perceptual):
    second, part = perceptual[1:]
    app = open_link("clusters", runs=link_to(second, part), cluster=f"{part.id}.20.4")
    assert not app.exception
    app = open_link("confusion", runs=link_to(second, part), cell=f"{part.id}.6.2")
    assert "Perceptual, 20,000 images: Shirt" in texts(app)
    app = open_link("confusion", runs=link_to(second), cell="mse.6.2")
    assert "The chosen cell is one of Pixel MSE" in texts(app)


def test_a_run_is_looked_at_beside_others_where_it_is_the_usual_one_and_else_alone(perceptual, monkeypatch):
    state = SimpleNamespace(get={"dataset": "fashion_mnist", "losses": ["mse"]}.get)
    monkeypatch.setattr(view.st, "session_state", state)
    view.look_at_run(perceptual[0])
    assert state.pending_view == {"runs": "", "dataset": "fashion_mnist", "losses": ["mse", "perceptual"], "latent": 2}
    view.look_at_run(perceptual[1])
    assert state.pending_view == {"runs": perceptual[1].id}


def test_what_is_asked_for_is_shown_and_in_the_link(perceptual):
    app = open_page("overview")
    app.session_state.pending_view = {"runs": link_to(*perceptual[1:])}
    app.run()
    assert app.query_params == {"runs": link_to(*perceptual[1:])}
    app.session_state.pending_view = {"runs": "", "dataset": "fashion_mnist", "losses": ["bce"], "latent": 5}
    app.run()
    assert app.query_params == {"losses": "Cross-entropy", "latent": "5"}
