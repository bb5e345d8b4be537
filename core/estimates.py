"""How long a training will take, from what earlier ones on this machine took."""

from core.config import RunConfig
from core.datasets import dataset_info
from core.paths import find_loss_network
from core.store import Run

# Seconds on a machine of two cores, measured once; used only until a run was trained here.
_IMAGES_PER_SECOND = {"pixels": 4200.0, "features": 2500.0, "loss network": 2400.0}
_IMAGES_PER_SECOND_FALLBACK_FACTOR = {"default": 1.0, "study_a": 0.65, "study_b": 0.48}
_STARTUP_SECONDS = 6.0
# Stages whose time depends on the dataset and the machine alone.
_FIXED_STAGES = ("data", "libraries", "export", "embeddings", "clusterings", "maps", "metrics")


def estimate_seconds(config: RunConfig, earlier: list[Run]) -> float:
    """Expected seconds from submitting to the finished run, the queue not counted.

    Rates come from the newest of the `earlier` runs trained here that is alike (`newest_alike`); without one, from
    figures measured on two cores.
    """
    info = dataset_info(config.dataset)
    images = info.train_size - info.validation_size
    kind = "features" if config.loss == "perceptual" else "pixels"
    rate = _IMAGES_PER_SECOND[kind] * _IMAGES_PER_SECOND_FALLBACK_FACTOR[config.architecture]
    fixed = _STARTUP_SECONDS + _finishing_seconds(info.train_size, info.test_size)
    if newest := newest_alike(config, earlier):
        rate = newest.history[-1]["images_per_second"]
        fixed = sum(newest.summary["timings"].get(stage, 0.0) for stage in _FIXED_STAGES)
    seconds = fixed + config.epochs * images / rate
    if kind == "features":
        network = config.loss_network
        if find_loss_network(network.network_id) is None:
            factor = 0.15 if network.architecture == "study_a" else 1.0
            seconds += network.epochs * images / (_IMAGES_PER_SECOND["loss network"] * factor)
        seconds += 2 * info.train_size / 8000
    return seconds


def newest_alike(config: RunConfig, earlier: list[Run]) -> Run | None:
    """The newest run on the same dataset with the same architecture and kind of loss: its rate is this one's, too."""

    def kind(one: RunConfig) -> tuple:
        return one.dataset, one.architecture, one.loss == "perceptual"

    alike = [run for run in earlier if kind(run.config) == kind(config)]
    return max(alike, key=lambda run: run.summary["created"], default=None)


def _finishing_seconds(train: int, test: int) -> float:
    """Export, embeddings, clusterings, maps and metrics."""
    return 5 + 20 * train / 60_000 + 25 * test / 10_000
