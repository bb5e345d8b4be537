"""How long a training will take, from what earlier ones on this machine took."""

from contextlib import suppress

from core.data import dataset_info
from core.errors import StoreError
from core.keep.runs import Run
from core.paths import find_loss_network
from core.settings import RunConfig

# Images a second on a machine of two cores, measured once. Those of autoencoders serve until one alike was trained here.
_AUTOENCODER = {"pixels": 4800.0, "features": 2800.0}
_AUTOENCODER_FACTOR = {"default": 1.0, "study_a": 0.62, "study_b": 0.45}
_LOSS_NETWORK = {"default": 3300.0, "study_a": 450.0}
_TARGET_FEATURES = 10000.0
_STARTUP_SECONDS = 6.0
_SLOWEST = 0.01  # images a second; what says that it was slower was not measured
# All other stages take as long as they did, whatever the epochs and whether there was a loss network already.
_TRAINING_STAGES = ("precision", "loss network", "autoencoder")


def estimate_seconds(config: RunConfig, earlier: list[Run]) -> float:
    """Expected seconds from submitting to the finished run, the queue not counted.

    The autoencoder's rate and the stages after it come from the newest of the `earlier` runs trained here that is alike
    (`newest_alike`); all else, and everything without one, from figures measured on two cores.
    """
    info = dataset_info(config.dataset)
    kind = "features" if config.loss == "perceptual" else "pixels"
    rate = _AUTOENCODER[kind] * _AUTOENCODER_FACTOR[config.architecture]
    fixed = _STARTUP_SECONDS + _finishing_seconds(info.train_size, info.test_size)
    if newest := newest_alike(config, earlier):
        rate = newest.history[-1]["images_per_second"]
        fixed = sum(took for stage, took in newest.summary["timings"].items() if stage not in _TRAINING_STAGES)
    seconds = fixed + config.epochs * config.images / rate
    if kind == "features":
        network = config.loss_network
        if find_loss_network(network.network_id) is None:
            seconds += network.epochs * network.images / _LOSS_NETWORK[network.architecture]
        seconds += 2 * (config.images + info.validation_size) / _TARGET_FEATURES  # of each image and its mirror image
    return seconds


def newest_alike(config: RunConfig, earlier: list[Run]) -> Run | None:
    """The newest run on the same dataset with the same architecture and kind of loss: its rate is this one's, too.

    Runs that cannot be read, or were deleted meanwhile, tell nothing.
    """

    def kind(one: RunConfig) -> tuple:
        return one.dataset, one.architecture, one.loss == "perceptual"

    found = []
    for run in earlier:
        with suppress(StoreError):
            if kind(run.config) == kind(config) and run.history and run.history[-1]["images_per_second"] >= _SLOWEST:
                found.append((run.summary["created"], run))
    return max(found, key=lambda one: one[0], default=(None, None))[1]


def _finishing_seconds(train: int, test: int) -> float:
    """Export, embeddings, clusterings, maps and metrics."""
    return 5 + 12 * train / 60_000 + 15 * test / 10_000
