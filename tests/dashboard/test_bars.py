"""The accuracy bars: what is drawn and what is said of it, to the digit."""

import re
from types import SimpleNamespace

import pytest

from dashboard.components.bars import bars_html

SHOWN = {
    "mse": SimpleNamespace(title="Pixel MSE", colour="#4477aa"),
    "own": SimpleNamespace(title="<b>", colour="#ffffff"),
}


def drawn(**scores):
    """Of each bar: its width, and where its error begins and how wide it is, in % of the track; and the words for readers."""
    page = bars_html({key: {"accuracy": accuracy, "error": error} for key, (accuracy, error) in scores.items()}, SHOWN)
    widths = re.findall(r"class='bar' style='width:([\d.]+)%", page)
    errors = re.findall(r"class='error' style='left:([\d.]+)%;width:([\d.]+)%'", page)
    words = re.findall(r"aria-label='([^']*)'", page)
    return [(float(width), float(left), float(wide)) for width, (left, wide) in zip(widths, errors, strict=True)], words


def test_a_bar_is_as_long_as_the_accuracy_and_its_line_as_its_95_percent_interval():
    places, words = drawn(mse=(0.712, 0.0045), own=(0.25, 0.02))
    assert places == [(71.2, 70.32, 1.76), (25.0, 21.08, 7.84)]  # 1.96 standard errors either side
    assert words == [
        "Pixel MSE: 71.20 % of the images, plus or minus 0.88 (95 % interval)",
        "&lt;b&gt;: 25.00 % of the images, plus or minus 3.92 (95 % interval)",
    ]


@pytest.mark.parametrize(("score", "place"), [((0.01, 0.02), (1.0, 0.0, 4.92)), ((0.99, 0.02), (99.0, 95.08, 4.92))])
def test_an_error_ends_where_the_scale_ends(score, place):
    assert drawn(mse=score)[0] == [place]
