"""What links hold of the pages that set two models against each other: *Disagreement* and *Clusters across models*."""

import re
from collections.abc import Callable, Mapping

import streamlit as st

from core.settings import MAX_CLUSTERS
from core.stages.neighbours import NeighboursConfig
from dashboard import gallery_order
from dashboard.disagreement_words import ONLY, RANKINGS, WITHOUT_LABELS
from dashboard.link import Parameter, one_of, whole_number
from dashboard.view import Selection, is_key, looked_at, title_of


def disagreement(selection: Selection) -> dict[str, Parameter]:
    """The parameters of *Disagreement*."""
    names = selection.names
    choices, most = only_choices(selection), NeighboursConfig().count
    return {
        **_pair(selection),
        "rank": one_of(rankings(selection)),
        "only": one_of(choices),
        **({name: _name(names) for name in ("of_true_class", "named_a", "named_b")} if names else {}),
        "in_a": _cluster(),
        "in_b": _cluster(),
        "shared": Parameter(_whole(most), f"a whole number from 0 to {most}", "any number"),
        "sheet": whole_number(1, 10_000, 1),
    }


def across(selection: Selection) -> dict[str, Parameter]:
    """The parameters of *Clusters across models*."""
    names = selection.names
    return {
        **_pair(selection),
        **({"flow_class": _name(names)} if names else {}),
        "flow_order": gallery_order.parameter(selection),
        "flow": Parameter(
            _flow, "two losses or runs with a cluster each, a dash for any, n for none, such as `mse.6.bce.2`", "no clusters"
        ),
        **(
            {
                "change": Parameter(
                    lambda text: _change(text, len(names)), "two losses or runs and two classes, such as `mse.bce.6.2`", "no cell"
                ),
                "change_part": one_of(PARTS),
                "change_order": gallery_order.parameter(selection),
            }
            if names
            else {}
        ),
    }  # fmt: skip


PARTS = {"one": "Only A", "both": "Both", "other": "Only B"}


def only_choices(selection: Selection) -> dict[str, str]:
    """Which images can be asked for; without labels there is no right and wrong."""
    return ONLY if selection.names else {name: ONLY[name] for name in WITHOUT_LABELS}


def rankings(selection: Selection) -> dict[str, str]:
    """What the images can be ranked by."""
    return {name: title for name, title in RANKINGS.items() if name != "different" or selection.names}


def trained(selection: Selection) -> Mapping[str, str]:
    """The titles of what the page can choose between, by key; where nothing is there, of what it would show."""
    found = looked_at(selection)[0]
    return {key: one.title for key, one in found.items()} or {key: title_of(key) for key in selection.losses}


def _pair(selection: Selection) -> dict[str, Parameter]:
    titles = trained(selection)
    one = one_of(titles)
    taken = one.usable(st.query_params.get_all("one"))[0] or list(titles.values())[:1]
    others = {key: title for key, title in titles.items() if title not in taken}
    return {"one": one, "other": one_of(others or titles)}


def _name(names: tuple[str, ...]) -> Parameter:
    return Parameter(lambda text: text if text in names else None, "a class of this image set", "all classes")


def _cluster() -> Parameter:
    return Parameter(_whole(MAX_CLUSTERS), f"the number of a cluster, from 0 to {MAX_CLUSTERS}", "all clusters")


def _whole(most: int) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        return str(int(text)) if re.fullmatch(r"[0-9]{1,3}", text) and int(text) <= most else None

    return read


def _flow(text: str) -> str | None:
    found = re.fullmatch(r"([\w-]+)\.(-|n|[0-9]{1,3})\.([\w-]+)\.(-|n|[0-9]{1,3})", text)
    if not found or not (is_key(found[1]) and is_key(found[3])) or found[2] == found[4] == "-":
        return None
    numbers = [number if number in "-n" else int(number) for number in (found[2], found[4])]
    if any(isinstance(number, int) and number > MAX_CLUSTERS for number in numbers):
        return None
    return f"{found[1]}.{numbers[0]}.{found[3]}.{numbers[1]}"


def _change(text: str, classes: int) -> str | None:
    found = re.fullmatch(r"([\w-]+)\.([\w-]+)\.([0-9]{1,3})\.([0-9]{1,3})", text)
    if not found or not (is_key(found[1]) and is_key(found[2])) or max(int(found[3]), int(found[4])) >= classes:
        return None
    return f"{found[1]}.{found[2]}.{int(found[3])}.{int(found[4])}"


PARAMETERS = {"disagreement": disagreement, "across": across}
