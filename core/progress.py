"""How far work is that does not know who waits for it: arrays in, arrays out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OnProgress = Callable[[int, int], object]  # what it raises stops the work

_listener: ContextVar[OnProgress | None] = ContextVar("listener", default=None)


@contextmanager
def listening(on_progress: OnProgress) -> Iterator[None]:
    """Inside, whatever calls `progress` in this thread tells `on_progress`."""
    token = _listener.set(on_progress)
    try:
        yield
    finally:
        _listener.reset(token)


def progress(done: int, total: int) -> None:
    """Say that so many steps are done, of so many. Heard only while somebody listens."""
    if listener := _listener.get():
        listener(done, total)
