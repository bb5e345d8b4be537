"""Which two of the models that are looked at a page sets against each other: A and B."""

from collections.abc import Mapping

import streamlit as st

from dashboard.missing import NothingToShowError
from dashboard.told import plain
from dashboard.view import Shown

DOT = "<span style='color:{}'>●</span>"


def choose_pair(
    runs: Mapping[str, Shown], *, keys: tuple[str, str] = ("one", "other"), labels: tuple[str, str] = ("A", "B")
) -> tuple[Shown, Shown]:
    """Two models: of more than two, those that are chosen. `keys`: of the two boxes, also in the link.

    With one model alone the page says so, and NothingToShowError.
    """
    if len(runs) < 2:
        (alone,) = runs.values()
        st.info(
            f"This page sets two models against each other, and only {plain(alone.title)} is looked at. Choose a second "
            "loss in the sidebar, or several runs under **Runs**.",
            icon=":material/compare_arrows:",
        )
        raise NothingToShowError
    listed = list(runs)
    if len(listed) == 2:
        return runs[listed[0]], runs[listed[1]]

    def title(key: str) -> str:
        return runs[key].title

    with st.container(horizontal=True):
        left = st.selectbox(labels[0], listed, format_func=title, key=keys[0], bind="query-params", width=280)
        others = [key for key in listed if key != left]
        right = st.selectbox(labels[1], others, format_func=title, key=keys[1], bind="query-params", width=280)
    return runs[left], runs[right]


def pair_line(one: Shown, other: Shown) -> None:
    """Say which model is A and which is B."""
    st.markdown(
        f"**A** {DOT.format(one.colour)} {plain(one.title)} &nbsp;&nbsp; **B** {DOT.format(other.colour)} {plain(other.title)}",
        unsafe_allow_html=True,
    )
