"""What a page showed is shown again when its visitor comes back to it.

Streamlit keeps the values of widgets that are bound to the link. What a page writes there itself, such as the cluster whose members
are seen, is gone from the link on another page, and is put back from here.
"""

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.link import Parameter

_LEFT, _PAGE, _NAMES = "left_on_pages", "page_seen", "page_parameters"


def restore(page: str, parameters: Mapping[str, Parameter]) -> None:
    """Before the page is drawn: put back what it wrote to the link when it was left. Not where the link itself says something of
    the page, nor on the browser's way back, whose entries say what was seen.
    """
    state = st.session_state
    arrived = state.get(_PAGE) != page
    state[_PAGE], state[_NAMES] = page, tuple(parameters)
    left = state.get(_LEFT, {}).get(page)
    context = get_script_run_ctx()
    if not arrived or not left or context.is_history_navigation:
        return
    with context.session_state.query_params() as link:
        if any(link.has_param(name) for name in parameters):
            return
        usable = {
            name: values for name, values in left.items() if name in parameters and parameters[name].usable(values)[1]
        }
        for name, values in usable.items():
            link.set_with_no_forward_msg(name, values[0] if len(values) == 1 else values)
        if usable:
            link._send_query_param_msg()  # once for all: each is an entry of the browser's history


def page_seen() -> str:
    """The page that is drawn now, as its address has it; empty for the first."""
    return st.session_state.get(_PAGE, "")


def remember(page: str) -> None:
    """After the page was drawn: keep what it wrote to the link itself."""
    state = st.session_state
    with get_script_run_ctx().session_state.query_params() as link:
        names = [name for name in state.get(_NAMES, ()) if link.has_param(name) and not link.is_bound(name)]
        state.setdefault(_LEFT, {})[page] = {name: link.get_all(name) for name in names}
