"""Overview: an image and its nearest under each loss, how well each loss sorts, real images, and one score card a model."""

import streamlit as st

from core.access import look_only
from core.references import STUDY_A
from core.settings import LOSSES
from dashboard import alike_section, queries, view, words
from dashboard.components.bars import accuracy_bars
from dashboard.components.gallery import rows_of_pictures
from dashboard.components.lines import accuracy_lines
from dashboard.drawing_choice import drawing_choice
from dashboard.drawing_words import OWN, strip_note
from dashboard.missing import available_runs, need_images, without_labels
from dashboard.strip import strip
from dashboard.told import plain

selection = view.current()
info, names = selection.info, selection.names
looked_at = view.looked_at(selection)[0]
latents = [one.run.config.latent for one in looked_at.values()] or [selection.latent]
st.title(words.TITLE, anchor=False)
st.markdown(words.introduction(info.shape, latents, looked_at))
runs = available_runs(selection)
alike = st.container()
scores = {key: queries.scores(one.run, selection.clustering, selection.split) for key, one in runs.items()}
silhouette: dict[str, float | None] = dict.fromkeys(runs)
# Their scores say nothing: the labels are the names of these clusters.
labelled_by = {key for key, one in runs.items() if queries.labelled_by(one.run, selection.clustering)}
collapsed = {key for key, one in runs.items() if queries.collapsed(one.run)}
judged = {
    key: queries.sorted_by(one.run, selection.clustering, selection.split)
    for key, one in runs.items() if names and key not in labelled_by
}  # fmt: skip
if names:
    st.header(words.headline(judged, runs, collapsed), anchor=False)
    over_starts = words.over_starts(judged, runs, selection.method)
    st.markdown(f"{words.explanation(selection.clustering, selection.split_words)} {over_starts}")
    accuracy_bars(scores, runs, key="overview_accuracy")
    unknown = [runs[key].run for key, model in judged.items() if not model.starts]
    if len(judged) > 1 and unknown and info.labelled and not look_only() and st.button(
        "Try five starts", icon=":material/casino:", key="compute_starts", type="tertiary",
        help="Clusters each model five times, to see whether their order holds. It is then kept.",
    ):  # fmt: skip
        for run in unknown:
            queries.compute_starts(run, selection.clustering)
        st.rerun()
else:
    silhouette = {key: queries.silhouette(one.run, selection.clustering, selection.split) for key, one in runs.items()}
    if errors := {key: one.run.test_errors for key, one in runs.items() if key not in collapsed}:
        st.header(words.headline_of_errors(errors, runs), anchor=False)
    without_labels("accuracy, agreement and neighbours of the same class")
have_images = need_images(selection, "test")
with alike:  # after the chart, which is the lighter of the two
    alike_section.section(selection, runs, have_images)
if have_images:
    st.header(words.STRIP_TITLE, anchor=False)
    drawn = drawing_choice(runs)
    rows = strip(selection, runs, drawn)
    rows_of_pictures(rows)
    st.caption(words.strip_caption(len(rows[0].pictures), len(names)))
    for remark in (
        strip_note(drawn, runs),
        words.remark(runs, {key for key, kind in drawn.items() if kind == OWN} - collapsed),
    ):
        if remark:
            st.markdown(remark)
columns = st.columns(len(runs))
for column, (key, one) in zip(columns, runs.items(), strict=True):
    run, score = one.run, scores[key]
    with column, st.container(border=True, height="stretch"):
        st.markdown(f"**<span style='color:{one.colour}'>●</span> {plain(one.title)}**", unsafe_allow_html=True)
        first, *middle, last = words.card(run, score, silhouette[key])
        st.metric(first.title, first.text, help=first.help)
        with st.container(horizontal=True):
            for number in middle:
                st.metric(number.title, number.text, help=number.help, width="content")
        st.metric(last.title, last.text, help=last.help)
        if run.config.uses_labels:
            st.caption(words.LABEL_INFORMED)
        if key in labelled_by:
            st.caption(words.NAMED_BY_HAND)

if names:
    lines, runs_of = view.over_latent(selection, runs)
    points = {
        key: queries.accuracy_over_latent(them, selection.clustering, selection.split) for key, them in runs_of.items()
    }
    published = [
        row for row in STUDY_A["accuracy"]
        if selection.dataset == STUDY_A["dataset"] and selection.clusters == STUDY_A["clusters"] and row["loss"] in lines
    ]  # fmt: skip
    if max(len(rows) for rows in points.values()) > 1:
        st.header(words.latent_title(points, lines), anchor=False)
        accuracy_lines(points, published, lines, key="overview_latent")
        if published:
            st.caption(
                "Open diamonds: published by study A (2018), whose clusters were fitted to and scored on the same test images. "
                f"Ours are fitted to training images and counted on {selection.split_words}."
            )
with st.expander("Words used here", icon=":material/menu_book:"):
    st.markdown(
        words.glossary(
            selection.clustering, selection.split, info.train_size if selection.split == "train" else info.test_size
        )
        + "\n- **Loss**: what training punishes. "
        + " ".join(f"*{one.title}* {one.summary}." for one in LOSSES.values())
    )
