"""Visitors' pages take turns: run side by side, they hold each other up, and the more there are the longer everyone waits.

Python runs one thread at a time. With dozens that all want to, the one that sends the answers comes up last: 50 visitors had
fewer answers a second than 20. In turns each page is made in the time it takes, in the order in which they were asked for.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2  # arrays are computed outside of Python's lock
LONG_SECONDS = 0.5


class Turns:
    """Lets `at_once` threads in at a time, the others in their order. One that takes longer than `long` seconds no longer counts:
    others do not wait for a clustering that is computed for the first time.
    """

    def __init__(self, at_once: int = AT_ONCE, long: float = LONG_SECONDS):
        self._at_once, self._long = at_once, long
        self._lock = threading.Lock()
        self._began: dict[int, float] = {}  # by thread
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and give it back at the end. Within a turn it is the same turn."""
        thread = threading.get_ident()
        if thread in self._began:
            yield
            return
        called = threading.Event()
        with self._lock:
            self._waiting.append(called)
            self._call_next()
        while not self._enter(thread, called):
            # Only the first in the row looks by itself whether those before it have become long.
            called.wait(self._long / 5 if self._waiting[0] is called else None)
        try:
            yield
        finally:
            with self._lock:
                del self._began[thread]
                self._call_next()

    def _enter(self, thread: int, called: threading.Event) -> bool:
        with self._lock:
            called.clear()
            recent = sum(began > time.monotonic() - self._long for began in self._began.values())
            if self._waiting[0] is not called or recent >= self._at_once:
                return False
            self._waiting.popleft()
            self._began[thread] = time.monotonic()
            self._call_next()
            return True

    def _call_next(self) -> None:
        if self._waiting:
            self._waiting[0].set()


turn = Turns().turn
