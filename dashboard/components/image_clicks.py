"""Thumbnails that open their image, wherever they are on a page. The browser's side is in `image_clicks.js`.

What has `data-image='test.1234'` opens that image by a click, or by Enter or Space when it has the focus. Other scripts ask for
one by `document.dispatchEvent(new CustomEvent("latent-lens-open", {detail: "test.1234"}))`.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard.image_link import called, image_key

KEY = "image_clicks"
_COMPONENT = st.components.v2.component(
    "latent_lens_image_clicks", js=Path(__file__).with_suffix(".js").read_text(), html="<span></span>\n"
)


def image_clicks(
    shown: tuple[str, int] | None, count: int, *, where: str, on_open: Callable[[], None], on_close: Callable[[], None]
) -> None:
    """Listen. Once on a page, in the part of it that shows the image: only that part runs when one is asked for.

    Args:
        shown: split and index of the image that is shown now; None for none.
        count: how many images its split has, for the arrow keys.
        where: the key of the container that shows it.
        on_open: runs before that part does; which image is then `asked()`.
        on_close: likewise, for Escape.
    """
    split, index = shown or (None, None)
    _COMPONENT(
        key=KEY,
        data={
            "split": split, "index": index, "count": count, "where": where, "closes": where == "image_panel",
            "called": called(image_key(*shown)) if shown else None,
        },
        on_opened_change=on_open,
        on_closed_change=on_close,
    )  # fmt: skip


def asked() -> str | None:
    """The image whose thumbnail made the page run now, as the browser names it."""
    return (st.session_state.get(KEY) or {}).get("opened")
