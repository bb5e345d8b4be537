"""Whether those who reach the dashboard may change what the server holds."""

import os

from core.errors import ChangesNotAllowedError, InvalidInputError

SETTING = "LATENT_LENS_LOOK_ONLY"
_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False, "": False}  # fmt: skip


def look_only() -> bool:
    """Whether `LATENT_LENS_LOOK_ONLY` says that this server is for looking only. Raises InvalidInputError."""
    given = os.environ.get(SETTING, "")
    try:
        return _WORDS[given.strip().lower()]
    except KeyError:
        raise InvalidInputError(
            f"{SETTING} is {given!r}. Expected 1, true, yes or on for a server that is only looked at; 0, false, no or "
            "off, or nothing, for one where visitors may train and delete."
        ) from None


def require_changes_allowed(what: str) -> None:
    """Raise ChangesNotAllowedError on a server for looking only. For the dashboard; the command line is its owner's.

    Args:
        what: what was asked for, as a sentence begins: "Training a model".
    """
    if look_only():
        raise ChangesNotAllowedError(
            f"{what} is switched off: this server is for looking only. Its owner can use the command line there, or start it "
            f"without {SETTING}."
        )
