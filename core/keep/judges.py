"""Judges: classifiers that say what a drawing shows, kept as ONNX so that pages ask them without Keras.

Two of them look at the images of a labelled set: the loss network, against which some runs were trained, and a classifier of
another architecture and seed, against which none was. A judge is a sealed folder, `judges/NETWORK/`, that holds

    judge.onnx      images (n, h, w, c) in [0, 1] to the probabilities of the classes (n, classes)
    judge.json      the settings of the network, and how many images it names right
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

from core.data import ImageSetInfo, dataset_info
from core.errors import FileDamagedError, LatentLensError
from core.keep.files import set_aside
from core.keep.reading import parse_json
from core.keep.run import Run
from core.keep.sealed import SealedFolder, write_sealed_folder
from core.paths import BUNDLED, judges_folder
from core.settings import TEACHERS, LossNetworkConfig

_log = logging.getLogger(__name__)

UNSEEN, TEACHER = "unseen", "teacher"
TITLES = {UNSEEN: "Independent classifier", TEACHER: "Loss network"}
_MODEL, _FACTS = "judge.onnx", "judge.json"


class _Facts(TypedDict):
    network: dict[str, Any]
    accuracy: float  # share of validation images named right


@dataclass(frozen=True)
class Judge:
    """A judge of the images of a set.

    Attributes:
        network: what was trained.
        model: the ONNX model behind `core.serve.judge`.
        accuracy: the share of validation images that it names right.
    """

    network: LossNetworkConfig
    model: bytes
    accuracy: float


def judge_config(run: Run, judge: str) -> LossNetworkConfig | None:
    """The network that judges a run's drawings under that name, trained or not; None for images without labels.

    It is `usual_judge`, but that the `TEACHER` is the classifier that this very run was trained against, if any.
    """
    info = dataset_info(run.config.dataset)
    if not info.labelled:
        return None
    own = run.config.loss_network
    if judge == TEACHER and own is not None and own.uses_labels and _names_classes(own, info):
        return own
    return usual_judge(info, judge)


def usual_judge(info: ImageSetInfo, judge: str) -> LossNetworkConfig:
    """The network that judges labelled images under that name.

    `UNSEEN`: one that no loss compares with unless a run was trained so on purpose. `TEACHER`: the classifier that perceptual
    losses usually compare with.
    """
    if judge == TEACHER:
        return LossNetworkConfig(info.name)
    return LossNetworkConfig(info.name, architecture="plain", epochs=max(1, info.epochs // 2), seed=1)


def _names_classes(network: LossNetworkConfig, info: ImageSetInfo) -> bool:
    return TEACHERS[network.teacher].outputs(info) == len(info.class_names)


def trained_against(run: Run, network: LossNetworkConfig) -> bool:
    """Whether the run's loss compared what this very network sees."""
    own = run.config.loss_network
    return own is not None and own.network_id == network.network_id


def find_judge(network: LossNetworkConfig) -> Judge | None:
    """The judge that was made of a network: bundled with the project, or made here; None where there is none."""
    for folder in _places():
        path = folder / network.network_id
        if not os.path.isdir(path):  # noqa: PTH112 - never raises, whatever the folder's permissions
            continue
        try:
            sealed = SealedFolder(path, network.network_id)
            facts = parse_json(sealed.read(_FACTS), _Facts, path / _FACTS)
            return Judge(network, sealed.read(_MODEL), facts["accuracy"])
        except FileDamagedError as error:
            _log.warning("%s The judge is made anew.", error)
            if folder != BUNDLED / "judges":  # what comes with the project is never moved
                set_aside(path)
    return None


def put_judge(judge: Judge) -> None:
    """Keep a judge. One that is there already stays. Raises StorageWriteError."""

    def fill(folder: Path) -> None:
        (folder / _MODEL).write_bytes(judge.model)
        facts = _Facts(network=asdict(judge.network), accuracy=judge.accuracy)
        (folder / _FACTS).write_text(json.dumps(facts, indent=1, allow_nan=False))

    write_sealed_folder(judges_folder() / judge.network.network_id, judge.network.network_id, fill)


def _places() -> Iterator[Path]:
    yield BUNDLED / "judges"
    with suppress(LatentLensError):  # told with the runs
        yield judges_folder()
