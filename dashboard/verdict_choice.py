"""The choice of a judge, and what it says under redrawn pictures and of all test images."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.keep.judges import TITLES
from dashboard import drawing_words, queries
from dashboard.components.comparison import ORIGINAL
from dashboard.link import Parameter, one_of
from dashboard.view import Selection, Shown

NOBODY = "nobody"
CHOICES = {**TITLES, NOBODY: "Nobody"}


def parameter() -> Parameter:
    """What a link can say of it, as `says`: for the parameters of a page (`page_choices`)."""
    return one_of(CHOICES)


def verdict_choice(runs: Mapping[str, Shown]) -> str:
    """Draw the choice; gives a name of `CHOICES`. Nothing is drawn, and nobody chosen, where no judge is there."""
    there = {name for one in runs.values() for name in queries.judges(one.run)}
    if not there:
        return NOBODY
    offered = [name for name in CHOICES if name in there or name == NOBODY]
    return st.segmented_control(
        "Named by", offered, default=offered[0], format_func=CHOICES.get, key="says", bind="query-params", required=True,
        help="A classifier that says what each picture shows. No loss has seen the independent one; the perceptual loss was "
        "trained against the loss network, which may see in its drawings what nobody else does.",
    )  # fmt: skip


def captions(
    runs: Mapping[str, Shown], rows: np.ndarray, drawn: Mapping[str, str], judge: str, selection: Selection
) -> dict[str, list[str]]:
    """What a judge says of these test images, by `ORIGINAL`, and of what is drawn of them, by key. Empty where it is not there."""
    labels = queries.labels(selection.dataset, "test")
    found: dict[str, list[str]] = {}
    if judge == NOBODY or labels is None or not selection.info.labelled:
        return found
    for key, one in runs.items():
        for name, drawing in ((key, drawn[key]), (ORIGINAL, ORIGINAL)):
            said = queries.verdicts(one.run, rows, drawing, judge=judge) if name not in found else []
            if said:
                found[name] = texts(said[0], labels[rows], selection.names)
    return found


def texts(verdicts: queries.Verdicts, labels: np.ndarray | None, names: tuple[str, ...]) -> list[str]:
    """Verdicts as lines. `labels`: int (n,), which say whether each is right; None where nobody knows."""
    right = [None] * len(verdicts.classes) if labels is None else (verdicts.classes == labels).tolist()
    return [
        drawing_words.verdict(names[found], float(share), is_right)
        for found, share, is_right in zip(verdicts.classes, verdicts.shares, right, strict=True)
    ]


def tell_shares(runs: Mapping[str, Shown], drawings: Mapping[str, str], judge: str) -> None:
    """Say how many of all test images the judge names right; what is not computed yet is left out."""
    lines = []
    for key, one in runs.items():
        for shares in queries.verdict_shares(one.run):
            if shares.judge == judge:
                lines.append(drawing_words.shares_sentence(shares, one.title, drawings[key]))
    if len(lines) > 1 and len(set(drawings.values())) > 1:
        lines.append(drawing_words.LIKE_FOR_LIKE)
    if lines:
        st.markdown("  \n".join(lines))
