"""What an adding of pictures comes to: told before in a preview, and after."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.imageset import ImageSetInfo
from core.output import printable


@dataclass(frozen=True)
class Skipped:
    """Files or pictures that are left out for one reason.

    Attributes:
        reason: in words that follow a number: "damaged", "equal to another picture", "other files".
        count: how many.
        first: names of the first few, in the source's order, some with what is wrong with them.
    """

    reason: str
    count: int
    first: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", tuple(map(printable, self.first)))


@dataclass(frozen=True, eq=False)
class Preview:
    """What would be added.

    Attributes:
        kind: of source: "folder", "zip", "Parquet", "NumPy" or "IDX".
        found: how many pictures there are, by their names or rows.
        looked_at: how many of them were unpacked for this preview, spread over all. What is said of pixels, and what is
            skipped for them, comes from these.
        smallest, largest: width and height of the pictures of fewest and most pixels.
        kinds: what the pictures are, with how many of each: "PNG, colour, 8 bits, transparent".
        shape: of a picture of the set: height, width, channels.
        class_counts: pictures by class, in the order of the classes; empty for no labels. Those looked at and skipped are
            not counted.
        samples: uint8 (m, height, width, channels), up to twelve pictures as they will be seen, of as many classes as can be.
        sample_names: their names in the source.
        sample_labels: the class of each; empty for no labels.
        skipped: what is left out, and why.
        train_size, validation_size, test_size: of the split; validation is the last part of train.
        epochs: how many a training takes unless told otherwise.
        notes: what else one should know before adding, a sentence each.
    """

    kind: str
    found: int
    looked_at: int
    smallest: tuple[int, int]
    largest: tuple[int, int]
    kinds: dict[str, int]
    shape: tuple[int, int, int]
    class_counts: dict[str, int]
    samples: NDArray[np.uint8]
    sample_names: tuple[str, ...]
    sample_labels: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    train_size: int
    validation_size: int
    test_size: int
    epochs: int
    notes: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether every picture was looked at: then the numbers are those of the set that would be added."""
        return self.looked_at == self.found


@dataclass(frozen=True, eq=False)
class Added:
    """What was added.

    Attributes:
        info: of the set. Where the very same pictures were there already it is that set's, under the title it had.
        is_new: whether it was not there before.
        skipped: what was left out, and why.
        notes: as in `Preview`.
    """

    info: ImageSetInfo
    is_new: bool
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
