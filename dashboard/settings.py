"""The settings in `.streamlit/config.toml` hold whatever folder the dashboard is started from, or it does not start.

Streamlit reads that file beside the script it is given (`dashboard/.streamlit` is a link to the folder), before it opens a
port. A command line or environment that asks for something else goes before; another folder's or the user's file does not.
"""

import os
import sys
import tomllib
from pathlib import Path
from typing import Any, NoReturn

import streamlit
from streamlit import config

from core.access import look_only
from core.errors import InvalidInputError

APP = Path(__file__).resolve().parent / "app.py"
FILE = APP.parents[1] / ".streamlit" / "config.toml"
# What is used of Streamlit besides its documented functions.
_NEEDED = ("_DEFINED_BY_FLAG", "_main_script_path", "get_config_options", "get_option", "get_where_defined")


def hold() -> None:
    """Return if every setting of the file is in force or was asked for otherwise.

    A start through a link to `app.py`, beside which there is no such file, is begun anew with the file itself.
    Raises SystemExit, saying why, where the settings cannot be had, or where what may be changed here is not said plainly.
    """
    try:
        look_only()
    except InvalidInputError as error:
        _refuse(str(error))
    if absent := [name for name in _NEEDED if not hasattr(config, name)]:
        _refuse(
            f"Streamlit {streamlit.__version__} has no streamlit.config.{absent[0]}, so it cannot be checked which "
            "settings are in force. Install the version that requirements.txt names."
        )
    if config._main_script_path is None:  # another server than Streamlit's own, which has not named the script
        config._main_script_path = str(APP)
        config.get_config_options(force_reparse=True)
    wanted = _wanted()
    lost = [key for key in wanted if not _in_force(key, wanted[key])]
    if not lost:
        return
    started = config._main_script_path
    arguments = [str(APP) if Path(one).absolute() == Path(started) else one for one in sys.orig_argv]
    if Path(started) != APP and Path(started).resolve() == APP and arguments != sys.orig_argv:
        print(f"{started} is a link: starting {APP}, beside which the settings are.", flush=True)
        os.closerange(3, 1 << 16)  # the port, which would stay taken
        os.execv(sys.executable, arguments)
    _refuse(
        f"{lost[0]} is {config.get_option(lost[0])!r}, not {wanted[lost[0]]!r} as in {FILE}, which was not read at this "
        f"start of {started}. Start it with: streamlit run {APP}"
    )


def _in_force(key: str, value: Any) -> bool:
    return config.get_option(key) == value or config.get_where_defined(key) == config._DEFINED_BY_FLAG


def _wanted() -> dict[str, Any]:
    """The file's settings by dotted name."""
    try:
        sections = tomllib.loads(FILE.read_text())
    except (OSError, ValueError) as error:
        _refuse(f"the settings in {FILE} cannot be read: {error}. Take the file anew from the project.")
    return dict(_flat(sections, ""))


def _flat(section: dict[str, Any], prefix: str):
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _refuse(why: str) -> NoReturn:
    sys.exit(f"Latent Lens does not start: {why}")
