"""Judges, made of loss networks that were trained as classifiers: their probabilities of the classes, as ONNX."""

from pathlib import Path
from typing import Any

import keras
from keras import layers

from core.data.imageset import ImageSet
from core.events import OnEvent
from core.learn.export import onnx_bytes
from core.learn.layers import share_processors
from core.learn.precision import choose_precision
from core.learn.teachers.config import LossNetworkConfig
from core.learn.teachers.kept import get_loss_network


def judge_of(
    config: LossNetworkConfig,
    dataset: ImageSet,
    *,
    networks: Path,
    checkpoint: Path,
    precision_cache: Path,
    on_event: OnEvent,
) -> tuple[bytes, float]:
    """An ONNX model of a classifier, trained now where it is not kept, and the share of validation images that it names right.

    The model takes images (n, h, w, c) in [0, 1] and gives probabilities (n, classes), float32. Raises as `get_loss_network`.

    Args:
        networks: where trained loss networks are kept.
        checkpoint: the folder of all checkpoints, where the network has its own, to go on from after an interruption.
    """
    share_processors()
    place: dict[str, Any] = {"folder": networks, "checkpoint": checkpoint, "on_event": on_event}
    get_loss_network(config, dataset, precision=choose_precision(precision_cache), **place)
    kept = get_loss_network(config, dataset, precision="float32", **place)
    return onnx_bytes(_with_probabilities(kept.model)), float(kept.kept.get("accuracy", 0.0))


def _with_probabilities(network: keras.Model) -> keras.Model:
    image = keras.Input(network.input.shape[1:], name="image")
    return keras.Model(image, layers.Softmax(name="probabilities", dtype="float32")(network(image)), name="judge")
