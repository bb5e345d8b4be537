"""Perceptual loss: the distance between what a teacher's network sees in the drawing and in the image.

The model that is trained is image -> encoder -> decoder -> frozen loss network, fitted to features of the targets that were
computed once: the target side never changes, so doing it at each step is waste.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidInputError
from core.learn.architectures import LOSS_NETWORKS
from core.learn.objectives.objective import Comparison, Objective, Place
from core.learn.teachers.config import LossNetworkConfig

if TYPE_CHECKING:
    import keras

    from core.data.imageset import ImageSet
    from core.events import OnEvent
    from core.settings import RunConfig


class Perceptual(Objective):
    title = "Perceptual"
    summary = "compares what a trained classifier sees in the two pictures, not their pixels"
    colour = "#009e73"
    teacher = LossNetworkConfig

    def uses_labels(self, config: "RunConfig") -> bool:
        return _network(config).uses_labels

    def loss(self, target: Any, output: Any) -> Any:
        """The smaller of the distances to the features of the target and of its mirror image.

        Args:
            target: (n, 2, d), features of each target image and of its left-right mirror image, precomputed.
            output: (n, d), features of each reconstruction.

        The distance is the mean squared difference over the d features. The minimum is taken per image; study A's
        listing takes it once per batch, which lets one image decide for all others.
        """
        from keras import ops

        difference = ops.cast(target, "float32") - ops.expand_dims(ops.cast(output, "float32"), axis=1)
        return ops.min(ops.mean(ops.square(difference), axis=-1), axis=-1)

    def seconds_an_image(self, config: "RunConfig") -> float:
        return 1 / LOSS_NETWORKS[_network(config).architecture].compared_per_second

    def compare(self, config: "RunConfig", dataset: "ImageSet", place: Place, on_event: "OnEvent") -> Comparison:
        """The network, read or trained, and the features of all training images that `config` names."""
        from core.learn.teachers.features import build_extractor, target_features
        from core.learn.teachers.kept import get_loss_network

        network = get_loss_network(
            _network(config), dataset, folder=place.networks, checkpoint=place.checkpoint.parent,
            precision=place.precision, on_event=on_event,
        )  # fmt: skip
        learnt = dataset.learn_from(config.images)
        extractor = build_extractor(network.model, str(config.tap), learnt.train_images[learnt.fit_slice])
        return Features(extractor, target_features(extractor, learnt.train_images, on_event), network.report)


def _network(config: "RunConfig") -> LossNetworkConfig:
    if config.loss_network is None:
        raise InvalidInputError(f"No loss network to compare by in {config!r}. Expected one: choose a perceptual loss.")
    return config.loss_network


@dataclass(frozen=True, eq=False)
class Features(Comparison):
    """Compares features.

    Attributes:
        extractor: images (n, h, w, c) to features (n, d).
        features: (n, 2, d), of each training image and of its mirror image. None: too large to be kept, computed for each
            batch.
    """

    extractor: "keras.Model"
    features: np.ndarray | None
    report: dict[str, Any] | None = None

    def targets(self, indices: np.ndarray, fed: np.ndarray) -> np.ndarray:
        # A mirrored input has the same two targets in the other order, and the loss takes the smaller distance.
        if self.features is not None:
            return self.features[indices]
        from core.learn.teachers.features import both_ways

        return both_ways(self.extractor, fed)

    def seen(self, drawn: Any) -> Any:
        return self.extractor(drawn)
