"""The choices in a link, read before any widget is: each is brought to what its widget can show, and told where it was not.

Streamlit gives a widget bound to the address whatever stands there, or drops it without a word.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.told import plain

_QUOTED, _LISTED = 40, 3


@dataclass(frozen=True)
class Parameter:
    """A choice that a link can hold.

    Attributes:
        read: what a text means, written as the address holds it; None for a text that means nothing that can be shown.
        expected: what can be shown, in words.
        usual: what is shown without the parameter, in words.
        nearest: what to show in place of a text that cannot be; None for the usual.
        several: how many values it can have at once.
    """

    read: Callable[[str], str | None]
    expected: str
    usual: str
    nearest: Callable[[str], str | None] = lambda text: None
    several: int = 1

    def usable(self, asked: Sequence[str]) -> tuple[list[str], bool]:
        """The values to show, none for the usual, and whether they are what was asked for."""
        read = [self.read(text) for text in asked]
        different = list(dict.fromkeys(value for value in read if value is not None))
        as_asked = None not in read and len(different) <= self.several
        if asked and not different and (nearest := self.nearest(asked[-1])) is not None:
            different = [nearest]
        # Of one value given again and again the last counts, as in any form.
        return different[: self.several] if self.several > 1 else different[-1:], as_asked

    def refusal(self, name: str, asked: Sequence[str]) -> str:
        """What was asked for, what was expected and what is shown, in one line of Markdown."""
        listed = [quoted(text) for text in asked[:_LISTED]] + ["…"] * (len(asked) > _LISTED)
        shown = " and ".join(self.usable(asked)[0]) or self.usual
        return f"{name} was {', '.join(listed)}. Expected {self.expected}. Shown: {plain(shown)}."


def one_of(
    titles: Mapping[str, str], usual: str | None = None, *, written: Mapping[str, str] | None = None
) -> Parameter:
    """One of these names, of which the address holds the titles. `usual`: a name, the first if none is given; `written`: what the
    address holds in place of the titles.
    """
    return Parameter(_reader(titles, written), f"one of {_listed(titles)}", titles[usual or next(iter(titles))])


def some_of(titles: Mapping[str, str], usual: Sequence[str], most: int) -> Parameter:
    """At least one and at most so many of these names, of which the address holds the titles."""
    words = " and ".join(titles[name] for name in usual)
    return Parameter(_reader(titles), f"one to {min(most, len(titles))} of {_listed(titles)}", words, several=most)


def whole_number(low: int, high: int, usual: int, *, nearest: bool = False) -> Parameter:
    """A number in this range. `nearest`: for another number the nearest in the range is shown, not the usual one."""

    def read(text: str) -> str | None:
        value = _number(text)
        return str(int(value)) if value is not None and low <= value <= high and value == int(value) else None

    def clipped(text: str) -> str | None:
        value = _number(text)
        return None if value is None else str(int(min(max(value, low), high)))

    words = f"a whole number from {low} to {high}"
    return Parameter(read, words, str(usual), clipped) if nearest else Parameter(read, words, str(usual))


def put_right(parameters: Mapping[str, Parameter]) -> None:
    """Rewrite the address where it holds something that cannot be shown, and keep for `tell` what that was."""
    context = get_script_run_ctx()
    # `st.query_params` refuses to change what is bound to a widget, which it is after the browser's "back"; and widgets take
    # their first value from another copy.
    with context.session_state.query_params() as link:
        changed = False
        for name, parameter in parameters.items():
            asked = link.get_all(name)
            if not asked:
                continue
            values, as_asked = parameter.usable(asked)
            if not as_asked and not link.is_bound(name):
                refuse(name, parameter, asked)
            if values == asked:
                continue
            changed = True
            if values:
                link.set_with_no_forward_msg(name, values[0] if len(values) == 1 else values)
            else:
                link.discard_param_no_forward_msg(name)
        if changed:
            link.set_initial_query_params_from_current()
            link._send_query_param_msg()  # once for all: each is an entry of the browser's history


def refuse(name: str, parameter: Parameter, asked: Sequence[str]) -> None:
    """Keep for `tell` that this was asked for in vain."""
    st.session_state.setdefault("refused", {})[name] = parameter.refusal(name, asked)


def tell(place: DeltaGenerator) -> None:
    """Say there, once, what was asked for and cannot be shown."""
    if refused := st.session_state.pop("refused", None):
        place.warning("  \n".join(refused.values()), icon=":material/link_off:")


def _reader(titles: Mapping[str, str], written: Mapping[str, str] | None = None) -> Callable[[str], str | None]:
    written = written or titles
    known = {_folded(title): written[name] for name, title in titles.items()}
    known |= {_folded(name): written[name] for name in titles}
    return lambda text: known.get(_folded(text))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _listed(titles: Mapping[str, str]) -> str:
    return ", ".join(map(plain, titles.values()))


def _number(text: str) -> float | None:
    """The number that the text is, perhaps infinite; None where it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return None if value != value else value


def quoted(text: str) -> str:
    """The text, shortened, as Markdown; numbers without quotation marks."""
    text = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    if not text:
        return "empty"
    short = plain(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")
    return short if _number(text) is not None else f"“{short}”"
