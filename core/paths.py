"""Where things lie on disk. Every path of the project comes from here."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "artifacts" / "bundled"


def artifacts_folder() -> Path:
    """Where new runs, jobs and checkpoints go: `LATENT_LENS_ARTIFACTS`, else `artifacts/` in the project."""
    given = os.environ.get("LATENT_LENS_ARTIFACTS")
    return Path(given).expanduser().resolve() if given else ROOT / "artifacts"


def cache_folder() -> Path:
    """Where downloaded datasets go."""
    return artifacts_folder() / "cache" / "datasets"


def runs_folder() -> Path:
    return artifacts_folder() / "runs"


def jobs_folder() -> Path:
    return artifacts_folder() / "jobs"


def checkpoints_folder() -> Path:
    return artifacts_folder() / "checkpoints"


def loss_networks_folder() -> Path:
    return artifacts_folder() / "cache" / "loss_networks"


def locks_folder() -> Path:
    return artifacts_folder() / "locks"


def find_loss_network(network_id: str) -> Path | None:
    """The folder of a trained loss network: bundled with the project or trained here; None where it is neither."""
    places = (BUNDLED / "loss_networks" / network_id, loss_networks_folder() / network_id)
    return next((place for place in places if place.is_dir()), None)
