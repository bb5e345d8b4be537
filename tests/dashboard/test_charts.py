import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from core import planar
from core.config import LOSSES
from dashboard import charts, map_charts, palette
from dashboard.palette import CLASS_COLOURS, cluster_colour, loss_colour


def test_a_class_has_the_same_colour_on_the_map_and_in_the_bars():
    names = list("abcdefghij")
    legend = dict(map_charts.legend_entries("class", names))
    bars = {trace.name: trace.marker.color for trace in charts.class_shares(np.eye(10), names).data}
    assert legend == bars == dict(zip(names, CLASS_COLOURS, strict=True))


def test_the_palette_gives_each_class_its_own_colour():
    values = np.arange(10)
    trace = map_charts.embedding_map(np.zeros((10, 2), np.float32), name="map", colouring="class", values=values).data[
        0
    ]
    drawn = [trace.meta["palette"][number] for number in trace.marker.color]
    assert drawn == [list(ImageColor.getrgb(colour)) for colour in CLASS_COLOURS]


def test_a_map_of_70000_points_stays_small():
    points = planar.quantise(np.random.default_rng(0).random((70_000, 2)))
    figure = map_charts.embedding_map(points, name="map", colouring="class", values=np.zeros(70_000, np.uint8))
    assert len(figure.to_json()) < 600_000


def test_a_million_points_are_drawn_as_counts_and_one_by_one_when_few_are_in_view():
    random = np.random.default_rng(0)
    points = planar.quantise(random.normal(size=(1_000_000, 2)))
    values = (points[:, 0] > 0).astype(np.uint8)
    whole = map_charts.embedding_map(points, name="map", colouring="outcome", values=values)
    assert whole.layout.meta["drawn"] == 0
    assert len(whole.to_json()) < 600_000
    picture = np.array(Image.open(io.BytesIO(base64.b64decode(whole.layout.images[0].source.split(",")[1]))))
    rows, columns = picture.shape[:2]
    middle = picture[rows // 2, [columns // 2 - 20, columns // 2 + 20], :3]
    assert ["#" + bytes(colour).hex() for colour in middle] == [palette.WRONG, palette.RIGHT]
    view = (-200, 200, -200, 200)
    near = map_charts.embedding_map(points, name="map", colouring="outcome", values=values, view=view)
    assert near.layout.meta["drawn"] == planar.in_view(points, view).sum() == len(near.data[0].x)


@pytest.mark.parametrize("shown", ["counts", "rows", "columns"])
def test_matrix_cells_carry_their_classes(shown):
    counts = np.array([[8, 2], [0, 0]])
    figure = charts.confusion_matrix(counts, ["a", "b"], shown=shown)
    expected = {"counts": [[8, 2], [0, 0]], "rows": [[80, 20], [0, 0]], "columns": [[100, 100], [0, 0]]}[shown]
    assert np.allclose(figure.data[0].z, expected)
    assert [tuple(row) for row in figure.data[1].customdata] == [(0, 0, 8), (0, 1, 2), (1, 0, 0), (1, 1, 0)]


def test_every_loss_has_its_own_accent():
    assert len({loss_colour(loss) for loss in LOSSES}) == len(LOSSES)
    assert loss_colour("one of tomorrow").startswith("#")


def test_neighbouring_clusters_differ_in_colour():
    assert len({cluster_colour(cluster) for cluster in range(250)}) > 200


def test_digits_are_names_in_a_matrix():
    names = [str(digit) for digit in range(10)]
    figure = charts.confusion_matrix(np.eye(10), names, shown="counts")
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"
