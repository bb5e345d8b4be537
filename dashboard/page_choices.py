"""What the pages' own buttons offer: names, titles, and what of them a link can hold. The first is the usual one."""

import re
from collections.abc import Mapping

import streamlit as st

from core.analyse.maps import enough_rows
from core.settings import CLUSTERERS, MAX_CLUSTERS, MIN_CLUSTERS, PROJECTIONS
from dashboard import (
    alike,
    coming_back,
    drawing_choice,
    explorer_choices,
    gallery_order,
    image_link,
    link,
    map_charts,
    map_selections,
    pair_choices,
    queries,
    verdict_choice,
)
from dashboard.link import Parameter, one_of
from dashboard.view import Selection, is_key, looked_at, title_of

ORDERS = {"random": "Random", "worst": "Worst", "best": "Best", "class": "By class"}
MATRICES = {"rows": "Row %", "counts": "Counts", "columns": "Column %"}
MATRIX_KINDS = {"classes": "Classes and clusters", "models": "Two models"}
MATRIX_ROOM = 120  # classes that can be seen at once
MATRIX_CLASSES = {"confused": "Confused most", "all": "All"}
DOTS = {"test": "Test", "all": "All"}
VIEWS = {"side": "Side by side", "one": "One map"}
PLANE = "plane"
# By method: the usual number of neighbours, and all that are offered.
NEIGHBOURS = {name: one.neighbours for name, one in PROJECTIONS.items() if one.neighbours}
NEIGHBOUR_STEPS = (5, 10, 15, 30, 50, 100)


def maps(selection: Selection) -> dict[str, str]:
    """The maps of what is looked at; the latent plane only where every model has two latent numbers."""
    sizes = {one.run.config.latent for one in looked_at(selection)[0].values()} or {selection.latent}
    plane = {PLANE: "Latent plane"} if sizes == {2} else {}
    return {name: choice.title for name, choice in PROJECTIONS.items()} | plane


def neighbour_steps(selection: Selection, method: str) -> tuple[tuple[int, ...], int]:
    """The numbers of neighbours that so many test images allow, and the usual one."""
    steps = (
        tuple(step for step in NEIGHBOUR_STEPS if enough_rows(selection.info.test_size, step)) or NEIGHBOUR_STEPS[:1]
    )
    return steps, min(NEIGHBOURS[method], steps[-1])


def orders(selection: Selection) -> dict[str, str]:
    """How test images are picked: by class only where they have labels."""
    return {name: title for name, title in ORDERS.items() if name != "class" or selection.names}


def colourings(dots: str, labelled: bool, shown: int, method: str) -> dict[str, str]:
    """What these dots can be coloured by: classes where there are labels; what is kept for test images only; trust in a map that
    is not the latent space itself; disagreement where several models are shown.
    """
    without = {"error", "trust", "overlap"} if dots == "all" else set()
    if not labelled:
        without |= {"class", "outcome"}
    if shown < 2:
        without.add("overlap")
    if method == PLANE:
        without.add("trust")
    return {name: title for name, title in map_charts.COLOURINGS.items() if name not in without}


def members_offered(selection: Selection) -> dict[str, str]:
    """In which order the members of a cluster are shown, or which of them: those of another class, in the usual order."""
    strays = {"strays": "Of another class"} if selection.names else {}
    return {**gallery_order.orders(selection), **strays}


def put_right(page: str, selection: Selection) -> None:
    """Bring what the link says about this page to what the page can show, and what it said when the page was left back into it."""
    known = PARAMETERS[page](selection) if page in PARAMETERS else {}
    coming_back.restore(page, known)
    link.put_right(known)


def _overview(selection: Selection) -> dict[str, Parameter]:
    images = selection.info.test_size
    return {
        "alike": Parameter(lambda text: alike.read(text, images), alike.EXPECTED, "where one model is better"),
        "drawing": drawing_choice.parameter(),
    }


def _reconstructions(selection: Selection) -> dict[str, Parameter]:
    return {
        "order": one_of(orders(selection)),
        **({"of_class": one_of({name: name for name in selection.names})} if selection.names else {}),
        "judge": one_of(_trained(selection)),
        "heat": one_of({"true": "true", "false": "false"}),
        "drawing": drawing_choice.parameter(),
        "says": verdict_choice.parameter(),
    }


def _embedding_map(selection: Selection) -> dict[str, Parameter]:
    steps = {method: neighbour_steps(selection, method) for method in NEIGHBOURS}
    dots = one_of(DOTS)
    everything = dots.usable(st.query_params.get_all("dots"))[0] == [DOTS["all"]]
    methods, trained = maps(selection), _trained(selection)
    method = one_of(methods)
    plane = method.usable(st.query_params.get_all("map"))[0] == [methods.get(PLANE)]
    labelled = bool(queries.class_names(selection.dataset))
    colours = colourings("all" if everything else "test", labelled, len(trained), PLANE if plane else "")
    return {
        "map": method,
        "dots": dots,
        "colour": one_of(colours),
        "trust": one_of(map_charts.TRUST),
        "compared": one_of(trained),
        "view": one_of(VIEWS if len(trained) > 1 else {"side": VIEWS["side"]}),
        "model": one_of(trained),
        "choice": one_of(map_selections.MODES),
        "cloud_names": one_of({"true": "true", "false": "false"}),
        "pin": image_link.parameter(selection.info),
        "drag": one_of(map_charts.DRAGS),
        **{
            f"{method}_neighbours": one_of({str(step): str(step) for step in offered}, str(usual))
            for method, (offered, usual) in steps.items()
        },
    }


def _clusters(selection: Selection) -> dict[str, Parameter]:
    def row(text: str) -> str | None:
        found = re.fullmatch(r"([\w-]+)\.([0-9]{1,3})\.([0-9]{1,3})", text)
        if not found or not is_key(found[1]) or not MIN_CLUSTERS <= int(found[2]) <= MAX_CLUSTERS:
            return None
        # Where k is no number of clusters, there may be more.
        there = int(found[3]) < int(found[2]) or not CLUSTERERS[selection.method].takes_k
        return _plainly(found) if there else None

    return {
        "cluster_loss": one_of(_trained(selection)),
        "cluster": Parameter(row, "a loss or run, a number of clusters and a row, such as `mse.20.4`", "no cluster"),
        "members": one_of(members_offered(selection)),
        "drawing": drawing_choice.parameter(),
    }


def _confusion(selection: Selection) -> dict[str, Parameter]:
    names = queries.class_names(selection.dataset)
    classes = len(names)

    def cell(text: str) -> str | None:
        found = re.fullmatch(r"([\w-]+)\.([0-9]{1,3})\.([0-9]{1,3})", text)
        if not found or not is_key(found[1]) or max(int(found[2]), int(found[3])) >= classes:
            return None
        return _plainly(found)

    def pair(text: str) -> str | None:
        found = re.fullmatch(r"([\w-]+)\.([0-9]{1,3})\.([\w-]+)\.([0-9]{1,3})", text)
        if not found or not (is_key(found[1]) and is_key(found[3])) or max(int(found[2]), int(found[4])) > MAX_CLUSTERS:
            return None
        return f"{found[1]}.{int(found[2])}.{found[3]}.{int(found[4])}"

    trained = _trained(selection)
    rows = one_of(trained)
    taken = rows.usable(st.query_params.get_all("matrix_rows"))[0] or list(trained.values())[:1]
    others = {key: title for key, title in trained.items() if title not in taken}
    words = f"a loss or run and two classes from 0 to {classes - 1}, such as `mse.6.2`"
    return {
        "shown": one_of(MATRICES),
        "matrix": one_of(MATRIX_KINDS),
        "matrix_rows": rows,
        "matrix_columns": one_of(others or trained),
        "matrix_classes": one_of(
            MATRIX_CLASSES if classes <= MATRIX_ROOM else {"confused": MATRIX_CLASSES["confused"]}
        ),
        "around": Parameter(lambda text: text if text in names else None, "a class of this image set", "no class"),
        "cell": Parameter(cell, words, "no cell"),
        "cell_order": gallery_order.parameter(selection),
        "pair": Parameter(pair, "two losses or runs with a cluster each, such as `mse.6.bce.2`", "no cell"),
    }


def _plainly(found: re.Match[str]) -> str:
    """The key of a run and two numbers as the pages write them: 4, not 04."""
    return f"{found[1]}.{int(found[2])}.{int(found[3])}"


def _trained(selection: Selection) -> Mapping[str, str]:
    """The runs that the page can choose between, by key; where none is there, those that it would show."""
    found = looked_at(selection)[0]
    return {key: one.title for key, one in found.items()} or {key: title_of(key) for key in selection.losses}


PARAMETERS = {
    "": _overview,
    "reconstructions": _reconstructions,
    "embedding_map": _embedding_map,
    "clusters": _clusters,
    "confusion": _confusion,
    "explorer": explorer_choices.parameters,
    **pair_choices.PARAMETERS,
}
