import itertools
import tomllib

import numpy as np
import pytest
from PIL import ImageColor

from core.paths import ROOT
from dashboard.palette import (
    CLASS_COLOURS,
    GREY,
    HIGH_ERROR,
    LOSS_COLOURS,
    LOW_ERROR,
    MARKS,
    OTHER_LOSS,
    RIGHT,
    WRONG,
    class_looks,
    contrast,
    look,
    luminance,
    shades,
)

ACCENTS = [*LOSS_COLOURS.values(), OTHER_LOSS]
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
# What eyes see that lack one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
EYES = {
    "all cones": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def oklab(colour: str, eyes: str = "all cones") -> np.ndarray:
    """Ottosson 2020: equal distances look equally large."""
    rgb = np.array(ImageColor.getrgb(colour)) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(EYES[eyes]) @ linear, 0, 1)
    cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
             [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    mixed = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
             [0.0259040371, 0.7827717662, -0.8086757660]]  # fmt: skip
    return np.array(mixed) @ np.cbrt(np.array(cones) @ seen)


def apart(one: str, other: str, eyes: str = "all cones") -> float:
    return float(np.linalg.norm(oklab(one, eyes) - oklab(other, eyes)))


@pytest.mark.parametrize(
    "colour",
    [
        *CLASS_COLOURS,
        *ACCENTS,
        *(shade for one in ACCENTS for shade in shades(one, 4)),
        GREY,
        RIGHT,
        WRONG,
        LOW_ERROR,
        HIGH_ERROR,
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_that_mean_something_are_seen_on_both_grounds(colour, scheme):
    ground = THEMES[scheme]["backgroundColor"]
    assert contrast(luminance(colour), luminance(ground)) >= 3


@pytest.mark.parametrize("eyes", EYES)
def test_the_colours_of_classes_are_told_apart_whatever_cones_are_missing(eyes):
    # Petroff's ten, made for this, come to .061; those that plotly takes by default to .007.
    assert min(apart(*pair, eyes) for pair in itertools.combinations(CLASS_COLOURS, 2)) > 0.07


def test_the_first_ten_classes_are_told_apart_best():
    assert min(apart(*pair) for pair in itertools.combinations(CLASS_COLOURS[:10], 2)) > 0.125


@pytest.mark.parametrize(
    ("eyes", "least"), [("all cones", 0.1), ("no red", 0.035), ("no green", 0.035), ("no blue", 0.035)]
)
def test_no_class_looks_like_a_loss_or_like_no_class(eyes, least):
    others = [*ACCENTS, GREY, WRONG]
    assert min(apart(*pair, eyes) for pair in itertools.product(CLASS_COLOURS, others)) > least


@pytest.mark.parametrize("eyes", EYES)
def test_the_accents_of_losses_are_told_apart_whatever_cones_are_missing(eyes):
    assert min(apart(*pair, eyes) for pair in itertools.combinations(ACCENTS, 2)) > 0.07


def test_several_runs_of_a_loss_have_its_accent_and_shades_of_it():
    for accent in ACCENTS:
        assert shades(accent, 1) == [accent]
        found = shades(accent, 3)
        assert found[0] == accent
        assert min(apart(*pair) for pair in itertools.combinations(found, 2)) > 0.035
    assert shades(ACCENTS[0], 0) == []


def test_the_first_96_look_different_and_the_others_as_the_first():
    looks = [look(number) for number in range(1000)]
    assert len(set(looks[:96])) == 96 == len(CLASS_COLOURS) * len(MARKS)
    assert looks[96] == looks[0]
    assert [one.mark for one in looks[:13]] == ["circle"] * 12 + ["square"]
    assert looks[999] == look(999 % 96)


def test_a_class_keeps_its_look_however_many_there_are():
    few, many = class_looks(list("abc")), class_looks([f"class {number}" for number in range(1000)])
    assert many[:3] == few


def test_what_is_in_no_class_is_grey():
    names = ["boats", "unnamed", "no cluster", "hats"]
    assert [one.colour for one in class_looks(names)] == [CLASS_COLOURS[0], GREY, GREY, CLASS_COLOURS[3]]
    assert look(-1).colour == GREY
