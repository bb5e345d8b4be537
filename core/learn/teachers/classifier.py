"""The teacher that learns to name an image's class: clusters of what is trained with it are label-informed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.learn.teachers.teacher import Teacher

if TYPE_CHECKING:
    import keras
    import numpy as np

    from core.data.imageset import ImageSet, ImageSetInfo
    from core.learn.fit import OnEvent
    from core.learn.teachers.config import LossNetworkConfig

_LABEL_SMOOTHING = 0.1


class Classifier(Teacher):
    title = "Classifier"
    summary = "learns to name the class of an image, from labels"
    uses_labels = True

    def outputs(self, info: "ImageSetInfo") -> int:
        return len(info.class_names)

    def train(
        self, config: "LossNetworkConfig", dataset: "ImageSet", *, precision: str, checkpoint: Path, on_event: "OnEvent"
    ) -> tuple["keras.Model", dict[str, Any]]:
        """See `Teacher.train`. `test_accuracy` is reported, and chooses nothing."""
        import keras
        import numpy as np

        from core.learn.batches import Batches
        from core.learn.fit import cosine_schedule, fit
        from core.learn.layers import DataParallel
        from core.learn.models import build_loss_network

        keras.utils.set_random_seed(config.seed)
        classes = self.outputs(dataset.info)
        network = build_loss_network(config.architecture, dataset.train_images.shape[1:], classes, precision)
        model = DataParallel(network.input, network.output)
        images, labels = dataset.train_images[dataset.fit_slice], dataset.train_labels[dataset.fit_slice]
        one_hot = np.eye(classes, dtype=np.float32)
        batches = Batches(
            images, lambda indices, _: one_hot[labels[indices]], min(config.batch_size, len(images)), config.seed,
            dataset.info.mirror,
        )  # fmt: skip
        schedule = cosine_schedule(config.learning_rate, config.epochs * batches.steps)
        model.compile(
            keras.optimizers.AdamW(schedule, weight_decay=4e-3),
            keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=_LABEL_SMOOTHING),
        )
        held_out = dataset.validation_slice
        history = fit(
            model, batches, epochs=config.epochs, checkpoint=checkpoint, on_event=on_event, stage="loss network",
            validate=lambda: {
                "validation_accuracy": accuracy(model, dataset.train_images[held_out], dataset.train_labels[held_out])
            },
        )  # fmt: skip
        return network, {
            "accuracy": history[-1]["validation_accuracy"],
            "test_accuracy": accuracy(model, dataset.test_images, dataset.test_labels),
            "history": history,
        }


def accuracy(model: "keras.Model", images: "np.ndarray", labels: "np.ndarray") -> float:
    """Share of images (uint8 (n, h, w, c)) whose largest logit is their label's (n,), in [0, 1]."""
    import numpy as np

    from core.learn.batches import predict

    return float(np.mean(np.concatenate([logits.argmax(1) for logits in predict(model, images)]) == labels))
