"""Read-outs and verdicts as results of a run: kept beside it, computed once, their figures right."""

import dataclasses

import numpy as np
import pytest

from core import stages
from core.analyse.metrics import ssim
from core.keep import judges
from core.keep.judges import TEACHER, UNSEEN, Judge, put_judge, usual_judge
from core.keep.results import Result
from core.serve import decode
from core.settings import LossNetworkConfig
from core.stages import compute, kept, missing, refresh, verdicts
from core.stages.readout import MODEL, ReadoutConfig
from core.stages.verdicts import ABSENT, VerdictsConfig, share_right
from tests.core.small_runs import contents
from tests.linear_runs import image_set, linear, use, write

SHAPE = (12, 12, 1)
PIXELS = 144
WHITE = linear((4,), SHAPE, np.zeros((4, PIXELS)), np.ones(PIXELS)).SerializeToString()  # a read-out of four numbers


@pytest.fixture
def shapes(monkeypatch, artifacts):
    """An image set of three classes, and a run on it."""
    monkeypatch.setenv("LATENT_LENS_PRECISION", "float32")
    return use(monkeypatch, image_set(3, shape=SHAPE, train=300, test=61))


@pytest.fixture
def only_these(leave_out_stages):
    leave_out_stages(*(name for name in stages.STAGES if name not in ("readout", "verdicts")))


def says(numbers) -> bytes:
    """A judge that gives every picture these odds."""
    return linear(SHAPE, (len(numbers),), np.zeros((PIXELS, len(numbers))), np.array(numbers)).SerializeToString()


def quick(monkeypatch, epochs=2):
    monkeypatch.setattr("core.stages.readout.usual_epochs", lambda info: epochs)


def test_a_read_out_is_kept_with_its_figures_and_the_run_stays_as_it_is(shapes, monkeypatch):
    quick(monkeypatch)
    run = write(shapes)
    before = contents(run.path)
    found = compute(run, "readout")
    assert contents(run.path) == before
    drawn = decode(found.files[MODEL], run.test_embeddings, shape=SHAPE)
    assert found.values["mse"] == pytest.approx(np.square(drawn - shapes.test_images / 255).mean(), rel=1e-4)
    expected = ssim(shapes.test_images.astype(np.float32) / 255, drawn).mean()
    assert found.values["ssim"] == pytest.approx(float(expected), rel=1e-4)
    assert found.values["epochs"] == 2
    again = kept(run, "readout")
    assert again.files[MODEL] == found.files[MODEL]
    assert not list(run.path.parents[1].joinpath("checkpoints").glob("*readout*"))


def test_a_read_out_that_was_stopped_goes_on_from_its_last_epoch(shapes, only_these, monkeypatch):
    quick(monkeypatch, epochs=3)
    run = write(shapes)

    def stop(event):
        if event["event"] == "epoch" and event["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(run, stop)
    assert kept(run, "readout") is None
    told = []

    def until(event):
        told.append(event)
        if event == {"event": "stage", "stage": "verdicts"}:  # which would train a judge
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(run, until)
    assert told[:2] == [
        {"event": "stage", "stage": "read-out"},
        {"event": "progress", "stage": "read-out", "done": 0, "total": 1},
    ]
    assert [event["epoch"] for event in told if event["event"] == "resumed"] == [2]
    assert {event["epochs"] for event in told if event.get("epochs")} == {3}
    assert kept(run, "readout").values["epochs"] == 3


def test_shares_count_the_pictures_whose_most_probable_class_is_theirs():
    labels = np.array([0, 1, 2, 1] * 200)
    named = linear((2, 1, 1), (3,), np.array([[1, 0, 0], [0, 1, 0]]), np.array([0, 0, 0.1])).SerializeToString()
    pictures = np.zeros((800, 2, 1, 1), np.float32)
    pictures[labels == 0, 0] = 1  # named right
    pictures[labels == 1, 0] = 1  # named 0
    assert (
        share_right(named, pictures.__getitem__, labels) == 0.5
    )  # those of 0, and those of 2, of which it sees nothing


def test_verdicts_are_of_the_originals_of_own_drawings_and_of_read_outs(shapes, monkeypatch):
    run = write(shapes)
    # It names bright pictures 1, all others 0: what the read-out draws is white.
    bright = linear(SHAPE, (3,), np.outer(np.ones(PIXELS), [0, 1, 0]), np.array([PIXELS - 0.5, 0, 0]))
    put_judge(Judge(usual_judge(shapes.info, UNSEEN), bright.SerializeToString(), 0.75))
    stages.results.put(run, stages.STAGES["readout"], ReadoutConfig(), Result({}, files={MODEL: WHITE}))
    found = compute(run, "verdicts", VerdictsConfig(UNSEEN)).values
    assert found["readout"] == (shapes.test_labels == 1).mean() == pytest.approx(20 / 61)
    assert found["original"] == found["own"] == (shapes.test_labels == 0).mean() == pytest.approx(21 / 61)
    assert (found["accuracy"], found["trained_against"]) == (0.75, False)
    assert found["network"] == usual_judge(shapes.info, UNSEEN).network_id


def test_a_loss_network_that_was_never_trained_is_not_trained_to_judge(shapes, only_these, monkeypatch):
    run = write(shapes)
    assert ABSENT in kept(run, "verdicts", VerdictsConfig(TEACHER)).values
    assert missing(run) == [("readout", ReadoutConfig()), ("verdicts", VerdictsConfig(UNSEEN))]
    put_judge(Judge(LossNetworkConfig("shapes"), says([1, 0, 0]), 0.9))
    assert ("verdicts", VerdictsConfig(TEACHER)) in missing(run)


def test_a_run_is_marked_as_trained_against_its_own_loss_network(shapes, monkeypatch):
    run = write(shapes, loss="perceptual")
    put_judge(Judge(LossNetworkConfig("shapes"), says([1, 0, 0]), 0.9))
    stages.results.put(run, stages.STAGES["readout"], ReadoutConfig(), Result({}, files={MODEL: WHITE}))
    found = compute(run, "verdicts", VerdictsConfig(TEACHER)).values
    assert found["trained_against"] is True
    assert found["own"] == pytest.approx(21 / 61)
    # The network is gone, what it said stays.
    monkeypatch.setattr(verdicts, "find_judge", lambda network: None)
    assert kept(run, "verdicts", VerdictsConfig(TEACHER)).values == found


def test_a_judge_is_trained_once_and_names_what_it_learnt(shapes, monkeypatch):
    monkeypatch.setattr(
        judges, "LossNetworkConfig", lambda name, **how: LossNetworkConfig(name, **{**how, "epochs": 12, "images": 200})
    )
    network = usual_judge(shapes.info, UNSEEN)
    monkeypatch.setattr(verdicts, "load", lambda name: shapes)
    found = verdicts.made_judge(network)
    assert found.accuracy > 0.8
    right = share_right(found.model, shapes.test_images.__getitem__, shapes.test_labels)
    assert right > 0.8
    monkeypatch.setattr(verdicts, "load", None)
    assert verdicts.made_judge(network).model == found.model


def test_unlabelled_images_have_read_outs_and_no_verdicts(artifacts, only_these, monkeypatch):
    found = use(monkeypatch, image_set(3, labelled=False, shape=SHAPE, train=300, test=60))
    assert missing(write(found)) == [("readout", ReadoutConfig())]


def test_settings_of_a_judge_are_checked():
    with pytest.raises(ValueError, match=r"Unknown judge 'nobody'\. Expected one of: teacher, unseen"):
        VerdictsConfig("nobody")
    assert dataclasses.asdict(VerdictsConfig()) == {"judge": UNSEEN}
