"""What the JSON files of a run hold: the types that they are checked against when they are read."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta


class Epoch(TypedDict):
    """What `core.training.fit` tells of an epoch."""

    epoch: int
    loss: float
    seconds: float
    images_per_second: float
    validation_loss: NotRequired[float]
    validation_mse: NotRequired[float]


History = Annotated[list[Epoch], Meta(min_length=1)]


class ClusteringScores(TypedDict):
    """Scores of the default clustering on the test images, see `core.metrics`."""

    clusters: int
    scaling: str
    accuracy: float
    purity: float
    hungarian: float
    nmi: float
    ari: float
    ami: float
    homogeneity: float
    completeness: float
    v_measure: float
    silhouette: float


class Metrics(TypedDict):
    reconstruction_mse: float
    reconstruction_ssim: float
    knn_accuracy: float
    linear_probe_accuracy: float
    trustworthiness: dict[str, float]
    clustering: ClusteringScores


class LossNetworkReport(TypedDict):
    id: str
    validation_accuracy: float
    test_accuracy: float
    seconds: float
    images_per_second: NotRequired[float]


class Summary(TypedDict):
    created: str
    metrics: Metrics
    timings: dict[str, float]
    precision: str
    backend: str
    loss_network: LossNetworkReport | None
    libraries: dict[str, str]
