"""The part of *Reconstructions* where a visitor's own picture is redrawn and named by each model."""

import streamlit as st

from core.config import LOSSES
from core.errors import LatentLensError
from core.pictures import read_picture
from core.store import Run
from dashboard import loaders
from dashboard.components.comparison import compare
from dashboard.selection import Selection


def section(selection: Selection, runs: dict[str, Run]) -> None:
    """Ask for a picture, and show what each loss's model makes of it."""
    names = selection.info.class_names
    st.subheader("Try a picture of your own")
    st.markdown("A photo of one piece of clothing (or one digit, for the digit datasets) on a plain ground works best.")
    uploaded = st.file_uploader(
        "Picture", type=["png", "jpg", "jpeg", "webp", "bmp", "gif"], key="upload", label_visibility="collapsed"
    )
    if uploaded is not None:
        ground = st.segmented_control(
            "Ground", ["auto", "dark", "light"], default="auto", format_func=str.capitalize, key="ground", required=True,
            help="The datasets show bright things on black. A picture on a light ground is inverted.",
        )  # fmt: skip
        try:
            picture = read_picture(uploaded.getvalue(), ground=ground)[None]
        except LatentLensError as error:
            st.error(str(error), icon=":material/broken_image:")
        else:
            redrawn, says = {}, {}
            for loss, run in runs.items():
                embedding = run.encode(picture)
                redrawn[loss] = run.decode(embedding)
                says[loss] = names[
                    loaders.clustering(run, selection.clustering).classify(embedding, run.train_embeddings)[0]
                ]
            compare(picture, redrawn, ["as the model sees it"], heat=True, size=112)
            st.markdown(
                "  \n".join(
                    f"**{LOSSES[loss].title}** puts it in a cluster of: **{name}**" for loss, name in says.items()
                )
            )
