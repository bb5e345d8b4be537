"""Pictures read one after the other and made alike: which are usable, which are skipped, and what they look like."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.data.framing import LEAST_CONTRAST, contrast, frame, has_colour, picture_of, to_grey, unpacked_side
from core.data.imageset import Framing
from core.data.own.choices import SIZES, Adding
from core.data.own.outcome import Skipped
from core.data.own.sources import Source
from core.data.own.sources.base import FIRST, Raw
from core.data.own.sources.files import BOUNDS
from core.data.picture_files import Picture, open_picture
from core.errors import InvalidInputError
from core.events import OnEvent

DAMAGED = "damaged"
DUPLICATE = "equal to another picture at this size"
EMPTY = "of one shade: nothing would be seen"
UNLABELLED = "without a label"
_DIGEST_BYTES = 16
_SECONDS_BETWEEN_EVENTS = 0.2
_LOOKED_AT_FOR_SIZE = 64


@dataclass(eq=False)
class Looked:
    """What was found while pictures were read.

    Attributes:
        usable: indices in the source of pictures that were read, rising; equal ones are still among them.
        colour, grey: a digest of each usable picture, as it would be kept with three channels and with one.
        has_colour: whether any has.
        transparent: how many have transparent parts.
        skipped: the first names by reason.
        skipped_counts: how many there are.
        kinds: of pictures, with their numbers.
        sizes: width and height of those of fewest and most pixels.
    """

    usable: list[int] = field(default_factory=list)
    colour: list[bytes] = field(default_factory=list)
    grey: list[bytes] = field(default_factory=list)
    has_colour: bool = False
    transparent: int = 0
    skipped: dict[str, list[str]] = field(default_factory=dict)
    skipped_counts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def skip(self, reason: str, name: str) -> None:
        self.skipped_counts[reason] += 1
        if len(names := self.skipped.setdefault(reason, [])) < FIRST:
            names.append(name)

    def see(self, picture: Picture) -> None:
        self.kinds[picture.kind] += 1
        self.transparent += bool(picture.opacity.min() < 255)
        self.sizes = sorted({*self.sizes, picture.size}, key=lambda size: (size[0] * size[1], size))
        self.sizes = [self.sizes[0], self.sizes[-1]] if len(self.sizes) > 1 else self.sizes

    def told(self) -> tuple[Skipped, ...]:
        return tuple(
            Skipped(reason, self.skipped_counts[reason], tuple(names)) for reason, names in self.skipped.items()
        )


def side_of(adding: Adding, source: Source) -> int:
    """The side that the pictures get: the one asked for, else their own where all have the same one of SIZES, else 28."""
    if adding.size is not None:
        return adding.size
    indices = source.spread(_LOOKED_AT_FOR_SIZE)
    found = {picture.size for raw in source.read(indices) if (picture := _opened(raw, SIZES[-1])) is not None}
    own = [side for side in SIZES if found == {(side, side)}]
    return own[0] if own else SIZES[0]


def look(
    source: Source,
    indices: Sequence[int],
    side: int,
    framing: Framing,
    keep: Callable[[NDArray[np.uint8]], object],
    on_event: OnEvent,
) -> Looked:
    """Read the pictures of these rising indices, each brought to uint8 (side, side, 3); `keep` is given the usable ones in order.

    Raises InvalidInputError where the source cannot be read any further.
    """
    looked, listing = Looked(), source.listing
    started = told = time.monotonic()
    for done, (index, raw) in enumerate(zip(indices, source.read(indices), strict=True)):
        if (now := time.monotonic()) > told + _SECONDS_BETWEEN_EVENTS:
            told = now
            rate = done / (now - started)
            on_event(
                {"event": "progress", "stage": "pictures", "done": done, "total": len(indices),
                 "images_per_second": round(rate, 1), "seconds_left": round((len(indices) - done) / rate, 1) if rate else 0.0}
            )  # fmt: skip
        if listing.codes is not None and listing.codes[index] < 0:
            looked.skip(UNLABELLED, listing.names[index])
            continue
        try:
            picture = _open(raw, side)
        except InvalidInputError as error:
            looked.skip(DAMAGED, f"{listing.names[index]}: {error}")
            continue
        looked.see(picture)
        pixels = frame(picture, side, framing)
        if contrast(pixels) < LEAST_CONTRAST:
            looked.skip(EMPTY, listing.names[index])
            continue
        looked.usable.append(index)
        looked.colour.append(_digest(pixels))
        looked.grey.append(_digest(to_grey(pixels)))
        looked.has_colour = looked.has_colour or has_colour(pixels)
        keep(pixels)
    return looked


def without_equals(looked: Looked, source: Source, colour: bool) -> list[int]:
    """Positions in `looked.usable` of the first of each set of equal pictures; the others are noted as skipped."""
    seen: dict[bytes, int] = {}
    kept = []
    for position, digest in enumerate(looked.colour if colour else looked.grey):
        if (first := seen.setdefault(digest, position)) == position:
            kept.append(position)
        else:
            names, codes = source.listing.names, source.listing.codes
            one, other = looked.usable[position], looked.usable[first]
            another = ", which is of another class" if codes is not None and codes[one] != codes[other] else ""
            looked.skip(DUPLICATE, f"{names[one]} (as {names[other]}{another})")
    return kept


def _opened(raw: Raw, side: int) -> Picture | None:
    try:
        return _open(raw, side)
    except InvalidInputError:
        return None


def _open(raw: Raw, side: int) -> Picture:
    if isinstance(raw, InvalidInputError):
        raise raw
    if isinstance(raw, bytes):
        return open_picture(raw, colour=True, side=unpacked_side(side), bounds=BOUNDS)
    return picture_of(raw)


def _digest(pixels: NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(pixels).data, digest_size=_DIGEST_BYTES).digest()
