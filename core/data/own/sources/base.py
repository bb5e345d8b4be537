"""Where a user's pictures lie: what every kind of source tells of them, and how they are read one after the other."""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.data.levels import NO_NUMBERS, value_range
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


class Source(ABC):
    """A source of pictures.

    Attributes:
        extremes: the smallest and the largest of its numbers, where pixels are numbers of unknown scale; else NO_NUMBERS.
        black, white: which numbers are taken for these.
    """

    listing: Listing
    extremes: tuple[float, float] = NO_NUMBERS
    black: float
    white: float

    def scale(self, low: float, high: float) -> None:
        """Take for black and white what suits numbers between these; before any picture is read."""
        self.black, self.white = value_range(low, high)

    @abstractmethod
    def read(self, indices: Sequence[int]) -> Iterator[Raw]:
        """The pictures of these rising indices, one after the other: the bytes of an image file, pixels uint8 (height, width) or
        (height, width, channels), or what is wrong with this one. Raises InvalidInputError where no more can be read."""

    def spread(self, count: int) -> list[int]:
        """At most so many rising indices, spread over the pictures as far as that is quick to read."""
        return evenly(len(self.listing.names), count)


class Numbered(Sequence[str]):
    """Names of pictures that have none: "picture 1" and so on."""

    def __init__(self, count: int):
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # a slice is never asked for
        return f"picture {range(self._count)[index] + 1}"


class Joined(Source):
    """Two sources as one: what is learnt from, and what is tested on. Both have the same black and the same white."""

    def __init__(self, train: Source, held_out: Source):
        self._train, self._held_out = train, held_out
        lows, highs = zip(train.extremes, held_out.extremes, strict=True)
        self.extremes = min(lows), max(highs)
        self.scale(*self.extremes)

    def scale(self, low: float, high: float) -> None:
        for part in (self._train, self._held_out):
            part.scale(low, high)
        self.listing = _joined(self._train.listing, self._held_out.listing)

    def read(self, indices: Sequence[int]) -> Iterator[Raw]:
        first = len(self._train.listing.names)
        yield from self._train.read([index for index in indices if index < first])
        yield from self._held_out.read([index - first for index in indices if index >= first])

    def spread(self, count: int) -> list[int]:
        first, second = (len(part.listing.names) for part in (self._train, self._held_out))
        share = max(1, round(count * first / max(1, first + second)))
        return self._train.spread(share) + [first + index for index in self._held_out.spread(max(1, count - share))]


def _joined(train: Listing, held_out: Listing) -> Listing:
    """Of both, the second one's pictures for testing. Classes are told by their names."""
    counts = [len(train.names), len(held_out.names)]
    listing = replace(
        train,
        names=_Names([train.names, held_out.names]),
        test=np.repeat([False, True], counts),
        skipped=train.skipped + held_out.skipped,
        notes=tuple(dict.fromkeys(train.notes + held_out.notes)),
        class_names=(),
        codes=None,
    )
    if train.codes is None:
        return listing
    if held_out.codes is None:
        note = "The test pictures have no labels, so the set has none."
        return replace(listing, notes=(*listing.notes, note))
    names = tuple(dict.fromkeys(train.class_names + held_out.class_names))
    moved = np.array([names.index(name) for name in held_out.class_names] + [-1], np.int32)
    return replace(listing, class_names=names, codes=np.concatenate([train.codes, moved[held_out.codes]]))


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


def left_out(reason: str, names: Sequence[str]) -> tuple[Skipped, ...]:
    """Names that are skipped for one reason, if there are any."""
    return (Skipped(reason, len(names), tuple(names[:FIRST])),) if names else ()
