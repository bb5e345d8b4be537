"""What stands beside the maps: the pinned image with its neighbours, the images that are chosen, and the choices kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.analyse.clustering import Clustering
from core.errors import LatentLensError
from core.keep.namings import Naming
from dashboard import image_link, map_selections, map_words, queries
from dashboard.components.gallery import picture_wall
from dashboard.map_dots import Dots
from dashboard.map_selections import Kept
from dashboard.palette import MARKS
from dashboard.table_files import table_files
from dashboard.told import plain
from dashboard.view import Shown

WALL = 60  # pictures
NEAREST = 10
_SIGNS = dict(zip(MARKS, "○□◇△✚✶✕▽", strict=True))


@dataclass(frozen=True)
class Panel:
    """What the panel speaks of.

    Attributes:
        runs, clusterings, namings: of what is looked at, by key.
        maps: (n, 2) by key.
        names: of the classes; none without labels.
    """

    dots: Dots
    names: Sequence[str]
    runs: Mapping[str, Shown]
    clusterings: Mapping[str, Clustering]
    namings: Mapping[str, Naming]
    maps: Mapping[str, np.ndarray]

    def by_title(self, found: Mapping) -> dict:
        return {self.runs[key].title: one for key, one in found.items()}


def nearest_rows(run: Shown, dots: Dots, row: int) -> np.ndarray:
    """The rows of the dots nearest to one in the latent space, int (m,), nearest first, m <= `NEAREST`."""
    test = dots.parts[0][1]
    if row < test:
        return queries.neighbours_of(run.run).arrays["indices"][row][:NEAREST]
    near = queries.nearest_images(run.run, "train", row - test, NEAREST)
    return np.array([one.index + (test if one.split == "train" else 0) for one in near])


def show_pinned(panel: Panel, row: int, near: Mapping[str, np.ndarray]) -> None:
    """The pinned image, and what lies nearest to it under each model. near: rows of the dots by key."""
    dots, labels = panel.dots, panel.dots.labels
    (key,) = image_link.keys_across(dots.parts, [row])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"**{image_link.called(key).capitalize()}**"
            + (f", {plain(panel.names[labels[row]])}" if labels is not None else "")
        )
        st.button("Unpin", icon=":material/close:", key="unpin", type="tertiary", on_click=lambda: st.session_state.update(pin=""))  # fmt: skip
    with st.container(key="pinned_near"):
        for loss, rows in near.items():
            same = None if labels is None else int(np.sum(labels[rows] == labels[row]))
            st.markdown(map_words.neighbours_title(panel.runs[loss].title, len(rows), same))
            words = [] if labels is None else [
                ("" if labels[one] == labels[row] else "✗ ") + panel.names[labels[one]] for one in rows
            ]  # fmt: skip
            wall(dots, rows, words, size=40)


def show_chosen(panel: Panel, title: str, members: np.ndarray, kept: Sequence[Kept]) -> None:
    """The images chosen: their classes, how many each model gets right, a list to keep; their pictures are `show_pictures`."""
    dots, labels = panel.dots, panel.dots.labels
    st.markdown(f"**{map_words.chosen_title(len(members), title)}**")
    if labels is not None:
        st.markdown(map_words.classes_listed(labels[members], panel.names))
        right = {
            key: float(np.mean(dots.of_all(found.predicted)[members] == labels[members]))
            for key, found in panel.clusterings.items()
        }
        st.markdown(map_words.right_listed(panel.by_title(right)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="choice_row"):
        st.text_input(
            "Name",
            key="keep_name",
            max_chars=map_selections.MAX_NAME,
            placeholder="Name",
            label_visibility="collapsed",
            width=90,
        )
        st.button(
            "Keep", key="keep_choice", on_click=_keep, args=(members, dots.dataset),
            help="Keep this choice for the session, outlined on every map and named in the list, until it is removed.",
        )  # fmt: skip
        st.button("Clear", key="clear_choice", on_click=map_selections.clear, args=(st.session_state,))
    table_files("the list", lambda: listing(panel, members, kept), "chosen")


def show_pictures(panel: Panel, members: np.ndarray) -> None:
    """Pictures of the images chosen."""
    dots, labels = panel.dots, panel.dots.labels
    shown = members if len(members) <= WALL else np.random.default_rng(0).choice(members, WALL, replace=False)
    if wall(dots, shown, [] if labels is None else [panel.names[label] for label in labels[shown]], size=44):
        st.caption(
            f"{WALL} of {len(members):,}, drawn at random."
            if len(members) > WALL
            else "**Clear** or the Escape key lets go of them."
        )


def show_kept(kept: Sequence[Kept], on: str) -> None:
    """The choices kept, each to be chosen again or removed. on: the key of a map."""
    if message := st.session_state.pop("keep_failed", None):
        st.warning(plain(message))
    for number, one in enumerate(kept):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"kept_{number}"):
            st.markdown(
                f"<span style='color:{one.look.colour}' aria-hidden='true'>{_SIGNS[one.look.mark]}</span> **{plain(one.name)}** {len(one.members):,}",
                unsafe_allow_html=True,
            )
            st.button("Choose", key=f"choose_kept_{number}", type="tertiary", on_click=map_selections.choose, args=(st.session_state, on, one))  # fmt: skip
            st.button(
                "", icon=":material/delete:", key=f"remove_kept_{number}", type="tertiary", help=f"Remove {plain(one.name)}",
                on_click=map_selections.remove, args=(st.session_state, one.name, one.dataset),
            )  # fmt: skip


def wall(dots: Dots, rows: np.ndarray, captions: Sequence[str], *, size: int) -> bool:
    """Pictures of these dots, each to be opened by a click; False where they are not on this machine."""
    pictures = dots.pictures(rows)
    if pictures is None:
        return False
    picture_wall(pictures, captions, size=size, images=image_link.keys_across(dots.parts, rows))
    return True


def listing(panel: Panel, members: np.ndarray, kept: Sequence[Kept]) -> pd.DataFrame:
    """The list of these dots, see `Dots.listing`."""
    errors = {one.title: one.run.test_errors for one in panel.runs.values()}
    return panel.dots.listing(
        members, panel.names, panel.by_title(panel.clusterings), panel.by_title(panel.namings), maps=panel.by_title(panel.maps),
        errors=errors, kept=map_selections.kept_names(kept, members),
    )  # fmt: skip


def _keep(members: np.ndarray, dataset: str) -> None:
    try:
        map_selections.keep(st.session_state, st.session_state.get("keep_name") or "", members, dataset)
    except LatentLensError as error:
        st.session_state.keep_failed = str(error)
    else:
        st.session_state.keep_name = ""
