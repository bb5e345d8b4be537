"""What becomes of the pictures that were read: classes, shape and split. The same for a preview and for an adding."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.own.choices import Adding
from core.data.own.reading import EMPTY, Looked
from core.data.own.sources import Listing
from core.data.own.splitting import Split, split_up
from core.errors import InvalidInputError

MOST_CLASSES = 1000


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be stored.

    Attributes:
        codes: class of each picture kept, uint16 (n,); None for no labels.
        split: of positions among the pictures kept.
    """

    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    codes: NDArray[np.uint16] | None
    split: Split
    notes: tuple[str, ...]

    def class_counts(self) -> dict[str, int]:
        counts = [] if self.codes is None else np.bincount(self.codes, minlength=len(self.class_names)).tolist()
        return dict(zip(self.class_names, counts, strict=True))


def make_plan(
    adding: Adding, listing: Listing, kept: NDArray[np.int64], looked: Looked, side: int, colour: bool
) -> Plan:
    """Plan for the pictures of these indices in the source. Raises InvalidInputError where no set can be made of them."""
    if not looked.usable:
        count = looked.skipped_counts.total()
        which = "pictures" if count == len(listing.names) else "pictures looked at"
        raise InvalidInputError(f"None of the {count:,} {which} can be used: {_left_out(looked)}.")
    class_names, codes, notes = _classes(listing, kept)
    notes = [*listing.notes, *notes, *_ground_notes(adding, looked)]
    test = None if listing.test is None else listing.test[kept]
    try:
        split = split_up(codes, test, len(kept), adding.split, adding.seed)
    except InvalidInputError as error:
        left_out = _left_out(looked)
        raise InvalidInputError(f"{error} Left out: {left_out}." if left_out else str(error)) from error
    return Plan((side, side, 3 if colour else 1), class_names, codes, split, tuple(notes))


def _left_out(looked: Looked) -> str:
    return "; ".join(f"{one.count:,} {one.reason} ({one.first[0]})" for one in looked.told())


def _classes(listing: Listing, kept: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.uint16] | None, list[str]]:
    """The classes that have pictures, in the source's order."""
    if listing.codes is None:
        return (), None, []
    present, codes = np.unique(listing.codes[kept], return_inverse=True)
    if len(present) > MOST_CLASSES:
        raise InvalidInputError(
            f"The pictures are of {len(present):,} classes. Expected 2 to {MOST_CLASSES:,}: put some together, or add the pictures "
            "without labels."
        )
    if len(present) == 1:
        name = listing.class_names[present[0]]
        return (), None, [f"All pictures are of one class, {name!r}, which tells nothing apart: the set has no labels."]
    notes = []
    kept_codes = set(present.tolist())
    if absent := [name for code, name in enumerate(listing.class_names) if code not in kept_codes]:
        notes.append(
            f"Classes without a usable picture are left out: {', '.join(absent[:5])}{'…' * (len(absent) > 5)}."
        )
    return tuple(listing.class_names[code] for code in present), codes.astype(np.uint16), notes


def _ground_notes(adding: Adding, looked: Looked) -> list[str]:
    if not looked.transparent:
        return []
    notes = [f"Transparent parts become {ground_words(adding.ground)}."]
    if looked.skipped_counts[EMPTY]:
        notes.append("Where nothing is seen, another ground may show it.")
    return notes


def ground_words(ground: str) -> str:
    return {"#ffffff": "white", "#000000": "black"}.get(ground, ground)
