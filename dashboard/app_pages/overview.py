"""Overview: what this is, in plain words, real images, and one score card a loss."""

import numpy as np
import streamlit as st

from core.config import LOSSES
from core.references import STUDY_A
from dashboard import charts, loaders
from dashboard.components.bars import accuracy_bars
from dashboard.components.gallery import Row, as_bytes, rows_of_pictures
from dashboard.missing import available_runs, need_images
from dashboard.palette import loss_colour
from dashboard.selection import current

selection = current()
st.title("What does an autoencoder keep?")
st.markdown(
    f"An **autoencoder** squeezes each picture of 784 pixels into **{selection.latent} numbers** and draws it again from "
    "them. What survives depends on its **loss**: the thing that training punishes. Below, the same network was trained "
    "with each loss; only the loss differs. Choose in the sidebar what to compare."
)
runs = available_runs(selection)
names = selection.info.class_names


def one_of_each_class(labels: np.ndarray) -> np.ndarray:
    """The first test image of each class."""
    return np.array([np.flatnonzero(labels == label)[0] for label in range(len(names))])


pictures = st.container()


def draw_pictures() -> None:
    """The strip of real images, and what each model redraws."""
    labels = loaders.labels(selection.dataset, "test")
    if need_images(selection, "test"):
        shown = one_of_each_class(labels)
        originals = loaders.images(selection.dataset, "test")[shown]
        rows = [Row("Original", originals, [names[label] for label in labels[shown]])]
        for loss, run in runs.items():
            rows.append(
                Row(LOSSES[loss].title, as_bytes(loaders.reconstructions(run, shown)), colour=loss_colour(loss))
            )
        rows_of_pictures(rows)
        st.caption("One unseen test image of each class, and what each model redraws from its numbers.")
        if "perceptual" in runs and len(runs) > 1:
            st.markdown(
                ":material/lightbulb: **Looks worse, may sort better:** the perceptual model is not asked for a likeness, but for "
                "a picture in which a trained classifier sees the same thing. That classifier learnt from labels, so the "
                "comparison is not between equals: the other losses never saw a label."
            )


clusterings = {loss: loaders.clustering(run, selection.clustering) for loss, run in runs.items()}
scores = {
    loss: {**found.scores(selection.split), "error": found.accuracy_error(selection.split)}
    for loss, found in clusterings.items()
}


def headline() -> str:
    """What the numbers bear out, and no more."""
    ranked = sorted(scores, key=lambda loss: scores[loss]["accuracy"], reverse=True)
    best, worst = ranked[0], ranked[-1]
    if best == worst:
        return f"{LOSSES[best].title} sorts {100 * scores[best]['accuracy']:.0f} % of the images into clusters of their class"
    gap = scores[best]["accuracy"] - scores[worst]["accuracy"]
    noise = 2 * np.hypot(scores[best]["error"], scores[worst]["error"])
    if gap < noise:
        return "These losses sort the images about equally well: the difference is within the noise"
    return (
        f"{LOSSES[best].title} sorts {100 * scores[best]['accuracy']:.0f}\u00a0% of the images into groups of their own kind, "
        f"{LOSSES[worst].title} {100 * scores[worst]['accuracy']:.0f}\u00a0%"
    )


st.subheader(headline())
st.markdown(
    f"*k-means* sorts the numbers of the training images into **{selection.clusters} groups** (clusters) without seeing any "
    "class. Each group is then named after the class most of its images have. An image lands in the **right class** when "
    f"its group carries its own name. Counted on {selection.split_words}."
)
accuracy_bars(scores, key="overview_accuracy")
with pictures:  # after the chart, which is the lighter of the two
    draw_pictures()
columns = st.columns(len(runs))
for column, (loss, run) in zip(columns, runs.items(), strict=True):
    score = scores[loss]
    with column, st.container(border=True, height="stretch"):
        st.markdown(
            f"**<span style='color:{loss_colour(loss)}'>●</span> {LOSSES[loss].title}**", unsafe_allow_html=True
        )
        st.metric(
            "Right class", f"{100 * score['accuracy']:.1f} % ± {100 * score['error']:.1f}",
            help="Cluster accuracy: the share of images whose cluster's majority class, taken from training images, is "
            "their own. ± is one standard error from the number of images.",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.metric("Purity", f"{100 * score['purity']:.1f} %", width="content",
                      help="Share of images that belong to the most frequent class of their cluster.")  # fmt: skip
            st.metric("Agreement (NMI)", f"{score['nmi']:.3f}", width="content",
                      help="Normalised mutual information (NMI) of clusters and classes: 0 for chance, 1 for perfect.")  # fmt: skip
        st.metric(
            "Pixel error", f"{run.metrics['reconstruction_mse']:.4f}",
            help="Mean squared error per pixel (pixels from 0 to 1) of the redrawn test images. Lower is better. "
            f"Structural similarity (SSIM): {run.metrics['reconstruction_ssim']:.3f}.",
        )  # fmt: skip
        if loss == "perceptual":
            st.caption(
                ":material/info: Label-informed: its loss compares what a trained classifier sees, and the classifier "
                "learnt from class labels. The other losses never saw a label."
            )

by_latent: dict[str, list] = {loss: [] for loss in runs}
for run in loaders.runs().usable:
    config = run.config
    if config.dataset == selection.dataset and config.loss in by_latent:
        if loaders.runs().find(config.dataset, config.loss, config.latent) is not run:
            continue
        found = loaders.clustering(run, selection.clustering)
        by_latent[config.loss].append(
            (config.latent, found.accuracy(selection.split), found.accuracy_error(selection.split))
        )
published = [
    row for row in STUDY_A["accuracy"]
    if selection.dataset == STUDY_A["dataset"] and selection.clusters == STUDY_A["clusters"] and row["loss"] in runs
]  # fmt: skip
if max(len(rows) for rows in by_latent.values()) > 1:
    st.subheader("Does keeping more numbers sort better?")
    st.plotly_chart(
        charts.accuracy_by_latent({loss: sorted(rows) for loss, rows in by_latent.items()}, published),
        config=charts.CONFIG, key="overview_latent", alt="Accuracy against latent size",
    )  # fmt: skip
    if published:
        st.caption(
            "Open diamonds: published by study A (2018), whose clusters were fitted to and scored on the same test images. "
            f"Ours are fitted to training images and counted on {selection.split_words}."
        )
with st.expander("Words used here", icon=":material/menu_book:"):
    st.markdown(
        "- **Latent size**: how many numbers the autoencoder may keep of a picture. Those numbers are its *embedding*.\n"
        "- **Cluster**: a group of similar embeddings, found by *k-means* without looking at classes.\n"
        "- **Right class**: each cluster is named after the class most of its training images have; an image counts as "
        "right when its cluster carries its own class.\n"
        "- **Loss**: what training punishes. "
        + " ".join(f"*{choice.title}* {choice.summary}." for choice in LOSSES.values())
        + "\n- **Unseen test images**: 10,000 pictures that were used neither for training nor for naming clusters."
    )
