"""Latent explorer: sliders over the latent numbers of each model, and paths between images, drawn while dragging."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from dashboard import explorer_choices, explorer_words, queries
from dashboard.components.explorer import Explored, Place, explorer
from dashboard.drawing_choice import drawing_choice
from dashboard.explorer_stops import Stops
from dashboard.explorer_words import MODES
from dashboard.missing import available_runs, need_images
from dashboard.told import errors_told
from dashboard.turns import turn
from dashboard.view import Selection, Shown, current


@st.fragment
@turn()
@errors_told()
def show(selection: Selection, runs: Mapping[str, Shown]) -> None:
    """Everything below the title. A fragment: these buttons change the explorer and nothing else."""
    explorer_choices.take_up_link()
    said = st.empty()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control(
            "What to do", list(MODES), default="numbers", format_func=MODES.get, key="explore", bind="query-params", required=True,
        )  # fmt: skip
        start = explorer_choices.start(selection, visible=mode == "numbers")
    said.markdown(explorer_words.introduction(mode, [one.run.config.latent for one in runs.values()]))
    known = Stops(selection, runs)
    stops = explorer_choices.stops(known, start) if mode == "path" else []
    place = st.container()  # what is to be seen comes before the choice of who draws it
    drawings = drawing_choice(runs)
    need_images(selection, "test")
    moved = explorer_choices.moved(runs)
    first = known.read(start)
    with place:
        explorer(
            mode,
            [
                Explored(
                    one,
                    drawings[key],
                    known.embedding(first, one.run),
                    moved.get(key, {}),
                    np.array([known.embedding(stop, one.run) for stop in stops]),
                    queries.spread_of_numbers(one.run),
                )
                for key, one in runs.items()
            ],
            key="explorer",
            dataset=selection.dataset,
            start=Place(start, known.title(first)),
            at=explorer_choices.at(),
            stops=[Place(stop.text, known.title(stop), stop.kind == "image") for stop in stops],
        )


selection = current()
st.title("Latent explorer")
show(selection, available_runs(selection))
