"""The stages that look at neighbours: the nearest test images of each, and how far a map keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.analyse.map_trust import map_trust
from core.analyse.neighbours import nearest
from core.checks import check_number, keep
from core.data import ImageSetInfo
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
