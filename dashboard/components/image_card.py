"""The image that is looked at closely, as HTML: itself, and a part a model with what that makes of it."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard import image_words
from dashboard.alike_words import ODD
from dashboard.components.gallery import OPENING_STYLE, opening
from dashboard.components.thumbnails import data_uris
from dashboard.image_link import called
from dashboard.palette import WRONG

_STYLE = """<style>
.ll-image {display:flex; gap:16px; align-items:center; margin-bottom:4px}
.ll-image h2 {font-size:1.25rem; line-height:1.2; margin:0; padding:0 0 .4rem}
.ll-image p, .ll-part p {margin:0; font-size:.875rem; line-height:1.45; overflow-wrap:anywhere}
.ll-image img, .ll-part img {display:block; border-radius:4px; outline:1px solid rgba(128,128,128,.25); outline-offset:-1px}
.ll-image img {width:140px; height:auto; flex:none}
.ll-parts {display:grid; grid-template-columns:repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap:18px}
.ll-part {border-left:4px solid; padding-left:12px; min-width:0; display:flex; flex-direction:column; gap:8px; container-type:inline-size}
.ll-part h3 {font-size:1.05rem; line-height:1.25; margin:0; padding:0}
.ll-pairs {display:flex; flex-wrap:wrap; gap:8px 18px}
.ll-pairs figure, .ll-nearest figure, .ll-maps figure {margin:0}
.ll-pairs figcaption {font-size:.78rem; line-height:1.35; max-width:166px}
.ll-pairs .ll-beside {display:flex; gap:6px}
.ll-pairs .ll-beside img {width:clamp(72px, 22cqw, 128px); height:auto}
.ll-typical {display:flex; gap:10px; align-items:center}
.ll-typical img {width:44px; height:auto}
.ll-nearest {display:grid; grid-template-columns:repeat(5, minmax(0, 84px)); gap:6px; margin-top:4px}
.ll-nearest figure {position:relative}
.ll-nearest i {position:absolute; top:0; right:0; z-index:1; width:18px; height:18px; border-radius:0 4px 0 6px; background:WRONG; color:#fff;
  font:700 12px/18px sans-serif; text-align:center; pointer-events:none}
.ll-nearest figcaption {font-size:.7rem; line-height:1.2; overflow:hidden; text-overflow:ellipsis; white-space:nowrap}
.ll-nearest small {display:block; font-size:.65rem}
.ll-nearest .ll-open {width:100%}
.ll-nearest img, .ll-nearest .ll-no {width:100%; height:auto}
.ll-nearest .ll-other :is(img, .ll-no) {outline:3px dashed WRONG; outline-offset:-3px}
.ll-no {display:grid; place-items:center; aspect-ratio:1; border-radius:4px; background:rgba(128,128,128,.15); font-size:.7rem}
.ll-maps {display:flex; flex-wrap:wrap; gap:8px}
.ll-maps figure > div {position:relative; width:108px; height:108px; border-radius:4px; background:rgba(128,128,128,.08)}
.ll-maps img {width:108px; height:108px; image-rendering:pixelated}
.ll-maps i {position:absolute; width:11px; height:11px; border-radius:50%; transform:translate(-50%, -50%); box-sizing:border-box;
  background:light-dark(#000, #fff); border:2px solid light-dark(#fff, #000); box-shadow:0 0 0 2px light-dark(#000, #fff)}
.ll-maps figcaption {font-size:.75rem; text-align:center}
.ll-part img.ll-coarse, .ll-image img.ll-coarse {image-rendering:pixelated}
</style>""".replace("WRONG", WRONG)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture made of the image's embedding: uint8 (h, w, c); where it errs, likewise, or None; lines of text below."""

    title: str
    picture: np.ndarray
    errs: np.ndarray | None
    lines: Sequence[str]


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """An image to open. `picture`: uint8 (h, w, c), None where it is not on this machine; `name`: of its class, empty without
    labels; `odd`: of another class than the image that is looked at.
    """

    key: str
    picture: np.ndarray | None
    name: str = ""
    odd: bool = False


@dataclass(frozen=True)
class OnMap:
    """A map as a picture, a data URI, and where the image is on it: shares of width and height."""

    title: str
    uri: str
    x: float
    y: float


@dataclass(frozen=True)
class Part:
    """What one model makes of the image. `lines`: of text, about its cluster, which the first names; `near_line`: about its neighbours."""

    title: str
    colour: str
    drawn: Sequence[Drawn]
    lines: Sequence[str]
    typical: Thumbnail | None
    typical_line: str
    near: Sequence[Thumbnail]
    near_line: str
    maps: Sequence[OnMap]


def head_html(key: str, name: str | None, picture: np.ndarray | None, lines: Sequence[str] = ()) -> str:
    """The picture, uint8 (h, w, c) or None where it is not on this machine, its number, its class where it has one, and lines."""
    shown = _image(picture, 140, called(key)) if picture is not None else ""
    kind = f"<p>Class: <b>{html.escape(name)}</b></p>" if name is not None else ""
    return f"{OPENING_STYLE}{_STYLE}<div class='ll-image'>{shown}<div><h2>{image_words.title(key)}</h2>{kind}{_paragraphs(lines)}</div></div>"


def parts_html(parts: Sequence[Part]) -> str:
    """A part a model, side by side where there is room."""
    return f"<div class='ll-parts'>{''.join(map(_part, parts))}</div>"


def _part(part: Part) -> str:
    dot = f"<span style='color:{part.colour}' aria-hidden='true'>●</span>"
    found = [f"<h3>{dot} {html.escape(part.title)}</h3>"]
    if part.drawn:
        found.append(f"<div class='ll-pairs'>{''.join(map(_drawn, part.drawn))}</div>")
    first, *others = part.lines
    found.append(f"<div><p><b>{html.escape(first)}</b></p>{_paragraphs(others)}</div>")
    if part.typical:
        shown = _thumbnail(part.typical, 44)
        found.append(f"<div class='ll-typical'>{shown}<p>{html.escape(part.typical_line)}</p></div>")
    near = f"<div class='ll-nearest' role='list'>{''.join(map(_neighbour, part.near))}</div>" if part.near else ""
    found.append(f"<div><p>{html.escape(part.near_line)}</p>{near}</div>")
    if part.maps:
        found.append(f"<div class='ll-maps'>{''.join(map(_on_map, part.maps))}</div>")
    return f"<section class='ll-part' style='border-color:{part.colour}'>{''.join(found)}</section>"


def _drawn(one: Drawn) -> str:
    errs = "" if one.errs is None else _image(one.errs, 80, f"where it errs: {one.title}")
    lines = "".join(f"<br>{html.escape(line)}" for line in one.lines)
    return (
        f"<figure><div class='ll-beside'>{_image(one.picture, 80, one.title)}{errs}</div>"
        f"<figcaption><b>{html.escape(one.title)}</b>{lines}</figcaption></figure>"
    )


def _neighbour(one: Thumbnail) -> str:
    caption, kind = html.escape(one.name), "ll-other" if one.odd else ""
    mark = f"<i aria-hidden='true'>{ODD}</i>" if one.odd else ""
    return (
        f"<figure role='listitem' class='{kind}'>{_thumbnail(one, 64)}{mark}"
        f"<figcaption title='{caption}'>{caption}<small>{one.key.replace('.', ' ')}</small></figcaption></figure>"
    )


def _thumbnail(one: Thumbnail, width: int) -> str:
    words = [one.name, called(one.key), "another class" if one.odd else ""]
    alt = ", ".join(filter(None, words))
    if one.picture is None:
        split, index = one.key.split(".")
        return opening(f"<span class='ll-no'>{split}<br>{index}</span>", one.key)
    return opening(_image(one.picture, width, alt), one.key)


def _on_map(one: OnMap) -> str:
    return (
        f"<figure><div><img src='{one.uri}' alt='{html.escape(one.title)}: where the image lies'>"
        f"<i style='left:{100 * one.x:.1f}%; top:{100 * one.y:.1f}%'></i></div><figcaption>{html.escape(one.title)}</figcaption></figure>"
    )


def _image(picture: np.ndarray, width: int, alt: str) -> str:
    (uri,) = data_uris(picture[None])
    coarse = " class='ll-coarse'" if width >= 2 * picture.shape[1] else ""
    return f"<img{coarse} src='{uri}' alt='{html.escape(alt)}'>"


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)
