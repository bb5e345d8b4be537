"""What the JSON files of a run hold: the types that they are checked against when they are read."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

# What lies beyond was never measured, and sums of it overflow.
Number = Annotated[float, Meta(ge=-1e50, le=1e50)]


class Epoch(TypedDict):
    """What `core.learn.fit.fit` tells of an epoch."""

    epoch: int
    loss: Number
    seconds: Number
    images_per_second: Number
    validation_loss: NotRequired[Number]
    validation_mse: NotRequired[Number]


History = Annotated[list[Epoch], Meta(min_length=1)]


class ClusteringScores(TypedDict):
    """Scores of the default clustering on the test images, see `core.analyse.metrics`."""

    clusters: int
    scaling: str
    accuracy: Number
    purity: Number
    hungarian: Number
    nmi: Number
    ari: Number
    ami: Number
    homogeneity: Number
    completeness: Number
    v_measure: Number
    silhouette: Number


class Metrics(TypedDict):
    reconstruction_mse: Number
    reconstruction_ssim: Number
    knn_accuracy: Number
    linear_probe_accuracy: Number
    trustworthiness: dict[str, Number]
    clustering: ClusteringScores


class LossNetworkReport(TypedDict):
    id: str
    validation_accuracy: Number
    test_accuracy: Number
    seconds: Number
    images_per_second: NotRequired[Number]


class Summary(TypedDict):
    created: str
    metrics: Metrics
    timings: dict[str, Number]
    precision: str
    backend: str
    loss_network: LossNetworkReport | None
    libraries: dict[str, str]
