"""What colours mean: dots and names in a line, or a list to search, in which a click brings out what it is clicked on."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.analyse.clusterers import NOISE
from dashboard.palette import RIGHT, WRONG, Look, class_looks, look

_STYLE = """<style>
.ll-legend {display:flex; flex-wrap:wrap; gap:4px 14px; font-size:.85rem}
.ll-legend i {display:inline-block; width:.7em; height:.7em; border-radius:50%; margin-right:.4em}
</style>"""

_COMPONENT = st.components.v2.component(
    "latent_lens_legend",
    js=Path(__file__).with_suffix(".js").read_text(),
    css=Path(__file__).with_suffix(".css").read_text(),
    html="<div class='legend'></div>\n",
)


@dataclass(frozen=True)
class Entry:
    """One line of a legend; its name tells it from the others. `count`: how many images, where that is to be said."""

    name: str
    look: Look
    count: int | None = None


OUTCOMES = (Entry("right", Look(RIGHT)), Entry("wrong", Look(WRONG)))


def class_entries(names: Sequence[str], labels: np.ndarray) -> list[Entry]:
    """An entry a class, with the number of labels (n,) that name it."""
    counts = np.bincount(labels, minlength=len(names)).tolist()
    return [Entry(*one) for one in zip(names, class_looks(names), counts, strict=True)]


def cluster_entries(titles: Sequence[str], assigned: np.ndarray) -> list[Entry]:
    """An entry a cluster, with its number of images, and one for those in none where there are any.

    Args:
        titles: of each cluster, and of none.
        assigned: int (n,), the cluster of each image; -1 for none.
    """
    noise, *counts = np.bincount(assigned + 1, minlength=len(titles)).tolist()
    entries = [Entry(title, look(cluster), counts[cluster]) for cluster, title in enumerate(titles[:-1])]
    return [*entries, *([Entry(titles[-1], look(NOISE), noise)] if noise else [])]


def legend(entries: Sequence[Entry]) -> None:
    """Draw the names, each with its colour before it."""
    items = "".join(
        f"<span><i style='background:{one.look.colour}'></i>{html.escape(one.name)}</span>" for one in entries
    )
    st.html(f"{_STYLE}<div class='ll-legend'>{items}</div>")


def choosing_legend(entries: Sequence[Entry], *, key: str, what: str, patterns: bool = False) -> list[int]:
    """Draw the names, with a box to search them where they are many, and tell which are clicked on: their indices, none for all.

    Args:
        what: what the entries are, in the plural: "classes".
        patterns: whether what is drawn are bars, which have patterns, not dots, which have marks.
    """
    chosen = set((st.session_state.get(key) or {}).get("chosen") or ())
    found = [index for index, one in enumerate(entries) if one.name in chosen]
    _COMPONENT(
        key=key,
        data={
            "entries": [[one.name, one.look.colour, one.look.mark, one.count] for one in entries],
            "chosen": [entries[index].name for index in found],
            "what": what,
            "patterns": patterns,
        },
        on_chosen_change=lambda: None,
    )
    return found
