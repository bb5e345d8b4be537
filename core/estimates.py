"""How long a training will take, from what earlier ones on this machine took."""

from contextlib import suppress

from core.data import ImageSetInfo, dataset_info
from core.errors import StoreError
from core.keep.judges import UNSEEN, find_judge, usual_judge
from core.keep.run import Run
from core.paths import find_loss_network
from core.settings import ARCHITECTURES, LOSS_NETWORKS, LOSSES, RunConfig

_TARGET_FEATURES = 10000.0  # images a second on two cores, measured once as are the rates of the registries
_MEASURED_PIXELS = 28 * 28  # of the images that all rates were measured with
_READ_OUT = 7000.0  # images a second that a read-out is trained with
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
    larger = info.shape[0] * info.shape[1] / _MEASURED_PIXELS  # work grows with the pixels, hardly with their channels
    cost = 1 / ARCHITECTURES[config.architecture].images_per_second + LOSSES[config.loss].seconds_an_image(config)
    rate = 1 / (cost * larger)
    finishing = _finishing_seconds(info)
    fixed = _STARTUP_SECONDS + finishing
    if newest := newest_alike(config, earlier):
        rate = newest.history[-1]["images_per_second"]
        fixed = sum(took for stage, took in newest.summary["timings"].items() if stage not in _TRAINING_STAGES)
        if "metrics" not in newest.summary:  # else what is computed once it is stored was timed, too
            fixed += finishing
    seconds = fixed + config.epochs * config.images / rate
    if network := config.loss_network:
        if find_loss_network(network.network_id) is None:
            rate = LOSS_NETWORKS[network.architecture].trained_per_second / larger
            seconds += network.epochs * network.images / rate
        # Of each image and its mirror image.
        seconds += 2 * (config.images + info.validation_size) * larger / _TARGET_FEATURES
    return seconds


def newest_alike(config: RunConfig, earlier: list[Run]) -> Run | None:
    """The newest run on the same dataset with the same architecture and teacher, if any: its rate is this one's, too.

    Runs that cannot be read, or were deleted meanwhile, tell nothing.
    """

    def kind(one: RunConfig) -> tuple[str, str, type | None]:
        return one.dataset, one.architecture, LOSSES[one.loss].teacher

    found = []
    for run in earlier:
        with suppress(StoreError):
            if kind(run.config) == kind(config) and run.history and run.history[-1]["images_per_second"] >= _SLOWEST:
                found.append((run.summary["created"], run))
    return max(found, key=lambda one: one[0], default=(None, None))[1]


def _finishing_seconds(info: ImageSetInfo) -> float:
    """Export, embeddings, clusterings, maps and metrics; the read-out, and the judge of the images where there is none yet."""
    larger = info.shape[0] * info.shape[1] / _MEASURED_PIXELS
    seconds = 5 + 12 * info.train_size / 60_000 + 15 * info.test_size / 10_000
    seconds += info.epochs * info.fit_size * larger / _READ_OUT
    if info.labelled and find_judge(judge := usual_judge(info, UNSEEN)) is None:
        rate = LOSS_NETWORKS[judge.architecture].trained_per_second / larger
        seconds += judge.epochs * judge.images / rate
    return seconds
