"""Reconstructions: originals above what each loss redraws, with errors; a picture of one's own."""

import numpy as np
import streamlit as st

from dashboard import charts, drawing_words, own_picture, page_choices, queries, verdict_choice, words
from dashboard.components.chart import chart
from dashboard.components.comparison import compare
from dashboard.drawing_choice import choose_drawing, drawings, tell_drawings
from dashboard.image_link import image_keys
from dashboard.missing import available_runs, need_images
from dashboard.view import current, looked_at

COUNT = 10

selection = current()
st.title("Reconstructions")
shown_runs = looked_at(selection)[0]
latents = [one.run.config.latent for one in shown_runs.values()] or [selection.latent]
st.markdown(
    f"Each picture was squeezed into {words.numbers(latents)} and drawn again from them. Pixel losses keep outline and brightness; "
    "a perceptual loss keeps what a classifier needs."
)
runs = available_runs(selection)
names = selection.names
orders = page_choices.orders(selection)


def choose(order: str) -> np.ndarray:
    """Indices of the test images to show."""
    count = selection.info.test_size
    if order == "random":
        seed = st.session_state.setdefault("shuffle", 0)
        return np.random.default_rng(seed).choice(count, min(COUNT, count), replace=False)
    if order == "class":
        members = np.flatnonzero(
            queries.labels(selection.dataset, "test") == names.index(st.session_state.get("of_class", names[0]))
        )
        return members[:COUNT]
    judge = st.session_state.get("judge")
    ranked = np.argsort(runs[judge if judge in runs else next(iter(runs))].run.test_errors)
    return ranked[:COUNT] if order == "best" else ranked[::-1][:COUNT]


drawn, judge = drawings(runs)[0], verdict_choice.NOBODY
if need_images(selection, "test"):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Which images",
            list(orders),
            default="random",
            format_func=orders.get,
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
                format_func=lambda key: runs[key].title,
                key="judge",
                bind="query-params",
                required=True,
            )
        heat = st.toggle("Show where it errs", value=True, key="heat", bind="query-params")
    with st.container(horizontal=True):
        chosen = choose_drawing()
        judge = verdict_choice.verdict_choice(runs)
    drawn = tell_drawings(runs, chosen)
    shown = choose(order)
    labels = queries.labels(selection.dataset, "test")
    compare(
        queries.pictures(selection.dataset, "test", shown),
        {key: queries.drawn(one.run, one.run.test_embeddings[shown], drawn[key]) for key, one in runs.items()},
        [] if labels is None else [names[label] for label in labels[shown]],
        heat,
        shown=runs,
        images=image_keys("test", shown),
        names={key: drawing_words.row_name(one.title, drawn[key]) for key, one in runs.items()},
        verdicts=verdict_choice.captions(runs, shown, drawn, judge, selection),
    )
    st.caption(
        "Below each redrawn picture: its mean squared pixel error (pixels from 0 to 1; lower is better)"
        f"{drawing_words.VERDICTS if judge != verdict_choice.NOBODY else '. '}Heat: black is exact, yellow is far off; the same "
        "scale for all losses."
    )
    verdict_choice.tell_shares(runs, drawn, judge)
    errors = {key: one.run.test_errors for key, one in runs.items()}
    lowest = min(errors, key=lambda key: errors[key].mean())
    title = drawing_words.histogram_title(len(errors[lowest]), drawn, runs[lowest].title if len(errors) > 1 else "")
    chart(charts.error_histogram(errors, shown=runs), key="error_histogram", title=title)

own_picture.section(selection, runs, drawn, judge)
