"""Checks of settings: a name of a registry, a number in a range."""

from collections.abc import Collection
from numbers import Integral, Real
from typing import Any

from core.errors import InvalidInputError, UnknownNameError


def check_name(kind: str, name: object, registry: Collection[str]) -> str:
    """`name` if it is in the registry. Raises UnknownNameError, which lists the known ones."""
    if not isinstance(name, str) or name not in registry:
        raise UnknownNameError(kind, name, registry)
    return name


def check_number(what: str, value: object, low: float, high: float, *, whole: bool = True) -> int | float:
    """`value` as a plain int (or float), NumPy's included. Raises InvalidInputError unless low <= value <= high."""
    if isinstance(value, Integral if whole else Real) and not isinstance(value, bool):
        number = int(value) if isinstance(value, Integral) else float(value)
        if low <= number <= high:
            return number if whole else float(number)
    kind = "a whole number" if whole else "a number"
    least, most = (f"{bound:g}" if isinstance(bound, float) else str(bound) for bound in (low, high))
    raise InvalidInputError(f"{what} is {value!r}. Expected {kind} from {least} to {most}.")


def keep(config: object, name: str, value: Any) -> None:
    """Set a field of a frozen dataclass while it is made."""
    object.__setattr__(config, name, value)
