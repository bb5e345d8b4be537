"""Events, by which work tells how far it is. `core.jobs.events` says which there are, and what they hold."""

from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
OnEvent = Callable[[Event], object]  # what it raises stops the work
