"""What a disk that refuses says, in words for a person, whatever library passed it on."""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import LatentLensError, StorageWriteError

_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "The disk is full: make room"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "The folder is read-only: make it writable"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "Too many files are open: raise the limit (`ulimit -n`)"),
    errno.EFBIG: "Files may not grow so large here: raise the limit (`ulimit -f`)",
    errno.ENAMETOOLONG: "The name is too long: choose a folder with a shorter one",
    **dict.fromkeys((errno.ENOTDIR, errno.EISDIR, errno.EEXIST), "Something else lies in its place: move it away"),
    **dict.fromkeys((errno.ENOENT, errno.ELOOP), "It is missing: make the folder anew"),
    **dict.fromkeys((errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO), "Check the folder and its disk"),
}
_H5_ERRNO = re.compile(r"\berrno = (\d+)")  # how HDF5 passes it on
_NUMPY_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")


def storage_error(path: Path, error: OSError, setting: str = "LATENT_LENS_ARTIFACTS") -> StorageWriteError:
    """The StorageWriteError that tells a person what to do about `error`; `setting` names another folder."""
    error = _refusal(error) or error
    advice = _ADVICE.get(error.errno or 0, "Check the folder")
    return StorageWriteError(
        f"Cannot write {path}: {error.strerror or error}. {advice}, or set {setting} to another folder. "
        "What was stored before is unchanged."
    )


@contextmanager
def refusals_told(folder: Path) -> Iterator[None]:
    """An error that comes from a disk that refuses leaves as a StorageWriteError, also where a library made another of it.

    Args:
        folder: what is named where the error names no file.
    """
    try:
        yield
    except LatentLensError:
        raise
    except Exception as error:
        if (refusal := _refusal(error)) is None:
            raise
        path = Path(refusal.filename) if isinstance(refusal.filename, str) else folder
        if path.is_relative_to(_temporary()) and not path.is_relative_to(folder):
            raise storage_error(path, refusal, "TMPDIR") from error
        raise storage_error(path, refusal) from error


def _refusal(error: BaseException | None) -> OSError | None:
    """The disk's refusal that `error` is, or that was behind it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _ADVICE:
            return error
        if found := _H5_ERRNO.search(str(error)):
            return OSError(int(found[1]), os.strerror(int(found[1])))
        if isinstance(error, OSError) and _NUMPY_SHORT_WRITE.search(str(error)):
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None


def _temporary() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except OSError:  # there is none that can be written
        return Path(os.devnull)
