"""Disagreement: on which images two models part, ranked, with what each says of them and what lies near them under it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.analyse.clustering import Clustering
from core.analyse.compare import BOTH, NEITHER, ONLY_A, ONLY_B
from core.analyse.disagreement import in_common, ranked, totals
from dashboard import disagreement_words as words
from dashboard import pair_charts, queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.live_chart import clicked, live_chart
from dashboard.components.neighbour_cards import Card, Neighbour, Side, neighbour_cards
from dashboard.missing import available_runs, need_images, without_labels
from dashboard.pair import choose_pair, pair_line
from dashboard.pair_choices import only_choices, rankings
from dashboard.table_files import table_files
from dashboard.view import Shown, current

SHEET, NEAR = 20, 6  # cards at once; neighbours on each side of one

selection = current()
st.title("Disagreement")
st.markdown(
    "On which images two models part, and what each of them takes for alike: an image's **neighbours** are the unseen test "
    "images whose numbers lie nearest to its own."
)
runs = available_runs(selection)
one, other = choose_pair(runs)
sides = (one, other)
names = selection.names
labels = queries.labels(selection.dataset, "test")
config = selection.clustering
found = [queries.clustering(each.run, config) for each in sides]
titles = [cluster_titles(of, naming_of(each.run, config), names) for of, each in zip(found, sides, strict=True)]
parted = queries.comparison(one.run, other.run, config, "test")
overlap, near = parted.overlap, [queries.neighbours_of(each.run).arrays["indices"] for each in sides]
count = near[0].shape[1]
shared = in_common(overlap, count)


def first_sheet() -> None:
    """Another choice of images begins with its first ones."""
    st.session_state.sheet = 1


def total_words() -> None:
    pair_line(one, other)
    if parted.verdicts is not None:
        st.markdown(words.naming(totals(parted), one.title, other.title))
    else:
        without_labels("right and wrong")
    st.markdown(
        f"{words.neighbourhoods(shared, overlap, count)} {words.alike_by_chance(len(shared), count)}",
        help="The overlap is the Jaccard index of the two lists of neighbours: those in both, divided by those in either. 1 is "
        "the same list, 0 none in common.",
    )
    if selection.split != "test":
        st.caption(":material/info: This page is about unseen test images, whichever are counted elsewhere.")


def choose_bar() -> None:
    """A click on a bar shows its images alone; a second one lets go of it."""
    if (bar := clicked("shared_neighbours")) is None:
        return
    first_sheet()
    if st.query_params.get("shared") == str(bar):
        st.query_params.pop("shared")
    else:
        st.query_params["shared"] = str(bar)


def choose_images() -> tuple[np.ndarray, str, list[str]]:
    """The images to show, best first; by what they are ranked, and what they are of."""
    offered, orders = only_choices(selection), rankings(selection)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        only = st.selectbox(
            "Which images", list(offered), format_func=offered.get, key="only", bind="query-params", on_change=first_sheet,
            help=words.ONLY_HELP if names else None, width=270,
        )  # fmt: skip
        rank = st.selectbox(
            "Ranked by", list(orders), format_func=orders.get, key="rank", bind="query-params", on_change=first_sheet,
            help=words.RANKINGS_HELP, width=270,
        )  # fmt: skip
        inside, narrowed = kind(only), []
        if only != "all":
            narrowed.append(offered[only][0].lower() + offered[only][1:] if offered[only][1] != " " else offered[only])
        if names:
            chosen = st.selectbox(
                "Class", names, index=None, key="of_true_class", bind="query-params", placeholder="all", on_change=first_sheet, width=150,
            )  # fmt: skip
            if chosen:
                inside &= labels == names.index(chosen)
                narrowed.append(chosen)
            for letter, of, key in zip("AB", found, ("named_a", "named_b"), strict=True):
                said = st.selectbox(
                    f"Named … by {letter}", names, index=None, key=key, bind="query-params", placeholder="all", on_change=first_sheet,
                    help=f"What {letter}'s cluster says of the image.", width=150,
                )  # fmt: skip
                if said:
                    inside &= of.predicted("test") == names.index(said)
                    narrowed.append(words.named(said, letter))
        for letter, of, title, key in zip("AB", found, titles, ("in_a", "in_b"), strict=True):
            cluster = choose_cluster(letter, of, title, key)
            if cluster is not None:
                inside &= of.assignments["test"] == cluster
                narrowed.append(f"{letter}'s cluster {title[cluster]}")
    if (bar := st.query_params.get("shared")) is not None:
        inside &= shared == int(bar)
        narrowed.append(words.in_common(int(bar), count))
    values, largest_first = rank_values(rank)
    return ranked(values, inside, largest_first=largest_first), rank, narrowed


def choose_cluster(letter: str, of: Clustering, title: Sequence[str], key: str) -> int | None:
    """A box of a model's clusters by what they are called. The link, under `key`, holds the number alone, as names change."""
    clusters, box, asked = len(of.centroids), f"{key}_box", st.query_params.get(key)
    if asked is not None and int(asked) >= clusters:
        st.query_params.pop(key)
        asked = None
    st.session_state[box] = None if asked is None else int(asked)

    def keep() -> None:
        first_sheet()
        if (chosen := st.session_state[box]) is None:
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = str(chosen)

    return st.selectbox(
        f"Cluster of {letter}", range(clusters), index=None, format_func=title.__getitem__, key=box, placeholder="all", on_change=keep, width=190,
    )  # fmt: skip


def kind(only: str) -> np.ndarray:
    """Which images are of that kind: bool (n,)."""
    if only == "all":
        return np.ones(len(shared), bool)
    if only == "apart":
        return parted.moved.copy()
    if only == "different":
        return parted.named_differently.copy()
    who = {"only_a": ONLY_A, "only_b": ONLY_B, "both_wrong": NEITHER, "both_right": BOTH, "elsewhere": BOTH}[only]
    return (parted.verdicts == who) & ((only != "elsewhere") | (2 * shared < count))


def rank_values(rank: str) -> tuple[np.ndarray, bool]:
    """The value of each image in that ranking, and whether the largest is first."""
    if rank == "different":
        return overlap - 2 * parted.named_differently, False
    if rank == "margin":
        sure = [queries.margins(each.run, config) for each in sides]
        if any(each is None for each in sure):
            st.caption(
                ":material/info: These clusters have no centres to be near to, so the fewest neighbours in common come first."
            )
            return overlap, False
        return np.minimum(*sure), True
    if rank in ("error_a", "error_b"):
        return (one if rank == "error_a" else other).run.test_errors, True
    return overlap, False


def card(row: int) -> Card:
    """What both models say of an image."""
    own = None if labels is None else labels[row]
    drawn = []
    for index, (letter, each) in enumerate(zip("AB", sides, strict=True)):
        others = set(near[1 - index][row].tolist())
        drawn.append(
            Side(
                letter, each.title, each.colour, *says(each, found[index], titles[index], row),
                [
                    Neighbour(where, "" if labels is None else names[labels[where]], labels is not None and labels[where] != own, where in others)
                    for where in near[index][row, :NEAR].tolist()
                ],
            )
        )  # fmt: skip
    return Card(row, "" if own is None else names[own], words.in_common(int(shared[row]), count), drawn)


def says(each: Shown, of: Clustering, title: Sequence[str], row: int) -> tuple[str, str]:
    """The verdict of a model on an image, and the cluster it puts it in."""
    cluster = int(of.assignments["test"][row])
    where = title[-1] if cluster < 0 else f"cluster {cluster}" if of.labelled else f"cluster {title[cluster]}"
    if not of.labelled:
        return "", where
    said = int(of.predicted("test")[row])
    verdict = words.verdict(None if said < 0 else names[said], said == labels[row])
    return verdict, where if cluster >= 0 else ""


def as_table(rows: np.ndarray) -> pd.DataFrame:
    """The ranked list, to take away."""
    columns: dict[str, object] = {"rank": np.arange(1, len(rows) + 1), "image": [f"test.{row}" for row in rows]}
    if labels is not None:
        columns["class"] = np.array(names, object)[labels[rows]]
    columns |= {"neighbours_in_common": shared[rows], "overlap": overlap[rows]}
    for letter, each, of in zip("ab", sides, found, strict=True):
        columns[f"model_{letter}"] = each.run.id
        columns[f"cluster_{letter}"] = of.assignments["test"][rows]
        if of.labelled:
            columns[f"says_{letter}"] = np.array([*names, None], object)[of.predicted("test")[rows]]
        if (sure := queries.margins(each.run, config)) is not None:
            columns[f"margin_{letter}"] = sure[rows]
        columns[f"pixel_error_{letter}"] = each.run.test_errors[rows]
    return pd.DataFrame(columns)


marked = st.query_params.get("shared")
told, chart = st.columns(2)
with told:
    total_words()
with chart:
    st.markdown(f"**Images by how many of {count} neighbours both share** · click a bar to see its images")
    live_chart(
        pair_charts.shared_neighbours(shared, count, marked=None if marked is None else int(marked)),
        key="shared_neighbours", alt=f"Images by the number of neighbours that {one.title} and {other.title} share", on_click=choose_bar,
    )  # fmt: skip
rows, rank, narrowed = choose_images()
pages = max(1, -(-len(rows) // SHEET))
if st.session_state.get("sheet", 1) > pages:
    st.session_state.sheet = pages
sheet = st.session_state.get("sheet", 1)
with st.container(horizontal=True, vertical_alignment="center"):
    shown = range((sheet - 1) * SHEET, min(sheet * SHEET, len(rows)))
    st.markdown(words.listed(shown, len(rows), rank, narrowed), width="content")
    if marked is not None:
        st.button(
            "Any number in common", icon=":material/close:", key="let_go_of_bar", type="tertiary",
            on_click=lambda: (st.query_params.pop("shared"), first_sheet()),
        )  # fmt: skip
if len(rows):
    need_images(selection, "test")
    cards = [card(int(rows[place])) for place in shown]
    needed = np.unique(
        [each.row for one_card in cards for side in one_card.sides for each in side.near] + [each.row for each in cards]
    )
    neighbour_cards(cards, needed, queries.pictures(selection.dataset, "test", needed))
    st.caption(
        ("Dashed with ✗: of another class than the image. " if names else "")
        + "Underlined: near it under both models. Click a picture to see all of it."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            st.pagination(pages, key="sheet", bind="query-params")
        table_files(
            "the list", lambda: as_table(rows), f"disagreement-{one.run.id}-{other.run.id}-k{selection.clusters}"
        )
