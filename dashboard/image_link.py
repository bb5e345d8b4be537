"""The image that is looked at closely, beside the page or on one of its own: which one it is, in the session and in the link.

An image is named by a text `SPLIT.INDEX`, such as `test.1234`.
"""

import re
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.analyse.clustering import SPLITS
from core.data import ImageSetInfo
from dashboard import link
from dashboard.link import Parameter

KEY = "image"  # in the session, in the link, and of the widget that keeps it there from page to page
_TYPED = re.compile(
    r"(?:(train|test)[\s.:]*)?(?:images?\s*)?#?([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})", re.IGNORECASE
)


def image_key(split: str, index: int) -> str:
    """What names the image."""
    return f"{split}.{int(index)}"


def image_keys(split: str, rows: np.ndarray | Sequence[int]) -> tuple[str, ...]:
    """What names the images of these rows of a split, for galleries."""
    return tuple(image_key(split, row) for row in rows)


def keys_across(splits: Sequence[tuple[str, int]], rows: np.ndarray | Sequence[int]) -> tuple[str, ...]:
    """The same for rows that are counted across several splits, each of which is given with its number of images, in order."""
    found = []
    for row in map(int, rows):
        for split, count in splits:
            if row < count:
                found.append(image_key(split, row))
                break
            row -= count
    return tuple(found)


def parts(key: str) -> tuple[str, int]:
    """The split of an image that `image_key` named, and its index."""
    split, _, index = key.partition(".")
    return split, int(index)


def called(key: str) -> str:
    """What the image is called: `test image 1234`."""
    split, index = parts(key)
    return f"{split} image {index}"


def open_image(key: str) -> None:
    """Look at this image from the next run of the app on. Call it in a widget's callback, or before the page ends; from a part of
    a page that runs alone, follow it by `st.rerun()`.
    """
    st.session_state[KEY] = key


def close_image() -> None:
    """Look at none from the next run on."""
    st.session_state[KEY] = ""


def chosen(info: ImageSetInfo) -> tuple[str, int] | None:
    """The split and index of the image that is looked at; None for none, or one that this set does not have."""
    key = read(st.session_state.get(KEY) or "", info)
    return parts(key) if key else None


def read(text: str, info: ImageSetInfo, split: str = "test") -> str | None:
    """The image that a person means: `1234`, `test.1234`, `Train image 1,234`; None for what names no image of this set.

    split: where a number alone counts.
    """
    found = _TYPED.fullmatch(text.strip())
    if not found:
        return None
    split, index = (found[1] or split).lower(), int(found[2].replace(",", ""))
    return image_key(split, index) if index < size(info, split) else None


def size(info: ImageSetInfo, split: str) -> int:
    """How many images a split has."""
    return info.part_shape(f"{split}_images")[0]


def expected(info: ImageSetInfo) -> str:
    """What names an image of this set, in words."""
    ranges = [f"of a {split} image from 0 to {size(info, split) - 1:,}" for split in SPLITS]
    return f"the number {' or '.join(ranges)}, such as `{image_key('test', min(1234, size(info, 'test') - 1))}`"


def parameter(info: ImageSetInfo) -> Parameter:
    """What a link can say of it."""
    return Parameter(lambda text: read(text, info), expected(info), "no image")


def put_right(info: ImageSetInfo) -> None:
    """Let go of an image that this set does not have, in the link or since another set was chosen, with a word."""
    known = parameter(info)
    link.put_right({KEY: known})
    asked = st.session_state.get(KEY)
    if asked and read(asked, info) is None:
        link.refuse(KEY, known, [asked])
        close_image()
