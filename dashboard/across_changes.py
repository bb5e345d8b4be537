"""The lower part of *Clusters across models*: what each class gains and loses, and the difference of the confusion matrices."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.analyse.clustering import Clustering
from core.analyse.compare import Comparison, put_with
from core.analyse.confusion import most_confused
from dashboard import across_words, gallery_order, pair_charts, queries
from dashboard.components.gains import Line, gain_chart, picked
from dashboard.components.live_chart import clicked, live_chart
from dashboard.image_wall import image_wall
from dashboard.pair_choices import PARTS
from dashboard.table_files import table_files
from dashboard.told import plain
from dashboard.view import Selection, Shown

MOST = 30  # classes that have room in the matrix


def show(selection: Selection, one: Shown, other: Shown, found: Comparison) -> None:
    """Draw it. The images have labels. `found`: of both runs, on the split that is counted."""
    names, keys = selection.names, (one.key, other.key)
    chosen = _read(keys)
    st.markdown(across_words.gains_headline(found.gains, names, one.title, other.title))
    left, right = st.columns(2)
    with left:
        st.markdown("**Share of each class that is right**, the largest gain first · click a class to see its images")
        gain_chart(
            [
                Line(
                    gain.label, names[gain.label], round(100 * gain.share_a, 1), round(100 * gain.share_b, 1), across_words.shares(gain),
                    across_words.gain(gain, names[gain.label], one.title, other.title),
                )
                for gain in found.gains
            ],
            titles=(one.title, other.title), colours=(one.colour, other.colour), chosen=chosen[0] if chosen and chosen[0] == chosen[1] else None,
            key="gain_chart", alt="Classes by what they gain", on_pick=lambda: _pick_class(keys, found),
        )  # fmt: skip
    with right:
        _matrix(selection, one, other, found, chosen)
    if chosen:
        _images(selection, one, other, *chosen)
    table_files(
        "gains and losses", lambda: gains_table(found, names), f"gains-{one.run.id}-{other.run.id}-k{selection.clusters}-{selection.split}"
    )  # fmt: skip


def _matrix(selection: Selection, one: Shown, other: Shown, found: Comparison, chosen: tuple[int, int] | None) -> None:
    """The difference of both confusion matrices; of many classes those in which it is largest."""
    names = selection.names
    difference = np.pad(found.confusion_difference, (0, len(names) - len(found.confusion_difference)))
    sizes = np.bincount(queries.labels(selection.dataset, selection.split), minlength=len(names))
    part = np.arange(len(names))
    of_all = ""
    if len(names) > MOST:
        part = most_confused(np.abs(difference), MOST)
        if chosen:
            part = np.union1d(part, chosen)
        of_all = f" Of {len(names)} classes those {len(part)} that change most."
    st.markdown(
        f"**Confusion under {plain(other.title)} less that under {plain(one.title)}**, in percent of each class · click a cell to see its "
        f"images.{of_all}"
    )

    def pick() -> None:
        if (cell := clicked("change_matrix")) is not None:
            _pick((one.key, other.key), found, *(int(part[place]) for place in cell))

    live_chart(
        pair_charts.difference_matrix(difference, sizes, names, titles=(one.title, other.title), part=part, marked=chosen),
        key="change_matrix", alt=f"Confusion matrix of {other.title} less that of {one.title}", on_click=pick,
    )  # fmt: skip
    st.html(pair_charts.scale_html(one.title, other.title))


def _images(selection: Selection, one: Shown, other: Shown, true: int, named: int) -> None:
    """The images of a class that clusters call by a name: under A alone, under both, under B alone."""
    names, split = selection.names, selection.split
    found = [queries.clustering(each.run, selection.clustering) for each in (one, other)]
    said = [put_with(each, split, true, named) for each in found]
    groups = {"one": said[0] & ~said[1], "both": said[0] & said[1], "other": said[1] & ~said[0]}
    st.subheader(f"{plain(names[true])}, called {plain(names[named])}", anchor=False)
    st.markdown(
        across_words.change(
            names[true], names[named], [int(one_of.sum()) for one_of in groups.values()], one.title, other.title
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.segmented_control(
            "Which", list(PARTS), default="one", format_func=PARTS.get, key="change_part", bind="query-params", required=True,
        )  # fmt: skip
        order = gallery_order.order_box(selection, key="change_order")
    rows = np.flatnonzero(groups[part])
    if not len(rows):
        st.caption("No image is among these.")
        return
    # What the other model says is what is new; where both say the same, the class's clusters.
    teller = 1 if part == "one" else 0
    pair = (other, one) if part == "other" else (one, other)
    rows = gallery_order.in_order(rows, order, selection, *pair)
    captions = _says(found[teller], split, rows, names)
    if part != "both":
        st.caption(f"Below each picture: what {plain((one, other)[teller].title)} says.")
    image_wall(selection, split, rows, [] if part == "both" else captions)


def _says(found: Clustering, split: str, rows: np.ndarray, names: Sequence[str]) -> list[str]:
    return [names[said] if said >= 0 else "no cluster" for said in found.predicted(split)[rows].tolist()]


def _pick_class(keys: tuple[str, str], found: Comparison) -> None:
    label = picked("gain_chart")
    if label is not None:
        _pick(keys, found, int(label), int(label))


def _pick(keys: tuple[str, str], found: Comparison, true: int, named: int) -> None:
    """Keep the cell in the link, and begin with the images of the model that has more of them there; a second click lets it go."""
    wanted = f"{keys[0]}.{keys[1]}.{true}.{named}"
    if st.query_params.get("change") == wanted:
        st.query_params.pop("change")
    else:
        st.query_params["change"] = wanted
        inside = max(true, named) < len(found.confusion_difference)
        st.session_state.change_part = "other" if inside and found.confusion_difference[true, named] > 0 else "one"


def _read(keys: tuple[str, str]) -> tuple[int, int] | None:
    """The cell that the link names, if it is of these models."""
    asked = st.query_params.get("change", "").split(".")
    if len(asked) != 4 or tuple(asked[:2]) != keys:
        return None
    return int(asked[2]), int(asked[3])


def gains_table(found: Comparison, names: Sequence[str]) -> pd.DataFrame:
    """A row a class, the largest gain first."""
    return pd.DataFrame(
        [
            {
                "class": names[one.label], "images": one.images, "right_share_a": one.share_a, "right_share_b": one.share_b,
                "gained": one.gained, "lost": one.lost,
            }
            for one in found.gains
        ]
    )  # fmt: skip
