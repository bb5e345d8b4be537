import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import class_charts
from dashboard.class_charts import class_shares, confusion_matrix
from dashboard.palette import CLASS_COLOURS, GREY, look

ABC = ["a", "b", "c"]
#                   said: a  b  c
COUNTS = np.array([[8, 2, 0], [0, 5, 5], [1, 0, 0]])


def heat(figure) -> dict:
    """The heat map, after plotly's own class has checked every property."""
    return go.Figure(figure).data[0]


def cell(figure, row: str, column: str) -> tuple[float, int]:
    """Value and images of the cell in this row and column, by the names at the axes."""
    trace = heat(figure)
    down, across = list(trace.y).index(row), list(trace.x).index(column)
    return float(np.array(trace.z)[down, across]), int(np.array(trace.customdata)[down, across])


@pytest.mark.parametrize(
    ("shown", "value"), [("counts", 2), ("rows", 20), ("columns", pytest.approx(100 * 2 / 7, abs=0.005))]
)
def test_a_cell_has_the_images_of_its_row_in_its_column(shown, value):
    assert cell(confusion_matrix(COUNTS, ABC, ABC, shown=shown), "a", "b") == (value, 2)


def test_rows_without_images_are_zero():
    figure = confusion_matrix(np.array([[0, 0], [1, 3]]), ["a", "b"], ["a", "b"], shown="rows")
    assert [cell(figure, row, "b")[0] for row in "ab"] == [0, 75]


def test_a_part_of_a_matrix_keeps_the_shares_of_all():
    part = (np.array([0, 2]), np.array([1, 2]))
    figure = confusion_matrix(COUNTS, ABC, ABC, shown="rows", part=part, marked=(0, 2))
    assert (list(heat(figure).y), list(heat(figure).x)) == (["a", "c"], ["b", "c"])
    assert cell(figure, "a", "b") == (20, 2)
    assert cell(figure, "c", "c") == (0, 0)
    (outline,) = figure["layout"]["shapes"]
    assert (outline["x0"], outline["y0"]) == (0.5, -0.5)  # second column, first row


def test_the_chosen_cell_is_outlined_in_its_row_and_column_and_only_where_it_is_shown():
    (outline,) = confusion_matrix(COUNTS, ABC, ABC, shown="counts", marked=(0, 2))["layout"]["shapes"]
    assert [outline[side] for side in ("x0", "x1", "y0", "y1")] == [1.5, 2.5, -0.5, 0.5]
    part = (np.array([1, 2]),) * 2
    assert confusion_matrix(COUNTS, ABC, ABC, shown="counts", part=part, marked=(0, 2))["layout"]["shapes"] == []


def test_the_hover_card_names_row_and_column_as_they_lie():
    template = heat(confusion_matrix(COUNTS, ABC, ABC, shown="rows")).hovertemplate
    assert template.startswith("true class: %{y}<br>cluster says: %{x}<br>")


def test_numbers_stand_in_their_cells():
    notes = confusion_matrix(COUNTS, ABC, ABC, shown="counts")["layout"]["annotations"]
    assert {(note["y"], note["x"]): note["text"] for note in notes} == {
        ("a", "a"): "8", ("a", "b"): "2", ("b", "b"): "5", ("b", "c"): "5", ("c", "a"): "1"
    }  # fmt: skip


@pytest.mark.parametrize("classes", [12, 20, 21, 81, 120])
def test_many_classes_keep_their_names_and_counts(classes):
    names = [f"a class with a long name, {number}" for number in range(classes)]
    matrix = np.zeros((classes, classes), int)
    matrix[classes - 1, 1] = 7
    figure = confusion_matrix(matrix, names, names, shown="counts")
    assert cell(figure, names[-1], names[1]) == (7, 7)
    assert cell(figure, names[1], names[-1]) == (0, 0)
    assert len(figure["layout"]["annotations"]) == (classes <= class_charts.NUMBERED)
    assert max(map(len, figure["layout"]["xaxis"]["labelalias"].values())) == 18


def test_names_are_shown_letter_by_letter_and_equal_ones_apart():
    names = ["<b>x</b>", "a & b", "same", "same"]
    trace = heat(confusion_matrix(np.eye(4, dtype=int), names, names, shown="counts"))
    assert list(trace.x) == ["&lt;b>x&lt;/b>", "a &amp; b", "same", "same (2)"]


# --- what clusters hold ---


def test_few_classes_have_a_bar_each_in_their_order():
    traces = go.Figure(class_shares(np.array([[3, 1], [0, 0]]), ["a", "b"], ["0", "1"])).data
    assert [(trace.name, list(trace.y)) for trace in traces] == [("a", [75, 0]), ("b", [25, 0])]
    assert [trace.marker.color for trace in traces] == list(CLASS_COLOURS[:2])


@pytest.mark.parametrize("classes", [13, 81, 1000])
def test_of_many_classes_the_largest_of_each_cluster_are_drawn_and_the_rest_together(classes):
    names = [f"class {number}" for number in range(classes)]
    counts = np.zeros((2, classes), int)
    counts[0, [12, 3, 5, 6, 7, 8]] = [50, 20, 10, 9, 6, 5]
    counts[1, 4] = 2
    traces = go.Figure(class_shares(counts, names, ["0 · hats", "1"])).data
    assert [trace.y[0] for trace in traces] == pytest.approx([50, 20, 10, 9, 6, 5])
    assert [trace.y[1] for trace in traces] == pytest.approx([100, 0, 0, 0, 0, 0])
    first = traces[0].marker
    assert first.color == (look(12).colour, look(4).colour)
    assert traces[1].marker.color[0] == look(3).colour
    assert first.pattern.shape == ("/", "")  # class 12 has the colour of class 0
    assert traces[-1].marker.color == GREY
    assert traces[0].customdata[0] == (
        "<b>cluster 0 · hats</b>: 100 images<br>class 12 50.0 %<br>class 3 20.0 %<br>class 5 10.0 %<br>class 6 9.0 %<br>"
        "class 7 6.0 %<br>and 1 more"
    )
    assert traces[0].customdata[1] == "<b>cluster 1</b>: 2 images<br>class 4 100.0 %"


def test_only_the_chosen_classes_have_bars():
    names = [f"class {number}" for number in range(40)]
    counts = np.zeros((2, 40), int)
    counts[0, [30, 31]] = [1, 3]
    traces = go.Figure(class_shares(counts, names, ["0", "1"], only=[30])).data
    assert [(trace.name, list(trace.y), trace.marker.color) for trace in traces] == [
        ("class 30", [25, 0], look(30).colour)
    ]


def test_a_cluster_without_images_says_so():
    traces = class_shares(np.array([[0, 0]]), ["a", "b"], ["0"])["data"]
    assert traces[0]["customdata"] == ["<b>cluster 0</b>: 0 images"]
