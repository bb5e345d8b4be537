"""Text from disk, a link or an upload, made to appear on a page as it is: nothing in it is Markdown, picture or link."""

import re

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
