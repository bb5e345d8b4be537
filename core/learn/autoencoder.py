"""Build, train and export the autoencoder of a run, whatever its objective is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.data.imageset import ImageSet
from core.learn.batches import Batches, as_float, portions
from core.learn.checkpoint import recorded_precision
from core.learn.fit import OnEvent, cosine_schedule, fit
from core.learn.layers import DataParallel, share_processors
from core.learn.models import build_decoder, build_encoder
from core.learn.objectives import OBJECTIVES
from core.learn.objectives.objective import Comparison, Place
from core.learn.precision import choose_precision
from core.settings import RunConfig

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
    """Everything the training needs: the precision, and what the objective compares with, a teacher's network perhaps."""
    share_processors()
    precision = recorded_precision(checkpoint) or choose_precision(precision_cache)
    comparison = OBJECTIVES[config.loss].compare(config, dataset, Place(checkpoint, networks, precision), on_event)
    return Trainer(config, dataset.learn_from(config.images), checkpoint, precision, comparison)


@dataclass(frozen=True, eq=False)
class Trainer:
    config: RunConfig
    dataset: ImageSet  # with only those images to fit weights to that the settings name
    checkpoint: Path
    precision: str
    comparison: Comparison

    def train(self, on_event: OnEvent) -> "Trained":
        """Train to the end, from the checkpoint where there is one."""
        config = self.config
        keras.utils.set_random_seed(config.seed)
        images = self.dataset.train_images[self.dataset.fit_slice]
        shape = images.shape[1:]
        encoder = build_encoder(config.architecture, shape, config.latent, self.precision)
        mean = float(images.mean()) / 255
        dark = mean < _DARK
        decoder = build_decoder(config.architecture, shape, config.latent, self.precision, mean=mean if dark else 0.5)
        reconstruction = decoder(encoder.output)
        autoencoder = model = DataParallel(encoder.input, reconstruction, name="autoencoder")
        seen = self.comparison.seen(reconstruction)
        if seen is not reconstruction:
            model = DataParallel(encoder.input, seen, name="compared_autoencoder")

        batches = Batches(
            images, self.comparison.targets, min(config.batch_size, len(images)), config.seed, self.dataset.info.mirror
        )
        warmup = _DARK_WARMUP if dark else 1
        schedule = cosine_schedule(config.learning_rate, config.epochs * batches.steps, warmup=warmup)
        model.compile(keras.optimizers.Adam(schedule), OBJECTIVES[config.loss].loss)
        history = fit(
            model, batches, epochs=config.epochs, checkpoint=self.checkpoint,
            validate=lambda: self._validate(model, autoencoder), on_event=on_event, stage="autoencoder",
        )  # fmt: skip
        return Trained(config, encoder, decoder, history, self.precision, self.comparison.report)

    def _validate(self, model: keras.Model, autoencoder: keras.Model) -> dict[str, float]:
        """The run's own loss, of what the trained `model` gives, and the pixel MSE on the validation images."""
        held_out = self.dataset.validation_slice
        images = self.dataset.train_images[held_out]
        own, pixels = [], []
        for portion in portions(images):
            batch = as_float(images[portion])
            drawn = output = autoencoder.predict_on_batch(batch)
            if model is not autoencoder:
                output = model.predict_on_batch(batch)
            indices = held_out.start + np.arange(portion.start, portion.stop)
            target = self.comparison.targets(indices, batch)
            own.append(keras.ops.convert_to_numpy(OBJECTIVES[self.config.loss].loss(target, output)))
            pixels.append(keras.ops.convert_to_numpy(OBJECTIVES["mse"].loss(batch, drawn)))
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
            plain = build(self.config.architecture, self.encoder.input.shape[1:], self.config.latent, "float32")
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
