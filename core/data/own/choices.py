"""What can be chosen when pictures are added: where they lie, how they are made alike, and how they are parted."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import ImageColor

from core.checks import check_number, keep
from core.data.imageset import Framing
from core.errors import InvalidInputError

SIZES = (28, 32, 48, 64)
FITS = {
    "fit": "all of a picture is shown, on a square of the ground",
    "crop": "a picture's middle fills the square",
}
LEAST_SPLIT, MOST_SPLIT = 0.05, 0.5
_LONGEST_TITLE = 60


@dataclass(frozen=True)
class Adding:
    """One adding of pictures; every value is checked when it is made.

    Attributes:
        source: path of a folder, or of a zip, Parquet, .npy, .npz or IDX file.
        name: the set's title; may be empty for a preview.
        size: side of a picture in pixels, one of SIZES. None: that of the pictures where all have the same one of these,
            else 28.
        colour: three channels or one. None: three if any picture has colour.
        labels: `folder` (names of the top folders), `none`, the path of a CSV (file name, label) or of an array of labels, or
            the name of a Parquet column. None: those that come with the pictures, if any do.
        test: path of the test pictures, of any kind that `source` may be. None: a part named `test` in the source, else
            `split` is drawn.
        split: share of the pictures that is drawn for testing, of each class alike.
        ground: what transparent parts and margins become: a colour as CSS knows them, kept as `#rrggbb`.
        fit: one of FITS.
        mirror: whether a left-right mirrored picture is still one of its class.
        seed: of the draw and of the order.
    """

    source: str
    name: str = ""
    size: int | None = None
    colour: bool | None = None
    labels: str | None = None
    test: str | None = None
    split: float = 0.2
    ground: str = "#ffffff"
    fit: str = "fit"
    mirror: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("source", "test", "labels"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, (str, Path)) and str(value).strip()):
                raise InvalidInputError(f"{name.capitalize()} is {value!r}. Expected a path.")
            keep(self, name, value and str(value))
        if self.name:
            keep(self, "name", check_title(self.name))
        if self.size not in (None, *SIZES):
            raise InvalidInputError(f"Size is {self.size!r}. Expected one of: {', '.join(map(str, SIZES))} pixels.")
        if self.colour not in (None, True, False):
            raise InvalidInputError(
                f"Colour is {self.colour!r}. Expected True, False, or None to judge by the pictures."
            )
        keep(self, "split", check_number("The share for testing", self.split, LEAST_SPLIT, MOST_SPLIT, whole=False))
        if self.fit not in FITS:
            raise InvalidInputError(f"Fit is {self.fit!r}. Expected one of: {', '.join(FITS)}.")
        keep(self, "seed", check_number("Seed", self.seed, 0, 2**31 - 1))
        keep(self, "ground", check_ground(self.ground))

    @property
    def framing(self) -> Framing:
        return Framing(self.fit, self.ground)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Adding":
        """The inverse of `to_json`. Raises InvalidInputError for settings that this version does not know."""
        try:
            return cls(**data)
        except TypeError as error:
            raise InvalidInputError(f"Not settings for adding pictures: {data!r} ({error}).") from error


def check_title(title: object) -> str:
    """A title without spaces around it. Raises InvalidInputError for an empty, too long or unprintable one."""
    text = title.strip() if isinstance(title, str) else ""
    if not text or len(text) > _LONGEST_TITLE or not text.isprintable():
        shown = repr(title)[: _LONGEST_TITLE + 40]
        raise InvalidInputError(f"The name is {shown}. Expected 1 to {_LONGEST_TITLE} printable characters.")
    return text


def check_ground(ground: object) -> str:
    """A colour as `#rrggbb`. Raises InvalidInputError."""
    try:
        red, green, blue = ImageColor.getrgb(str(ground))[:3]
    except ValueError:
        raise InvalidInputError(
            f"Ground is {str(ground)[:40]!r}. Expected a colour: `white`, `black`, or another name or `#rrggbb`."
        ) from None
    return f"#{red:02x}{green:02x}{blue:02x}"
