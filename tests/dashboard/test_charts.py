import base64
import io
import json
import re
import tomllib

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image, ImageColor

from core.analyse import map_geometry
from core.paths import ROOT
from core.settings import LOSSES
from dashboard import charts, class_charts, map_charts, palette
from dashboard.components.legend import class_entries
from dashboard.figure import as_json
from dashboard.palette import CLASS_COLOURS, LOSS_COLOURS, contrast, loss_colour, luminance, text_on
from tests.dashboard.conftest import as_shown

THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]


def checked(figure) -> go.Figure:
    """As plotly's own class, which raises ValueError for any property that plotly does not know."""
    return go.Figure(figure)


def test_a_class_has_the_same_colour_on_the_map_and_in_the_bars():
    names = list("abcdefghij")
    legend = {one.name: one.look.colour for one in class_entries(names, np.arange(10))}
    bars = {
        trace.name: trace.marker.color for trace in checked(class_charts.class_shares(np.eye(10), names, names)).data
    }
    assert legend == bars == dict(zip(names, CLASS_COLOURS[:10], strict=True))


def test_the_palette_gives_each_class_its_own_colour():
    values = np.arange(10)
    points = np.zeros((10, 2), np.float32)
    trace = checked(map_charts.embedding_map(points, name="map", colouring="class", values=values)).data[0]
    drawn = [trace.meta["palette"][number] for number in trace.marker.color]
    assert drawn == [list(ImageColor.getrgb(colour)) for colour in CLASS_COLOURS[:10]]


def test_a_map_of_70000_points_stays_small():
    points = map_geometry.quantise(np.random.default_rng(0).random((70_000, 2)))
    figure = map_charts.embedding_map(points, name="map", colouring="class", values=np.zeros(70_000, np.uint8))
    assert len(as_json(figure)) < 600_000


def test_a_million_points_are_drawn_as_counts_and_one_by_one_when_few_are_in_view():
    random = np.random.default_rng(0)
    points = map_geometry.quantise(random.normal(size=(1_000_000, 2)))
    values = (points[:, 0] > 0).astype(np.uint8)
    whole = map_charts.embedding_map(points, name="map", colouring="outcome", values=values)
    assert checked(whole).layout.meta["drawn"] == 0
    assert len(as_json(whole)) < 600_000
    picture = np.array(Image.open(io.BytesIO(base64.b64decode(whole["layout"]["images"][0]["source"].split(",")[1]))))
    rows, columns = picture.shape[:2]
    middle = picture[rows // 2, [columns // 2 - 20, columns // 2 + 20], :3]
    assert ["#" + bytes(colour).hex() for colour in middle] == [palette.WRONG, palette.RIGHT]
    view = (-200, 200, -200, 200)
    near = checked(map_charts.embedding_map(points, name="map", colouring="outcome", values=values, view=view))
    assert near.layout.meta["drawn"] == map_geometry.in_view(points, view).sum() == len(near.data[0].x)


def test_every_loss_has_its_own_accent():
    assert len({loss_colour(loss) for loss in LOSSES}) == len(LOSSES)
    assert loss_colour("one of tomorrow").startswith("#")


def mixed(colour: str, ground: str, strength: float) -> str:
    """`colour` laid over `ground`."""
    over, under = ImageColor.getrgb(colour), ImageColor.getrgb(ground)
    return "#" + bytes(round(strength * a + (1 - strength) * b) for a, b in zip(over, under, strict=True)).hex()


def ratio(one: str, other: str) -> float:
    return contrast(luminance(one), luminance(other))


def test_contrast_is_that_of_the_standard():
    assert ratio("#ffffff", "#000000") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert ratio("#ffffff", "#2dd4bf") == pytest.approx(1.86, abs=0.005)


@pytest.mark.parametrize("colour", [*LOSS_COLOURS.values(), *CLASS_COLOURS, loss_colour("one of tomorrow"), "#777777"])
def test_text_on_a_colour_can_be_read(colour):
    assert ratio(text_on(colour), colour) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_of_the_theme_can_be_read(scheme):
    theme = THEMES[scheme]
    for part in (theme, theme["sidebar"]):
        ground = part["backgroundColor"]
        assert ratio(mixed(theme["textColor"], ground, 0.6), ground) >= 4.5  # a caption
        assert ratio(theme["primaryColor"], mixed(theme["primaryColor"], ground, 0.2)) >= 4.5  # a chosen pill, hovered


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_of_a_matrix_can_be_read_in_every_cell(scheme):
    text, ground = THEMES[scheme]["textColor"], THEMES[scheme]["backgroundColor"]
    figure = class_charts.confusion_matrix(np.eye(2, dtype=int), ["a", "b"], ["a", "b"], shown="counts")
    assert not any("color" in note["font"] for note in figure["layout"]["annotations"])  # they have the theme's
    for _, colour in figure["data"][0]["colorscale"]:
        *rgb, strength = map(float, re.findall(r"[\d.]+", colour))
        assert ratio(text, mixed(f"rgb{tuple(map(int, rgb))}", ground, strength)) >= 4.5


def test_digits_are_names_in_a_matrix():
    names = [str(digit) for digit in range(10)]
    figure = checked(class_charts.confusion_matrix(np.eye(10, dtype=int), names, names, shown="counts"))
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"


SWEEP = {"k": [2, 3, 20], "purity": [0.2, 0.3, 0.9], "inertia": [8.0, 6.0, 1.0]}
MSE = as_shown({"mse": None})
HISTORY = [
    {"epoch": 1, "loss": 0.5, "validation_loss": 0.6},
    {"epoch": 2, "loss": 0.4, "validation_loss": float("nan")},
]
DRAWN = {
    "purity": charts.against_k({"mse": SWEEP}, "purity", k=20, shown=MSE),
    "inertia": charts.against_k({"mse": SWEEP}, "inertia", k=20, shown=MSE),
    "shares": class_charts.class_shares(np.array([[3, 1], [0, 0]]), ["a", "b"], ["0", "1"]),
    "history": charts.loss_curve({"run": HISTORY}, colours={"run": "#123456"}),
    "errors": charts.error_histogram({"mse": np.linspace(0, 1, 100)}, shown=MSE),
    "map": map_charts.embedding_map(
        np.arange(20, dtype=np.int16).reshape(10, 2), name="map", colouring="error", values=np.linspace(0, 1, 10),
        chosen=np.array([1, 2]),
    ),
    "nothing chosen": map_charts.embedding_map(
        np.arange(20, dtype=np.int16).reshape(10, 2), name="map", colouring="outcome", values=np.ones(10, np.uint8),
        chosen=np.array([], int), axes=("left", "up"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_plotly_knows_every_property_and_the_browser_reads_every_number(name):
    drawn = json.loads(as_json(DRAWN[name]), parse_constant=pytest.fail)
    assert numbers(drawn) == numbers(checked(DRAWN[name]).to_plotly_json())
    checked(drawn)


def numbers(figure) -> list[list]:
    """The x of all traces, read as plotly.js reads them."""
    columns = []
    for trace in figure["data"]:
        x = trace["x"]
        if isinstance(x, dict):
            x = np.frombuffer(base64.b64decode(x["bdata"]), np.dtype(x["dtype"]).newbyteorder("<"))
        columns.append(np.asarray(x).tolist())
    return columns


def test_shares_are_read_in_the_browser_as_they_were_computed():
    column = json.loads(as_json(DRAWN["shares"]))["data"][0]["y"]
    assert np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"]).tolist() == [75, 0]


def test_inertia_starts_at_one_and_the_chosen_k_is_marked():
    figure = checked(DRAWN["inertia"])
    assert figure.data[0].y.tolist() == [1, 0.75, 0.125]
    assert figure.layout.shapes[0].x0 == figure.layout.shapes[0].x1 == 20


def test_no_k_is_marked_on_curves_of_other_clusters():
    assert checked(charts.against_k({"mse": SWEEP}, "purity", k=None, shown=MSE)).layout.shapes == ()


def test_where_nothing_is_chosen_all_of_a_map_of_counts_is_pale():
    points = map_geometry.quantise(np.random.default_rng(0).normal(size=(map_geometry.MAX_DRAWN + 1, 2)))

    def strength(chosen: np.ndarray | None) -> int:
        figure = map_charts.embedding_map(
            points, name="map", colouring="outcome", values=np.ones(len(points), np.uint8), chosen=chosen
        )
        picture = base64.b64decode(figure["layout"]["images"][0]["source"].split(",")[1])
        return np.array(Image.open(io.BytesIO(picture)))[..., 3].max()

    assert strength(None) == 255
    assert strength(np.array([], int)) == 38  # 15 % of it
