"""Every error that Latent Lens raises on purpose, as one tree.

LatentLensError
├── InvalidInputError (also a ValueError)   a name, number or file that was given is not usable
│   ├── UnknownNameError                    a name that is in no registry; lists the known ones
│   └── SetNotFoundError                    a user's own image set that is not there (also a DataError)
├── ChangesNotAllowedError                  the server is for looking only
├── DataError                               a dataset is missing or damaged
│   ├── DataNotFoundError                   says what was looked for, where, and how to get it
│   └── DataCorruptError                    truncated file, wrong format or wrong checksum
├── StoreError                              what is kept on disk: runs, results, names
│   ├── FileDamagedError                    a stored file cannot be read back; names the file and the reason
│   ├── RunNotFoundError                    no run of that id or configuration
│   ├── RunCorruptError                     damaged file or unknown schema version; names the file
│   └── StorageWriteError                   no space, or a folder that cannot be written, also of jobs and pictures
├── JobError                                a job, or work asked for from the command line
│   ├── JobConflictError                    what was asked for is there or being made already, or too much waits
│   └── JobCancelledError                   cancelled on request
└── ResultError                             a map, clustering or score could not be computed
"""

from collections.abc import Iterable


class LatentLensError(Exception):
    """Base of all errors of this package. Its text is meant to be shown to a person."""


class InvalidInputError(LatentLensError, ValueError):
    """A given value cannot be used. The text quotes it, says what was expected and what to do."""


class UnknownNameError(InvalidInputError):
    """A name that is in no registry."""

    def __init__(self, kind: str, received: object, known: Iterable[str]):
        names = ", ".join(sorted(known))
        super().__init__(f"Unknown {kind} {received!r}. Expected one of: {names}.")


class ChangesNotAllowedError(LatentLensError):
    """A visitor asked for a change on a server for looking only."""


class DataError(LatentLensError):
    """A dataset is missing or damaged."""


class DataNotFoundError(DataError):
    """A dataset is in none of the places searched."""


class DataCorruptError(DataError):
    """A dataset file is truncated, of another format, or has the wrong checksum."""


class SetNotFoundError(InvalidInputError, DataNotFoundError):
    """An image set of the user's own that was removed, or lies in another folder."""


class StoreError(LatentLensError):
    """What is kept on disk cannot be read or written."""


class FileDamagedError(StoreError):
    """A stored file cannot be read, or holds something else than was stored."""


class RunNotFoundError(StoreError):
    """No such run."""


class RunCorruptError(StoreError):
    """A run folder is damaged or of an unknown schema version."""


class StorageWriteError(StoreError):
    """Writing failed: no space, or the folder is read-only."""


class JobError(LatentLensError):
    """A job cannot do what was asked."""


class JobConflictError(JobError):
    """What was asked for is there or being made already, or too many jobs wait."""


class JobCancelledError(JobError):
    """Cancelled on request."""


class ResultError(LatentLensError):
    """A map, clustering or score could not be computed."""
