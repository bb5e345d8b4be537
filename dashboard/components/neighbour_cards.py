"""Cards of test images: what two models say of each, and its nearest neighbours under both, the odd ones marked."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from dashboard.alike_words import ODD
from dashboard.components.gallery import width_on_screen
from dashboard.components.thumbnails import data_uris
from dashboard.image_link import image_key
from dashboard.palette import WRONG

_LARGEST = 96  # pixels a side that a thumbnail holds; on screen they are smaller
_STYLE = """<style>
.ll-cards {display:grid; gap:8px; container-type:inline-size}
.ll-card {display:grid; grid-template-columns:minmax(150px,.55fr) minmax(0,1fr) minmax(0,1fr); gap:8px 18px; align-items:start;
  border:1px solid rgba(128,128,128,.35); border-radius:8px; padding:9px 12px}
.ll-card .it {display:flex; gap:10px; min-width:0}
.ll-card .it figure {flex:none}
.ll-card .of {font-size:.78rem; line-height:1.35; min-width:0; overflow-wrap:anywhere}
.ll-card .side {border-left:4px solid; padding-left:10px; min-width:0}
.ll-card .says {font-size:.85rem; line-height:1.3; margin-bottom:6px; overflow-wrap:anywhere}
.ll-card .near {display:flex; flex-wrap:wrap; gap:5px}
.ll-card figure {margin:0; width:var(--size); font-size:.68rem; line-height:1.2; text-align:center}
.ll-card figcaption {overflow:hidden; text-overflow:ellipsis; white-space:nowrap; color:inherit; font-size:inherit}
.ll-card button {display:block; width:100%; margin:0; padding:0; border:0; border-radius:4px; background:none; color:inherit; font:inherit;
  cursor:pointer}
.ll-card button:is(:hover, :focus-visible) {outline:3px solid currentColor; outline-offset:1px}
.ll-card .row {display:block; padding:8px 0; border:1px solid rgba(128,128,128,.5); border-radius:4px}
.ll-card img {display:block; width:100%; height:auto; border-radius:4px; box-sizing:border-box; border:2px solid transparent}
.ll-card img.coarse {image-rendering:pixelated}
.ll-card .odd img {border:2px dashed WRONG}
.ll-card .odd {position:relative}
.ll-card .odd i {position:absolute; top:0; right:0; width:16px; height:16px; border-radius:0 4px 0 6px; background:WRONG; color:#fff;
  font:700 11px/16px sans-serif; pointer-events:none}
.ll-card .both img {border-bottom:3px solid currentColor}
@container (max-width:780px) {.ll-card {grid-template-columns:minmax(0,1fr) minmax(0,1fr)} .ll-card .it {grid-column:1/-1}}
@container (max-width:520px) {.ll-card {grid-template-columns:minmax(0,1fr)}}
</style>""".replace("WRONG", WRONG)


@dataclass(frozen=True)
class Neighbour:
    """A neighbour on a card. `name`: of its class, empty without labels; `odd`: of another class than the image; `both`: near it
    under the other model, too.
    """

    row: int
    name: str
    odd: bool
    both: bool


@dataclass(frozen=True)
class Side:
    """What one model says of an image: its title and accent, the verdict, empty without labels, its cluster, what lies near."""

    letter: str
    title: str
    colour: str
    verdict: str
    cluster: str
    near: Sequence[Neighbour]


@dataclass(frozen=True)
class Card:
    """One test image. `title`: its class, or empty; `note`: a line of text beside it."""

    row: int
    title: str
    note: str
    sides: Sequence[Side]


def neighbour_cards(cards: Sequence[Card], rows: np.ndarray, pictures: np.ndarray | None) -> None:
    """Draw `cards_html`."""
    st.html(cards_html(cards, rows, pictures))


def cards_html(cards: Sequence[Card], rows: np.ndarray, pictures: np.ndarray | None) -> str:
    """A list of cards.

    Args:
        rows: int (n,), the test images that the cards name, in any order.
        pictures: these images, uint8 (n, h, w, c); None where they are not on this machine, which the cards then name only.
    """
    uris = {} if pictures is None else dict(zip(rows.tolist(), data_uris(_small(pictures)), strict=True))
    size = 44 if pictures is None else min(width_on_screen(pictures, 44), 64)
    large = size + 20
    coarse = pictures is not None and pictures.shape[2] <= size // 2 + 6

    def picture(row: int, words: str, kind: str, caption: str, width: int) -> str:
        alt, key = html.escape(words), image_key("test", row)
        look = " class='coarse'" if coarse else ""
        shown = f"<img{look} src='{uris[row]}' alt='{alt}'>" if row in uris else f"<span class='row'>{row}</span>"
        below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
        mark = f"<i aria-hidden='true'>{ODD}</i>" if "odd" in kind.split() else ""
        return (
            f"<figure class='{kind}' style='--size:{width}px'><button type='button' data-image='{key}' title='Open {alt}'>{shown}</button>"
            f"{mark}{below}</figure>"
        )

    def side(one: Side) -> str:
        said = " · ".join(word for word in (one.verdict, one.cluster) if word)
        near = "".join(
            picture(each.row, _words(each), _kind(each), each.name if each.odd else "", size) for each in one.near
        )
        return (
            f"<div class='side' style='border-color:{one.colour}'><div class='says'><b>{one.letter}</b> {html.escape(one.title)}: "
            f"{html.escape(said)}</div><div class='near'>{near}</div></div>"
        )

    items = []
    for card in cards:
        words = ", ".join(word for word in (card.title, f"test image {card.row}") if word)
        title = f"<b>{html.escape(card.title)}</b><br>" if card.title else ""
        items.append(
            f"<div class='ll-card' role='listitem'><div class='it'>{picture(card.row, words, '', '', large)}"
            f"<div class='of'>{title}test {card.row}<br>{html.escape(card.note)}</div></div>"
            f"{''.join(map(side, card.sides))}</div>"
        )
    return f"{_STYLE}<div class='ll-cards' role='list'>{''.join(items)}</div>"


def _words(one: Neighbour) -> str:
    said = [one.name or "neighbour", f"test image {one.row}"]
    if one.odd:
        said.append("another class")
    if one.both:
        said.append("near under both")
    return ", ".join(said)


def _kind(one: Neighbour) -> str:
    return " ".join(word for word, so in (("odd", one.odd), ("both", one.both)) if so)


def _small(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, h, w, c) brought down to what a thumbnail shows; smaller ones as they are."""
    height, width = pictures.shape[1:3]
    if max(height, width) <= _LARGEST:
        return pictures
    ratio = _LARGEST / max(height, width)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    grey = pictures.shape[3] == 1
    small = [np.asarray(Image.fromarray(one[..., 0] if grey else one).resize(size)) for one in pictures]
    return np.stack(small)[..., None] if grey else np.stack(small)
