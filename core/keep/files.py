"""Writing that is whole or not at all: a temporary name first, then a rename."""

import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import StorageWriteError
from core.keep.disk import storage_error

ARRIVING = ".arriving-"
DAMAGED = ".damaged-"
_STALE_SECONDS = 24 * 3600


@contextmanager
def lock(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock file `path`; yields whether it could be had. The system lets go of it when the process ends.

    With `wait` it waits as long as another process holds it. Raises StorageWriteError.
    """
    from filelock import FileLock, Timeout  # here, as looking at runs takes none

    held = FileLock(path, timeout=-1 if wait else 0, fallback_to_soft=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held.acquire()
    except Timeout:
        pass
    except OSError as error:
        raise storage_error(path, error) from error
    try:
        yield held.is_locked
    finally:
        held.release()


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill the yielded folder; on leaving it takes the name `path` in one step.

    A folder that already has that name wins, and the new one is dropped: the same name means the same content. After
    an error nothing is left. Raises StorageWriteError when the disk is full or the folder cannot be written.
    """
    arriving = path.parent / f"{ARRIVING}{path.name}-{uuid.uuid4().hex[:8]}"
    try:
        arriving.mkdir(parents=True)
        sweep_half_written(path.parent)
        yield arriving
        for file in arriving.rglob("*"):
            if file.is_file():
                flush(file)
        if path.exists():
            return
        os.replace(arriving, path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and path.exists():
            return
        raise storage_error(path, error) from error
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old text or the new one. Raises StorageWriteError."""
    _write(path, lambda arriving: arriving.write_text(text))


def write_bytes(path: Path, content: bytes, *, setting: str = "LATENT_LENS_ARTIFACTS") -> None:
    """Write a file so that a reader sees the old content or the new one. Raises StorageWriteError.

    `setting`: by which people name another folder, told with the error.
    """
    _write(path, lambda arriving: arriving.write_bytes(content), setting)


def _write(path: Path, fill: Callable[[Path], object], setting: str = "LATENT_LENS_ARTIFACTS") -> None:
    arriving = path.with_name(f"{ARRIVING}{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fill(arriving)
        flush(arriving)
        os.replace(arriving, path)
    except OSError as error:
        raise storage_error(path, error, setting) from error
    finally:
        with suppress(OSError):
            arriving.unlink(missing_ok=True)


def remove_folder(path: Path) -> bool:
    """Remove a folder: nobody sees it half gone. Returns whether it was there. Raises StorageWriteError."""
    leaving = path.with_name(f"{ARRIVING}deleted-{uuid.uuid4().hex[:8]}")
    try:
        os.replace(path, leaving)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise storage_error(path, error) from error
    shutil.rmtree(leaving, ignore_errors=True)
    return True


def set_aside(path: Path) -> None:
    """Give a damaged file or folder another name, so that a new one can take its place. Nothing is lost; it may stay put."""
    with suppress(OSError):
        os.replace(path, path.with_name(f"{DAMAGED}{path.name}-{uuid.uuid4().hex[:8]}"))


def check_writable(folder: Path, *, needed_bytes: int = 0) -> None:
    """Raise StorageWriteError unless `folder` can be written and has `needed_bytes` free. Done before long work."""
    probe = folder / f"{ARRIVING}probe-{uuid.uuid4().hex[:8]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise storage_error(folder, error) from error
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    if free < needed_bytes:
        raise StorageWriteError(
            f"{folder} has {free / 1e6:.0f} MB free, expected at least {needed_bytes / 1e6:.0f} MB. Make room, or set "
            "LATENT_LENS_ARTIFACTS to a folder on a larger disk."
        )


def sweep_half_written(folder: Path) -> None:
    """Remove what killed processes left half-written a day ago or earlier, whatever the clock says since."""
    for left in folder.glob(f"{ARRIVING}*"):
        with suppress(OSError):
            if abs(time.time() - left.lstat().st_mtime) > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() and not left.is_symlink() else left.unlink()


def flush(file: Path) -> None:
    """Have the file on the disk, not only on its way there. Raises OSError."""
    with open(file, "rb") as handle:
        os.fsync(handle.fileno())
