"""The image that is looked at closely: in a panel beside whatever page, and in full width on the page *One image*.

A part of the app that runs alone: opening an image, or stepping to the next, draws nothing else anew.
"""

import contextlib

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analyse.clustering import SPLITS
from core.data import ImageSetInfo
from dashboard import coming_back, explorer_choices, image_facts, queries
from dashboard.components.gallery import picture_wall
from dashboard.components.image_card import head_html, parts_html
from dashboard.components.image_clicks import asked, image_clicks
from dashboard.image_link import (
    KEY,
    chosen,
    close_image,
    expected,
    image_key,
    image_keys,
    open_image,
    parts,
    read,
    size,
)
from dashboard.link import quoted
from dashboard.page_choices import DOTS
from dashboard.strip import some_images
from dashboard.told import errors_told
from dashboard.turns import turn
from dashboard.view import Selection, current, looked_at

PAGE, PANEL, ON_PAGE = "image", "image_panel", "image_page"
# The panel's place is always there, so that a page's own elements never change theirs; out of the page's flow, it takes no room.
_PLACE = f"""<style>
[data-testid=stLayoutWrapper]:has(> .st-key-{PANEL}) {{display:contents}}
.st-key-{PANEL} {{position:fixed; inset:0 0 auto auto; width:0; height:0; overflow:hidden}}
.st-key-{KEY}, .st-key-image_clicks {{display:none}}
.st-key-image_steps {{gap:6px}}
.st-key-image_steps button [data-testid=stMarkdownContainer]:has(> p) {{position:absolute; clip-path:inset(50%)}}
.st-key-image_steps .st-key-image_split [data-testid=stMarkdownContainer] {{position:static !important; clip-path:none !important}}
</style>"""
# From 1100 px on beside the page, below over it: at the right, on a phone at the bottom.
_OPEN = f"""<style>
.st-key-{PANEL}[class] {{inset:3.75rem 0 0 auto; width:min(26rem, 100vw); height:auto; overflow:hidden auto; z-index:999980; padding:.5rem 1rem 1rem;
  box-sizing:border-box; background:light-dark(#fff, #12161c); border-left:1px solid light-dark(#d8dee5, #333c48); outline-offset:-3px}}
@media (min-width:1100px) {{
  [data-testid=stMain] {{width:calc(100% - 26rem)}}
  [data-testid=stMainBlockContainer] {{padding-left:2.5rem; padding-right:2rem}}
}}
@media (max-width:1099.9px) {{.st-key-{PANEL}[class] {{box-shadow:0 0 24px #0005}}}}
@media (max-width:640px) {{
  .st-key-{PANEL}[class] {{inset:auto 0 0 0; width:100vw; height:64dvh; border-left:0; border-top:1px solid light-dark(#d8dee5, #333c48);
    border-radius:12px 12px 0 0}}
  [data-testid=stMainBlockContainer] {{padding-bottom:66dvh}}
}}
</style>"""


def place() -> DeltaGenerator:
    """Where the panel is going to be; before anything that the page draws."""
    st.html(_PLACE)
    return st.container(key=PANEL)


def show(page: str, panel: DeltaGenerator) -> None:
    """Draw the image that is open, in the panel or, on its own page, below what that page says. After the page."""
    on_page = st.container(key=ON_PAGE) if page == PAGE else None
    with panel:
        _draw(on_page)


@st.fragment
@turn()
@errors_told()
def _draw(on_page: DeltaGenerator | None) -> None:
    """What keeps the image in the link, unseen, and what listens stand in one place on every page: where they moved, the browser
    lost the image from the link.
    """
    st.text_input("Image", key=KEY, bind="query-params")
    wide = on_page is not None
    selection = current()
    shown = chosen(selection.info)
    count = size(selection.info, shown[0]) if shown else 0
    image_clicks(shown, count, where=ON_PAGE if wide else PANEL, on_open=_open, on_close=close_image)
    with contextlib.nullcontext() if on_page is None else on_page:
        if shown:
            _show(selection, *shown, wide)
        elif wide:
            _ask(selection)


def _open() -> None:
    """The browser asks for an image; what it sends may be anything."""
    wanted = read(str(asked() or ""), current().info)
    if wanted:
        open_image(wanted)


def _show(selection: Selection, split: str, index: int, wide: bool) -> None:
    """The image, the way to others, and a part a model."""
    key = image_key(split, index)
    if not wide:
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="image_top"
        ):
            st.page_link("app_pages/image.py", label="Open as a page", icon=":material/open_in_full:")
            st.button("Close", icon=":material/close:", key="image_close", on_click=close_image, type="tertiary")
    runs = looked_at(selection)[0]
    facts = image_facts.gather(selection, runs, split, index)
    head = head_html(key, facts.image.name, facts.image.picture, facts.judged)
    st.html(head if wide else _OPEN + head)
    _steps(selection.info, split, index)
    if runs:
        st.html(parts_html(facts.parts))
    else:
        st.caption("Nothing is trained yet of what the sidebar says, so there is no more to say of it.")
    on_map: dict = {"label": "See it on the embedding map", "icon": ":material/scatter_plot:"}
    if coming_back.page_seen() == "embedding_map":  # a link to the page that is seen does nothing
        if st.button(**on_map, key="image_on_map", type="tertiary", on_click=_pin, args=(key,)):
            st.rerun()  # the panel runs alone
    else:
        dots = {"dots": DOTS["all"]} if split == "train" else {}
        st.page_link("app_pages/embedding_map.py", **on_map, query_params={"pin": key, **dots})
    if coming_back.page_seen() == "explorer":
        if st.button("Change its numbers", icon=":material/tune:", key="image_explore", type="tertiary", on_click=explorer_choices.explore, args=(key,)):  # fmt: skip
            st.rerun()  # the panel runs alone
    else:
        st.page_link("app_pages/explorer.py", label="Change its numbers", icon=":material/tune:", query_params=explorer_choices.link_to(key))  # fmt: skip


def _pin(key: str) -> None:
    """Have the embedding map show where the image is: a training image among all dots."""
    st.session_state.pin = key
    if parts(key)[0] == "train":
        st.session_state.dots = "all"


def _ask(selection: Selection) -> None:
    """What the page shows without an image: ways to one."""
    info, state = selection.info, st.session_state
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Number of an image", key="image_asked", width=260, placeholder="such as 12 or train.12",
            on_change=lambda: _typed(info, "test", state.image_asked),
        )  # fmt: skip
        st.button("Any image", icon=":material/shuffle:", key="image_any", on_click=_any, args=(info, "test"))
    _tell_refused(info)
    rows = some_images(selection.info.test_size, queries.labels(selection.dataset, "test"))
    pictures = queries.pictures(selection.dataset, "test", rows)
    if pictures is not None:
        labels, names = queries.labels(selection.dataset, "test"), selection.names
        st.markdown("Or one of these:")
        picture_wall(
            pictures, () if labels is None else [names[label] for label in labels[rows]], size=72, images=image_keys("test", rows)
        )  # fmt: skip
    st.caption(":material/touch_app: Every thumbnail and every dot in this app opens its image beside the page.")


def _steps(info: ImageSetInfo, split: str, index: int) -> None:
    """To the image before and after, and to any by its number."""
    state, last = st.session_state, size(info, split) - 1

    def step(to: int, among: str = split) -> None:
        open_image(image_key(among, min(to, size(info, among) - 1)))

    state.image_number, state.image_split = str(index), split
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="image_steps"):
        st.button(
            "Previous image", icon=":material/chevron_left:", key="image_previous", disabled=index == 0, on_click=step, args=(index - 1,),
        )  # fmt: skip
        st.text_input(
            "Number",
            key="image_number",
            width=96,
            label_visibility="collapsed",
            on_change=lambda: _typed(info, split, state.image_number),
        )
        st.button(
            "Next image", icon=":material/chevron_right:", key="image_next", disabled=index == last, on_click=step, args=(index + 1,),
        )  # fmt: skip
        st.segmented_control(
            "Among", list(SPLITS), key="image_split", label_visibility="collapsed", format_func=str.capitalize, required=True,
            on_change=lambda: step(index, state.image_split),
        )  # fmt: skip
        st.button("Any image", icon=":material/shuffle:", key="image_any", on_click=_any, args=(info, split))
    _tell_refused(info)


def _typed(info: ImageSetInfo, split: str, text: str) -> None:
    """A number was typed."""
    if wanted := read(text, info, split):
        open_image(wanted)
    elif text.strip():
        st.session_state.image_refused = text


def _tell_refused(info: ImageSetInfo) -> None:
    """Say, once, that what was typed names no image."""
    if text := st.session_state.pop("image_refused", None):
        st.warning(
            f"{quoted(text)} is no image of this set. Expected {expected(info)}.", icon=":material/image_not_supported:"
        )


def _any(info: ImageSetInfo, split: str) -> None:
    """An image by chance."""
    open_image(image_key(split, int(np.random.default_rng().integers(size(info, split)))))
