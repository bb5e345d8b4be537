"""How much visitors may upload. Streamlit bounds a file; this bounds how many it keeps and how many come in at once."""

import asyncio
import re
from collections import Counter

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

# A page shows one picture; the one before it is kept until the new one is there.
FILES_KEPT = 2
BYTES_KEPT = 64_000_000  # of all sessions
AT_ONCE, AT_ONCE_A_SESSION = 8, 2
SECONDS = 60.0
_PATH = re.compile(r".*/_stcore/upload_file/(?P<session>[^/]+)/[^/]+")


class UploadLimits:
    """ASGI middleware for uploads: refuses them in words where they are too many, too much or too slow.

    Of a session's files the newest FILES_KEPT stay, whatever names they were given; a session that is gone keeps none.
    """

    def __init__(self, app: ASGIApp):
        self.app = app
        self._arriving = Counter()  # uploads by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None:
            await self.app(scope, receive, send)
        elif refusal := self._refusal(found["session"]):
            await PlainTextResponse(refusal, 429)(scope, receive, send)
        else:
            await self._let_in(found["session"], scope, receive, send)

    def _refusal(self, session: str) -> str | None:
        if self._arriving.total() >= AT_ONCE or self._arriving[session] >= AT_ONCE_A_SESSION:
            return "Too many uploads at once. Wait until those before have arrived, then try again."
        kept = sum(len(file.data) for files in list(_files().file_storage.values()) for file in list(files.values()))
        if kept >= BYTES_KEPT:
            return f"The server already keeps {kept / 1e6:.0f} MB of uploads. Try again when other visitors have left."
        return None

    async def _let_in(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def note_and_send(message):
            nonlocal answered
            answered = True
            await send(message)

        self._arriving[session] += 1
        try:
            async with asyncio.timeout(SECONDS):
                await self.app(scope, receive, note_and_send)
        except TimeoutError:
            if not answered:
                words = f"The upload took longer than {SECONDS:.0f} seconds. Try again, or choose a smaller file."
                await PlainTextResponse(words, 408, {"Connection": "close"})(scope, receive, send)
        finally:
            self._arriving -= Counter({session: 1})  # drops counts of zero
            _tidy(session)


def _tidy(session: str) -> None:
    files = _files()
    if not runtime.get_instance().is_active_session(session):
        files.remove_session_files(session)
    for name in list(files.file_storage.get(session, ()))[:-FILES_KEPT]:
        files.remove_file(session, name)


def _files() -> MemoryUploadedFileManager:
    return runtime.get_instance().uploaded_file_mgr
