"""Overview: what this is, in plain words, real images, and one score card a loss."""

import streamlit as st

from core.references import STUDY_A
from core.settings import LOSSES
from dashboard import overview_content, queries
from dashboard.components.bars import accuracy_bars
from dashboard.components.gallery import rows_of_pictures
from dashboard.components.lines import accuracy_lines
from dashboard.missing import available_runs, need_images
from dashboard.view import current, looked_at

selection = current()
st.title(overview_content.TITLE, anchor=False)
st.markdown(overview_content.introduction(selection, looked_at(selection)[0]))
runs = available_runs(selection)
pictures = st.container()
scores = overview_content.scores_of(selection, runs)
st.header(overview_content.headline(scores, runs), anchor=False)
st.markdown(overview_content.explanation(selection))
accuracy_bars(scores, runs, key="overview_accuracy")
with pictures:  # after the chart, which is the lighter of the two
    if need_images(selection, "test"):
        rows_of_pictures(overview_content.strip(selection, runs))
        st.caption(overview_content.STRIP_CAPTION)
        if remark := overview_content.remark(runs):
            st.markdown(remark)
columns = st.columns(len(runs))
for column, (key, one) in zip(columns, runs.items(), strict=True):
    run, score = one.run, scores[key]
    with column, st.container(border=True, height="stretch"):
        st.markdown(f"**<span style='color:{one.colour}'>●</span> {one.title}**", unsafe_allow_html=True)
        st.metric(
            "Right class", f"{100 * score['accuracy']:.1f} % ± {200 * score['error']:.1f}",
            help="Cluster accuracy: the share of images whose cluster's majority class, taken from training images, is "
            "their own. ± is two standard errors from the number of images, as on the bars.",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.metric("k-NN", f"{100 * run.metrics['knn_accuracy']:.1f} %", width="content",
                      help="Share of unseen test images whose class most of their five nearest neighbours among the embeddings "
                      "of training images have: what the numbers tell apart without any clustering.")  # fmt: skip
            st.metric("Agreement (NMI)", f"{score['nmi']:.3f}", width="content",
                      help="Normalised mutual information (NMI) of clusters and classes: 0 for chance, 1 for perfect.")  # fmt: skip
        st.metric(
            "Pixel error", f"{run.metrics['reconstruction_mse']:.4f}",
            help="Mean squared error per pixel (pixels from 0 to 1) of the redrawn test images. Lower is better. "
            f"Structural similarity (SSIM): {run.metrics['reconstruction_ssim']:.3f}.",
        )  # fmt: skip
        if run.config.loss == "perceptual":
            st.caption(
                ":material/info: Label-informed: its loss compares what a trained classifier sees, and the classifier "
                "learnt from class labels. The other losses never saw a label."
            )

by_latent = overview_content.accuracy_by_latent(selection, runs)
published = [
    row for row in STUDY_A["accuracy"]
    if selection.dataset == STUDY_A["dataset"] and selection.clusters == STUDY_A["clusters"] and row["loss"] in runs
]  # fmt: skip
if max(len(rows) for rows in by_latent.values()) > 1:
    st.header("Does keeping more numbers sort better?")
    accuracy_lines(by_latent, published, runs, key="overview_latent")
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
        + f"\n- **{selection.split_words.capitalize()}**: {len(queries.labels(selection.dataset, selection.split)):,} pictures "
        + (
            "that were used neither for training nor for naming clusters."
            if selection.split == "test"
            else "by which the clusters are found and named, so that new pictures may fare worse."
        )
    )
