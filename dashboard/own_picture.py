"""The part of *Reconstructions* where a visitor's own picture is redrawn and named by each model."""

import streamlit as st

from core.data.picture import as_model_input
from core.data.picture_files import GreyPicture, open_picture
from core.errors import InvalidInputError
from dashboard import queries
from dashboard.components.comparison import compare
from dashboard.told import plain
from dashboard.view import Selection, Shown

_GROUNDS = {"auto": "Auto", "dark": "Dark", "light": "Light"}


def section(selection: Selection, runs: dict[str, Shown]) -> None:
    """Ask for a picture, and show what each loss's model makes of it, or why that cannot be."""
    st.header("Try a picture of your own")
    st.markdown("A photo of one piece of clothing (or one digit, for the digit datasets) on a plain ground works best.")
    uploaded = st.file_uploader(
        "Picture", type=["png", "jpg", "jpeg", "webp", "bmp", "gif"], key="upload", label_visibility="collapsed"
    )
    if uploaded is None:
        st.session_state.pop("own_picture", None)
        return
    ground = st.segmented_control(
        "Ground", list(_GROUNDS), default="auto", format_func=_GROUNDS.get, key="ground", required=True,
        help="The datasets show bright things on black. A picture on a light ground is inverted.",
    )  # fmt: skip
    try:
        picture = as_model_input(_opened(uploaded), ground=ground)[None]
    except InvalidInputError as error:
        st.error(plain(error), icon=":material/broken_image:")
        return
    names = selection.info.class_names
    redrawn, says = {}, {}
    for key, one in runs.items():
        embedding = one.run.encode(picture)
        redrawn[key] = one.run.decode(embedding)
        found = queries.clustering(one.run, selection.clustering)
        says[one.title] = names[found.classify(embedding, one.run.train_embeddings)[0]]
    compare(picture, redrawn, ["as the model sees it"], heat=True, size=112, shown=runs)
    st.markdown("  \n".join(f"**{title}** puts it in a cluster of: **{name}**" for title, name in says.items()))


def _opened(uploaded) -> GreyPicture:
    """The uploaded file, unpacked (or found to be unusable) once for all that is then chosen about it."""
    kept = st.session_state.get("own_picture")
    if kept is None or kept[0] != uploaded.file_id:
        try:
            opened = open_picture(uploaded.getvalue())
        except InvalidInputError as error:
            opened = str(error)
        kept = st.session_state.own_picture = (uploaded.file_id, opened)
    if isinstance(kept[1], str):
        raise InvalidInputError(kept[1])
    return kept[1]
