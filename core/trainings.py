"""What the settings of every training have in common: their checks, and ids that stay when settings are added."""

import dataclasses
import hashlib
import json
from typing import Any

from core.checks import check_number, keep
from core.data import dataset_info

OWN: Any = None  # left out: resolved, when the settings are made, to the image set's own number
MIN_IMAGES = 100  # to learn from, where the image set has so many

# Raised when the same settings would train to another result; runs of an older recipe keep their own id.
RECIPE = 3

# Settings that the first ids were made of. All others count only where they are not at their default, so that a setting may
# be added without changing the id of what was made before.
_FIRST = frozenset({
    "dataset", "loss", "latent", "epochs", "seed", "architecture", "batch_size", "learning_rate", "tap", "loss_network",
})  # fmt: skip


def check_training(config: Any) -> None:
    """Check and resolve `epochs`, `batch_size`, `learning_rate`, `seed` and `images` of a frozen dataclass with a `dataset`.

    Raises InvalidInputError for a number out of its range, UnknownNameError for an unknown dataset.
    """
    info = dataset_info(config.dataset)
    epochs = info.epochs if config.epochs is None else config.epochs
    keep(config, "epochs", check_number("Epochs", epochs, 1, 1000))
    keep(config, "batch_size", check_number("Batch size", config.batch_size, 1, 4096))
    # As a float: 1 and 1.0 are the same run.
    keep(config, "learning_rate", check_number("Learning rate", config.learning_rate, 1e-7, 1.0, whole=False))
    keep(config, "seed", check_number("Seed", config.seed, 0, 2**31 - 1))
    images = info.fit_size if config.images is None else config.images
    least = min(MIN_IMAGES, info.fit_size)
    keep(config, "images", check_number("Images to learn from", images, least, info.fit_size))


def fingerprint(config: Any, recipe: int = RECIPE) -> str:
    """Ten hex digits of the sha256 of the settings (a dataclass with a `dataset`) and of the recipe's version."""
    text = json.dumps({"recipe": recipe, **_that_count(config)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _that_count(config: Any) -> dict[str, Any]:
    values = {}
    for one in dataclasses.fields(config):
        value = getattr(config, one.name)
        # Left out, `images` is resolved to all that there are.
        default = dataset_info(config.dataset).fit_size if one.name == "images" else one.default
        if one.name in _FIRST or value != default:
            values[one.name] = _that_count(value) if dataclasses.is_dataclass(value) else value
    return values
