"""Loss networks that were trained: kept under their id, read again, and shared by all runs that name them."""

import hashlib
import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

import keras
from keras import layers
from msgspec import Meta

from core.data import dataset_info
from core.data.imageset import ImageSet
from core.errors import FileDamagedError, RunCorruptError
from core.events import OnEvent
from core.keep.files import lock, set_aside
from core.keep.reading import parse_json, read_bytes, read_json
from core.keep.sealed import MANIFEST, SealedFolder, write_sealed_folder
from core.learn.models import build_loss_network, fold_normalisation
from core.learn.teachers import TEACHERS
from core.learn.teachers.config import LossNetworkConfig
from core.learn.weights import load_weights, weights_bytes
from core.paths import BUNDLED, locks_folder

_WEIGHTS = "network.weights.h5"
_REPORT = "network.json"
_log = logging.getLogger(__name__)


class _Epoch(TypedDict):
    images_per_second: float


class _Report(TypedDict):
    """What is read of a kept network's report. Accuracies in [0, 1]; a teacher without labels has none."""

    accuracy: NotRequired[float]
    test_accuracy: NotRequired[float]
    seconds: float
    history: Annotated[list[_Epoch], Meta(min_length=1)]
    sha256: NotRequired[str]


@dataclass(frozen=True, eq=False)
class KeptNetwork:
    """A trained loss network, frozen and folded for inference."""

    config: LossNetworkConfig
    model: keras.Model
    kept: _Report

    @property
    def report(self) -> dict[str, Any]:
        """What a run's summary tells of it. The rate is that of the fastest epoch."""
        report = {
            "id": self.config.network_id,
            "validation_accuracy": self.kept.get("accuracy"),
            "test_accuracy": self.kept.get("test_accuracy"),
            "seconds": self.kept["seconds"],
            "images_per_second": max(row["images_per_second"] for row in self.kept["history"]),
        }
        return {name: value for name, value in report.items() if value is not None}


def get_loss_network(
    config: LossNetworkConfig,
    dataset: ImageSet,
    *,
    folder: Path,
    checkpoint: Path,
    precision: str,
    on_event: OnEvent,
) -> KeptNetwork:
    """The loss network of `config`: the one that comes with the project, from the cache `folder`, or trained now.

    Runs that need the same one at the same time wait for the first to train it. One that is damaged is passed over, with a
    warning in the log, and trained anew.
    """
    own = folder / config.network_id
    with lock(locks_folder() / f"{config.network_id}.lock", wait=True):
        for path in (BUNDLED / "loss_networks" / config.network_id, own):
            if not os.path.isdir(path):  # noqa: PTH112 - never raises, whatever the folder's permissions
                continue
            try:
                return _read(config, path, precision)
            except RunCorruptError as error:
                _log.warning("%s It is trained anew.", error)
        set_aside(own)
        _train(config, dataset, own, checkpoint, precision, on_event)
        return _read(config, own, precision)


def _train(
    config: LossNetworkConfig, dataset: ImageSet, path: Path, checkpoint: Path, precision: str, on_event: OnEvent
) -> None:
    model, found = TEACHERS[config.teacher].train(
        config, dataset.learn_from(config.images), precision=precision, checkpoint=checkpoint / config.network_id,
        on_event=on_event,
    )  # fmt: skip
    seconds = sum(row["seconds"] for row in found["history"])
    report = {"config": asdict(config), "seconds": seconds, "precision": precision, **found}
    kept = _build(config)
    kept.set_weights(model.get_weights())  # without the optimiser's state, which is twice as large

    def fill(folder: Path) -> None:
        (folder / _WEIGHTS).write_bytes(weights_bytes(kept))
        (folder / _REPORT).write_text(json.dumps(report, indent=1))

    write_sealed_folder(path, config.network_id, fill)
    shutil.rmtree(checkpoint / config.network_id, ignore_errors=True)


def _build(config: LossNetworkConfig, precision: str = "float32") -> keras.Model:
    info = dataset_info(config.dataset)
    return build_loss_network(config.architecture, info.shape, TEACHERS[config.teacher].outputs(info), precision)


def _read(config: LossNetworkConfig, path: Path, precision: str) -> KeptNetwork:
    try:
        report, weights = _checked(path)
        model = _build(config, precision)
        load_weights(model, weights)
    except (FileDamagedError, OSError, ValueError, KeyError) as error:
        raise RunCorruptError(f"Loss network {path} cannot be used: {error}") from error
    model = fold_normalisation(model)
    freeze(model)
    return KeptNetwork(config, model, report)


def _checked(path: Path) -> tuple[_Report, bytes]:
    """Report and weights of a kept network whose files are as they were written. Raises FileDamagedError."""
    if os.path.exists(path / MANIFEST):  # noqa: PTH110 - never raises, whatever the folder's permissions
        folder = SealedFolder(path, path.name)
        return parse_json(folder.read(_REPORT), _Report, path / _REPORT), folder.read(_WEIGHTS)
    # Kept by an earlier version: the report holds the checksum of the weights.
    report = read_json(path / _REPORT, _Report)
    weights = read_bytes(path / _WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != report.get("sha256"):
        raise FileDamagedError(f"{path / _WEIGHTS} does not fit its checksum.")
    return report, weights


def freeze(network: keras.Model) -> None:
    """No weight changes any more, and no feature is dropped: a dropout layer would go on in a frozen network too."""
    network.trainable = False
    for layer in network.layers:
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
