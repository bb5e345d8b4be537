"""What can be chosen: a run, a loss network, a clustering and a projection, as frozen dataclasses.

Every value is checked when the dataclass is made, so the rest of the package can trust it. The same settings always give the
same run id (`core.trainings.fingerprint`), so nothing is ever trained twice.
"""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.analyse.clusterers import CLUSTERERS
from core.analyse.maps import MAPS
from core.checks import check_name, check_number, keep
from core.data import dataset_info
from core.errors import InvalidInputError
from core.learn.architectures import ARCHITECTURES, LOSS_NETWORKS
from core.learn.objectives import OBJECTIVES
from core.learn.teachers import TEACHERS
from core.learn.teachers.config import LossNetworkConfig
from core.learn.teachers.taps import TAPS
from core.trainings import MIN_IMAGES, OWN, RECIPE, check_training, fingerprint

__all__ = [
    "ARCHITECTURES", "CLUSTERERS", "DEFAULT_CLUSTERS", "DEFAULT_LATENT", "DEFAULT_TAP", "LOSSES", "LOSS_NETWORKS",
    "MAX_CLUSTERS", "MAX_LATENT", "MIN_CLUSTERS", "MIN_IMAGES", "PROJECTIONS", "RECIPE", "SCALINGS", "TAPS", "TEACHERS",
    "Choice", "ClusteringConfig", "LossNetworkConfig", "ProjectionConfig", "RunConfig", "check_name", "check_number",
    "fingerprint", "unlike",
]  # fmt: skip

LOSSES = OBJECTIVES
MAX_LATENT = 256
MIN_CLUSTERS, MAX_CLUSTERS = 2, 250
DEFAULT_LATENT, DEFAULT_CLUSTERS = 10, 20
# "pooled" clusters about one point better still, but redraws noise: nothing then asks for a picture a person can read.
DEFAULT_TAP = "pooled_and_first"


@dataclass(frozen=True)
class Choice:
    """One entry of a registry: its title and a sentence for people who do not know the field."""

    title: str
    summary: str


SCALINGS: dict[str, Choice] = {
    "none": Choice("None", "embeddings as they are"),
    "unit": Choice("Unit", "unit length: every embedding divided by its length: only its direction counts"),
    "standardised": Choice("Standardised", "every latent feature brought to mean 0 and spread 1"),
}
PROJECTIONS = MAPS


@dataclass(frozen=True)
class RunConfig:
    """One autoencoder to train. Architecture, epochs, batch and seed mean the same for every loss."""

    dataset: str = "fashion_mnist"
    loss: str = "perceptual"
    latent: int = DEFAULT_LATENT
    epochs: int = OWN
    seed: int = 0
    architecture: str = "default"
    batch_size: int = 128
    learning_rate: float = 5e-3  # peak of the schedule; reached lower losses than 2e-3 in every network
    tap: str | None = None
    loss_network: LossNetworkConfig | None = None
    images: int = OWN  # to learn from, the first of the training set; left out: all. Fewer are faster, and worse

    def __post_init__(self) -> None:
        dataset_info(self.dataset)
        check_name("loss", self.loss, LOSSES)
        check_name("architecture", self.architecture, ARCHITECTURES)
        keep(self, "latent", check_number("Latent size", self.latent, 1, MAX_LATENT))
        check_training(self)
        if LOSSES[self.loss].teacher:
            keep(self, "tap", check_name("tap", self.tap or DEFAULT_TAP, TAPS))
            network = self.loss_network or LossNetworkConfig(dataset=self.dataset)
            if network.dataset != self.dataset:
                raise InvalidInputError(
                    f"The loss network is trained on {network.dataset!r}, the run on {self.dataset!r}. "
                    "Expected the same dataset: leave the loss network out, or name one of this dataset."
                )
            keep(self, "loss_network", network)
        elif self.tap or self.loss_network:
            taught = ", ".join(repr(name) for name, objective in LOSSES.items() if objective.teacher)
            raise InvalidInputError(
                f"Loss {self.loss!r} uses no loss network, but one was given (tap {self.tap!r}, network "
                f"{self.loss_network!r}). Leave both out, or choose a loss that uses one: {taught}."
            )

    @property
    def uses_labels(self) -> bool:
        """Whether what is trained with these settings has seen labels: its clusters are then label-informed."""
        return LOSSES[self.loss].uses_labels(self)

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
    """Clusters of train embeddings. `clusters` is how many, or how fine where the method finds their number itself."""

    clusters: int = DEFAULT_CLUSTERS
    scaling: str = "unit"
    seed: int = 0
    method: str = "kmeans"

    def __post_init__(self) -> None:
        check_name("clusterer", self.method, CLUSTERERS)
        keep(self, "clusters", check_number("Number of clusters", self.clusters, MIN_CLUSTERS, MAX_CLUSTERS))
        check_name("scaling", self.scaling, SCALINGS)
        keep(self, "seed", check_number("Seed", self.seed, 0, 2**31 - 1))


@dataclass(frozen=True)
class ProjectionConfig:
    """A 2-D map of the test embeddings. `neighbours` is t-SNE's perplexity or UMAP's neighbours; PCA has none."""

    method: str = "tsne"
    neighbours: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_name("projection", self.method, PROJECTIONS)
        keep(self, "seed", check_number("Seed", self.seed, 0, 2**31 - 1))
        usual = PROJECTIONS[self.method].neighbours
        if usual is None:
            keep(self, "neighbours", None)
            return
        neighbours = usual if self.neighbours is None else self.neighbours
        keep(self, "neighbours", check_number("Perplexity / neighbours", neighbours, 2, 200))

    @property
    def name(self) -> str:
        return self.method if self.neighbours is None else f"{self.method}-n{self.neighbours}-s{self.seed}"


def unlike(configs: Collection[RunConfig]) -> list[str]:
    """Settings in which runs differ although they should be compared by their loss: names of fields, none of the loss's own."""
    fields = ("architecture", "epochs", "images", "batch_size", "learning_rate", "seed")
    return [name for name in fields if len({getattr(config, name) for config in configs}) > 1]
