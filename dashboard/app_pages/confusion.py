"""Confusion matrix: which classes the clusters mix up; a cell opens its images."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard import charts, queries
from dashboard.components.gallery import picture_wall
from dashboard.components.live_chart import clicked, live_chart
from dashboard.missing import available_runs, need_images
from dashboard.page_choices import MATRICES
from dashboard.view import current, title_of

WALL = 48
# Room for two lines, so that matrices beside each other stand level.
LEVEL = "<style>[class*=st-key-heading_] {min-height:3.2rem; justify-content:end}</style>"

selection = current()
st.title("Confusion matrix")
st.markdown(
    f"Rows are the true classes of the {selection.split_words}, columns what their clusters say "
    f"(k = {selection.clusters}). Everything off the diagonal is a mix-up. **Click a cell** to see its images."
)
runs = available_runs(selection)
names = selection.info.class_names
shown = st.segmented_control(
    "Show", list(MATRICES), default="rows", format_func=MATRICES.get, key="shown", bind="query-params", required=True,
    help="Row %: where the images of a class go. Column %: what hides behind a cluster's name.",
)  # fmt: skip


def largest_mixup(matrix: np.ndarray) -> str:
    """The pair of classes with the most mix-ups, in words."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    if wrong[row, column] == 0:
        return "no mix-ups"
    return f"{names[row]} taken for {names[column]} most often ({wrong[row, column]:,} images)"


def choose_cell(loss: str) -> None:
    """Remember the cell that was clicked last, whichever matrix it is in; a second click lets it go."""
    cell = clicked(f"confusion_{loss}")
    if cell is None:
        return
    true, said = divmod(cell, len(names))
    if picked_cell() == (loss, true, said):
        st.query_params.pop("cell")
    else:
        pick(loss, true, said)


def choose_by_name() -> None:
    state = st.session_state
    if state.cell_true and state.cell_said:
        pick(state.cell_loss, names.index(state.cell_true), names.index(state.cell_said))


def pick(loss: str, true: int, said: int) -> None:
    """The chosen cell lives in the URL, so that a link opens its images."""
    st.query_params["cell"] = f"{loss}.{true}.{said}"


def picked_cell() -> tuple[str, int, int] | None:
    if cell := st.query_params.get("cell"):
        loss, true, said = cell.split(".")
        return loss, int(true), int(said)
    return None


picked = picked_cell()
per_row = 2 if len(runs) > 1 else 1
st.html(LEVEL)
slots = [column for _ in range(-(-len(runs) // per_row)) for column in st.columns(per_row)]
for slot, (loss, one) in zip(slots, runs.items(), strict=False):
    found = queries.clustering(one.run, selection.clustering)
    matrix = found.confusion(selection.split)
    with slot:
        with st.container(key=f"heading_{loss}"):
            st.markdown(
                f"**{one.title}**: {100 * found.accuracy(selection.split):.1f} % right class · {largest_mixup(matrix)}"
            )
        marked = picked[1:] if picked and picked[0] == loss else None
        live_chart(
            charts.confusion_matrix(matrix, names, shown=shown, marked=marked),
            key=f"confusion_{loss}",
            alt=f"Confusion matrix of the {one.title} clusters",
            on_click=partial(choose_cell, loss),
        )

by_name = st.expander("Choose a cell by name", icon=":material/keyboard:")
with by_name, st.container(horizontal=True, vertical_alignment="bottom"):
    st.selectbox("Loss", list(runs), format_func=lambda key: runs[key].title, key="cell_loss", on_change=choose_by_name)
    st.selectbox("True class", names, key="cell_true", index=None, placeholder="choose", on_change=choose_by_name)
    st.selectbox("Cluster says", names, key="cell_said", index=None, placeholder="choose", on_change=choose_by_name)

if picked and picked[0] not in runs:
    st.caption(f":material/touch_app: The chosen cell is one of {title_of(picked[0])}, which is not shown now.")
elif picked:
    loss, true, said = picked
    found = queries.clustering(runs[loss].run, selection.clustering)
    labels = queries.labels(selection.dataset, selection.split)
    members = np.flatnonzero((labels == true) & (found.predicted(selection.split) == said))
    words = "rightly found" if true == said else f"in clusters named {names[said]}"
    st.header(f"{runs[loss].title}: {names[true]} {words} ({len(members):,} image{'s' * (len(members) != 1)})")
    if len(members) and need_images(selection, selection.split):
        members = members[np.argsort(found.distances[selection.split][members], kind="stable")]
        picture_wall(
            queries.images(selection.dataset, selection.split)[members[:WALL]],
            [f"cluster {found.assignments[selection.split][index]}" for index in members[:WALL]],
        )
        if len(members) > WALL:
            st.caption(f"The {WALL} nearest their cluster's centre, of {len(members):,}.")

st.download_button(
    "Download the matrices",
    "\n\n".join(
        f"{one.title},{','.join(names)}\n"
        + "\n".join(
            f"{name},{','.join(map(str, row))}"
            for name, row in zip(names, queries.clustering(one.run, selection.clustering).confusion(selection.split), strict=True)
        )
        for one in runs.values()
    ),
    file_name=f"confusion-k{selection.clusters}-{selection.split}.csv", mime="text/csv", icon=":material/download:",
)  # fmt: skip
