"""An image and those most like it under each model, as plain HTML: the first thing that a visitor sees."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.alike_words import ODD
from dashboard.components.gallery import width_on_screen
from dashboard.components.thumbnails import data_uris
from dashboard.image_link import called
from dashboard.palette import WRONG

_SIZE = 84  # three times the pixels of a small picture
_STYLE = f"""<style>
.ll-alike {{display:grid; grid-template-columns:max-content minmax(0,1fr); gap:6px 28px; container-type:inline-size}}
.ll-alike img {{display:block; width:100%; height:auto; border-radius:4px; box-sizing:border-box}}
.ll-alike img.ll-coarse {{image-rendering:pixelated}}
.ll-alike .ll-open {{display:block; width:100%; margin:0; padding:0; border:0; border-radius:4px; background:none; color:inherit;
  font:inherit; cursor:pointer}}
.ll-alike .ll-open:hover img {{filter:brightness(1.15)}}
.ll-alike .ll-open:is(:hover, :focus-visible) {{outline:3px solid currentColor}}
.ll-asked {{margin:24px 0 0; width:calc(1.6*var(--most)); grid-row:1/span var(--lines); font-size:.82rem; line-height:1.3}}
.ll-asked img {{outline:1px solid rgba(128,128,128,.35); outline-offset:-1px}}
.ll-asked b {{display:block; font-size:.95rem; margin-top:4px; overflow:hidden; text-overflow:ellipsis}}
.ll-under {{min-width:0}}
.ll-under .who {{font-size:.875rem; line-height:1.4; border-left:4px solid; padding-left:8px; margin-bottom:4px}}
.ll-six {{display:grid; grid-template-columns:repeat(6,minmax(0,var(--most))); gap:8px}}
.ll-near {{position:relative; font-size:.72rem; line-height:1.3; text-align:center; min-width:0}}
.ll-near img {{outline:1px solid rgba(128,128,128,.25); outline-offset:-1px}}
.ll-near.odd img {{outline:3px dashed {WRONG}; outline-offset:-3px}}
.ll-near i {{position:absolute; top:0; right:0; width:18px; height:18px; border-radius:0 4px 0 6px; background:{WRONG};
  color:#fff; font:700 12px/18px sans-serif}}
.ll-near span {{display:block; overflow:hidden; text-overflow:ellipsis; white-space:nowrap}}
@container (max-width:600px) {{.ll-asked {{width:var(--most)}}}}
@container (min-width:1100px) {{.ll-asked, .ll-under {{--most:var(--wide)}}}}
@media (max-width:640px) {{
  .ll-alike {{grid-template-columns:minmax(0,1fr)}}
  .ll-asked {{grid-row:auto; width:auto; margin:0; display:grid; grid-template-columns:var(--most) 1fr; gap:0 12px; align-items:center}}
  .ll-asked img {{grid-row:1/span 2}} .ll-asked b {{margin:0; align-self:end}} .ll-asked small {{align-self:start}}
  .ll-six {{gap:5px}}
}}
</style>"""


@dataclass(frozen=True, eq=False)
class Near:
    """An image: its key, as `test.1234`, uint8 (h, w, c), the name of its class ("" without labels), whether it is of another
    class than the one it is like.
    """

    key: str
    picture: np.ndarray
    name: str
    odd: bool = False


@dataclass(frozen=True, eq=False)
class Line:
    """A model: its title and accent, what is said of its neighbours, and these, nearest first."""

    title: str
    colour: str
    said: str
    near: Sequence[Near]


def alike_html(asked: Near, lines: Sequence[Line]) -> str:
    """The image at the left, a line for each model at its right; on a phone one below the other."""
    width = width_on_screen(asked.picture[None], _SIZE)
    named = f"<b>{html.escape(asked.name)}</b>" if asked.name else ""
    parts = [
        f"{_STYLE}<div class='ll-alike' style='--most:{width}px; --wide:{width * 4 // 3}px; --lines:{len(lines)}'><figure class='ll-asked'>"
        f"{_image(asked, asked.name, width)}<figcaption>{named}"
        f"<small>{called(asked.key)}</small></figcaption></figure>"
    ]
    for line in lines:
        said = f" · {html.escape(line.said)}" if line.said else ""
        cells = "".join(_cell(one, width) for one in line.near)
        label = html.escape(f"Most like it under {line.title}", quote=True)
        parts.append(
            f"<div class='ll-under'><div class='who' style='border-color:{line.colour}'><b>{html.escape(line.title)}</b>{said}</div>"
            f"<div class='ll-six' role='list' aria-label='{label}'>{cells}</div></div>"
        )
    return "".join(parts) + "</div>"


def _cell(one: Near, width: int) -> str:
    words = f"{one.name}, another class" if one.odd else one.name
    name = html.escape(one.name)
    mark = f"<i aria-hidden='true'>{ODD}</i>" if one.odd else ""
    below = f"<span title='{html.escape(one.name, quote=True)}'>{name}</span>" if name else ""
    return f"<div class='ll-near{' odd' * one.odd}' role='listitem'>{_image(one, words, width)}{mark}{below}</div>"


def _image(one: Near, words: str, width: int) -> str:
    (uri,) = data_uris(one.picture[None])
    height = round(width * one.picture.shape[0] / one.picture.shape[1])
    coarse = " class='ll-coarse'" if width >= 2 * one.picture.shape[1] else ""
    alt = html.escape(", ".join(filter(None, (words, called(one.key)))), quote=True)
    shown = f"<img{coarse} src='{uri}' width='{width}' height='{height}' alt='{alt}'>"
    return (
        f"<button type='button' class='ll-open' data-image='{one.key}' title='Open {called(one.key)}'>{shown}</button>"
    )
