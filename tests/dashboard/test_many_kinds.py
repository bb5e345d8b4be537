"""Maps, legends and matrices of two classes and of a thousand: each number in its place."""

import base64
import json

import numpy as np
import pytest

from core.analyse import map_geometry
from dashboard import map_charts
from dashboard.components import legend, map_link
from dashboard.components.legend import class_entries, cluster_entries
from dashboard.figure import as_json
from dashboard.palette import GREY, class_looks, look

POINTS = np.random.default_rng(0).integers(-32_000, 32_000, (3000, 2)).astype(np.int16)


def drawn(figure) -> list[tuple[str, str]]:
    """Colour and mark of each point, as the browser takes them from the JSON."""
    trace = json.loads(as_json(figure))["data"][0]
    packed, meta = trace["marker"]["color"], trace["meta"]
    kinds = np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])
    marks = meta.get("marks", ["circle"] * len(meta["palette"]))
    return [("#" + bytes(meta["palette"][kind]).hex(), marks[kind]) for kind in kinds]


@pytest.mark.parametrize("classes", [2, 12, 13, 81, 256, 1000])
def test_every_point_of_a_map_has_the_look_of_its_class(classes):
    names = [f"class {number}" for number in range(classes)]
    labels = np.arange(3000) * 7 % classes
    figure = map_charts.embedding_map(POINTS, name="map", colouring="class", values=labels, looks=class_looks(names))
    expected = class_looks(names)
    assert drawn(figure) == [(expected[label].colour, expected[label].mark) for label in labels]


def test_points_in_no_cluster_are_grey_and_the_others_keep_their_cluster_s_look():
    clusters = np.arange(3000, dtype=np.int16) % 21 - 1
    figure = map_charts.embedding_map(POINTS, name="map", colouring="cluster", values=clusters)
    assert drawn(figure)[:3] == [(GREY, "circle"), (look(0).colour, "circle"), (look(1).colour, "circle")]
    assert drawn(figure)[20] == (look(19).colour, "square")


def test_points_in_no_cluster_are_grey_in_a_map_of_counts(monkeypatch):
    monkeypatch.setattr(map_geometry, "MAX_DRAWN", 10)
    clusters = np.full(3000, -1, np.int16)
    figure = map_charts.embedding_map(POINTS, name="map", colouring="cluster", values=clusters)
    assert picture(figure)[:, :3].max(axis=0).tolist() == list(bytes.fromhex(GREY[1:]))


def picture(figure) -> np.ndarray:
    """The pixels of a map of counts that are not clear, (n, 4)."""
    import io

    from PIL import Image

    source = figure["layout"]["images"][0]["source"].split(",")[1]
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(source)))).reshape(-1, 4)
    return pixels[pixels[:, 3] > 0]


@pytest.mark.parametrize("classes", [12, 81, 1000])
def test_a_legend_has_every_class_with_its_number_of_images(classes):
    labels = np.concatenate([np.arange(classes), [classes - 1] * 4])
    entries = class_entries([f"class {number}" for number in range(classes)], labels)
    assert [(one.name, one.count) for one in entries[:2]] == [("class 0", 1), ("class 1", 1)]
    assert (entries[-1].name, entries[-1].count, len(entries)) == (f"class {classes - 1}", 5, classes)


def test_a_legend_of_clusters_names_noise_where_there_is_some():
    titles = ["0 · hats", "1", "no cluster"]
    assert [(one.name, one.count) for one in cluster_entries(titles, np.array([1, 1, 0]))] == [
        ("0 · hats", 1),
        ("1", 2),
    ]
    (*_, noise) = cluster_entries(titles, np.array([1, -1, -1], np.int16))
    assert (noise.name, noise.count, noise.look.colour) == ("no cluster", 2, GREY)


def test_what_is_chosen_in_a_legend_is_told_by_its_place(monkeypatch):
    monkeypatch.setattr(legend.st, "session_state", {"legend": {"chosen": ["b", "gone"]}})
    monkeypatch.setattr(legend, "_COMPONENT", lambda **settings: None)
    entries = class_entries(["a", "b", "c"], np.array([0, 1, 2]))
    assert legend.choosing_legend(entries, key="legend", what="classes") == [1]
    assert legend.choosing_legend(entries, key="another", what="classes") == []


def test_points_stand_out_by_outline_and_legend_together():
    values = {"class": np.array([0, 1, 2, 1, 0])}
    outlined = np.array([1, 2, 4])
    assert map_charts.brought_out(outlined, values, {"class": []}) is outlined
    assert map_charts.brought_out(None, values, {"class": []}) is None
    assert map_charts.brought_out(None, values, {"class": [1, 2]}).tolist() == [1, 2, 3]
    assert map_charts.brought_out(outlined, values, {"class": [1, 0]}).tolist() == [1, 4]


def test_clusters_chosen_beside_two_maps_stand_out_on_both():
    values = {"one": np.array([0, 0, 1, -1]), "other": np.array([3, 2, 2, 2])}
    assert map_charts.brought_out(None, values, {"one": [-1], "other": [3]}).tolist() == [0, 3]


@pytest.mark.parametrize(("largest", "dtype"), [(81, "u1"), (255, "u1"), (256, "u2"), (999, "u2")])
def test_labels_reach_the_browser_whole(largest, dtype):
    packed = map_link._packed(np.array([0, largest, 48]))
    assert packed["dtype"] == dtype
    assert np.frombuffer(base64.b64decode(packed["bdata"]), dtype).tolist() == [0, largest, 48]
