"""Keeps out of the server's log what Streamlit warns of while there is no visitor yet: pages are read ahead on purpose."""

import logging

# By logger, the words of the warning.
_EXPECTED = {
    "streamlit.runtime.scriptrunner_utils.script_run_context": "missing ScriptRunContext",
    "streamlit.runtime.caching.cache_data_api": "No runtime found",
}


def keep_quiet() -> None:
    for name, words in _EXPECTED.items():
        logging.getLogger(name).addFilter(lambda record, words=words: words not in record.getMessage())
