"""Neighbours of a run's images: the stages that find the nearest test images of each and say how far a map keeps them, and the
search among all images for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from core.analyse.clustering import SPLITS
from core.analyse.map_trust import map_trust
from core.analyse.neighbours import NeighbourIndex, nearest
from core.checks import check_name, check_number, keep
from core.data import ImageSetInfo, dataset_info
from core.errors import InvalidInputError
from core.keep.results import Result, Settings
from core.keep.run import Run
from core.settings import ProjectionConfig
from core.stages.map import Map
from core.stages.stage import AnyImages

_MOST_NEIGHBOURS = 200


@dataclass(frozen=True)
class NeighboursConfig:
    """How many neighbours of each image; of fewer images all others."""

    count: int = 15

    def __post_init__(self) -> None:
        keep(self, "count", check_number("Number of neighbours", self.count, 1, _MOST_NEIGHBOURS))


class _OnDemand(AnyImages):
    """Computed when it is first looked at: within a second or two for 10,000 images."""

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return []

    def own(self, run: Run, settings: Settings) -> Result | None:
        return None


class Neighbours(_OnDemand):
    """The nearest test images of each test image, by distance in the latent space as it is stored, exactly."""

    name, version, phase, settings = "neighbours", 1, "neighbours", NeighboursConfig
    needs = ("test_embeddings",)

    def run(self, inputs: Mapping[str, Any], settings: NeighboursConfig) -> Result:
        """indices int32 and distances float32, (n_test, count), nearest first: see `core.analyse.neighbours.nearest`."""
        rows = inputs["test_embeddings"]
        indices, distances = nearest(rows, rows, max(1, min(settings.count, len(rows) - 1)), same=True)
        return Result(arrays={"indices": indices, "distances": distances})


class MapTrust(_OnDemand):
    """How far the map of these settings keeps the neighbours of each test image."""

    name, phase, settings = "map-trust", "maps", ProjectionConfig
    version = 100 * Map.version + 1  # of another map the trust is another
    needs = ("test_embeddings", "map_points")

    def run(self, inputs: Mapping[str, Any], settings: ProjectionConfig) -> Result:
        """By test image, float32 (n_test,): true, invented and lost as in `core.analyse.map_trust.MapTrust`.

        Values: the means of the three under their names, so `invented` is the map's trustworthiness and `lost` its continuity;
        neighbours, how many were looked at; images, how many `invented` and `lost` were computed for.
        """
        found = map_trust(inputs["test_embeddings"], inputs["map_points"](settings))
        arrays = {"true": found.true, "invented": found.invented, "lost": found.lost}
        means = {name: float(np.nanmean(array, dtype=np.float64)) for name, array in arrays.items()}
        judged = int(np.isfinite(found.invented).sum())
        return Result(
            {**means, "neighbours": found.neighbours, "images": judged},
            {name: array.astype(np.float32) for name, array in arrays.items()},
        )


class Near(NamedTuple):
    """An image, and how far it is in the latent space as stored."""

    split: str
    index: int  # type: ignore[assignment]  # tuples have a method of that name, which nobody calls here
    distance: float


def searchable(run: Run) -> NeighbourIndex:
    """The run's embeddings, test before train, prepared for `nearest_images`: some three times their size in memory."""
    return NeighbourIndex(np.concatenate([run.test_embeddings, run.train_embeddings]))


def nearest_images(
    run: Run, split: str, index: int, count: int = 10, prepared: NeighbourIndex | None = None
) -> list[Near]:
    """The nearest images of one image among train and test, itself left out, by distance in the latent space: exactly.

    Of as near ones those of the test part come first, then the lower index. Of few images all others. `prepared`: what
    `searchable` gives, to be kept by whoever asks for several.

    Raises InvalidInputError for an image that is not there.
    """
    check_image(run, split, index)
    rows = searchable(run) if prepared is None else prepared
    tested = len(run.test_embeddings)
    own = index if split == "test" else tested + index
    indices, distances = rows.nearest(rows.base[own][None], min(count, len(rows.base) - 1), np.array([own]))
    return [
        Near("test", place, distance) if place < tested else Near("train", place - tested, distance)
        for place, distance in zip(indices[0].tolist(), distances[0].tolist(), strict=True)
    ]


def check_image(run: Run, split: str, index: int) -> None:
    """Raise InvalidInputError, or UnknownNameError for the split, unless the run's image set has this image."""
    check_name("split", split, SPLITS)
    info = dataset_info(run.config.dataset)
    (count,) = info.part_shape(f"{split}_labels")
    if not 0 <= index < count:
        raise InvalidInputError(
            f"Image {index} of {info.title} ({split}) was asked for. Expected a number from 0 to {count - 1}."
        )
