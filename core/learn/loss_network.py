"""Loss networks: classifiers whose features the perceptual loss compares. Train, cache, tap.

A loss network is trained once per dataset, seed and configuration, kept under its id, and shared by all runs. It has
seen labels: clusters of embeddings trained with it are label-informed.
"""

import hashlib
import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, NotRequired, TypedDict

import keras
import numpy as np
from keras import layers, ops
from msgspec import Meta

from core.data import ImageSet, dataset_info
from core.errors import FileDamagedError, RunCorruptError
from core.keep.files import lock, set_aside
from core.keep.reading import parse_json, read_bytes, read_json
from core.keep.sealed import MANIFEST, SealedFolder, write_sealed_folder
from core.learn.fit import Batches, OnEvent, as_float, cosine_schedule, fit
from core.learn.models import build_loss_network, fold_normalisation
from core.learn.parallel import DataParallel
from core.learn.weights import load_weights, weights_bytes
from core.paths import BUNDLED, locks_folder
from core.settings import TAPS, LossNetworkConfig, check_name

_LABEL_SMOOTHING = 0.1
_PREDICT_BATCH = 500
# Above this width target features are kept in half precision: 60,000 images x 2 x 2,304 floats would be 1.1 GB.
_WIDE = 512
_VARIANCE_SAMPLE = 2_000
# Larger weights redraw better and cluster worse. Chosen by validation images (latent 10, 20 clusters, ten epochs): accuracy
# 0.868 and pixel MSE 0.061 at 0.06; 0.854 and 0.043 at 0.08. Without the first layer noise is redrawn.
_FIRST_WEIGHT = 0.06


_WEIGHTS = "network.weights.h5"
_REPORT = "network.json"
_log = logging.getLogger(__name__)


class _Epoch(TypedDict):
    images_per_second: float


class _Report(TypedDict):
    """What is read of a kept network's report."""

    accuracy: float
    test_accuracy: float
    seconds: float
    history: Annotated[list[_Epoch], Meta(min_length=1)]
    sha256: NotRequired[str]


@dataclass(frozen=True, eq=False)
class LossNetwork:
    """A trained loss network. `accuracy` is on the validation images, in [0, 1]."""

    config: LossNetworkConfig
    model: keras.Model
    accuracy: float
    test_accuracy: float
    seconds: float
    images_per_second: float  # of the fastest epoch


def get_loss_network(
    config: LossNetworkConfig,
    dataset: ImageSet,
    *,
    folder: Path,
    checkpoint: Path,
    precision: str,
    on_event: OnEvent,
) -> LossNetwork:
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
    dataset = dataset.learn_from(config.images)
    keras.utils.set_random_seed(config.seed)
    network = build_loss_network(config.architecture, len(dataset.info.class_names), precision)
    model = DataParallel(network.input, network.output)
    images, labels = dataset.train_images[dataset.fit_slice], dataset.train_labels[dataset.fit_slice]
    one_hot = np.eye(len(dataset.info.class_names), dtype=np.float32)[labels]
    batches = Batches(
        images,
        lambda indices, _: one_hot[indices],
        min(config.batch_size, len(images)),
        config.seed,
        dataset.info.mirror,
    )
    model.compile(
        keras.optimizers.AdamW(cosine_schedule(config.learning_rate, config.epochs * batches.steps), weight_decay=4e-3),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=_LABEL_SMOOTHING),
    )
    held_out = dataset.validation_slice
    history = fit(
        model,
        batches,
        epochs=config.epochs,
        checkpoint=checkpoint / config.network_id,
        validate=lambda: {
            "validation_accuracy": accuracy(model, dataset.train_images[held_out], dataset.train_labels[held_out])
        },
        on_event=on_event,
        stage="loss network",
    )
    report = {
        "config": asdict(config),
        "accuracy": history[-1]["validation_accuracy"],
        "test_accuracy": accuracy(model, dataset.test_images, dataset.test_labels),  # reported, never chosen by
        "seconds": sum(row["seconds"] for row in history),
        "precision": precision,
        "history": history,
    }
    kept = build_loss_network(config.architecture, len(dataset.info.class_names))
    kept.set_weights(model.get_weights())  # without the optimiser's state, which is twice as large

    def fill(folder: Path) -> None:
        (folder / _WEIGHTS).write_bytes(weights_bytes(kept))
        (folder / _REPORT).write_text(json.dumps(report, indent=1))

    write_sealed_folder(path, config.network_id, fill)
    shutil.rmtree(checkpoint / config.network_id, ignore_errors=True)


def _read(config: LossNetworkConfig, path: Path, precision: str) -> LossNetwork:
    try:
        report, weights = _checked(path)
        model = build_loss_network(config.architecture, len(dataset_info(config.dataset).class_names), precision)
        load_weights(model, weights)
    except (FileDamagedError, OSError, ValueError, KeyError) as error:
        raise RunCorruptError(f"Loss network {path} cannot be used: {error}") from error
    model = fold_normalisation(model)
    freeze(model)
    fastest = max(row["images_per_second"] for row in report["history"])
    return LossNetwork(config, model, report["accuracy"], report["test_accuracy"], report["seconds"], fastest)


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


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of images (uint8) whose largest logit is their label's."""
    return float(np.mean(np.concatenate([
        ops.convert_to_numpy(model.predict_on_batch(as_float(images[start : start + _PREDICT_BATCH]))).argmax(1)
        for start in range(0, len(images), _PREDICT_BATCH)
    ]) == labels))  # fmt: skip


def build_extractor(network: keras.Model, tap: str, images: np.ndarray) -> keras.Model:
    """Images (n, 28, 28, 1) in [0, 1] to features (n, d), float32, with the network's weights frozen.

    The parts of a tap are scaled so that the mean squared difference over the d features is the share of the features'
    variance over `images` (uint8, training images) that is lost: 0 is perfect, 1 no better than always the mean.
    """
    check_name("tap", tap, TAPS)
    parts = [(layers.Flatten(dtype="float32")(tensor), weight) for tensor, weight in _parts(network, tap)]
    probe = keras.Model(network.input, [tensor for tensor, _ in parts])
    seen = probe.predict_on_batch(as_float(images[:_VARIANCE_SAMPLE]))
    width = sum(tensor.shape[1] for tensor, _ in parts)
    scaled = []
    for (tensor, weight), values in zip(parts, seen if isinstance(seen, list) else [seen], strict=True):
        variance = float(np.var(ops.convert_to_numpy(values), axis=0, dtype=np.float64).sum())
        scaled.append(tensor * float(np.sqrt(weight * width / max(variance, 1e-12))))
    features = ops.concatenate(scaled, axis=1) if len(scaled) > 1 else scaled[0]
    extractor = keras.Model(network.input, features, name="features")
    extractor.trainable = False
    return extractor


def _parts(network: keras.Model, tap: str) -> list[tuple]:
    """The tensors a tap is made of, each with its weight."""
    maps = [layer.output for layer in network.layers if layer.name.startswith("map_")]
    pooled = [ops.mean(ops.cast(one, "float32"), axis=(1, 2)) for one in maps]
    if tap == "pooled":
        return [(pooled[-1], 1.0)]
    if tap == "pooled_and_first":
        first = ops.cast(maps[0], "float32")
        return [
            (pooled[-1], 1.0),
            (layers.AveragePooling2D(first.shape[1] // 7, dtype="float32")(first), _FIRST_WEIGHT),
        ]
    if tap == "last_map":
        flat = [layer.output for layer in network.layers if layer.name == "flat"]
        return [(flat[0] if flat else maps[-1], 1.0)]
    return [(one, 1.0 / len(pooled)) for one in pooled]


def target_features(extractor: keras.Model, images: np.ndarray, on_event: OnEvent) -> np.ndarray:
    """Features of each image (uint8) and of its mirror image: (n, 2, d), computed once and used in every epoch."""
    width = extractor.output.shape[1]
    parallel = DataParallel(extractor.input, extractor.output)
    result = np.empty((len(images), 2, width), np.float16 if width > _WIDE else np.float32)
    for start in range(0, len(images), _PREDICT_BATCH):
        batch = as_float(images[start : start + _PREDICT_BATCH])
        for view, seen in enumerate((batch, batch[:, :, ::-1])):
            result[start : start + len(batch), view] = ops.convert_to_numpy(parallel.predict_on_batch(seen))
        if start // _PREDICT_BATCH % 10 == 0:
            on_event({"event": "progress", "stage": "target features", "done": start, "total": len(images)})
    return result
