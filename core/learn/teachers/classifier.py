"""The teacher that learns to name an image's class: clusters of what is trained with it are label-informed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import InvalidInputError
from core.learn.teachers.teacher import Teacher

if TYPE_CHECKING:
    import keras
    import numpy as np

    from core.data.imageset import ImageSet, ImageSetInfo
    from core.events import OnEvent
    from core.learn.gentler import Answers, Pace
    from core.learn.teachers.config import LossNetworkConfig

_LABEL_SMOOTHING = 0.1
_SEEN = 1e-3  # logits that differ by less give every image the same odds
_SAMPLE = 100
_STAGE = "loss network"


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
        from core.learn.gentler import train_gently

        return train_gently(
            lambda pace: self._train(config, dataset, precision, checkpoint, pace, on_event),
            learning_rate=config.learning_rate, checkpoint=checkpoint, stage=_STAGE, on_event=on_event,
        )  # fmt: skip

    def _train(
        self,
        config: "LossNetworkConfig",
        dataset: "ImageSet",
        precision: str,
        checkpoint: Path,
        pace: "Pace",
        on_event: "OnEvent",
    ) -> tuple["keras.Model", dict[str, Any]]:
        import keras
        import numpy as np

        from core.learn.batches import Batches, as_float
        from core.learn.fit import cosine_schedule, fit
        from core.learn.gentler import DeadNetworkError, is_silent
        from core.learn.layers import DataParallel
        from core.learn.models import build_loss_network

        keras.utils.set_random_seed(config.seed)
        classes = self.outputs(dataset.info)
        network = build_loss_network(config.architecture, dataset.train_images.shape[1:], classes, precision)
        model = DataParallel(network.input, network.output)
        images, held_out = dataset.train_images[dataset.fit_slice], dataset.validation_slice
        known = _labels(dataset.train_labels)
        one_hot = np.eye(classes, dtype=np.float32)
        batches = Batches(
            images, lambda indices, _: one_hot[known[indices]], min(config.batch_size, len(images)), config.seed,
            dataset.info.mirror,
        )  # fmt: skip
        steps = config.epochs * batches.steps
        schedule = cosine_schedule(pace.rate * config.learning_rate, steps, warmup=pace.warmup)
        model.compile(
            keras.optimizers.AdamW(schedule, weight_decay=4e-3),
            keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=_LABEL_SMOOTHING),
        )

        def validate() -> dict[str, float]:
            right, logits = judge(model, dataset.train_images[held_out], known[held_out])
            if not logits.differ(_SEEN) and is_silent(network, as_float(dataset.train_images[held_out][:_SAMPLE])):
                raise DeadNetworkError
            return {"validation_accuracy": right, **pace.figures}

        history = fit(
            model,
            batches,
            epochs=config.epochs,
            checkpoint=checkpoint,
            validate=validate,
            on_event=on_event,
            stage=_STAGE,
        )
        return network, {
            "accuracy": history[-1]["validation_accuracy"],
            "test_accuracy": judge(model, dataset.test_images, _labels(dataset.test_labels))[0],
            "history": history,
        }


def _labels(labels: "np.ndarray | None") -> "np.ndarray":
    if labels is None:
        raise InvalidInputError(
            "A classifier cannot learn from images without labels. Give labels, or choose another teacher."
        )
    return labels


def judge(model: "keras.Model", images: "np.ndarray", labels: "np.ndarray") -> "tuple[float, Answers]":
    """The share of images (uint8 (n, h, w, c)) whose largest logit is their label's (n,), and how far logits differ."""
    import numpy as np

    from core.learn.batches import predict
    from core.learn.gentler import Answers

    named, answers = [], Answers()
    for logits in predict(model, images):
        named.append(logits.argmax(1))
        answers.add(logits)
    return float(np.mean(np.concatenate(named) == labels)), answers
