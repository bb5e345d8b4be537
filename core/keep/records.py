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
    gentler: NotRequired[int]  # how many times the training had begun again, see `core.learn.gentler`


History = Annotated[list[Epoch], Meta(min_length=1)]


# A score is a number, or several by name; texts say what it was computed with. None: it cannot be computed.
Score = int | Number | None | dict[str, int | Number | str | None]
Metrics = dict[str, Score]


class LossNetworkReport(TypedDict):
    id: str
    validation_accuracy: NotRequired[Number]  # of a teacher that learns from labels
    test_accuracy: NotRequired[Number]
    seconds: Number
    images_per_second: NotRequired[Number]


class Summary(TypedDict):
    created: str
    metrics: NotRequired[Metrics]  # of runs of earlier versions
    timings: dict[str, Number]
    precision: str
    backend: str
    loss_network: LossNetworkReport | None
    libraries: dict[str, str]
