"""Runs: all trained runs with settings, scores and durations; compare their curves; delete."""

import pandas as pd
import streamlit as st

from core.access import look_only, require_changes_allowed
from core.keep.runs import delete_run
from core.settings import LOSSES
from core.tables import seconds_text
from dashboard import charts, queries, run_words, view
from dashboard.components.chart import chart
from dashboard.components.table_rows import chosen_rows, dot
from dashboard.lacking import lacking_results
from dashboard.missing import LOOK_ONLY, NothingToShowError
from dashboard.palette import loss_colour, shades
from dashboard.table_files import table_files
from dashboard.told import errors_told, plain

st.title("Runs")
st.markdown(
    "Every trained model. **Choose a row**, or several by the boxes at their left, to look at them on all pages, to compare "
    "settings and loss curves, or to delete what was trained here."
)
known = queries.runs()
for one in known.damaged:
    st.warning(plain(one.reason), title=f"{plain(one.path.name)} cannot be used", icon=":material/warning:")
if not known.usable:
    st.info("No runs yet.", icon=":material/inventory_2:")
    st.page_link("app_pages/train.py", label="Train the first one", icon=":material/model_training:")
    raise NothingToShowError  # what is beside the page is still drawn

titles = queries.set_titles()
columns = run_words.score_columns(known.usable)
table = pd.DataFrame(
    {
        "dataset": [titles[run.config.dataset] for run in known.usable],
        "accent": [dot(loss_colour(run.config.loss)) for run in known.usable],
        "loss": [LOSSES[run.config.loss].title for run in known.usable],
        "latent": [run.config.latent for run in known.usable],
        "epochs": [run.config.epochs for run in known.usable],
        "images": [run.config.images for run in known.usable],
        **{name: values for name, (_, values) in columns.items()},
        "minutes": [sum(run.summary["timings"].values()) / 60 for run in known.usable],
        "origin": ["bundled" if run.bundled else "trained here" for run in known.usable],
        "created": [run.summary["created"][:10] for run in known.usable],
        "end": [run.id[-4:] for run in known.usable],
        "run": [run.id for run in known.usable],
    }
)
column = st.column_config
images = column.NumberColumn("Images", format="localized", help="Training images that the model learnt from.")
if not any(run.config.learns_from_part for run in known.usable):
    images = None  # nothing to tell apart: room for the others
# What was chosen when the page was left: by id, for runs come and go.
row_of = {run.id: row for row, run in enumerate(known.usable)}
ticked, clicked = st.session_state.get("runs_chosen", ((), ()))
chosen_before = {
    "rows": [row_of[run_id] for run_id in ticked if run_id in row_of],
    "cells": [(row_of[run_id], name) for run_id, name in clicked if run_id in row_of],
}
event = st.dataframe(
    table, selection_default={"selection": chosen_before}, hide_index=True, placeholder="–", height=min(35 * len(table) + 40, 600), on_select="rerun", selection_mode=["multi-row", "single-cell"], key=f"runs_table_{len(table)}_{abs(hash(tuple(table.run)))}", alt="All runs",
    column_config={
        "dataset": "Dataset",
        "accent": column.ImageColumn("●", width=32, help="The colour of its loss on all pages."), "loss": "Loss",
        "latent": column.NumberColumn("Latent size"),
        "epochs": column.NumberColumn("Epochs"),
        "images": images,
        **{name: column.NumberColumn(score.title, format=score.form, help=score.help) for name, (score, _) in columns.items()},
        "minutes": column.NumberColumn("Minutes", format="%.1f", help="From start to stored run, a loss network trained on the way included. Clusters, maps and scores only count where they were computed before the run was stored, as in older and bundled runs."),
        "origin": "Origin", "created": "Trained on", "run": None, "end": column.TextColumn("Id", width=48, help="The end of the run's id. Choose the row to see all of it."),
    },
)  # fmt: skip
table_files("the table", lambda: table.drop(columns=["end", "accent"]), "runs")

lacking_results(known.usable)

picked = [known.usable[row] for row in chosen_rows(event.selection) if row < len(known.usable)]
ids = list(row_of)
st.session_state.runs_chosen = (
    [ids[row] for row in event.selection.rows if row < len(ids)],
    [(ids[row], name) for row, name in event.selection.cells if row < len(ids)],
)
if not picked:
    st.caption(":material/touch_app: Choose a row by a click anywhere in it, or several by the boxes at their left.")
    raise NothingToShowError  # what is beside the page is still drawn

several_datasets = len({run.config.dataset for run in picked}) > 1


def name_of(run) -> str:
    where = f"{titles[run.config.dataset]}, " if several_datasets else ""
    return f"{where}{LOSSES[run.config.loss].title}, latent {run.config.latent} ({run.id[-4:]})"


st.header("Compared" if len(picked) > 1 else "Chosen")
reason = view.apart(picked)
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button(
        "Look at these" if len(picked) > 1 else "Look at it", type="primary", icon=":material/visibility:", key="look_at_these",
        disabled=bool(reason), help="Opens the pages with exactly these runs.",
    ):  # fmt: skip
        view.look_at_these(picked)
        st.switch_page("app_pages/overview.py", query_params={})  # without, it refuses where the link holds choices
    if reason:
        st.caption(f"Cannot be looked at together: {reason}.")
settings = {name_of(run): run_words.facts(run) | {"Dataset": titles[run.config.dataset]} for run in picked}
frame = pd.DataFrame(settings).map(
    lambda value: f"{value:.4g}" if isinstance(value, float) else "" if pd.isna(value) else str(value)
)
differs = frame.nunique(axis=1) > 1
if len(picked) > 1 and st.toggle("Only what differs", value=True):
    frame = frame[differs]
st.dataframe(frame, alt="Settings and scores of the chosen runs")
histories = {name_of(run): run.history for run in picked}
colours = {}
for loss in {run.config.loss for run in picked}:
    same = [name_of(run) for run in picked if run.config.loss == loss]
    colours |= dict(zip(same, shades(loss_colour(loss), len(same)), strict=True))
if len({run.config.loss for run in picked}) > 1:
    st.caption("Losses of different kinds have different units: compare the shapes of these curves, not their heights.")
chart(charts.loss_curve(histories, colours=colours), key="runs_curves", title="Loss of each epoch")

own = [run for run in picked if not run.bundled]


@st.dialog("Delete runs?", icon=":material/delete:")
@errors_told()
def confirm() -> None:
    st.markdown(
        "These models and everything computed from them are removed. They cannot be brought back, only trained again:"
    )
    for run in own:
        duration = seconds_text(sum(run.summary["timings"].values()))
        st.markdown(f"- `{run.id}` (took {duration} to make)")
    with st.container(horizontal=True):
        if st.button(":red[Delete]", icon=":material/delete:", key="delete_confirmed"):
            require_changes_allowed("Deleting runs")
            for run in own:
                delete_run(run.id)
            st.rerun()
        if st.button("Keep", key="delete_kept"):
            st.rerun()


if look_only():
    st.caption(LOOK_ONLY)
elif own:
    what = plain(name_of(own[0])) if len(own) == 1 else f"{len(own)} runs"
    if st.button(f"Delete {what}…", icon=":material/delete:", key="delete_runs"):
        confirm()
else:
    st.caption("Bundled runs come with the project and are not deleted.")
