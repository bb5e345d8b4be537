"""What is chosen on the maps: the images that outlines add up to, and choices kept under a name for the session."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.analyse import map_geometry
from core.errors import InvalidInputError
from dashboard.map_dots import Dots
from dashboard.palette import CLASS_COLOURS, MARKS, Look

MODES = {"new": "New", "add": "Add", "subtract": "Subtract"}
MOST_KEPT = 8  # as many as there are marks
MAX_NAME = 30  # characters
_COLOURS = (9, 0, 1, 4, 10, 2, 3, 6)  # of the classes' colours, those least alike first


@dataclass(frozen=True, eq=False)
class Kept:
    """A choice kept under a name.

    Attributes:
        dataset: the image set that it was made in.
        members: int (m,), indices among all dots of that set, test images first.
        look: how it is outlined on every map.
    """

    name: str
    dataset: str
    members: np.ndarray
    look: Look


def chosen_images(
    state: MutableMapping, drawn: Mapping | None, maps: Mapping[str, np.ndarray], dots: Dots
) -> tuple[str, np.ndarray] | tuple[None, None]:
    """The key of the map that an outline was drawn on last, and the indices (m,) of the images chosen, m > 0, in rising order.

    They stay chosen while the maps change, on every map, and while another page is seen.

    Args:
        state: the visitor's session, where the choice is kept.
        drawn: the outline, as `map_link.outline` gives it; its mode says whether what is inside is all that is chosen (`new`),
            comes to it (`add`), or is taken from it (`subtract`); `clear` lets go of all. None where none was drawn since the page
            was opened.
        maps: by key, (n, 2).
    """
    if drawn and drawn != state.get("outline_seen"):
        key = drawn.get("chart", "").removeprefix("map_")
        inside = np.flatnonzero(map_geometry.inside(maps[key], drawn["x"], drawn["y"])) if key in maps else ()
        mode = drawn.get("mode", "new")
        dataset, _, before = state.get("chosen_images") or (None, None, ())
        if dataset == dots.dataset and mode in ("add", "subtract"):
            inside = (np.union1d if mode == "add" else np.setdiff1d)(before, inside).astype(np.int64)
        elif mode == "subtract":
            inside = ()
        state["outline_seen"] = drawn
        state["chosen_images"] = (dots.dataset, key, inside) if len(inside) else None
    dataset, key, members = state.get("chosen_images") or (None, None, None)
    if dataset != dots.dataset or key not in maps:
        return None, None
    # Test images come first, so a choice made among all dots keeps its test images when only they are shown.
    members = members[members < len(dots)]
    return (key, members) if len(members) else (None, None)


def clear(state: MutableMapping) -> None:
    """Let go of what is chosen; what is kept stays."""
    state["chosen_images"] = None


def choose(state: MutableMapping, key: str, kept: Kept) -> None:
    """Choose again what was kept. `key`: of a map that is shown."""
    state["chosen_images"] = (kept.dataset, key, kept.members)


def kept_choices(state: Mapping, dataset: str) -> list[Kept]:
    """What was kept of this image set, the oldest first."""
    return [one for one in state.get("kept_choices") or () if one.dataset == dataset]


def keep(state: MutableMapping, name: str, members: np.ndarray, dataset: str) -> None:
    """Keep these images under a name, in a colour and with a mark that no other has; under a name that is there, in its place.

    An empty name becomes "Choice 1" and so on. Raises InvalidInputError for a long name, and where `MOST_KEPT` are kept.
    """
    there = kept_choices(state, dataset)
    names = {one.name for one in there}
    name = " ".join(name.split()) or next(
        new for number in range(1, MOST_KEPT + 2) if (new := f"Choice {number}") not in names
    )
    if len(name) > MAX_NAME:
        raise InvalidInputError(f"The name {name!r} has {len(name)} letters. Expected at most {MAX_NAME}.")
    if name in names:
        state["kept_choices"] = [
            replace(one, members=members) if (one.dataset, one.name) == (dataset, name) else one
            for one in state["kept_choices"]
        ]
        return
    if len(there) >= MOST_KEPT:
        raise InvalidInputError(
            f"{MOST_KEPT} choices are kept, which is as many as can be told apart. Remove one before you keep another."
        )
    looks = [Look(CLASS_COLOURS[colour], mark) for colour, mark in zip(_COLOURS, MARKS, strict=True)]
    free = next(one for one in looks if one not in [other.look for other in there])
    state["kept_choices"] = [*(state.get("kept_choices") or ()), Kept(name, dataset, members, free)]


def remove(state: MutableMapping, name: str, dataset: str) -> None:
    """Keep the choice of this name no longer."""
    state["kept_choices"] = [
        one for one in state.get("kept_choices") or () if (one.dataset, one.name) != (dataset, name)
    ]


def kept_names(kept: Sequence[Kept], members: np.ndarray) -> list[str]:
    """For each of these images the names of the kept choices that it is in, with semicolons between them; "" for none."""
    found: list[list[str]] = [[] for _ in members]
    for one in kept:
        for row in np.flatnonzero(np.isin(members, one.members)):
            found[row].append(one.name)
    return ["; ".join(names) for names in found]
