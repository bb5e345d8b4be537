"""The choice between what the numbers hold and what a loss drew: one for all pages that draw embeddings, kept in the link."""

from collections.abc import Mapping

import streamlit as st

from core.access import look_only, require_changes_allowed
from core.errors import LatentLensError
from core.jobs import queue as jobs
from core.jobs.refresh import Refresh
from core.keep.run import Run
from core.settings import LOSSES
from dashboard import drawing_words, queries
from dashboard.drawing_words import OWN, READOUT
from dashboard.link import Parameter, one_of
from dashboard.told import plain
from dashboard.view import Shown

SUITED = "suited"
CHOICES = {SUITED: "As suits the loss", **drawing_words.TITLES}


def parameter() -> Parameter:
    """What a link can say of it, as `drawing`: for the parameters of a page (`page_choices`)."""
    return one_of(CHOICES)


def usual_drawing(run: Run) -> str:
    """`OWN` of a loss that asks for a likeness, else `READOUT`."""
    return OWN if LOSSES[run.config.loss].likeness else READOUT


def drawings(runs: Mapping[str, Shown], chosen: str = SUITED) -> tuple[dict[str, str], list[str]]:
    """What is drawn of each run, `READOUT` or `OWN` by key, and the keys of those that lack the read-out that is wanted."""
    wanted = {key: usual_drawing(one.run) if chosen == SUITED else chosen for key, one in runs.items()}
    lacking = [key for key, kind in wanted.items() if kind == READOUT and queries.readout_model(runs[key].run) is None]
    return {key: OWN if key in lacking else kind for key, kind in wanted.items()}, lacking


def drawing_choice(runs: Mapping[str, Shown]) -> dict[str, str]:
    """Draw the choice, with a sentence of what is shown. Gives `READOUT` or `OWN` by key."""
    return tell_drawings(runs, choose_drawing())


def choose_drawing() -> str:
    """Draw the choice alone: for `tell_drawings`, which belongs below it."""
    return st.segmented_control(
        "Drawings", list(CHOICES), default=SUITED, format_func=CHOICES.get, key="drawing", bind="query-params", required=True,
        help="As suits the loss: what it drew where it asks for a likeness, what the numbers hold where it does not.",
    )  # fmt: skip


def tell_drawings(runs: Mapping[str, Shown], chosen: str) -> dict[str, str]:
    """Say what is shown, `READOUT` or `OWN` by key, with a way to the read-outs that are not there."""
    found, lacking = drawings(runs, chosen)
    st.caption(drawing_words.explanation(found, runs))
    if lacking:
        _offer({key: runs[key] for key in lacking})
    return found


def _offer(lacking: Mapping[str, Shown]) -> None:
    """Say which read-outs are not there, with a button that has them trained."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/update: {drawing_words.without_readout([one.title for one in lacking.values()])}")
        if look_only() or not st.button("Train it", icon=":material/calculate:", key="train_readout", type="tertiary"):
            return
        try:
            require_changes_allowed("Training a read-out")
            for one in lacking.values():
                jobs.submit(Refresh(one.run.id))
        except LatentLensError as error:
            st.toast(plain(error), icon=":material/info:")
        else:
            st.toast("**Runs** shows how far it is.", icon=":material/update:")
