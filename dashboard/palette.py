"""Colours: the same class and the same loss always look the same, in both themes and to colour-blind people."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

from core.analyse.clusterers import NOISE
from core.keep.namings import NO_CLUSTER, UNNAMED
from core.settings import LOSSES

# Found by annealing: of all twelve that have 3 to 1 on white and on the dark theme's ground, those least alike to normal eyes and
# to eyes without red, green or blue cones (Machado et al. 2009), to whom none is like an accent below or like grey either. Of
# them the ten that normal eyes tell apart best come first.
CLASS_COLOURS = (
    "#4595d9", "#25714c", "#ff447a", "#c006b0", "#bc8b00", "#7b5880", "#8c00ff", "#98520b", "#6c5cd1", "#ed52d0",
    "#7f7f45", "#a464ff",
)  # fmt: skip
# What tells classes of one colour apart, in plotly's words.
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "x", "triangle-down")
GREY = "#808791"  # for what belongs to no class or cluster

# Relative luminances between which a colour has 3 to 1 on both grounds.
_DARKEST, _LIGHTEST = 0.132, 0.295

LOSS_COLOURS = {name: objective.colour for name, objective in LOSSES.items()}
OTHER_LOSS = "#cc79a7"

# Grey recedes and magenta stands out; neither is a class's or a loss's colour.
RIGHT, WRONG = GREY, "#c2185b"
LOW_ERROR, HIGH_ERROR = "#5b8fd9", "#d9480f"  # both seen on a light and on a dark ground


def text_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `#rrggbb`: at least 4.5 to 1 on any colour."""
    light = luminance(colour)
    return "#ffffff" if contrast(1, light) > contrast(light, 0) else "#000000"


def contrast(one: float, other: float) -> float:
    """The contrast ratio, 1 to 21, of two relative luminances (WCAG 2.2)."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, 0 for black to 1 for white (WCAG 2.2)."""
    parts = (value / 255 for value in bytes.fromhex(colour.removeprefix("#")))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def loss_colour(loss: str) -> str:
    """The accent of a loss; losses that are not there share one."""
    return LOSS_COLOURS.get(loss, OTHER_LOSS)


def shade(colour: str) -> str:
    """A lighter or darker colour of the same hue, for a second run of one loss: seen, as the accents are, on both grounds."""
    return _as_light(colour, _LIGHTEST if luminance(colour) < 0.2 else _DARKEST)


def shades(colour: str, count: int) -> list[str]:
    """So many colours of one hue: the colour itself, then others as far from each other as both grounds allow."""
    if count < 2:
        return [colour][:count]
    steps = [_DARKEST + (_LIGHTEST - _DARKEST) * step / (count - 1) for step in range(count)]
    own = min(steps, key=lambda step: abs(step - luminance(colour)))
    return [colour, *(_as_light(colour, step) for step in steps if step != own)]


def _as_light(colour: str, light: float) -> str:
    """The colour of the same hue and of this relative luminance."""
    red, green, blue = (value / 255 for value in bytes.fromhex(colour.removeprefix("#")))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    levels = (_hex(colorsys.hls_to_rgb(hue, step / 500, saturation)) for step in range(501))
    return min(levels, key=lambda one: abs(luminance(one) - light))


def _hex(colour: Sequence[float]) -> str:
    return "#" + bytes(round(255 * part) for part in colour).hex()


@dataclass(frozen=True)
class Look:
    """How a class or cluster is drawn: its colour, `#rrggbb`, and the mark of its dots, one of `MARKS`."""

    colour: str
    mark: str = MARKS[0]


def look(number: int) -> Look:
    """The look of a class or cluster: 12 colours, then the same with other marks; 96 in all, after which they begin anew.

    Noise, -1, is grey.
    """
    if number == NOISE:
        return Look(GREY)
    turn, colour = divmod(number, len(CLASS_COLOURS))
    return Look(CLASS_COLOURS[colour], MARKS[turn % len(MARKS)])


def class_looks(names: Sequence[str]) -> list[Look]:
    """The look of each class. Those that stand for no class are grey, as noise is."""
    return [Look(GREY) if name in (UNNAMED, NO_CLUSTER) else look(index) for index, name in enumerate(names)]
