"""The overview's first part: more like this, with the buttons that choose the image."""

import random
from collections.abc import Mapping

import streamlit as st

from dashboard import alike, alike_words
from dashboard.components.alike import alike_html
from dashboard.view import Selection, Shown

KEY = "alike"  # in the session and in the link: `helps.3` or `test.1234`, see `dashboard.alike.chosen`
ICONS = {"helps": ":material/thumb_up:", "fails": ":material/thumb_down:"}


def section(selection: Selection, shown: Mapping[str, Shown], have_images: bool) -> None:
    """Draw it: without pictures only what all images say, and nothing where there are none to be like each other."""
    if selection.info.test_size < 2:
        return
    with st.container(key="alike_unseen"):
        st.html(
            "<style>:has(> .st-key-alike_unseen) {display:none}</style>"
        )  # also what it stands in, which takes room
        st.text_input("Like", key=KEY, bind="query-params")
    st.header(alike_words.TITLE, anchor=False)
    found = alike.of_selection(selection, shown)
    if have_images:
        here = alike.chosen(st.session_state.get(KEY) or "", found)
        st.markdown(alike_words.question(selection.info.test_size, bool(found.same)))
        asked, lines = alike.pictures(selection, shown, found, here.image)
        with st.container(key="alike_pictures"):
            st.html(alike_html(asked, lines))
        _buttons(shown, found, here, selection.info.test_size)
    st.markdown(alike.honestly(shown, found))


def _buttons(shown: Mapping[str, Shown], found: alike.Alike, here: alike.Chosen, images: int) -> None:
    """Which image: another, or those of an order one after the other."""
    with st.container(horizontal=True, vertical_alignment="center", key="alike_choices"):
        st.button(
            "Another",
            icon=":material/shuffle:",
            key="alike_another",
            on_click=_another,
            args=(images,),
            help="Any test image",
        )
        for order, (title, what) in alike.order_titles(shown, found).items():
            st.button(
                title, icon=ICONS[order], key=f"alike_{order}", type="primary" if order == here.order else "secondary",
                on_click=_show, args=(f"{order}.1",), help=f"{what}, the clearest first",
            )  # fmt: skip
        if here.order:
            with st.container(horizontal=True, vertical_alignment="center", width="content", key="alike_steps"):
                st.button(
                    alike_words.PREVIOUS, icon=":material/chevron_left:", key="alike_before", disabled=here.rank == 1,
                    on_click=_show, args=(f"{here.order}.{here.rank - 1}",),
                )  # fmt: skip
                st.markdown(alike_words.place(here.rank, here.images), width="content")
                st.button(
                    alike_words.NEXT, icon=":material/chevron_right:", icon_position="right", key="alike_after",
                    disabled=here.rank == here.images, on_click=_show, args=(f"{here.order}.{here.rank + 1}",),
                )  # fmt: skip


def _show(text: str) -> None:
    st.session_state[KEY] = text


def _another(images: int) -> None:
    st.session_state[KEY] = f"test.{random.randrange(images)}"
