"""Which of the two drawings is shown: by the loss, by choice, and where a read-out is not there; and what judges say below."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.jobs import queue as jobs
from core.jobs.refresh import Refresh
from core.keep import judges, results
from core.keep.judges import UNSEEN, Judge, put_judge, usual_judge
from core.keep.results import Result
from core.serve import decode
from core.stages import STAGES
from core.stages.readout import MODEL, ReadoutConfig
from core.stages.verdicts import VerdictsConfig
from dashboard import drawing_choice, queries, verdict_choice
from dashboard.components import comparison
from dashboard.components.gallery import Row, rows_html
from dashboard.drawing_choice import drawings, usual_drawing
from dashboard.drawing_words import (
    LIKE_FOR_LIKE,
    OWN,
    READOUT,
    explanation,
    histogram_title,
    shares_sentence,
    strip_note,
    verdict,
    without_readout,
)
from dashboard.queries.drawings import Verdicts, VerdictShares
from dashboard.run_words import facts
from tests import linear_runs
from tests.dashboard.conftest import as_shown, texts
from tests.linear_runs import linear

SIDE = 8
WHITE = linear((4,), (SIDE, SIDE, 1), np.zeros((4, SIDE**2)), np.ones(SIDE**2)).SerializeToString()


@pytest.fixture
def shapes(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    found = linear_runs.image_set(3, shape=(SIDE, SIDE, 1), train=300, test=60)
    return linear_runs.use(monkeypatch, found)


@pytest.fixture
def both(shapes):
    """A run of a loss that asks for a likeness, and one of a loss that does not."""
    return {loss: linear_runs.write(shapes, loss) for loss in ("mse", "perceptual")}


def give_readout(run):
    results.put(run, STAGES["readout"], ReadoutConfig(), Result({}, files={MODEL: WHITE}))


def test_losses_that_ask_for_no_likeness_show_first_what_the_numbers_hold(both):
    shown = as_shown(both)
    assert {key: usual_drawing(run) for key, run in both.items()} == {"mse": OWN, "perceptual": READOUT}
    assert drawings(shown) == ({"mse": OWN, "perceptual": OWN}, ["perceptual"])  # it has no read-out yet
    give_readout(both["perceptual"])
    assert drawings(shown) == ({"mse": OWN, "perceptual": READOUT}, [])
    assert drawings(shown, READOUT) == ({"mse": OWN, "perceptual": READOUT}, ["mse"])
    assert drawings(shown, OWN) == ({"mse": OWN, "perceptual": OWN}, [])


def test_readouts_are_drawn_by_the_second_decoder(both):
    run = both["mse"]
    rows = np.array([3, 5])
    assert queries.readouts(run, "test", rows) is None
    assert queries.decoders(run) == {OWN: run.decoder}
    own = run.decode(run.test_embeddings[rows])
    np.testing.assert_array_equal(queries.drawn(run, run.test_embeddings[rows], READOUT), own)  # which stands in
    give_readout(run)
    np.testing.assert_array_equal(queries.readouts(run, "train", rows), np.ones((2, SIDE, SIDE, 1)))
    np.testing.assert_array_equal(queries.drawn(run, run.test_embeddings[rows], READOUT), np.ones((2, SIDE, SIDE, 1)))
    np.testing.assert_array_equal(queries.drawn(run, run.test_embeddings[rows], OWN), own)
    assert queries.decoders(run).keys() == {OWN, READOUT}
    assert (decode(queries.decoders(run)[READOUT], run.test_embeddings[:1]) == 1).all()


def test_verdicts_are_of_what_is_asked_about(both, shapes):
    run, rows = both["mse"], np.array([0, 1, 2, 3])
    assert queries.verdicts(run, rows, "own") == []
    # It names by the mean pixel: 2 above 0.9, else 0; its odds are as far apart as the numbers are.
    matrix = np.column_stack([np.zeros(SIDE**2), np.zeros(SIDE**2), np.ones(SIDE**2)])
    model = linear((SIDE, SIDE, 1), (3,), matrix / SIDE**2, np.array([0.9, 0, 0]))
    put_judge(Judge(usual_judge(shapes.info, UNSEEN), model.SerializeToString(), 0.5))
    (own,) = queries.verdicts(run, rows, "own")
    assert (own.judge_title, own.trained_against, own.judge) == ("Independent classifier", False, UNSEEN)
    assert own.classes.tolist() == [0] * 4
    np.testing.assert_allclose(own.shares, 0.9)
    assert queries.verdicts(run, rows, "readout") == []
    give_readout(run)
    (held,) = queries.verdicts(run, rows, "readout")
    assert held.classes.tolist() == [2] * 4
    np.testing.assert_allclose(held.shares, 1, atol=1e-6)
    (original,) = queries.verdicts(run, rows, "original", judge=UNSEEN)
    assert original.classes.tolist() == [0] * 4
    assert queries.verdicts(run, rows, "original", judge=judges.TEACHER) == []


def test_shares_of_all_images_are_those_kept(both):
    run = both["mse"]
    assert queries.verdict_shares(run) == []
    values = {"trained_against": False, "original": 0.9, "own": 0.8, "readout": 0.7, "network": "x", "accuracy": 0.9}
    results.put(run, STAGES["verdicts"], VerdictsConfig(UNSEEN), Result(values))
    assert queries.verdict_shares(run) == [VerdictShares("Independent classifier", False, 0.9, 0.8, 0.7, UNSEEN)]


def test_a_verdict_is_a_class_a_share_and_whether_it_is_right():
    said = Verdicts("Independent classifier", False, np.array([1, 0]), np.array([0.974, 0.5]), UNSEEN)
    assert verdict_choice.texts(said, np.array([1, 1]), ("Shirt", "Coat")) == ["✓ Coat, 97 %", "✗ Shirt, 50 %"]
    assert verdict_choice.texts(said, None, ("Shirt", "Coat")) == ["Coat, 97 %", "Shirt, 50 %"]
    assert verdict("Coat", 0.974, False) == "✗ Coat, 97 %"


def test_what_pages_say_of_drawings(both):
    shown = as_shown(both)
    mixed = explanation({"mse": OWN, "perceptual": READOUT}, shown)
    assert "(here Perceptual)." in mixed
    assert "(here Pixel MSE)." in mixed
    assert "here" not in explanation({"mse": OWN, "perceptual": OWN}, shown)
    assert without_readout(["A"]) == "A has no read-out yet, so what its loss drew is shown."
    assert without_readout(["A", "B"]) == "A and B have no read-out yet, so what their losses drew is shown."
    assert strip_note({"mse": READOUT, "perceptual": OWN}, shown) == ""
    assert "the perceptual model is not asked for a likeness" in strip_note({"mse": OWN, "perceptual": READOUT}, shown)
    shares = VerdictShares("Loss network", True, 0.93, 0.921, 0.8, judges.TEACHER)
    assert shares_sentence(shares, "Perceptual", OWN) == (
        "**Perceptual**: the loss network, against which this model was trained, names **92.1 %** of all test images right in "
        "what its loss drew, 80.0 % in what its numbers hold, 93.0 % in the originals."
    )
    assert shares_sentence(shares, "P", READOUT).endswith(
        "names 92.1 % of all test images right in what its loss drew, **80.0 %** in what its numbers hold, 93.0 % in the originals."
    )
    own = "Error of what each loss drew of all 10,000 test images"
    assert histogram_title(10_000, {"mse": OWN}, "") == own
    assert histogram_title(10_000, {"mse": OWN, "perceptual": READOUT}, "Pixel MSE") == (
        f"{own} (not of what the numbers hold): Pixel MSE redraws pixels most exactly"
    )


def test_judged_drawings_of_two_kinds_are_told_apart(both, monkeypatch):
    said = []
    monkeypatch.setattr("streamlit.markdown", said.append)
    values = {"trained_against": False, "original": 0.9, "own": 0.8, "readout": 0.7, "network": "x", "accuracy": 0.9}
    for run in both.values():
        results.put(run, STAGES["verdicts"], VerdictsConfig(UNSEEN), Result(values))
    for readout in (OWN, READOUT):
        verdict_choice.tell_shares(as_shown(both), {"mse": OWN, "perceptual": readout}, UNSEEN)
    assert [LIKE_FOR_LIKE in text for text in said] == [False, True]


def choice():
    """A page of nothing but the choice."""
    import streamlit as st

    from core.keep.runs import list_runs
    from dashboard.drawing_choice import drawing_choice
    from tests.dashboard.conftest import as_shown

    st.session_state.found = drawing_choice(as_shown({run.config.loss: run for run in list_runs()[0]}))


def test_the_choice_says_what_is_shown_and_what_is_missing(both, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "submit", asked.append)
    page = AppTest.from_function(choice, default_timeout=120).run()
    assert not page.exception
    assert page.segmented_control(key="drawing").value == "suited"
    assert page.session_state.found == {"mse": OWN, "perceptual": OWN}
    assert "Perceptual has no read-out yet" in texts(page)
    page.button(key="train_readout").click().run()
    assert asked == [Refresh(both["perceptual"].id)]
    give_readout(both["perceptual"])
    page.run()
    assert page.session_state.found == {"mse": OWN, "perceptual": READOUT}
    assert "no read-out yet" not in texts(page)
    assert "(here Perceptual)" in texts(page)
    page.segmented_control(key="drawing").set_value(READOUT).run()
    assert "Pixel MSE has no read-out yet" in texts(page)
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    page.run()
    assert "Pixel MSE has no read-out yet" in texts(page)
    assert not page.button


def test_the_link_holds_the_choice(both):
    for run in both.values():
        give_readout(run)
    page = AppTest.from_function(choice, default_timeout=120)
    page.query_params["drawing"] = "What the numbers hold"
    page.run()
    assert page.session_state.found == {"mse": READOUT, "perceptual": READOUT}
    assert "(here" not in texts(page)
    assert drawing_choice.parameter().usable(["readout"]) == (["What the numbers hold"], True)
    assert drawing_choice.parameter().usable(["nonsense"]) == ([], False)


def test_a_verdict_stands_below_what_else_is_said_of_a_picture():
    assert comparison._lines(["0.0100", "0.0200"], ["✓ Coat, 97 %", "✗ A, B, 50 %"]) == [
        "0.0100\n✓ Coat,\n97 %",
        "0.0200\n✗ A, B,\n50 %",
    ]
    assert comparison._lines([], ["Coat, 97 %"]) == ["Coat,\n97 %"]
    assert comparison._lines(["0.0100"], None) == ["0.0100"]
    html = rows_html([Row("Perceptual", np.zeros((1, 8, 8, 1), np.uint8), ["0.0100\n✓ <Coat>,\n97 %"])])
    assert [html.count(f">{line}</span>") for line in ("0.0100", "✓ &lt;Coat&gt;,", "97 %")] == [1, 1, 1]
    assert "alt='Perceptual 0.0100 ✓ &lt;Coat&gt;, 97 %'" in html


def test_a_run_tells_how_near_its_read_out_comes(both, capsys):
    run = both["mse"]
    assert "Read-out: SSIM" not in facts(run)
    values = {"mse": 0.0125, "ssim": 0.61, "epochs": 4, "seconds": 2.5, "validation_mse": 0.0126}
    results.put(run, STAGES["readout"], ReadoutConfig(), Result(values, files={MODEL: WHITE}))
    said = facts(run)
    assert (said["Read-out: pixel error (MSE)"], said["Read-out: SSIM"], said["Read-out: epochs"]) == (0.0125, 0.61, 4)
    assert main(["show", run.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["readout"] == values
