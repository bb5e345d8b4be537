"""Sliders over latent numbers, and paths through images. The browser's side is in `explorer.js` and the files beside it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.analyse.latent_numbers import BINS, LatentNumbers
from core.data import dataset_info
from dashboard import queries
from dashboard.addresses import address
from dashboard.components.thumbnails import images_on_a_sheet
from dashboard.decoding import MOST_PICTURES
from dashboard.drawing_words import TITLES
from dashboard.explorer_words import WORDS
from dashboard.view import Shown

_HERE = Path(__file__).parent
_SCRIPTS = ("explorer.js", "explorer_numbers.js", "explorer_path.js")
_COMPONENT = st.components.v2.component(
    "latent_lens_explorer",
    js="\n".join((_HERE / name).read_text() for name in _SCRIPTS),
    css=(_HERE / "explorer.css").read_text(),
    html="<div class='explorer'></div>\n",
)
_STRIP = {1: 9, 2: 9, 3: 10, 4: 9}  # pictures on a path, by the number of its legs
_SHEET_BYTES, _SHEET_WIDTH = 4_000_000, 12_000  # of all that a path draws, as a browser unpacks it


@dataclass(frozen=True, eq=False)
class Explored:
    """A run as the explorer shows it.

    Attributes:
        drawing: `readout` or `own`, which of its decoders draws.
        start: float32 (latent,), where its sliders begin.
        moved: numbers that a link has moved, by their index.
        stops: float32 (s, latent), what its path leads through.
        numbers: how its latent numbers are spread.
    """

    shown: Shown
    drawing: str
    start: np.ndarray
    moved: Mapping[int, float]
    stops: np.ndarray
    numbers: LatentNumbers


@dataclass(frozen=True)
class Place:
    """What a path leads through, or where sliders begin: as links write it, in words, and whether it is an image."""

    key: str
    title: str
    image: bool = True


def explorer(
    mode: str, explored: Sequence[Explored], *, key: str, dataset: str, start: Place, stops: Sequence[Place], at: float
) -> None:
    """Draw sliders (`mode` is `numbers`) or a path (`path`) for each run, that ask `dashboard.decoding` for pictures.

    at: where on the path, from 0 to 1.
    """
    shape = dataset_info(dataset).shape
    labels, names = queries.labels(dataset, "test"), queries.class_names(dataset)
    strip, between = _steps(max(1, len(stops) - 1), shape)
    _COMPONENT(
        key=key,
        data={
            "mode": mode,
            "decode": address("/decode"),
            "thumbnails": address("/thumbnails"),
            "dataset": dataset,
            "there": queries.have_images(dataset, "test"),
            "size": [shape[1], shape[0]],
            "sheet": images_on_a_sheet(shape),
            "labels": None if labels is None else _packed(labels),
            "names": list(names),
            "words": WORDS,
            "start": {"key": start.key, "title": start.title},
            "stops": [{"key": stop.key, "title": stop.title, "image": stop.image} for stop in stops],
            "at": at,
            "strip": strip,
            "between": between,
            "most": MOST_PICTURES,
            "runs": [_run(one, mode) for one in explored],
        },
    )


def _steps(legs: int, shape: tuple[int, int, int]) -> tuple[int, int]:
    """How many pictures a path of so many legs shows, and how many steps there are from one to the next as it is walked."""
    strip = _STRIP[legs]
    most = min(MOST_PICTURES, _SHEET_WIDTH // shape[1], _SHEET_BYTES // (shape[0] * shape[1] * 4))
    return strip, next((steps for steps in (8, 4, 2) if (strip - 1) * steps + 1 <= most), 1)


def _run(one: Explored, mode: str) -> dict:
    shown, numbers = one.shown, one.numbers
    data = {
        "key": shown.key,
        "id": shown.run.id,
        "title": shown.title,
        "colour": shown.colour,
        "drawing": one.drawing,
        "drawing_words": TITLES[one.drawing],
    }
    if mode == "path":
        return {**data, "stops": [_plain(stop) for stop in one.stops]}
    highest = np.maximum(numbers.counts.max(axis=1, keepdims=True), 1)
    return {
        **data,
        "start": _plain(one.start),
        "asked": [[number, value] for number, value in sorted(one.moved.items())],
        "order": numbers.order.tolist(),
        "low": _plain(numbers.low),
        "high": _plain(numbers.high),
        "bins": BINS,
        "counts": np.round(100 * numbers.counts / highest).astype(int).ravel().tolist(),
    }


def _plain(values: np.ndarray) -> list[float]:
    """Numbers for JSON, with the six digits that embeddings have at most."""
    return [float(f"{value:.6g}") for value in values]


def _packed(values: np.ndarray) -> dict[str, str]:
    """Whole numbers from 0 as their bytes, one or two each."""
    narrow = values.astype(np.uint8 if values.max(initial=0) < 256 else np.uint16)
    return {"dtype": f"u{narrow.itemsize}", "bdata": base64.b64encode(narrow).decode("ascii")}
