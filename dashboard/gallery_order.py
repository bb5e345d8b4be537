"""In which order galleries show their images: by the measures that also colour the maps."""

import numpy as np
import streamlit as st

from core.analyse.clusterers import CLUSTERERS
from core.analyse.disagreement import ranked
from dashboard import queries
from dashboard.link import Parameter, one_of
from dashboard.view import Selection, Shown, looked_at

ORDERS = {
    "nearest": "Nearest the centre",
    "farthest": "Farthest",
    "unsure": "Least sure",
    "common": "Fewest neighbours in common",
    "error": "Redrawn worst",
}
HELP = (
    "**Least sure**: hardly nearer to their own cluster's centre than to the next. **Fewest neighbours in common**: between the two models. "
    "**Redrawn worst**: by the mean squared pixel error."
)


def orders(selection: Selection) -> dict[str, str]:
    """What can be sorted by: some measures are kept for test images only, or need a centre, or a second model."""
    without = set()
    if selection.split != "test":
        without |= {"unsure", "common", "error"}
    if not CLUSTERERS[selection.method].has_centroids:
        without.add("unsure")
    if len(looked_at(selection)[0]) < 2:
        without.add("common")
    return {name: title for name, title in ORDERS.items() if name not in without}


def parameter(selection: Selection) -> Parameter:
    """What a link can say of an order."""
    return one_of(orders(selection))


def order_box(selection: Selection, *, key: str) -> str:
    """A box to choose an order; `key`: its name in the link."""
    offered = orders(selection)
    return st.selectbox(
        "Sorted by", list(offered), format_func=offered.get, key=key, bind="query-params", width=270, help=HELP
    )


def in_order(rows: np.ndarray, order: str, selection: Selection, one: Shown, other: Shown | None) -> np.ndarray:
    """These images of the split that is counted, int (n,), in that order. `one`: the model whose clusters, margins and errors count;
    `other`: with which neighbours are compared, where there is one.
    """
    found = queries.clustering(one.run, selection.clustering)
    distances = found.distances[selection.split]
    inside = np.zeros(len(distances), bool)
    inside[rows] = True
    if order == "common" and other is not None:
        return ranked(queries.overlaps(one.run, other.run), inside)
    if order == "error":
        return ranked(one.run.test_errors, inside, largest_first=True)
    if order == "unsure" and (sure := queries.margins(one.run, selection.clustering)) is not None:
        return ranked(sure, inside)
    return ranked(distances, inside, largest_first=order == "farthest")


def rival(shown: Shown, selection: Selection) -> Shown | None:
    """Of what is looked at the model that another one is compared with: the last that it is not."""
    others = [one for key, one in looked_at(selection)[0].items() if key != shown.key]
    return others[-1] if others else None
