"""The part of *Add pictures* that lists a user's own sets: look through one, train on it, rename it, remove it."""

import numpy as np
import streamlit as st

from core.access import look_only, require_changes_allowed
from core.data import ImageSetInfo, damaged_sets, image_sets, own, read_rows
from core.data.own import Skipped
from core.data.own.library import find_own
from core.keep.run import Run
from core.paths import pictures_folder
from core.settings import DEFAULT_LATENT, LOSSES
from core.tables import seconds_text
from dashboard import queries
from dashboard.components.gallery import picture_wall
from dashboard.image_link import image_keys
from dashboard.told import errors_told, plain
from dashboard.view import current, look_at

SHOWN = 60  # pictures of a page of the gallery


def size_text(size: float) -> str:
    """Bytes as people say them: `840 kB`, `3.2 MB`, `1.5 GB`."""
    for unit, step in (("GB", 1e9), ("MB", 1e6)):
        if size >= step:
            return f"{size / step:.3g} {unit}"
    return f"{max(1, round(size / 1e3))} kB"


def facts(info: ImageSetInfo, size: int, runs: int) -> str:
    """What a set holds, in one line."""
    height, width, channels = info.shape
    classes = f"{len(info.class_names)} classes" if info.labelled else "no labels"
    return " · ".join(
        (
            f"{info.train_size + info.test_size:,} pictures ({info.test_size:,} of them for testing)",
            f"{width}×{height} {'colour' if channels == 3 else 'grey'}",
            classes,
            size_text(size),
            f"{runs or 'no'} run{'' if runs == 1 else 's'}",
        )
    )


def section() -> None:
    """The list; above the page, if that was asked for, the pictures of a set."""
    sets = {name: info for name, info in image_sets().items() if info.own}
    damaged = damaged_sets()
    if not sets and not damaged:
        return
    st.header("Your picture sets")
    for one in damaged:
        st.warning(plain(one.reason), title=f"{plain(one.name)} cannot be used", icon=":material/warning:")
        if not look_only() and st.button("Remove…", icon=":material/delete:", key=f"remove_{one.name}"):
            _remove(one.name, one.name)
    titles = queries.set_titles()
    for name, info in sets.items():
        _entry(info, titles[name])
    looked_at = st.session_state.pop("set_looked_at", None)
    if looked_at in sets:
        st.dialog(f"Pictures of {plain(titles[looked_at])}", width="large", icon=":material/photo_library:")(_gallery)(sets[looked_at])  # fmt: skip


def _entry(info: ImageSetInfo, title: str) -> None:
    with st.container(border=True):
        size, runs = _bytes_on_disk(info.name), len(own.runs_on(info.name))
        st.markdown(f"**{plain(title)}**  \n{facts(info, size, runs)}")
        with st.container(horizontal=True):
            next_steps(info.name)
            if not look_only():
                if st.button("Rename…", icon=":material/edit:", key=f"rename_{info.name}"):
                    _rename(info)
                if st.button("Remove…", icon=":material/delete:", key=f"remove_{info.name}"):
                    _remove(info.name, title)


def next_steps(name: str, *, key: str = "", primary: bool = False) -> None:
    """Buttons for what people do with a set: train on it, look through it. What they ask for, `take_next_step` does."""
    kind = "primary" if primary else "secondary"
    if st.button("Train on it", icon=":material/model_training:", key=f"train{key}_{name}", type=kind):
        st.session_state.pictures_next = name
        st.rerun(scope="app")  # a fragment, which runs by itself, cannot change the page
    if st.button("Look at the pictures", icon=":material/photo_library:", key=f"look{key}_{name}"):
        st.session_state.set_looked_at = name
        st.rerun(scope="app")


def take_next_step() -> None:
    """Go to *Train* with the set for which that was asked."""
    if name := st.session_state.pop("pictures_next", None):
        look_at(name, "mse", DEFAULT_LATENT)
        st.switch_page("app_pages/train.py", query_params={})  # without, it refuses where the link holds choices


def how_added(name: str) -> tuple[str, tuple[Skipped, ...]]:
    """The name under which a user's own set was added, and what was left out. Raises SetNotFoundError."""
    facts = find_own(name).facts
    return facts["title"], tuple(Skipped(reason, count, tuple(first)) for reason, count, first in facts["skipped"])


def _bytes_on_disk(name: str) -> int:
    try:
        return sum(file.stat().st_size for file in (pictures_folder() / name).iterdir())
    except OSError:  # removed meanwhile
        return 0


@errors_told()
def _gallery(info: ImageSetInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.segmented_control(
            "Part", ["train", "test"], default="train", format_func={"train": "For training", "test": "For testing"}.get,
            required=True, key="gallery_split",
        )  # fmt: skip
        # The set's own classes, or those that were named by hand.
        labels, names = queries.labels(info.name, split), queries.class_names(info.name)
        one = None
        if labels is not None:
            one = st.selectbox("Class", range(len(names)), index=None, placeholder="All classes", format_func=names.__getitem__, key=f"gallery_class_{info.name}", width=260)  # fmt: skip
    members = np.arange(info.part_shape(f"{split}_images")[0]) if one is None else np.flatnonzero(labels == one)
    if not len(members):
        st.caption("No picture of this class is in this part.")
        return
    pages = -(-len(members) // SHOWN)
    page = st.pagination(pages, key=f"gallery_page_{info.name}_{split}_{one}") if pages > 1 else 1
    shown = members[(page - 1) * SHOWN : page * SHOWN]
    captions = [names[label] for label in labels[shown]] if labels is not None and one is None else ()
    looked_at = info.name == current().dataset  # only of that set an image can be opened
    picture_wall(read_rows(info.name, split, shown), captions, images=image_keys(split, shown) if looked_at else ())
    st.caption(f"{shown_words(page, len(shown), len(members))}, as a model sees them.")


def shown_words(page: int, here: int, there: int) -> str:
    """Which of the pictures a page of the gallery shows."""
    first = (page - 1) * SHOWN + 1
    return (
        f"{here} picture{'s' * (here != 1)}"
        if there == here
        else f"{first:,} to {first + here - 1:,} of {there:,} pictures"
    )


def _told(run: Run | None) -> str:
    """What a run is and what it cost, in a few words."""
    if run is None:
        return "a damaged run,"
    duration = seconds_text(sum(run.summary["timings"].values()))
    return f"{LOSSES[run.config.loss].title}, latent size {run.config.latent}, took {duration} to make:"


@st.dialog("Rename the set", icon=":material/edit:")
@errors_told()
def _rename(info: ImageSetInfo) -> None:
    with st.form("rename", border=False):  # in which the enter key confirms
        title = st.text_input("Name", info.title, key="new_title", max_chars=60)
        confirmed = st.form_submit_button("Rename", type="primary", key="rename_confirmed")
    if confirmed:
        require_changes_allowed("Renaming a set of pictures")
        own.rename(info.name, title)
        st.rerun()


@st.dialog("Remove the set?", icon=":material/delete:")
@errors_told()
def _remove(name: str, title: str) -> None:
    st.markdown(
        f"The pictures of **{plain(title)}** are removed from the server. The files they came from stay where they are."
    )
    runs = own.runs_on(name)
    if runs:
        st.markdown("So are the runs on it, which can then only be trained again from the same pictures:")
        st.markdown("\n".join(f"- {_told(queries.runs().get(run_id))} `{run_id}`" for run_id in runs))
    with st.container(horizontal=True):
        if st.button(":red[Remove]", icon=":material/delete:", key="remove_confirmed"):
            require_changes_allowed("Removing a set of pictures")
            own.remove(name, runs=bool(runs))
            st.rerun()
        if st.button("Keep", key="remove_kept"):
            st.rerun()
