"""Build, train and export the autoencoder of a run.

For the perceptual loss the model that is trained is image -> encoder -> decoder -> frozen loss network, fitted to
features of the targets that were computed once: the target side never changes, so doing it at each step is waste.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.data import ImageSet
from core.learn.fit import Batches, OnEvent, as_float, cosine_schedule, fit, recorded_precision
from core.learn.loss_network import LossNetwork, build_extractor, get_loss_network, target_features
from core.learn.losses import LOSS_FUNCTIONS, mse
from core.learn.models import build_decoder, build_encoder
from core.learn.parallel import DataParallel, share_processors
from core.learn.precision import choose_precision
from core.settings import RunConfig

_VALIDATION_BATCH = 500
# Images darker than this on the average (MNIST) silence all units of a network that begins at a middle grey, or that learns
# at the full rate before it draws anything: it then begins at their mean pixel, and warms up over so many steps.
_DARK = 0.2
_DARK_WARMUP = 500


def prepare(
    config: RunConfig,
    dataset: ImageSet,
    *,
    checkpoint: Path,
    networks: Path,
    precision_cache: Path,
    on_event: OnEvent,
) -> "Trainer":
    """Everything the training needs: the precision, and for the perceptual loss its network and target features."""
    share_processors()
    precision = recorded_precision(checkpoint) or choose_precision(precision_cache)
    learnt = dataset.learn_from(config.images)
    network = extractor = features = None
    if config.loss == "perceptual":
        network = get_loss_network(
            config.loss_network, dataset, folder=networks, checkpoint=checkpoint.parent, precision=precision,
            on_event=on_event,
        )  # fmt: skip
        extractor = build_extractor(network.model, config.tap, learnt.train_images[learnt.fit_slice])
        features = target_features(extractor, learnt.train_images, on_event)
    return Trainer(config, learnt, checkpoint, precision, network, extractor, features)


@dataclass(frozen=True, eq=False)
class Trainer:
    config: RunConfig
    dataset: ImageSet
    checkpoint: Path
    precision: str
    network: LossNetwork | None
    extractor: keras.Model | None
    features: np.ndarray | None  # (n, 2, d): of each of the dataset's training images and of its mirror image

    def train(self, on_event: OnEvent) -> "Trained":
        """Train to the end, from the checkpoint where there is one."""
        config = self.config
        keras.utils.set_random_seed(config.seed)
        encoder = build_encoder(config.architecture, config.latent, self.precision)
        images = self.dataset.train_images[self.dataset.fit_slice]
        mean = float(images.mean()) / 255
        dark = mean < _DARK
        decoder = build_decoder(config.architecture, config.latent, self.precision, mean=mean if dark else 0.5)
        reconstruction = decoder(encoder.output)
        autoencoder = DataParallel(encoder.input, reconstruction, name="autoencoder")
        model = autoencoder
        if self.extractor is not None:
            model = DataParallel(encoder.input, self.extractor(reconstruction), name="perceptual_autoencoder")

        # A mirrored input has the same two targets in the other order, and the loss takes the smaller distance.
        target = (lambda _, fed: fed) if self.features is None else (lambda indices, _: self.features[indices])
        batches = Batches(images, target, min(config.batch_size, len(images)), config.seed, self.dataset.info.mirror)
        warmup = _DARK_WARMUP if dark else 1
        schedule = cosine_schedule(config.learning_rate, config.epochs * batches.steps, warmup=warmup)
        model.compile(keras.optimizers.Adam(schedule), LOSS_FUNCTIONS[config.loss])
        history = fit(
            model, batches, epochs=config.epochs, checkpoint=self.checkpoint,
            validate=lambda: self._validate(model, autoencoder), on_event=on_event, stage="autoencoder",
        )  # fmt: skip
        report = None
        if self.network is not None:
            report = {
                "id": self.network.config.network_id,
                "validation_accuracy": self.network.accuracy,
                "test_accuracy": self.network.test_accuracy,
                "seconds": self.network.seconds,
                "images_per_second": self.network.images_per_second,
            }
        return Trained(config, encoder, decoder, history, self.precision, report)

    def _validate(self, model: keras.Model, autoencoder: keras.Model) -> dict[str, float]:
        """The run's own loss, of what the trained `model` gives, and the pixel MSE on the validation images."""
        held_out = self.dataset.validation_slice
        images = self.dataset.train_images[held_out]
        own, pixels = [], []
        for start in range(0, len(images), _VALIDATION_BATCH):
            batch = target = as_float(images[start : start + _VALIDATION_BATCH])
            drawn = output = autoencoder.predict_on_batch(batch)
            if self.features is not None:
                target = self.features[held_out.start + start :][: len(batch)]
                output = model.predict_on_batch(batch)
            own.append(keras.ops.convert_to_numpy(LOSS_FUNCTIONS[self.config.loss](target, output)))
            pixels.append(keras.ops.convert_to_numpy(mse(batch, drawn)))
        return {
            "validation_loss": float(np.concatenate(own).mean()),
            "validation_mse": float(np.concatenate(pixels).mean()),
        }


@dataclass(frozen=True, eq=False)
class Trained:
    config: RunConfig
    encoder: keras.Model
    decoder: keras.Model
    history: list[dict[str, float]]
    precision: str
    loss_network: dict[str, Any] | None

    @property
    def backend(self) -> str:
        return keras.backend.backend()

    def export(self, folder: Path) -> None:
        """Write `encoder.onnx` and `decoder.onnx`, float32 whatever the training's precision was."""
        for name, model, build in (("encoder", self.encoder, build_encoder), ("decoder", self.decoder, build_decoder)):
            plain = build(self.config.architecture, self.config.latent, "float32")
            plain.set_weights(model.get_weights())
            plain(np.zeros((1, *plain.input.shape[1:]), np.float32))  # the export wants a model that was called
            path = folder / f"{name}.onnx"
            plain.export(path, format="onnx", verbose=False)
            _halve_weights(path)


def _halve_weights(path: Path) -> None:
    """Keep the large weights of an ONNX file as float16, cast back when it is loaded: half the size on disk.

    Embeddings are computed with the file as written, so what is stored and what is shown agree.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < 1024:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}_half")
        tensor.CopyFrom(half)
        casts.append(onnx.helper.make_node("Cast", [half.name], [name], to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, path)
