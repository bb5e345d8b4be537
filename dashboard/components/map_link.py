"""Cards, linked rings, outlines, pins and zoom for plotly maps. The browser's side is in `map_link.js` and the files it names."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.analyse import map_geometry
from core.analyse.map_names import Place
from core.data import dataset_info
from dashboard import queries
from dashboard.addresses import address
from dashboard.components.thumbnails import images_on_a_sheet
from dashboard.image_link import keys_across
from dashboard.map_selections import Kept

_PARTS = ("map_cards", "map_overlay", "map_flight", "map_link")
_COMPONENT = st.components.v2.component(
    "latent_lens_map_link",
    js="\n".join((Path(__file__).parent / f"{part}.js").read_text() for part in _PARTS),
    html="<span></span>\n",
)


@dataclass(frozen=True, eq=False)
class Model:
    """What the cards say of a model.

    Attributes:
        title, colour: of the model, where another one's map is looked at.
        says: int (n,), which of `words` the card of each image has.
        words: such as "cluster 3 · Bag".
        verdicts: of each of the words the class that it says, -1 for none; None where the images have no labels.
    """

    title: str
    colour: str
    says: np.ndarray
    words: Sequence[str]
    verdicts: Sequence[int] | None = None


@dataclass(frozen=True, eq=False)
class LinkedMap:
    """One map of the page.

    Attributes:
        chart: the element key of its chart.
        points: (n, 2).
        model: the key of its model.
        names: what is written on it, with where.
        neighbours: of the pinned image, as rows of the map.
        numbers: (n,), what the colours of the dots stand for, where that is a number.
    """

    chart: str
    points: np.ndarray
    model: str
    names: Sequence[tuple[str, Place]] = ()
    neighbours: Sequence[int] = ()
    numbers: np.ndarray | None = None


def map_link(
    maps: Sequence[LinkedMap],
    models: Mapping[str, Model],
    *,
    key: str,
    dataset: str,
    parts: Sequence[tuple[str, int]],
    labels: np.ndarray | None,
    names: Sequence[str],
    pinned: int | None = None,
    on_pin: Callable[[], None] = lambda: None,
    kept: Sequence[Kept] = (),
    mode: str = "new",
    drag: str = "lasso",
    chosen: bool = False,
    number: tuple[str, int | None] = ("", None),
) -> None:
    """Link the maps. What the browser sends back is read with `outline`, `view` and, in `on_pin`, `pinned_now`.

    Args:
        models: all that are looked at, by key, the maps' own among them: the cards tell what each of them says.
        parts: the splits that the points come from, in their order, each with its number of images.
        labels: int (n,), true classes, whose `names` stand first on the cards; None where there are none.
        pinned: the row of the image that is pinned; `on_pin` runs before the page does where another is, or none any longer.
        kept: choices that are outlined on every map.
        mode: what a new outline does, one of `map_selections.MODES`.
        chosen: whether images are chosen, which Escape lets go of.
        number: what the numbers of the maps are called, and out of how many they are counted, if they are.
        drag: what dragging does once a touch screen's visitor lets it.
    """
    shape = dataset_info(dataset).shape
    large = [one.chart for one in maps if len(one.points) > map_geometry.MAX_DRAWN]
    drawn = {one.chart: _drawn(one, view(key, one.chart)) for one in maps}
    order = list(models)
    all_large = len(large) == len(maps)
    _COMPONENT(
        key=key,
        data={
            "charts": [one.chart for one in maps],
            "large": large,
            "thumbnails": address("/thumbnails"),
            "dataset": dataset,
            "parts": [[split, count, queries.have_images(dataset, split)] for split, count in parts],
            "size": [shape[1], shape[0]],
            "sheet": images_on_a_sheet(shape),
            "labels": None if labels is None or all_large else _packed(labels),
            "labels_of": {} if labels is None else {chart: _packed(labels[drawn[chart]]) for chart in large},
            "index_of": {chart: drawn[chart].tolist() for chart in large},
            "models": [
                {
                    "title": model.title, "colour": model.colour, "words": list(model.words),
                    "verdicts": None if model.verdicts is None else [int(one) for one in model.verdicts],
                    "says": None if all_large else _packed(model.says),
                }
                for model in models.values()
            ],
            "keys": order,
            "model_of": {one.chart: order.index(one.model) for one in maps},
            "says_of": {
                one.chart: _packed(models[one.model].says[drawn[one.chart]]) for one in maps if one.chart in large
            },
            "numbers_of": {one.chart: _fractions(one.numbers[drawn[one.chart]]) for one in maps if one.numbers is not None},
            "number": {"title": number[0], "of": number[1]},
            "names": list(names),
            "names_at": {one.chart: [[name, place.x, place.y] for name, place in one.names] for one in maps},
            "pin": None if pinned is None else {
                "index": pinned, "image": keys_across(parts, [pinned])[0], "neighbours": {one.chart: [int(row) for row in one.neighbours] for one in maps},
            },
            "kept": [
                {"name": one.name, "members": _packed(one.members[one.members < sum(count for _, count in parts)], wide=True),
                 "colour": one.look.colour, "mark": one.look.mark}
                for one in kept
            ],
            "mode": mode,
            "drag": drag,
            "chosen": chosen,
        },
        on_outline_change=lambda: None,
        on_views_change=lambda: None,
        on_pinned_change=on_pin,
    )  # fmt: skip


def outline(key: str) -> dict | None:
    """The outline drawn last, `{"chart": "map_" and the model's key, "mode": mode, "x": [...], "y": [...]}` in map coordinates,
    or `{"mode": "clear"}`."""
    return (st.session_state.get(key) or {}).get("outline")


def view(key: str, chart: str) -> tuple[float, ...] | None:
    """The part of a large map that is seen now: (left, right, bottom, top), or None for all of it."""
    seen = ((st.session_state.get(key) or {}).get("views") or {}).get(chart)
    return tuple(map(float, seen)) if seen else None


def pinned_now(key: str) -> str:
    """In `on_pin`: the image that was clicked on, as `image_link.image_key` names it; empty where it was let go of."""
    return str((st.session_state.get(key) or {}).get("pinned") or "")


def _drawn(one: LinkedMap, seen: Sequence[float] | None) -> slice | np.ndarray:
    """The rows of a map that are drawn one by one."""
    if len(one.points) <= map_geometry.MAX_DRAWN:
        return slice(None)
    rows = np.flatnonzero(map_geometry.in_view(one.points, seen)) if seen else np.empty(0, np.int64)
    return rows if 0 < len(rows) <= map_geometry.MAX_DRAWN else np.empty(0, np.int64)


def _packed(values: np.ndarray, *, wide: bool = False) -> dict[str, str]:
    """Whole numbers from 0 as their bytes, one or two each, the smallest that JSON can carry; `wide`: four, for numbers of images."""
    narrow = values.astype(np.uint32 if wide else np.uint8 if values.max(initial=0) < 256 else np.uint16)
    return {"dtype": f"u{narrow.itemsize}", "bdata": base64.b64encode(narrow).decode("ascii")}


def _fractions(values: np.ndarray) -> dict[str, str]:
    return {"dtype": "f4", "bdata": base64.b64encode(values.astype(np.float32)).decode("ascii")}
