"""Printing that never stops the work: the terminal, pipe or file behind it may be closed, full, gone or know few letters."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import TextIO


def printable(text: str) -> str:
    """Text that can be stored, printed and shown: what cannot be seen, such as half a surrogate pair, becomes its escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


class Output(io.TextIOBase):
    """Writes to `stream` (None: it was closed) until it refuses; `error` is what it refused with.

    Letters that the stream's encoding does not know are written as escapes.
    """

    def __init__(self, stream: TextIO | None):
        self._stream = stream
        self.error = OSError(errno.EBADF, "it is closed") if stream is None else None

    @property
    def reader_has_left(self) -> bool:
        return isinstance(self.error, BrokenPipeError)

    def write(self, text: str) -> int:
        def write(stream: TextIO) -> None:
            try:
                stream.write(text)
            except UnicodeEncodeError:
                known = text.encode(self.encoding, "backslashreplace")
                stream.write(known.decode(self.encoding))

        self._attempt(write)
        return len(text)

    def flush(self) -> None:
        self._attempt(lambda stream: stream.flush())

    def drop_unwritten(self) -> None:
        """Let what a stream that has refused still holds go nowhere: Python would try to write it again when it ends."""
        if self.error is not None and self._stream is not None:
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)

    def isatty(self) -> bool:
        return self.error is None and self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        return super().fileno() if self._stream is None else self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # an attribute there, which a property also serves
        return getattr(self._stream, "encoding", None) or "utf-8"

    def _attempt(self, action: Callable[[TextIO], None]) -> None:
        if self.error is None and self._stream is not None:
            try:
                action(self._stream)
            except OSError as error:
                self.error = error
            except ValueError as error:  # closed meanwhile
                self.error = OSError(errno.EBADF, str(error))


@contextlib.contextmanager
def lasting_output() -> Iterator[tuple[Output, Output]]:
    """Let everything print through an `Output` each; yields those for standard output and standard error."""
    _open_standard_files()
    before = sys.stdout, sys.stderr
    outputs = Output(sys.stdout), Output(sys.stderr)
    sys.stdout, sys.stderr = outputs
    try:
        yield outputs
    finally:
        sys.stdout, sys.stderr = before
        for output in outputs:
            output.flush()
            output.drop_unwritten()


def _open_standard_files() -> None:
    """Fill the places of closed standard files: the next file opened would get one, and what libraries print with it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
