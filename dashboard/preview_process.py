"""A look at pictures before they are added, in a process of its own: what it unpacks comes from anywhere and costs memory.

As the process's program: settings as JSON on its input, the preview as an .npz on its output.
"""

import dataclasses
import io
import json
import subprocess
import sys
import threading

import numpy as np

from core.data.own import Adding, Preview, Skipped
from core.errors import InvalidInputError, LatentLensError
from core.paths import ROOT, environment

LONGEST_SECONDS = 120
_POLL_SECONDS = 0.1
_places = threading.Semaphore(2)  # of all visitors


def preview(adding: Adding) -> Preview:
    """What would become of the pictures. Whoever leaves the page ends the wait and the process.

    Raises InvalidInputError, with the reason, where nothing can be added or no preview was made.
    """
    while not _places.acquire(timeout=_POLL_SECONDS):
        _heed_visitor()
    try:
        return _look(adding)
    finally:
        _places.release()


def _look(adding: Adding) -> Preview:
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said: bytes | None = json.dumps(adding.to_json()).encode()
    waited = 0.0
    try:
        while True:
            try:
                told, _ = process.communicate(said, timeout=_POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                said, waited = None, waited + _POLL_SECONDS
                if waited > LONGEST_SECONDS:
                    raise InvalidInputError(
                        f"Looking at {adding.source} took longer than {LONGEST_SECONDS / 60:g} minutes. Expected fewer or "
                        "smaller files: try a part of them."
                    ) from None
                _heed_visitor()
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise InvalidInputError(_reason(process.returncode, told))
    return unpack(told)


def _heed_visitor() -> None:
    """End the script here where its visitor has left or wants another page, as most of Streamlit does."""
    import streamlit as st

    _ = "preview" in st.session_state


def pack(found: Preview) -> bytes:
    """A preview as bytes."""
    facts = {name: value for name, value in vars(found).items() if name != "samples"}
    facts["skipped"] = [dataclasses.asdict(one) for one in found.skipped]
    file = io.BytesIO()
    np.savez(file, samples=found.samples, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8))
    return file.getvalue()


def unpack(data: bytes) -> Preview:
    """The inverse of `pack`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        samples, facts = arrays["samples"], json.loads(arrays["facts"].tobytes())
    for name in ("smallest", "largest", "shape", "sample_names", "sample_labels", "notes"):
        facts[name] = tuple(facts[name])
    facts["skipped"] = tuple(Skipped(one["reason"], one["count"], tuple(one["first"])) for one in facts["skipped"])
    return Preview(samples=samples, **facts)


def _reason(status: int, told: bytes) -> str:
    """Why a process ended with this status, in words."""
    try:
        return json.loads(told)["message"]
    except (ValueError, KeyError, TypeError):
        pass
    if status == -9:  # SIGKILL, a name that not every system has
        return "Looking at the pictures was stopped by the system (signal 9, SIGKILL): perhaps memory ran out. Try a part of them."
    return f"Looking at the pictures ended with status {status} and without a word. The server's log says more."


def _main() -> int:
    from core.data import own

    # The pictures' own messages must not come between: only the answer goes to the output.
    answer, sys.stdout = sys.stdout.buffer, sys.stderr
    try:
        told, status = pack(own.preview(Adding.from_json(json.load(sys.stdin)))), 0
    except LatentLensError as error:
        told, status = json.dumps({"message": str(error)}).encode(), 1
    answer.write(told)
    return status


if __name__ == "__main__":
    sys.exit(_main())
