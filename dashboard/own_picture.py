"""The part of *Reconstructions* where a visitor's own picture is redrawn and named by each model."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.data import ImageSetInfo
from core.data.framing import unpacked_side
from core.data.picture import as_seen
from core.data.picture_files import Picture, open_picture
from core.errors import InvalidInputError
from dashboard import own_rarity, queries
from dashboard.components.comparison import ORIGINAL, compare
from dashboard.drawing_words import row_name
from dashboard.told import plain
from dashboard.upload_limits import PICTURE_MB, at_most
from dashboard.verdict_choice import NOBODY, texts
from dashboard.view import Selection, Shown

_GROUNDS = {"auto": "Auto", "dark": "Dark", "light": "Light"}


def section(selection: Selection, runs: dict[str, Shown], drawn: Mapping[str, str], judge: str) -> None:
    """Ask for a picture, and show what each run's model makes of it, or why that cannot be.

    drawn: by key, what is drawn of its numbers, see `drawing_choice.drawings`; judge: who says what it shows, see `verdict_choice`.
    """
    info = selection.info
    st.header("Try a picture of your own")
    if info.framing:
        st.markdown("One like those of the set works best. It is brought to their size in the same way.")
    else:
        st.markdown(
            "A photo of one piece of clothing (or one digit, for the sets of digits) on a plain ground works best."
        )
    uploaded = st.file_uploader(
        "Picture", type=["png", "jpg", "jpeg", "webp", "bmp", "gif"], key="upload", label_visibility="collapsed",
        max_upload_size=at_most(PICTURE_MB),
    )  # fmt: skip
    if uploaded is None:
        st.session_state.pop("own_picture", None)
        return
    ground = "auto"
    if not info.framing:
        ground = st.segmented_control(
            "Ground", list(_GROUNDS), default="auto", format_func=_GROUNDS.get, key="ground", required=True,
            help="The pictures of this set are bright things on black. A picture on a light ground is inverted.",
        )  # fmt: skip
    try:
        picture = as_seen(_opened(uploaded, info), info, ground)[None]
    except InvalidInputError as error:
        st.error(plain(error), icon=":material/broken_image:")
        return
    redrawn, says, names = {}, {}, {}
    verdicts: dict[str, list[str]] = {}
    for key, one in runs.items():
        embedding = one.run.encode(picture)
        redrawn[key] = queries.drawn(one.run, embedding, drawn[key])
        names[key] = row_name(one.title, drawn[key])
        says[one.title] = own_rarity.says(
            own_rarity.how_rare(one.run, picture, embedding), _group(one, selection, embedding)
        )
        for name, shown in ((key, redrawn[key]), (ORIGINAL, picture)):
            if judge != NOBODY and name not in verdicts and (found := queries.verdicts_of(one.run, shown, judge=judge)):
                verdicts[name] = texts(found[0], None, selection.info.class_names)
    compare(picture, redrawn, ["as the model sees it"], heat=True, size=112, shown=runs, names=names, verdicts=verdicts)
    st.markdown("  \n".join(f"**{plain(title)}** {words}" for title, words in says.items()))


def _group(one: Shown, selection: Selection, embedding: np.ndarray) -> str | None:
    """Which cluster the model puts the picture in, by the name of its class where there are labels; None for no cluster."""
    found = queries.clustering(one.run, selection.clustering)
    cluster = found.cluster_of(embedding, one.run.train_embeddings)[0]
    if cluster < 0:
        return None
    if not found.labelled:
        return f"cluster **{cluster}**"
    name = queries.class_names(selection.dataset)[found.cluster_labels[cluster]]
    return f"a cluster of **{plain(name)}**"


def _opened(uploaded, info: ImageSetInfo) -> Picture:
    """The uploaded file, unpacked (or found to be unusable) once for all that is then chosen about it."""
    kept = st.session_state.get("own_picture")
    how = {"colour": True, "side": unpacked_side(info.shape[0])} if info.framing else {}
    asked = (uploaded.file_id, how)
    if kept is None or kept[0] != asked:
        try:
            opened = open_picture(uploaded.getvalue(), **how)
        except InvalidInputError as error:
            opened = str(error)
        kept = st.session_state.own_picture = (asked, opened)
    if isinstance(kept[1], str):
        raise InvalidInputError(kept[1])
    return kept[1]
