"""Reconstructions: originals above what each loss redraws, with errors; a picture of one's own."""

import numpy as np
import streamlit as st

from core import inference
from core.config import LOSSES
from core.errors import LatentLensError
from core.pictures import read_picture
from dashboard import charts, loaders
from dashboard.components.chart import chart
from dashboard.components.gallery import Row, as_bytes, error_colours, rows_of_pictures
from dashboard.missing import available_runs, need_images
from dashboard.palette import loss_colour
from dashboard.selection import current

COUNT = 10
ORDERS = {"random": "Random", "worst": "Worst", "best": "Best", "class": "By class"}

selection = current()
st.title("Reconstructions")
st.markdown(
    f"Each picture was squeezed into {selection.latent} numbers and redrawn. Pixel losses keep outline and brightness; "
    "a perceptual loss keeps what a classifier needs, and its pictures may look strange."
)
runs = available_runs(selection)
names = selection.info.class_names


def compare(
    originals: np.ndarray, redrawn: dict[str, np.ndarray], captions: list[str], heat: bool, size: int = 72
) -> None:
    """Rows: originals, then each loss's reconstruction with its error, then where it errs."""
    rows = [Row("Original", originals, captions)]
    targets = originals.astype(np.float32) / 255
    differences = {loss: np.abs(images - targets) for loss, images in redrawn.items()}
    top = max(float(np.quantile(one, 0.995)) for one in differences.values())
    for loss, images in redrawn.items():
        errors = np.square(differences[loss]).mean(axis=(1, 2, 3))
        rows.append(Row(LOSSES[loss].title, as_bytes(images), [f"{error:.4f}" for error in errors], loss_colour(loss)))
        if heat:
            rows.append(Row("where it errs", error_colours(differences[loss], top), colour=loss_colour(loss)))
    rows_of_pictures(rows, size=size)


def choose(order: str) -> np.ndarray:
    """Indices of the test images to show."""
    labels = loaders.labels(selection.dataset, "test")
    if order == "random":
        seed = st.session_state.setdefault("shuffle", 0)
        return np.random.default_rng(seed).choice(len(labels), COUNT, replace=False)
    if order == "class":
        members = np.flatnonzero(labels == names.index(st.session_state.get("of_class", names[0])))
        return members[:COUNT]
    errors = runs[
        st.session_state.get("judge") if st.session_state.get("judge") in runs else next(iter(runs))
    ].test_errors
    ranked = np.argsort(errors)
    return ranked[:COUNT] if order == "best" else ranked[::-1][:COUNT]


if need_images(selection, "test"):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Which images",
            list(ORDERS),
            default="random",
            format_func=ORDERS.get,
            key="order",
            bind="query-params",
            required=True,
        )
        if order == "random" and st.button("Show others", icon=":material/shuffle:", help="Draw other images"):
            st.session_state.shuffle = st.session_state.get("shuffle", 0) + 1
        if order == "class":
            st.selectbox("Class", names, key="of_class", bind="query-params", width=200)
        if order in ("worst", "best") and len(runs) > 1:
            st.segmented_control(
                "Judged by",
                list(runs),
                default=next(iter(runs)),
                format_func=lambda loss: LOSSES[loss].title,
                key="judge",
                bind="query-params",
                required=True,
            )
        heat = st.toggle("Show where it errs", value=True, key="heat", bind="query-params")
    shown = choose(order)
    labels = loaders.labels(selection.dataset, "test")[shown]
    compare(
        loaders.images(selection.dataset, "test")[shown],
        {loss: loaders.reconstructions(run, shown) for loss, run in runs.items()},
        [f"{names[label]}" for label in labels],
        heat,
    )
    st.caption(
        "Below each redrawn picture: its mean squared pixel error (pixels from 0 to 1; lower is better). Heat: black is "
        "exact, yellow is far off; the same scale for all losses."
    )
    errors = {loss: run.test_errors for loss, run in runs.items()}
    lowest = min(errors, key=lambda loss: errors[loss].mean())
    title = f"Error of all {len(errors[lowest]):,} test images"
    if len(errors) > 1:
        title += f": {LOSSES[lowest].title} redraws pixels most exactly"
    chart(charts.error_histogram(errors), key="error_histogram", title=title)

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
            embedding = inference.encode(run.encoder, picture)
            redrawn[loss] = inference.decode(run.decoder, embedding)
            says[loss] = names[
                loaders.clustering(run, selection.clustering).classify(embedding, run.train_embeddings)[0]
            ]
        compare(picture, redrawn, ["as the model sees it"], heat=True, size=112)
        st.markdown(
            "  \n".join(f"**{LOSSES[loss].title}** puts it in a cluster of: **{name}**" for loss, name in says.items())
        )
