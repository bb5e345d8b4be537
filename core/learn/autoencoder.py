"""Build, train and export the autoencoder of a run, whatever its objective is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.data.imageset import ImageSet
from core.events import OnEvent
from core.learn.batches import Batches, as_float, portions
from core.learn.checkpoint import recorded_precision
from core.learn.export import export_onnx
from core.learn.fit import cosine_schedule, fit
from core.learn.gentler import Answers, DeadNetworkError, Pace, is_silent, train_gently
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
_SEEN = 1 / 512  # drawings that differ by less, half a grey level, are one picture
_LIMIT = 1e-6  # as near to black or white a sigmoid hardly changes any more
_SAMPLE = 100
_STAGE = "autoencoder"


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
    """A training that may begin.

    Attributes:
        dataset: with only those images to fit weights to that the settings name.
        checkpoint: a folder to go on from after an interruption.
        precision: `float32` or `mixed_bfloat16`.
    """

    config: RunConfig
    dataset: ImageSet
    checkpoint: Path
    precision: str
    comparison: Comparison

    def train(self, on_event: OnEvent) -> "Trained":
        """Train to the end, from the checkpoint where there is one; more gently where the network dies.

        Raises InvalidInputError where it diverges, or dies at the gentlest pace, too; StorageWriteError.
        """
        return train_gently(
            lambda pace: self._train(pace, on_event), learning_rate=self.config.learning_rate,
            checkpoint=self.checkpoint, stage=_STAGE, on_event=on_event,
        )  # fmt: skip

    def _train(self, pace: Pace, on_event: OnEvent) -> "Trained":
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
        steps = config.epochs * batches.steps
        warmup = max(pace.warmup, _DARK_WARMUP if dark else 1)
        schedule = cosine_schedule(pace.rate * config.learning_rate, steps, warmup=warmup)
        model.compile(keras.optimizers.Adam(schedule), OBJECTIVES[config.loss].loss)

        def validate() -> dict[str, float]:
            figures, drawings = self._validate(model, autoencoder)
            if not drawings.differ(_SEEN):
                self._check_alive(encoder, decoder)
            return {**figures, **pace.figures}

        history = fit(
            model,
            batches,
            epochs=config.epochs,
            checkpoint=self.checkpoint,
            validate=validate,
            on_event=on_event,
            stage=_STAGE,
        )
        return Trained(config, encoder, decoder, history, self.precision, self.comparison.report)

    def _validate(self, model: keras.Model, autoencoder: keras.Model) -> tuple[dict[str, float], Answers]:
        """Figures on the validation images, and how far their drawings differ.

        The figures are the run's own loss, of what the trained `model` gives, and the pixel MSE.
        """
        held_out = self.dataset.validation_slice
        images = self.dataset.train_images[held_out]
        own, pixels, drawings = [], [], Answers()
        for portion in portions(images):
            batch = as_float(images[portion])
            drawn = output = autoencoder.predict_on_batch(batch)
            if model is not autoencoder:
                output = model.predict_on_batch(batch)
            indices = held_out.start + np.arange(portion.start, portion.stop)
            target = self.comparison.targets(indices, batch)
            own.append(keras.ops.convert_to_numpy(OBJECTIVES[self.config.loss].loss(target, output)))
            pixels.append(keras.ops.convert_to_numpy(OBJECTIVES["mse"].loss(batch, drawn)))
            drawings.add(keras.ops.convert_to_numpy(drawn))
        figures = {
            "validation_loss": float(np.concatenate(own).mean()),
            "validation_mse": float(np.concatenate(pixels).mean()),
        }
        return figures, drawings

    def _check_alive(self, encoder: keras.Model, decoder: keras.Model) -> None:
        """Raise DeadNetworkError where no gradient reaches the encoder: units are silent, or every pixel is at its limit."""
        images = as_float(self.dataset.train_images[self.dataset.validation_slice][:_SAMPLE])
        codes = encoder.predict_on_batch(images)
        drawn = keras.ops.convert_to_numpy(decoder.predict_on_batch(codes))
        at_limit = np.minimum(drawn, 1 - drawn).max() < _LIMIT
        if at_limit or is_silent(encoder, images) or is_silent(decoder, keras.ops.convert_to_numpy(codes)):
            raise DeadNetworkError


@dataclass(frozen=True, eq=False)
class Trained:
    """A training that has ended.

    Attributes:
        history: one dict an epoch, see `core.learn.fit.fit`.
        precision: it was trained with; the models that are exported are float32.
        loss_network: what a run's summary tells of its teacher; None without one.
    """

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
            export_onnx(plain, folder / f"{name}.onnx")
