"""The part of *Add pictures* where pictures are chosen, uploaded or on the server's disk, and what is to become of them."""

from functools import partial
from pathlib import Path

import streamlit as st

from core.data import image_sets
from core.data.own import LEAST_SPLIT, MOST_SPLIT, SIZES, Adding
from core.errors import InvalidInputError
from core.jobs.pictures import discard_upload
from dashboard import uploads
from dashboard.told import plain
from dashboard.upload_limits import ADDING, SET_MB, at_most

_WAYS = {"files": "Upload files", "folder": "Upload a folder", "path": "A path on the server"}
_COLOURS = {"auto": "Auto", "colour": "Colour", "grey": "Grey"}
_LABELS = {"auto": "Auto", "folder": "Folders", "table": "A table", "none": "None"}
_TESTS = {"split": "A share", "other": "Others"}
_FITS = {"fit": "Show all", "crop": "Fill the square"}
_TABLES = ["csv", "tsv", "txt", "npy"]
_LAYOUTS = {
    "A folder for each class": "animals/\n├── cat/\n│   ├── 1.png\n│   └── 2.jpg\n└── dog/\n    └── 1.png",
    "Pictures without labels": "photos/\n├── 1.jpg\n├── 2.jpg\n└── 3.webp",
    "Pictures and a table of labels": "photos/\n├── 1.jpg\n└── 2.jpg\nlabels.csv\n    file,label\n    1.jpg,cat\n    2.jpg,dog",
    "One file that holds them all": "pictures.npz\n├── images  (n, h, w, 3)\n└── labels  (n,)\npictures.npy\npictures.parquet\ntrain-images-idx3-ubyte.gz",
}  # fmt: skip
_CHOICES = ("size", "colour", "labels", "test_way", "split", "fit", "ground", "mirror")  # what is to become of them
_CHOSEN = ("pictures_source", "pictures_test", "pictures_table")  # paths, in the visitor's state

# Kept while the visitor is on other pages.
_one_of = partial(st.segmented_control, required=True, persist_state="session")


def source() -> str | None:
    """The path of the chosen pictures, asked for where none are chosen yet."""
    if chosen := st.session_state.get("pictures_source"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/folder_open: **{plain(Path(chosen).name)}**")
            st.button("Choose other pictures", icon=":material/restart_alt:", key="pictures_anew", on_click=forget)
        return chosen
    _one_of("Where are the pictures?", list(_WAYS), default="files", format_func=_WAYS.get, key="pictures_way")
    if path := _path("pictures_source", "Pictures"):
        st.session_state.pictures_name = title_of(path)
        st.rerun()
    first = not any(info.own for info in image_sets().values())
    with st.expander("What can be added", icon=":material/help:", expanded=first):
        st.markdown(
            "PNG, JPEG, WebP, GIF, TIFF, BMP and other still pictures of any size, grey or in colour. "
            f"Up to {ADDING.files:,} files of {SET_MB} MB each can be uploaded at once; a zip may hold more, and a folder on "
            "the server as many as there are."
        )
        for column, (words, example) in zip(st.columns(2) * 2, _LAYOUTS.items(), strict=True):
            with column:
                st.markdown(f"**{words}**")
                st.code(example, language=None)
    return None


def options(chosen: str) -> Adding:
    """What is to be made of them. Raises InvalidInputError for what cannot be."""
    name = st.text_input("Name of the set", key="pictures_name", max_chars=60, persist_state="session")
    size = _one_of(
        "Size", ["auto", *SIZES], default="auto", format_func=lambda side: str(side).capitalize(), key="pictures_size",
        help="Side of a picture in pixels, as the models see it. Twice the size takes four times as long to train.",
    )  # fmt: skip
    colour = _one_of(
        "Colours", list(_COLOURS), default="auto", format_func=_COLOURS.get, key="pictures_colour",
        help="Auto: colour where any picture has some. Grey trains faster, and is enough where colour says nothing.",
    )  # fmt: skip
    labels = _one_of(
        "Labels", list(_LABELS), default="auto", format_func=_LABELS.get, key="pictures_labels",
        help="The class of each picture, which clusters are compared with. Auto: those that come with the pictures, if any do. "
        "Without labels clusters can be named by hand.",
    )  # fmt: skip
    if labels == "table":
        labels = _path("pictures_table", "Table with a file name and a label in each row", _TABLES)
    with st.expander("More choices", icon=":material/tune:"):
        more = _more()
    if labels is None or ("test" in more and more["test"] is None):
        missing = "No table of labels is chosen yet. Expected one with a file name and a label in each row."
        raise InvalidInputError(missing if labels is None else "No test pictures are chosen yet. Expected some, or a share to draw.")  # fmt: skip
    return Adding(
        chosen, name, size=None if size == "auto" else size, colour=None if colour == "auto" else colour == "colour",
        labels=None if labels == "auto" else labels, **more,
    )  # fmt: skip


def _more() -> dict:
    """What is seldom changed, as arguments of Adding."""
    more = {}
    test = _one_of(
        "Test pictures", list(_TESTS), default="split", format_func=_TESTS.get, key="pictures_test_way",
        help="Set aside: models never learn from them, and are judged by them.",
    )  # fmt: skip
    if test == "other":
        more["test"] = _path("pictures_test", "Pictures for testing")
    else:
        more["split"] = st.slider(
            "Share for testing", LEAST_SPLIT, MOST_SPLIT, Adding.split, 0.05, format="percent", key="pictures_split",
            help="Of each class alike. Pictures that are exactly equal stay on one side.", persist_state="session",
        )  # fmt: skip
    more["fit"] = _one_of(
        "Pictures that are not square", list(_FITS), default=Adding.fit, format_func=_FITS.get, key="pictures_fit",
        help="Show all: on a square of the ground. Fill the square: with the picture's middle.",
    )  # fmt: skip
    more["ground"] = st.color_picker(
        "Ground", Adding.ground, key="pictures_ground", persist_state="session",
        help="What is seen through transparent parts, and beside pictures that are not square.",
    )  # fmt: skip
    more["mirror"] = st.toggle(
        "Mirrored, a picture is of the same class", key="pictures_mirror", persist_state="session",
        help="True for most things, not for letters and digits. Trainings then mirror pictures at random.",
    )  # fmt: skip
    return more


def forget() -> None:
    """Begin anew: let go of what was chosen, and of what was uploaded for it."""
    for name in _CHOSEN:
        discard_upload(st.session_state.get(name))
    hand_over()


def hand_over() -> None:
    """Begin anew, and leave what was uploaded to the job that adds it. What was chosen for these pictures may not suit others."""
    for name in (*_CHOSEN, "pictures_name", "pictures_found", *(f"pictures_{choice}" for choice in _CHOICES)):
        st.session_state.pop(name, None)


def _path(name: str, label: str, types: list[str] | None = None) -> str | None:
    """The path of what is uploaded or typed, kept under `name`; None as long as there is nothing."""
    if kept := st.session_state.get(name):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: {plain(Path(kept).name)}")
            st.button("Another", key=f"{name}_another", on_click=_let_go, args=(name,))
        return kept
    way = st.session_state.get("pictures_way", "files")
    number = st.session_state.setdefault(f"{name}_number", 0)  # the next field is empty: what this one held is kept
    if way == "path":
        typed = st.text_input(
            label, key=f"{name}_path_{number}", placeholder="/home/me/pictures",
            help="A folder or a file on the machine that this page comes from.",
        ).strip()  # fmt: skip
        path = typed and _on_server(typed)
    else:
        given = st.file_uploader(
            label, type=types, key=f"{name}_{way}_{number}", max_upload_size=at_most(SET_MB),
            accept_multiple_files="directory" if way == "folder" and not types else True,
        )  # fmt: skip
        if len(given) >= ADDING.files:
            raise InvalidInputError(
                f"These are {len(given):,} files. Expected fewer than {ADDING.files:,}: pack them into one zip."
            )
        path = given and str(uploads.take_up(given))
    if path:
        st.session_state[name] = path
        st.session_state[f"{name}_number"] = number + 1
    return path or None


def _on_server(typed: str) -> str:
    """The whole path of what was typed. Raises InvalidInputError where nothing is there, while the field can still be mended."""
    try:
        path = Path(typed).expanduser().absolute()
        path.stat()
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise InvalidInputError(
            f"{typed!r} cannot be read: {why}. Expected a folder or a file on the server."
        ) from error
    return str(path)


def _let_go(name: str) -> None:
    discard_upload(st.session_state.pop(name, None))


def title_of(path: str) -> str:
    """A name to begin with: that of the file or folder, as words."""
    name = Path(path).name
    name = "" if name.startswith(".") else name.removesuffix(".gz").partition(".")[0]
    return name.replace("_", " ").replace("-", " ").strip().capitalize()[:60] or "My pictures"
