"""How much visitors may upload: a file, a session, and all together. Streamlit bounds only a file.

Uploads are kept in memory until a page has taken them up; those for *Add pictures* go to the disk at once (`dashboard.uploads`).
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.access import look_only


@dataclass(frozen=True)
class Limits:
    """Bytes of a file, files a session keeps, bytes of all sessions together, arriving ones included."""

    file_bytes: int
    files: int
    all_bytes: int


PICTURE_MB, SET_MB = 5, 200
# A page shows one picture; the one before it is kept until the new one is there.
LOOKING = Limits(PICTURE_MB << 20, 2, 64_000_000)
ADDING = Limits(SET_MB << 20, 2_000, 450_000_000)
# A browser sends so many of the files that were chosen together at the same time.
AT_ONCE, AT_ONCE_A_SESSION = 24, 6
SECONDS = 60.0
SLOWEST = 500_000  # bytes a second of a large file
_FRAME = 1 << 20  # what a form may add to its file
_PATH = re.compile(r".*/_stcore/upload_file/(?P<session>[^/]+)/[^/]+")


def at_most(megabytes: int) -> int:
    """So many megabytes, or fewer where the server was started with a smaller limit."""
    return min(megabytes, config.get_option("server.maxUploadSize"))


class UploadLimits:
    """ASGI middleware for uploads: refuses them in words where they are too many, too much or too slow.

    Of a session's files the newest stay, whatever names they were given; a session that is gone keeps none. A server for
    looking only takes no more than a picture.
    """

    def __init__(self, app: ASGIApp):
        self.app = app
        self._arriving = Counter()  # uploads by session
        self._announced = 0  # their bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        limits = LOOKING if look_only() else ADDING
        size = _announced(scope, limits)
        if refusal := self._refusal(found["session"], size, limits):
            await PlainTextResponse(*refusal)(scope, receive, send)
        else:
            await self._let_in(found["session"], size, limits, scope, receive, send)

    def _refusal(self, session: str, size: int, limits: Limits) -> tuple[str, int] | None:
        if size > limits.file_bytes + _FRAME:
            return f"The file is too large: {size / 1e6:.0f} MB. Expected at most {limits.file_bytes >> 20} MB.", 413
        if self._arriving.total() >= AT_ONCE or self._arriving[session] >= AT_ONCE_A_SESSION:
            return "Too many uploads at once. Wait until those before have arrived, then try again.", 429
        kept = sum(len(file.data) for files in list(_files().file_storage.values()) for file in list(files.values()))
        if kept + self._announced + size > limits.all_bytes:
            return (
                f"The server already keeps {(kept + self._announced) / 1e6:.0f} MB of uploads, expected at most "
                f"{limits.all_bytes / 1e6:.0f} MB with this file. Try again when other visitors have left.",
                429,
            )
        return None

    async def _let_in(
        self, session: str, size: int, limits: Limits, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answered, received = False, 0

        async def note_and_send(message):
            nonlocal answered
            answered = True
            await send(message)

        async def count_and_receive():
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > size:  # more than was announced, or than a file of unknown size may have
                raise _TooLargeError
            return message

        self._arriving[session] += 1
        self._announced += size
        seconds = SECONDS + size / SLOWEST
        words, status = "", 0
        try:
            async with asyncio.timeout(seconds):
                await self.app(scope, count_and_receive, note_and_send)
        except TimeoutError:
            words, status = (
                f"The upload took longer than {seconds:.0f} seconds. Try again, or choose a smaller file.",
                408,
            )
        except _TooLargeError:
            words, status = f"The file is too large. Expected at most {limits.file_bytes >> 20} MB.", 413
        finally:
            self._arriving -= Counter({session: 1})  # drops counts of zero
            self._announced -= size
            _tidy(session, limits.files)
        if words and not answered:
            await PlainTextResponse(words, status, {"Connection": "close"})(scope, receive, send)


class _TooLargeError(Exception):
    """More bytes came than may."""


def _announced(scope: Scope, limits: Limits) -> int:
    """How many bytes the request says it has; where it does not say, as many as it may have."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else limits.file_bytes + _FRAME


def _tidy(session: str, most: int) -> None:
    files = _files()
    if not runtime.get_instance().is_active_session(session):
        files.remove_session_files(session)
    for name in list(files.file_storage.get(session, ()))[:-most]:
        files.remove_file(session, name)


def _files() -> MemoryUploadedFileManager:
    return runtime.get_instance().uploaded_file_mgr
