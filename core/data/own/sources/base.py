"""Where a user's pictures lie: what every kind of source tells of them, and how they are read one after the other."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.own.outcome import Skipped
from core.errors import InvalidInputError
from core.output import printable

Raw = bytes | NDArray[np.uint8] | InvalidInputError
FIRST = 5  # names of what was skipped that are told
_LONGEST_CLASS_NAME = 200


@dataclass(frozen=True, eq=False)
class Listing:
    """What a source tells of its pictures before any is unpacked.

    Attributes:
        kind: "folder", "zip", "Parquet", "NumPy" or "IDX".
        names: of the pictures, as people know them.
        class_names: empty for no labels. Names that look alike are made one class, and one of spaces alone is no label.
        codes: int32 (n,), index into `class_names`, -1 where a picture has no label; None for no labels.
        test: bool (n,), the pictures that the source gives for testing; None where it does not say.
        skipped: what in the source is no picture.
        notes: sentences for people.
    """

    kind: str
    names: Sequence[str]
    class_names: tuple[str, ...] = ()
    codes: NDArray[np.int32] | None = None
    test: NDArray[np.bool_] | None = None
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises InvalidInputError for a class name that is too long to be shown."""
        told = [_tidy(name) for name in self.class_names]
        code = {name: index for index, name in enumerate(dict.fromkeys(filter(None, told)))}
        if self.codes is not None and list(code) != list(self.class_names):
            moved = np.array([code.get(name, -1) for name in told] + [-1], np.int32)
            object.__setattr__(self, "codes", moved[self.codes])
            object.__setattr__(self, "class_names", tuple(code))

    def without_labels(self, *notes: str) -> "Listing":
        return replace(self, class_names=(), codes=None, notes=(*self.notes, *notes))


class Source(Protocol):
    """A source of pictures."""

    @property
    def listing(self) -> Listing: ...

    def read(self, indices: Sequence[int]) -> Iterator[Raw]:
        """The pictures of these rising indices, one after the other: the bytes of an image file, pixels uint8 (height, width) or
        (height, width, channels), or what is wrong with this one. Raises InvalidInputError where no more can be read."""
        ...

    def spread(self, count: int) -> list[int]:
        """At most so many rising indices, spread over the pictures as far as that is quick to read."""
        ...


class Numbered(Sequence[str]):
    """Names of pictures that have none: "picture 1" and so on."""

    def __init__(self, count: int):
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # a slice is never asked for
        return f"picture {range(self._count)[index] + 1}"


@dataclass(frozen=True, eq=False)
class Joined:
    """Two sources as one: what is learnt from, and what is tested on."""

    train: Source
    held_out: Source
    listing: Listing = field(init=False)

    def __post_init__(self) -> None:
        parts = [self.train.listing, self.held_out.listing]
        counts = [len(part.names) for part in parts]
        listing = replace(
            parts[0],
            names=_Names([part.names for part in parts]),
            test=np.repeat([False, True], counts),
            skipped=parts[0].skipped + parts[1].skipped,
            notes=tuple(dict.fromkeys(parts[0].notes + parts[1].notes)),
        )
        if any(part.codes is None for part in parts):
            if parts[0].codes is not None:
                listing = listing.without_labels("The test pictures have no labels, so the set has none.")
        else:
            codes = np.concatenate([part.codes for part in parts if part.codes is not None])
            names = parts[0].class_names + tuple(
                name for name in parts[1].class_names if name not in parts[0].class_names
            )
            moved = np.array([names.index(name) for name in parts[1].class_names] + [-1], np.int32)
            codes[counts[0] :] = moved[codes[counts[0] :]]
            listing = replace(listing, class_names=names, codes=codes)
        object.__setattr__(self, "listing", listing)

    def read(self, indices: Sequence[int]) -> Iterator[Raw]:
        first = len(self.train.listing.names)
        yield from self.train.read([index for index in indices if index < first])
        yield from self.held_out.read([index - first for index in indices if index >= first])

    def spread(self, count: int) -> list[int]:
        first, second = (len(part.listing.names) for part in (self.train, self.held_out))
        share = max(1, round(count * first / max(1, first + second)))
        return self.train.spread(share) + [first + index for index in self.held_out.spread(max(1, count - share))]


class _Names(Sequence[str]):
    def __init__(self, parts: list[Sequence[str]]):
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # a slice is never asked for
        first = len(self._parts[0])
        return self._parts[0][index] if index < first else self._parts[1][index - first]


def _tidy(name: str) -> str:
    """A class name as it is stored: names that nobody could tell apart are the same."""
    text = printable(unicodedata.normalize("NFC", " ".join(name.split())))
    if len(text) > _LONGEST_CLASS_NAME:
        raise InvalidInputError(
            f"A class is called {text[:40]!r} and so on, {len(text):,} characters. Expected at most {_LONGEST_CLASS_NAME}: "
            "give it a shorter name, or add the pictures without labels."
        )
    return text


def evenly(total: int, count: int) -> list[int]:
    """At most `count` rising indices below `total`, the same distance apart."""
    return sorted({index * total // count for index in range(count)}) if total > count else list(range(total))


def coded(
    labels: Sequence[str | None], order: Iterable[str] | None = None
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Class names (in natural order, or in the given one where it names them all) and the codes of labels."""
    found = {label for label in labels if label is not None}
    names = tuple(order or ())
    if not found <= set(names):
        names = tuple(sorted(found, key=natural))
    code: dict[str | None, int] = {name: index for index, name in enumerate(names)}
    return names, np.array([code.get(label, -1) for label in labels], np.int32)


def natural(name: str) -> list[tuple[int, int | str]]:
    """A key that sorts `img2` before `img10`."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name) if part]


def told(reason: str, names: Sequence[str]) -> tuple[Skipped, ...]:
    """Names that are skipped for one reason, if there are any."""
    return (Skipped(reason, len(names), tuple(names[:FIRST])),) if names else ()
