"""Which arithmetic trainings take, measured once a machine."""

import errno
import json
import time
from pathlib import Path

import keras
import pytest

from core.errors import UnknownNameError
from core.keep.sealed import seal
from core.learn import precision
from core.learn.precision import choose_precision


@pytest.fixture
def measured(monkeypatch):
    """Say how many times faster bfloat16 is measured to be; gives the list of measurements made."""
    calls = []

    def measure(speedup):
        monkeypatch.setattr(precision, "bfloat16_speedup", lambda: calls.append(speedup) or speedup)
        return calls

    return measure


def rewrite(cache, **changes):
    known = json.loads(cache.read_text()) | changes
    known.pop("sha256")
    cache.write_text(seal(known))


@pytest.mark.parametrize(
    ("speedup", "expected"), [(0.05, "float32"), (1.1, "float32"), (1.5, "mixed_bfloat16"), (8, "mixed_bfloat16")]
)
def test_bfloat16_is_chosen_only_where_it_is_clearly_faster(tmp_path, measured, speedup, expected):
    measured(speedup)
    assert choose_precision(tmp_path / "precision.json") == expected


def test_the_choice_is_measured_once_a_machine(tmp_path, measured):
    cache = tmp_path / "deep" / "precision.json"
    calls = measured(2)
    assert [choose_precision(cache) for _ in range(3)] == ["mixed_bfloat16"] * 3
    assert len(calls) == 1
    assert [path.name for path in cache.parent.iterdir()] == ["precision.json"]


def test_another_machine_measures_for_itself(tmp_path, measured):
    cache = tmp_path / "precision.json"
    measured(2)
    choose_precision(cache)
    rewrite(cache, machine="another")
    measured(1)
    assert choose_precision(cache) == "float32"


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", "7"])
def test_a_damaged_note_is_measured_anew(tmp_path, measured, content):
    cache = tmp_path / "precision.json"
    cache.write_text(content)
    measured(2)
    assert choose_precision(cache) == "mixed_bfloat16"
    assert json.loads(cache.read_text())["precision"] == "mixed_bfloat16"


def test_a_changed_note_is_measured_anew(tmp_path, measured):
    cache = tmp_path / "precision.json"
    measured(2)
    choose_precision(cache)
    cache.write_text(cache.read_text().replace("mixed_bfloat16", "float32"))
    assert choose_precision(cache) == "mixed_bfloat16"


def test_an_unknown_precision_in_the_note_is_not_used(tmp_path, measured):
    cache = tmp_path / "precision.json"
    measured(2)
    choose_precision(cache)
    rewrite(cache, precision="int4")
    assert choose_precision(cache) == "mixed_bfloat16"


def test_a_folder_that_cannot_be_written_does_not_stop_the_choice(tmp_path, measured, failing):
    failing(Path, "mkdir", errno.EROFS)
    measured(2)
    assert choose_precision(tmp_path / "precision.json") == "mixed_bfloat16"


def test_a_precision_can_be_asked_for(tmp_path, measured, monkeypatch):
    calls = measured(2)
    monkeypatch.setenv("LATENT_LENS_PRECISION", "float32")
    assert choose_precision(tmp_path / "precision.json") == "float32"
    assert not calls
    monkeypatch.setenv("LATENT_LENS_PRECISION", "int4")
    with pytest.raises(UnknownNameError, match=r"LATENT_LENS_PRECISION 'int4'.*float32, mixed_bfloat16"):
        choose_precision(tmp_path / "precision.json")


def test_the_measurement_is_a_ratio():
    assert 0 < precision.bfloat16_speedup() < 1000


def test_a_busy_moment_does_not_decide(monkeypatch):
    calls = []

    def conv(images, kernel, padding):
        busy = 8 <= len(calls) < 16  # in the midst of the probe the machine stalls for a while
        calls.append(images.dtype)
        time.sleep((0.004 if "float32" in str(images.dtype) else 0.002) + 0.02 * busy)
        return images

    monkeypatch.setattr(keras.ops, "conv", conv)
    assert precision.bfloat16_speedup() > 1.25
