"""Uploaded files on their way into a picture set: moved from the server's memory to a folder of their own on its disk.

The folder goes with `core.jobs.pictures.discard_upload`, once the set is made or other pictures are chosen; what a visitor left lying
goes after a day.
"""

import uuid
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import StorageWriteError
from core.keep.disk import refusals_told
from core.keep.files import ARRIVING, check_writable, sweep_half_written
from core.paths import uploads_folder

MOST_LYING = 2_000_000_000  # bytes of all visitors that are no set yet


class Upload(Protocol):
    """What is used of Streamlit's uploaded files."""

    name: str
    file_id: str

    def getbuffer(self) -> memoryview: ...


def take_up(files: Sequence[Upload]) -> Path:
    """Move the files to a new folder, each in the subfolders that its name has.

    Returns what of it was meant: the only file, or the folder that holds more than one thing.

    Raises StorageWriteError where they cannot be written, or where others' uploads lie in their way.
    """
    place = uploads_folder()
    sweep_half_written(place)
    size = sum(len(file.getbuffer()) for file in files)
    check_writable(place, needed_bytes=size)
    lying = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    if lying + size > MOST_LYING:
        raise StorageWriteError(
            f"Uploads of {lying / 1e6:,.0f} MB wait on the server to be added, expected at most {MOST_LYING / 1e6:,.0f} MB with "
            f"these {size / 1e6:,.0f} MB. Try again later, or put the files on the server and give their path."
        )
    folder = place / f"{ARRIVING}{uuid.uuid4().hex}"
    with refusals_told(folder):
        for file in files:
            path = _unused(folder / _inside(file.name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.getbuffer())
    _forget(files)
    meant = folder
    while meant.is_dir() and len(entries := list(meant.iterdir())) == 1:
        meant = entries[0]
    return meant


def _inside(name: str) -> Path:
    """A file's name, which the browser sends, as a path that stays where it is put: no root, no way up."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/").replace("\0", "")).parts if part.strip("./")]
    return Path(*(parts or ["file"]))


def _unused(path: Path) -> Path:
    """The path, or where two files came under one name, one beside it."""
    number = 2
    while path.exists():
        path, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return path


def _forget(files: Sequence[Upload]) -> None:
    """Take the files out of the server's memory."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and runtime.exists():
        for file in files:
            runtime.get_instance().uploaded_file_mgr.remove_file(context.session_id, file.file_id)
