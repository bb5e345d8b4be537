"""What is not the project's own words, on a page: text as it is, nothing in it Markdown, picture or link; errors in words."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from core.access import require_changes_allowed
from core.errors import LatentLensError

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Where Streamlit turns even escaped text into links (http://, www., name@host), emoji (:smile:) and arrows (->).
_REPLACED = re.compile(r"(?<=[:@])|(?<=[<>~-])(?=[>=-])|(?<=www)(?=\.)", re.IGNORECASE)
# A coloured span without text: it parts the text for what looks for such patterns, and is neither seen nor copied.
_PARTED = ":gray[]"


def plain(text: object) -> str:
    """Markdown that shows `text`, any string or error, character by character, and its lines one below the other.

    Space at either end is dropped; what is no Unicode (file names may hold such bytes) is shown as an escape.
    """
    unicode = str(text).encode(errors="backslashreplace").decode()
    lines = (_REPLACED.split(line.strip()) for line in unicode.strip().splitlines())
    # A backslash at a line's end is a line break without a new paragraph, so that no line can begin a block.
    return "\\\n".join(_PARTED.join(_PUNCTUATION.sub(r"\\\1", part) for part in parts) for parts in lines)


@contextmanager
def errors_told() -> Iterator[None]:
    """Show an error that has a text for people where it comes up; also as a decorator, below that of a fragment or dialog.

    Streamlit runs those on their own, where nothing else would catch it.
    """
    try:
        yield
    except LatentLensError as error:  # its text says what was wrong, what was expected and what to do
        st.error(plain(error), title="This cannot be shown", icon=":material/error:")


def attempt(what: str, action: Callable[..., object], *given: object) -> None:
    """What a button does as its callback, in which nothing can be drawn: why it could not be done waits for `tell_attempt`.

    what: in words, as the subject of a sentence; a server for looking only refuses it.
    """
    try:
        require_changes_allowed(what)
        action(*given)
    except LatentLensError as error:
        st.session_state.attempt_failed = str(error)


def tell_attempt() -> None:
    """Say, once, why the last attempt failed."""
    if message := st.session_state.pop("attempt_failed", None):
        st.error(plain(message))
