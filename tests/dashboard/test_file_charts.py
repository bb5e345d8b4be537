"""Figures of charts that pages draw without plotly: the same numbers as on the page, and nothing that plotly does not know."""

from types import SimpleNamespace

import plotly.graph_objects as go

from dashboard import file_charts
from dashboard.components.flow import Band, Node
from dashboard.components.gains import Line
from dashboard.words import half_interval

SHOWN = {
    "mse": SimpleNamespace(title="Pixel MSE", colour="#d55e00", dash="solid"),
    "bce": SimpleNamespace(title="Cross-entropy", colour="#0072b2", dash="dash"),
}


def test_bars():
    scores = {"mse": {"accuracy": 0.712, "error": 0.005}, "bce": {"accuracy": 0.5, "error": 0.01}}
    figure = file_charts.accuracy_bars(scores, SHOWN)
    go.Figure(figure)
    (bars,) = figure["data"]
    assert (bars["y"], bars["x"]) == (["Cross-entropy", "Pixel MSE"], [50.0, 71.2])
    assert bars["text"] == ["50.0 %", "71.2 %"]
    assert bars["error_x"]["array"] == [100 * half_interval(0.01), 100 * half_interval(0.005)]
    assert bars["marker"]["color"] == ["#0072b2", "#d55e00"]


def test_lines():
    points = {"mse": [(2, 0.5, 0.01), (10, 0.7, 0.005)]}
    published = [{"loss": "mse", "latent": 5, "accuracy": 0.6}]
    figure = file_charts.accuracy_lines(points, published, SHOWN)
    go.Figure(figure)
    line, diamonds = figure["data"]
    assert (line["x"], line["y"]) == ([2, 10], [50.0, 70.0])
    assert (diamonds["x"], diamonds["y"], diamonds["name"]) == ([5], [60.0], "Pixel MSE, study A (2018)")
    assert figure["layout"]["xaxis"]["tickvals"] == [2, 5, 10]


def test_gains():
    lines = [Line(4, "Coat", 42.0, 82.0, "", ""), Line(1, "Dress", 90.0, 87.0, "", "")]
    figure = file_charts.gains(lines, ("A", "B"), ("#d55e00", "#0072b2"))
    go.Figure(figure)
    ways, before, after = figure["data"]
    assert ways["x"] == [90.0, 87.0, None, 42.0, 82.0, None]
    assert (before["name"], before["x"], before["y"]) == ("A", [90.0, 42.0], ["Dress", "Coat"])
    assert (after["name"], after["x"]) == ("B", [87.0, 82.0])


def test_flow():
    def node(title, images):
        return Node("", "", title, f"{images:,}", "#0a94fe", "#000", images, (), "")

    bands = [Band("0.0", 0, 0, 7, True, ""), Band("0.1", 0, 1, 3, False, "")]
    figure = file_charts.flow([node("Bag", 10)], [node("Bag", 7), node("Coat", 3)], bands, ("A", "B"))
    go.Figure(figure)
    (diagram,) = figure["data"]
    assert diagram["node"]["label"] == ["Bag · 10", "Bag · 7", "Coat · 3"]
    assert (diagram["link"]["source"], diagram["link"]["target"]) == ([0, 0], [1, 2])
    assert diagram["link"]["value"] == [7, 3]
    assert diagram["link"]["color"] == ["rgba(10, 148, 254, 0.55)", "rgba(10, 148, 254, 0.25)"]
