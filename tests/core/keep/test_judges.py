"""Judges: kept whole or not used, found where they came with the project, and marked where a loss was trained against them."""

import dataclasses

import numpy as np
import pytest

from core.keep import judges
from core.keep.judges import TEACHER, UNSEEN, Judge, find_judge, judge_config, put_judge, trained_against
from core.keep.runs import Run
from core.serve import judge
from core.settings import LossNetworkConfig, RunConfig
from tests.core.small_runs import contents, flip
from tests.linear_runs import image_set, linear, use

NETWORK = LossNetworkConfig("digits", architecture="plain", epochs=3, seed=1)


class Trained(Run):
    """A run of which only the settings are asked."""

    def __init__(self, config: RunConfig):
        object.__setattr__(self, "path", None)
        self.__dict__["config"] = config


def test_a_judge_is_found_again_as_it_was_kept(artifacts):
    assert find_judge(NETWORK) is None
    put_judge(Judge(NETWORK, b"model", 0.9))
    found = find_judge(NETWORK)
    assert (found.network, found.model, found.accuracy) == (NETWORK, b"model", 0.9)
    assert find_judge(dataclasses.replace(NETWORK, seed=2)) is None


def test_a_damaged_judge_is_set_aside(artifacts):
    put_judge(Judge(NETWORK, b"model", 0.9))
    flip(artifacts / "cache" / "judges" / NETWORK.network_id / "judge.onnx")
    assert find_judge(NETWORK) is None
    put_judge(Judge(NETWORK, b"another", 0.8))
    assert find_judge(NETWORK).model == b"another"


def test_one_that_came_with_the_project_serves_and_is_never_moved(artifacts, tmp_path, monkeypatch):
    monkeypatch.setattr(judges, "BUNDLED", tmp_path / "bundled")
    put_judge(Judge(NETWORK, b"model", 0.9))
    (tmp_path / "bundled").mkdir()
    (artifacts / "cache" / "judges").rename(tmp_path / "bundled" / "judges")
    assert find_judge(NETWORK).model == b"model"
    flip(tmp_path / "bundled" / "judges" / NETWORK.network_id / "judge.onnx")
    before = contents(tmp_path / "bundled")
    assert find_judge(NETWORK) is None
    assert contents(tmp_path / "bundled") == before


def test_a_judge_is_marked_where_the_run_was_trained_against_it():
    own = LossNetworkConfig("digits", epochs=5)
    pixel, perceptual = (
        Trained(RunConfig("digits", "mse")),
        Trained(RunConfig("digits", "perceptual", loss_network=own)),
    )
    assert judge_config(pixel, TEACHER) == LossNetworkConfig("digits")
    assert judge_config(perceptual, TEACHER) == own
    assert judge_config(pixel, UNSEEN) == judge_config(perceptual, UNSEEN)
    assert trained_against(perceptual, own)
    assert not trained_against(perceptual, judge_config(perceptual, UNSEEN))
    assert not trained_against(pixel, own)


def test_the_independent_judge_is_unlike_every_usual_loss_network():
    unseen, usual = judge_config(Trained(RunConfig("digits", "mse")), UNSEEN), LossNetworkConfig("digits")
    assert unseen.architecture != usual.architecture
    assert unseen.seed != usual.seed


def test_images_without_labels_have_no_judge(monkeypatch):
    found = use(monkeypatch, image_set(3, labelled=False, train=200, test=20))
    run = Trained(RunConfig(found.info.name, "mse"))
    assert judge_config(run, UNSEEN) is judge_config(run, TEACHER) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_judging_takes_bytes_and_floats_in_any_number(dtype):
    # The two numbers that it gives are the mean pixel and its complement.
    matrix = np.column_stack([np.full(64, 1 / 64), np.full(64, -1 / 64)])
    model = linear((8, 8, 1), (2,), matrix, np.array([0, 1])).SerializeToString()
    pictures = np.repeat(np.linspace(0, 1, 1201), 64).reshape(1201, 8, 8, 1)
    given = np.round(255 * pictures).astype(np.uint8) if dtype == np.uint8 else pictures.astype(np.float32)
    odds = judge(model, given, classes=2)
    np.testing.assert_allclose(odds[:, 0], pictures[:, 0, 0, 0], atol=0.003)
    np.testing.assert_allclose(odds.sum(axis=1), 1, atol=1e-5)
    assert judge(model, given[:0]).shape == (0, 2)
