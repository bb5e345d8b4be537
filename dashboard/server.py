"""What the server does besides running pages: it gets ready before it answers, answers a first visit, serves thumbnails."""

import asyncio
import contextlib
import gc
import gzip
import importlib
import logging
import re
import webbrowser
from collections.abc import AsyncIterator
from functools import lru_cache

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from core.errors import LatentLensError
from core.keep.leftovers import remove_leftovers
from dashboard.addresses import address
from dashboard.components.live_chart import PLOTLY_FILE
from dashboard.decoding import decode
from dashboard.first_sight import FirstSight
from dashboard.headers import SecurityHeaders, failed
from dashboard.upload_limits import UploadLimits

_LOG = logging.getLogger(__name__)
# Together about 0.8 s, which the first visitor would wait for.
_SLOW_IMPORTS = ("pandas", "onnxruntime", "dashboard.view", "dashboard.map_charts")
_SHEET = re.compile(r"(?P<dataset>[a-z0-9_-]+)/(?P<split>train|test)/(?P<block>[0-9]{1,7})\.png")


@contextlib.asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Import and read what the first page needs; then open the browser, where there is a screen."""
    for name in _SLOW_IMPORTS:
        importlib.import_module(name)
    remove_leftovers()
    read_ahead()
    gc.collect()
    gc.freeze()  # what is there now stays: looking through it again took longer than making a page
    if not st.get_option("server.headless"):
        url = f"http://{st.get_option('server.address') or 'localhost'}:{st.get_option('server.port')}{address('/')}"
        asyncio.get_running_loop().call_later(0.2, webbrowser.open, url)
    yield


def read_ahead() -> None:
    """Fill the caches for the view that opens first. What is missing or damaged is told on the page, not here."""
    from dashboard import first_sight, queries
    from dashboard.view import Selection, looked_at, over_latent

    try:
        first_sight.overview()
        selection = Selection()
        for runs in over_latent(selection, looked_at(selection)[0])[1].values():
            queries.accuracy_over_latent(runs, selection.clustering, selection.split)
    except Exception:  # of whatever kind: the server starts, and the live page says what is wrong
        _LOG.exception("The overview could not be computed ahead.")


async def plotly_script(request: Request) -> Response:
    """Plotly for charts that change in place; the address names its version, so a browser may keep it."""
    kept = {"Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(PLOTLY_FILE, headers=kept)
    packed = await asyncio.to_thread(_packed_plotly)
    return Response(packed, media_type="text/javascript", headers={**kept, "Content-Encoding": "gzip"})


@lru_cache(maxsize=1)
def _packed_plotly() -> bytes:
    """Packed once: for every visitor anew it took a seventh of a second, in which nobody was answered."""
    return gzip.compress(PLOTLY_FILE.read_bytes(), 6)


async def thumbnails(request: Request) -> Response:
    """A sheet of images side by side: what a hover card is cut from. `dataset/split/block.png`."""
    found = _SHEET.fullmatch(request.path_params["path"])
    if found is None:
        return Response(status_code=404)
    from dashboard import queries

    try:
        sheet = await asyncio.to_thread(queries.thumbnail_sheet, found["dataset"], found["split"], int(found["block"]))
    except LatentLensError:  # no such set, or the page tells what is wrong with its images
        sheet = None
    if sheet is None:
        return Response(status_code=404)
    return Response(sheet, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


ROUTES = [
    Route(address("/plotly.min.js"), plotly_script),
    Route(address("/thumbnails/{path:path}"), thumbnails),
    Route(address("/decode"), decode, methods=["POST"]),
]
MIDDLEWARE = [Middleware(SecurityHeaders), Middleware(FirstSight), Middleware(UploadLimits)]
EXCEPTION_HANDLERS = {Exception: failed}
