import base64
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from dashboard.components.lines import lines_html
from dashboard.palette import loss_colour
from tests.dashboard.conftest import as_shown

POINTS = {"mse": [(2, 0.5, 0.01), (8, 0.7, 0.02)], "perceptual": [(2, 0.66, 0.0)]}
PUBLISHED = [{"loss": "mse", "latent": 4, "accuracy": 0.6983}]


def parsed(points=POINTS, published=PUBLISHED):
    """The chart as XML, the picture of its lines in the place of its address."""
    text = lines_html(points, published, as_shown(dict.fromkeys(points))).partition("</style>")[2]
    return ElementTree.fromstring(
        re.sub("<img[^>]+base64,([^']+)'>", lambda image: base64.b64decode(image[1]).decode(), text)
    )


def place(dot) -> tuple[float, float]:
    left, top = re.match(r"left:([\d.]+)%;top:([\d.]+)%", dot.get("style")).groups()
    return float(left), float(top)


def test_points_lie_where_their_numbers_say():
    dots = {dot.get("title"): place(dot) for dot in parsed().iter("i") if dot.get("title")}
    # Latent sizes 2, 4, 8 on a log scale; shares from 40 to 80 %, the tens around all that is shown.
    assert dots == {
        "Pixel MSE, latent size 2: 50.0 % ± 2.0": (0, 75),
        "Pixel MSE, latent size 8: 70.0 % ± 3.9": (100, 25),
        "Perceptual, latent size 2: 66.0 % ± 0.0": (0, 35),
        "Pixel MSE, study A (2018), latent size 4: 69.8 %": (50, pytest.approx(25.42, abs=0.01)),
    }


def test_lines_join_the_points_of_a_loss_and_errors_are_95_percent_intervals():
    strokes = [(one.get("points"), one.get("stroke")) for one in parsed().iter("{http://www.w3.org/2000/svg}polyline")]
    mse, perceptual = loss_colour("mse"), loss_colour("perceptual")
    assert strokes == [
        ("0.00,75.00 100.00,25.00", mse),
        ("0.00,79.90 0.00,70.10", mse),
        ("100.00,34.80 100.00,15.20", mse),
        ("0.00,35.00", perceptual),
        ("0.00,35.00 0.00,35.00", perceptual),
    ]


def test_ticks_are_the_sizes_there_are_and_the_tens():
    spans = [span for span in parsed().iter("span") if span.text]
    assert [span.text for span in spans if span.get("style", "").startswith("left")] == ["2", "4", "8"]
    assert [line[0].text for line in parsed().iter("div") if line.get("class") == "line"] == [
        "40",
        "50",
        "60",
        "70",
        "80",
    ]


def test_all_numbers_are_there_for_those_who_do_not_see_them():
    (label,) = [one.get("aria-label") for one in parsed().iter() if one.get("role") == "img"]
    assert label == (
        "Pixel MSE: 50.0 % at latent size 2, 70.0 % at latent size 8; Perceptual: 66.0 % at latent size 2; "
        "Pixel MSE, study A (2018): 69.8 % at latent size 4"
    )


def test_a_single_size_stands_in_the_middle_and_shares_stay_within_0_and_100():
    dots = [place(dot) for dot in parsed({"mse": [(5, 1.0, 0.05)]}, []).iter("i") if dot.get("title")]
    assert dots == [(50, 0)]


def test_several_runs_of_one_loss_have_lines_of_their_own_in_the_chart_and_its_key():
    shown = as_shown({"mse": None, "bce": None})
    shown["bce"] = replace(shown["bce"], title="Pixel MSE, seed 1", dash="dash")
    points = {key: [(2, 0.5, 0.01), (8, 0.7, 0.02)] for key in shown}
    text = lines_html(points, [], shown)
    drawing = base64.b64decode(re.search("base64,([^']+)'", text)[1]).decode()
    assert re.findall("stroke-dasharray='([^']+)'", drawing) == ["none", "9 5"]
    assert re.findall("border-top:3px (\\w+)", text) == ["solid", "dashed"]
