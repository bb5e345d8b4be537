"""What can be chosen: a run, a loss network, a clustering and a projection, as frozen dataclasses.

Every value is checked when the dataclass is made, so the rest of the package can trust it. `fingerprint` names a
configuration: the same configuration always gives the same run id, so nothing is ever trained twice.
"""

import dataclasses
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

from core.data.imagesets import dataset_info
from core.errors import InvalidInputError, UnknownNameError

MAX_LATENT = 256
MIN_IMAGES = 100
MIN_CLUSTERS, MAX_CLUSTERS = 2, 250
DEFAULT_LATENT, DEFAULT_CLUSTERS = 10, 20
# "pooled" clusters about one point better still, but redraws noise: nothing then asks for a picture a person can read.
DEFAULT_TAP = "pooled_and_first"

# Raised when the same settings would train to another result; runs of an older recipe keep their own id.
RECIPE = 3


@dataclass(frozen=True)
class Choice:
    """One entry of a registry: its title and a sentence for people who do not know the field."""

    title: str
    summary: str


LOSSES: dict[str, Choice] = {
    "mse": Choice("Pixel MSE", "punishes the squared difference of every pixel"),
    "bce": Choice("Cross-entropy", "treats every pixel as a probability of being lit and punishes wrong odds"),
    "perceptual": Choice("Perceptual", "compares what a trained classifier sees in the two pictures, not their pixels"),
}
ARCHITECTURES: dict[str, Choice] = {
    "default": Choice("Default", "small convolutional autoencoder, half the work of the two studies'"),
    "study_a": Choice("Study A", "the autoencoder of the 2018 study of perceptual autoencoders on Fashion-MNIST"),
    "study_b": Choice("Study B", "the autoencoder of the 2022 study of k-means on MNIST codes"),
}
LOSS_NETWORKS: dict[str, Choice] = {
    "default": Choice("Default", "five convolutions, an eighth of study A's work"),
    "study_a": Choice("Study A", "the six-convolution classifier of the 2018 study"),
}
TAPS: dict[str, Choice] = {
    "pooled_and_first": Choice("Pooled, with a little of the first layer", "what is seen, and roughly where it lies"),
    "pooled": Choice("Pooled", "the last feature map averaged over the picture: what is seen, not where"),
    "last_map": Choice("Last map", "the last feature map, place by place"),
    "layers": Choice("Every layer, pooled", "the average of every feature map, each layer counting alike"),
}
SCALINGS: dict[str, Choice] = {
    "none": Choice("None", "embeddings as they are"),
    "unit": Choice("Unit", "unit length: every embedding divided by its length: only its direction counts"),
    "standardised": Choice("Standardised", "every latent feature brought to mean 0 and spread 1"),
}
PROJECTIONS: dict[str, Choice] = {
    "tsne": Choice("t-SNE", "keeps neighbours together; distances between groups mean little"),
    "umap": Choice("UMAP", "keeps neighbours together and a little more of the large picture"),
    "pca": Choice("PCA", "the straight-line view with the largest spread"),
}


def check_name(kind: str, name: object, registry: Collection[str]) -> str:
    """`name` if it is in the registry. Raises UnknownNameError, which lists the known ones."""
    if not isinstance(name, str) or name not in registry:
        raise UnknownNameError(kind, name, registry)
    return name


def check_number(what: str, value: object, low: float, high: float, *, whole: bool = True) -> int | float:
    """`value` as a plain int (or float), NumPy's included. Raises InvalidInputError unless low <= value <= high."""
    numeric = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if not numeric or not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise InvalidInputError(f"{what} is {value!r}. Expected {kind} from {low:g} to {high:g}.")
    return int(value) if whole else float(value)


@dataclass(frozen=True)
class LossNetworkConfig:
    """A classifier whose features the perceptual loss compares. Trained once, shared by all runs that name it."""

    dataset: str = "fashion_mnist"
    architecture: str = "default"
    epochs: int | None = None  # the dataset's own number
    batch_size: int = 128
    learning_rate: float = 2e-3
    seed: int = 0
    images: int | None = None  # as for RunConfig

    def __post_init__(self):
        dataset_info(self.dataset)
        check_name("loss network", self.architecture, LOSS_NETWORKS)
        _check_training(self)

    @property
    def network_id(self) -> str:
        return f"{self.dataset}-{self.architecture}-{fingerprint(self)}"


@dataclass(frozen=True)
class RunConfig:
    """One autoencoder to train. Architecture, epochs, batch and seed mean the same for every loss."""

    dataset: str = "fashion_mnist"
    loss: str = "perceptual"
    latent: int = DEFAULT_LATENT
    epochs: int | None = None  # the dataset's own number
    seed: int = 0
    architecture: str = "default"
    batch_size: int = 128
    learning_rate: float = 5e-3  # peak of the schedule; reached lower losses than 2e-3 in every network
    tap: str | None = None
    loss_network: LossNetworkConfig | None = None
    images: int | None = None  # to learn from, the first of the training set; None: all. Fewer are faster, and worse

    def __post_init__(self):
        dataset_info(self.dataset)
        check_name("loss", self.loss, LOSSES)
        check_name("architecture", self.architecture, ARCHITECTURES)
        _keep(self, "latent", check_number("Latent size", self.latent, 1, MAX_LATENT))
        _check_training(self)
        if self.loss == "perceptual":
            _keep(self, "tap", check_name("tap", self.tap or DEFAULT_TAP, TAPS))
            network = self.loss_network or LossNetworkConfig(dataset=self.dataset)
            if network.dataset != self.dataset:
                raise InvalidInputError(
                    f"The loss network is trained on {network.dataset!r}, the run on {self.dataset!r}. "
                    "Expected the same dataset: leave the loss network out, or name one of this dataset."
                )
            _keep(self, "loss_network", network)
        elif self.tap or self.loss_network:
            raise InvalidInputError(
                f"Loss {self.loss!r} uses no loss network, but one was given (tap {self.tap!r}, network "
                f"{self.loss_network!r}). Leave both out, or choose the loss 'perceptual'."
            )

    @property
    def learns_from_part(self) -> bool:
        return self.images < dataset_info(self.dataset).fit_size

    @property
    def run_id(self) -> str:
        return self.id_of_recipe(RECIPE)

    def id_of_recipe(self, recipe: int) -> str:
        """The id that these settings had when `RECIPE` was this number."""
        return f"{self.dataset}-{self.loss}-z{self.latent}-{fingerprint(self, recipe)}"

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "RunConfig":
        """The inverse of `to_json`. Raises InvalidInputError for settings that this version does not know."""
        try:
            network = data.get("loss_network")
            return cls(**{**data, "loss_network": LossNetworkConfig(**network) if network else None})
        except (TypeError, AttributeError) as error:
            raise InvalidInputError(f"Not a run configuration: {data!r} ({error}).") from error


@dataclass(frozen=True)
class ClusteringConfig:
    """k-means on train embeddings."""

    clusters: int = DEFAULT_CLUSTERS
    scaling: str = "unit"
    seed: int = 0

    def __post_init__(self):
        _keep(self, "clusters", check_number("Number of clusters", self.clusters, MIN_CLUSTERS, MAX_CLUSTERS))
        check_name("scaling", self.scaling, SCALINGS)
        _keep(self, "seed", check_number("Seed", self.seed, 0, 2**31 - 1))


@dataclass(frozen=True)
class ProjectionConfig:
    """A 2-D map of the test embeddings. `neighbours` is t-SNE's perplexity or UMAP's neighbours; PCA has none."""

    method: str = "tsne"
    neighbours: int | None = field(default=None)
    seed: int = 0

    def __post_init__(self):
        check_name("projection", self.method, PROJECTIONS)
        _keep(self, "seed", check_number("Seed", self.seed, 0, 2**31 - 1))
        if self.method == "pca":
            _keep(self, "neighbours", None)
            return
        neighbours = {"tsne": 30, "umap": 15}[self.method] if self.neighbours is None else self.neighbours
        _keep(self, "neighbours", check_number("Perplexity / neighbours", neighbours, 2, 200))

    @property
    def name(self) -> str:
        return self.method if self.method == "pca" else f"{self.method}-n{self.neighbours}-s{self.seed}"


def unlike(configs: Collection[RunConfig]) -> list[str]:
    """Settings in which runs differ although they should be compared by their loss: names of fields, none of the loss's own."""
    fields = ("architecture", "epochs", "images", "batch_size", "learning_rate", "seed")
    return [name for name in fields if len({getattr(config, name) for config in configs}) > 1]


def fingerprint(config: RunConfig | LossNetworkConfig, recipe: int = RECIPE) -> str:
    """Ten hex digits of the sha256 of the configuration and of the recipe's version."""

    def settings(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if values["images"] == dataset_info(values["dataset"]).fit_size:
            del values["images"]  # ids are older than this setting
        return values

    text = json.dumps({"recipe": recipe, **dataclasses.asdict(config, dict_factory=settings)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _check_training(config: RunConfig | LossNetworkConfig) -> None:
    info = dataset_info(config.dataset)
    epochs = info.epochs if config.epochs is None else config.epochs
    _keep(config, "epochs", check_number("Epochs", epochs, 1, 1000))
    _keep(config, "batch_size", check_number("Batch size", config.batch_size, 1, 4096))
    # As a float: 1 and 1.0 are the same run.
    _keep(config, "learning_rate", check_number("Learning rate", config.learning_rate, 1e-7, 1.0, whole=False))
    _keep(config, "seed", check_number("Seed", config.seed, 0, 2**31 - 1))
    images = info.fit_size if config.images is None else config.images
    _keep(config, "images", check_number("Images to learn from", images, MIN_IMAGES, info.fit_size))


def _keep(config: object, name: str, value: object) -> None:
    """Set a field of a frozen dataclass while it is made."""
    object.__setattr__(config, name, value)
