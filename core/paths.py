"""Where things lie on disk. Every path of the project comes from here."""

import os
from pathlib import Path

from core.errors import InvalidInputError, StorageWriteError

ROOT = Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "artifacts" / "bundled"

_LONGEST_SHOWN = 100


def artifacts_folder() -> Path:
    """Where new runs, jobs and checkpoints go: `LATENT_LENS_ARTIFACTS`, else `artifacts/` in the project.

    Raises InvalidInputError or StorageWriteError where the variable names no folder that can be used.
    """
    return given_folder("LATENT_LENS_ARTIFACTS") or ROOT / "artifacts"


def given_folder(variable: str) -> Path | None:
    """The folder that an environment variable names, as an absolute path; None where it is unset or empty.

    The folder need not be there. Raises InvalidInputError for what cannot name one, StorageWriteError where it cannot be
    entered: a file, too long a name, no permission.
    """
    given = os.environ.get(variable)
    if not given:
        return None
    received = f"{variable} is {given if len(given) <= _LONGEST_SHOWN else given[:_LONGEST_SHOWN] + '…'!r}"
    advice = f"Expected a folder, there or to be made. Name one, or unset {variable}."
    if not given.strip():
        raise InvalidInputError(f"{received}: nothing but spaces. {advice}")
    if given.encode(errors="replace").decode() != given:
        raise InvalidInputError(f"{received}: bytes that are no UTF-8, which not every library can pass on. {advice}")
    try:
        folder = Path(given).expanduser().resolve()
    except (RuntimeError, OSError) as error:  # no such home, a loop of links, a working folder that is gone
        raise InvalidInputError(
            f"{received}: {getattr(error, 'strerror', None) or str(error).rstrip('.')}. {advice}"
        ) from error
    try:
        os.stat(f"{folder}/.")  # noqa: PTH116 - Path drops the dot, which asks whether it is a folder that can be entered
    except FileNotFoundError:
        pass  # made when something is stored
    except OSError as error:
        raise StorageWriteError(f"{received}: {error.strerror}. {advice}") from error
    return folder


def environment() -> dict[str, str]:
    """The environment for a process that works in `ROOT`: folders given relative to this one's working folder stay the same.

    Raises as `artifacts_folder`.
    """
    given = {"LATENT_LENS_ARTIFACTS": str(artifacts_folder())}
    data = os.environ.get("LATENT_LENS_DATA", "")
    if data.strip() and not data.startswith("~"):
        given["LATENT_LENS_DATA"] = str(Path(data).absolute())
    return {**os.environ, **given}


def cache_folder() -> Path:
    """Where downloaded datasets go."""
    return artifacts_folder() / "cache" / "datasets"


def pictures_folder() -> Path:
    """Where image sets of the user's own pictures lie."""
    return artifacts_folder() / "pictures"


def runs_folder() -> Path:
    return artifacts_folder() / "runs"


def results_folder() -> Path:
    """Where what is computed from runs goes, a folder a run."""
    return artifacts_folder() / "results"


def jobs_folder() -> Path:
    return artifacts_folder() / "jobs"


def checkpoints_folder() -> Path:
    return artifacts_folder() / "checkpoints"


def precision_file() -> Path:
    """Where it is kept in which precision this machine trains fastest."""
    return artifacts_folder() / "cache" / "precision.json"


def loss_networks_folder() -> Path:
    return artifacts_folder() / "cache" / "loss_networks"


def judges_folder() -> Path:
    """Where classifiers lie that say what a drawing shows."""
    return artifacts_folder() / "cache" / "judges"


def namings_folder() -> Path:
    """Where the names that people give to clusters are kept."""
    return artifacts_folder() / "namings"


def locks_folder() -> Path:
    return artifacts_folder() / "locks"


def uploads_folder() -> Path:
    """Where uploaded files lie until they are added as an image set."""
    return artifacts_folder() / "uploads"


def find_loss_network(network_id: str) -> Path | None:
    """The folder of a trained loss network: bundled with the project or trained here; None where it is neither."""
    bundled = BUNDLED / "loss_networks" / network_id
    if bundled.is_dir():
        return bundled
    own = loss_networks_folder() / network_id
    return own if os.path.isdir(own) else None  # noqa: PTH112 - never raises, whatever the folder's permissions
