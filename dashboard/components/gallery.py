"""Rows of small pictures with names above and figures below, crisp at any size, scrolling sideways on a phone."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
import streamlit as st

from dashboard.components.thumbnails import data_uris
from dashboard.image_link import called

_LARGEST = 128
OPENING_STYLE = """<style>
.ll-open {display:block; margin:0; padding:0; border:0; border-radius:4px; background:none; color:inherit; font:inherit; cursor:pointer}
.ll-open:hover img {filter:brightness(1.15)}
.ll-open:is(:hover, :focus-visible) {outline:3px solid currentColor}
</style>"""
_STYLE = """<style>
.ll-gallery {overflow-x:auto; margin:-3px; padding:3px 3px 7px; container-type:inline-size}
.ll-row {display:flex; align-items:center; gap:6px; margin-bottom:6px; width:max-content;
         --size:clamp(56px, (100cqw - 108px)/var(--count) - 6px, var(--most))}
.ll-row img {width:var(--size); height:auto}
.ll-row .ll-cell {width:var(--size)}
.ll-name {width:108px; flex:none; font-size:.82rem; line-height:1.15; position:sticky; left:0; z-index:1;
          padding-right:4px; border-left:4px solid transparent; padding-left:8px}
.ll-cell {text-align:center; font-size:.72rem; line-height:1.25; opacity:.95}
.ll-cell img {display:block; border-radius:4px; outline:1px solid rgba(128,128,128,.25); outline-offset:-1px}
.ll-cell img.ll-coarse {image-rendering:pixelated}
.ll-wrap {display:flex; flex-wrap:wrap; gap:6px}
.ll-cell span {display:block; max-width:100%; overflow:hidden; text-overflow:ellipsis; white-space:nowrap}
.ll-swipe {display:none; font-size:.75rem; opacity:.75; margin-bottom:4px}
@media (max-width:640px) {.ll-name {width:74px; font-size:.72rem} .ll-swipe {display:block}}
</style>"""


@dataclass(frozen=True)
class Row:
    """A named row of pictures: uint8 (n, h, w, 1) or (n, h, w, 3), text of one line or several under each, an accent colour.

    images: the image that each picture shows or is made of, as `image_link.image_key` names it: a click opens it.
    """

    name: str
    pictures: np.ndarray
    captions: Sequence[str] = ()
    colour: str = "transparent"
    images: Sequence[str] = ()


def rows_of_pictures(rows: Sequence[Row], *, size: int = 72) -> None:
    """Draw `rows_html`."""
    st.html(rows_html(rows, size=size))


def rows_html(rows: Sequence[Row], *, size: int = 72) -> str:
    """Aligned rows, one below the other: the same column is the same image. `size` as in `width_on_screen`."""
    label = html.escape(" above ".join(row.name for row in rows))
    parts = [
        f"{OPENING_STYLE}{_STYLE}<div class='ll-swipe'>swipe sideways for more →</div>"
        f"<div class='ll-gallery' role='table' aria-label='{label}' tabindex='0'>"  # focused, it scrolls by arrow keys
    ]
    reached: set[str] = set()  # by the tab key: of an image that several rows show, once is enough
    for row in rows:
        width = width_on_screen(row.pictures, size)
        cells = "".join(
            _cell(picture, caption, width, row.name, "cell", image, image not in reached)
            for picture, caption, image in _each(row.pictures, row.captions, row.images)
        )
        reached.update(row.images)
        parts.append(
            f"<div class='ll-row' role='row' style='--count:{len(row.pictures)}; --most:{width}px'>"
            f"<div class='ll-name' role='rowheader' style='border-left-color:{row.colour}'>"
            f"{html.escape(row.name)}</div>{cells}</div>"
        )
    return "".join(parts) + "</div>"


def picture_wall(
    pictures: np.ndarray, captions: Sequence[str] = (), *, size: int = 56, images: Sequence[str] = ()
) -> None:
    """Pictures side by side, as many a line as fit. `size` as in `width_on_screen`, `images` as in `Row`."""
    width = width_on_screen(pictures, size)
    cells = "".join(
        _cell(picture, caption, width, "", "listitem", image)
        for picture, caption, image in _each(pictures, captions, images)
    )
    st.html(f"{OPENING_STYLE}{_STYLE}<div class='ll-wrap' role='list'>{cells}</div>")


def width_on_screen(pictures: np.ndarray, size: int) -> int:
    """CSS pixels across of pictures (n, h, w, c): `size`, more for pictures in which there is more to see."""
    return max(size, min(_LARGEST, pictures.shape[2] * 3 // 2))


def as_bytes(pictures: np.ndarray) -> np.ndarray:
    """Floats in [0, 1] to uint8 0..255, same shape."""
    return np.clip(np.round(pictures * 255), 0, 255).astype(np.uint8)


def error_colours(errors: np.ndarray, top: float) -> np.ndarray:
    """Absolute errors (n, h, w), the channels' mean, as colours uint8 (n, h, w, 3): black, through red, to yellow."""
    level = np.clip(errors / max(top, 1e-6), 0, 1)
    channels = (
        np.clip(2.2 * level, 0, 1),
        np.clip(2.2 * level - 0.9, 0, 1),
        np.clip(0.35 * level * (1 - level) * 4, 0, 1),
    )
    return as_bytes(np.stack(channels, axis=-1))


def _each(
    pictures: np.ndarray, captions: Sequence[str], images: Sequence[str]
) -> Iterator[tuple[np.ndarray, str, str]]:
    """Each picture with its caption and its image, empty where there are fewer."""
    return zip(pictures, chain(captions, repeat("")), chain(images, repeat("")), strict=False)


def _cell(
    picture: np.ndarray, caption: str, width: int, name: str, role: str, image: str = "", reached: bool = True
) -> str:
    (uri,) = data_uris(picture[None])
    lines = [html.escape(line) for line in caption.splitlines()]
    below = "".join(f"<span style='max-width:{width}px' title='{line}'>{line}</span>" for line in lines)
    words = [f"{name} {' '.join(caption.splitlines())}".strip(), called(image) if image else ""]
    alt = html.escape(", ".join(filter(None, words)) or "picture")
    height = round(width * picture.shape[0] / picture.shape[1])
    # Coarse pictures keep their hard pixels; finer ones, not enlarged by a whole number, would get uneven ones.
    coarse = " class='ll-coarse'" if width >= 2 * picture.shape[1] else ""
    shown = f"<img{coarse} src='{uri}' width='{width}' height='{height}' alt='{alt}'>"
    return f"<div class='ll-cell' role='{role}'>{opening(shown, image, reached) if image else shown}{below}</div>"


def opening(shown: str, image: str, reached: bool = True) -> str:
    """HTML that opens the image by a click on the HTML `shown`, see `image_clicks`; `reached`: also by the tab key. Its looks come
    with `OPENING_STYLE`.
    """
    order = "" if reached else " tabindex='-1'"
    return f"<button type='button' class='ll-open' data-image='{html.escape(image)}' title='Open {called(image)}'{order}>{shown}</button>"
