"""The route that draws embeddings while a visitor drags a slider: latent numbers in, a sheet of pictures out.

A question is JSON: `run`, its id; `drawing`, `readout` or `own`; `vectors`, a list of embeddings as they are stored; and perhaps
`steps`: the vectors are then stops of a path, and what is drawn are so many steps from each to the next. The answer is a PNG
of the pictures side by side. Its header `NEAREST` names for each the test image whose embedding is nearest, its header `RARITY`
what share of the test images lie closer to others, see `core.analyse.rarity`.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from core import serve
from core.analyse.latent_numbers import path
from core.data import dataset_info
from core.errors import LatentLensError
from core.keep.run import Run

NEAREST, RARITY = "Latent-Lens-Nearest", "Latent-Lens-Rarity"
DRAWINGS = ("readout", "own")
MOST_PICTURES = 97
MOST_BYTES = 400_000  # of a question: so many embeddings of 256 numbers, written out
MOST_WAITING = 32
LARGEST = 1e6  # an embedding is stored in half or single precision; what is larger makes nothing but overflows
_SECONDS = 10.0
# Models run side by side already, each over all processors.
_threads = ThreadPoolExecutor(2, thread_name_prefix="decode")
_waiting = 0


class _RefusedError(Exception):
    """A question that cannot be answered: why, for the one who asked, and the status of HTTP."""

    def __init__(self, words: str, status: int = 400):
        super().__init__(words)
        self.status = status


async def decode(request: Request) -> Response:
    """Answer a question, or say why that cannot be: in words, with status 400, 404, 408, 413, 415 or 503."""
    global _waiting
    try:
        question = await _question(request)
        if _waiting >= MOST_WAITING:
            raise _RefusedError("Too many pictures are being drawn at once. Try again in a moment.", 503)
        _waiting += 1
        try:
            sheet, nearest, rarity = await asyncio.get_running_loop().run_in_executor(_threads, answer, question)
        finally:
            _waiting -= 1
    except _RefusedError as refused:
        return PlainTextResponse(str(refused), refused.status)
    except LatentLensError as error:  # such as a run that is damaged
        return PlainTextResponse(str(error), 404)
    headers = {
        "Cache-Control": "no-store",
        NEAREST: ",".join(map(str, nearest)),
        RARITY: ",".join(f"{share:.4f}" for share in rarity),
    }
    return Response(sheet, media_type="image/png", headers=headers)


async def _question(request: Request) -> Any:
    """The body as JSON, read within bounds of size and time."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":  # which pages from elsewhere may not send
        raise _RefusedError(f"The question is of the type {kind[:80]!r}. Expected application/json.", 415)
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise _RefusedError(f"The question is too long. Expected at most {MOST_BYTES:,} bytes.", 413)
    except TimeoutError:
        raise _RefusedError(f"The question took longer than {_SECONDS:.0f} seconds to arrive.", 408) from None
    except ClientDisconnect:
        raise _RefusedError("The question was not sent to its end.") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError("The question is no JSON. Expected an object with run, drawing and vectors.") from None


def answer(question: Any) -> tuple[bytes, list[int], list[float]]:
    """The sheet as PNG, and for each picture the index of the nearest test image and how rare it is.

    Raises _RefusedError for a question that makes no sense, and LatentLensError for a run that cannot be read.
    """
    from dashboard import queries
    from dashboard.components.gallery import as_bytes
    from dashboard.components.thumbnails import sheet

    if not isinstance(question, dict):
        raise _RefusedError("Expected an object with run, drawing and vectors.")
    run = queries.runs().get(str(question.get("run")))
    if run is None:
        raise _RefusedError(f"There is no run {str(question.get('run'))[:80]!r}. Load the page anew.", 404)
    decoders = queries.decoders(run)
    drawing = question.get("drawing")
    if drawing not in DRAWINGS or drawing not in decoders:
        raise _RefusedError(
            f"There is no drawing {str(drawing)[:40]!r} of this run. Expected one of: {', '.join(decoders)}.", 404
        )
    vectors = _vectors(question.get("vectors"), run)
    if (steps := question.get("steps")) is not None:
        if type(steps) is not int or not 1 <= steps < MOST_PICTURES:
            raise _RefusedError(f"The number of steps is {str(steps)[:40]!r}. Expected 1 to {MOST_PICTURES - 1}.")
        if (len(vectors) - 1) * steps + 1 > MOST_PICTURES:
            raise _RefusedError(f"The path has too many steps. Expected at most {MOST_PICTURES} pictures in all.")
        vectors = path(vectors, steps)
    shape = dataset_info(run.config.dataset).shape
    drawn = np.nan_to_num(serve.decode(decoders[drawing], vectors, shape=shape))
    return sheet(as_bytes(drawn)), queries.nearest_test(run, vectors).tolist(), queries.rarity(run, vectors).tolist()


def _vectors(given: Any, run: Run) -> np.ndarray:
    """The embeddings of a question, float32 (n, latent)."""
    latent = run.config.latent
    expected = f"Expected 1 to {MOST_PICTURES} lists of {latent} numbers from {-LARGEST:,.0f} to {LARGEST:,.0f}."
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_PICTURES:
        raise _RefusedError(f"The vectors are no list of lists, or too many. {expected}")
    for row in given:
        if not isinstance(row, list) or len(row) != latent:
            raise _RefusedError(f"A vector is no list of {latent} numbers. {expected}")
        if not all(type(value) in (int, float) and abs(value) <= LARGEST for value in row):  # NaN compares as false
            raise _RefusedError(f"A vector holds what is no number in this range. {expected}")
    return np.asarray(given, np.float32)
