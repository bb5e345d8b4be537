"""The stage that lays embeddings out on a plane."""

from collections.abc import Mapping
from typing import Any

from core.analyse import maps
from core.data import ImageSetInfo
from core.keep.results import Result
from core.keep.run import Run
from core.settings import PROJECTIONS, ProjectionConfig
from core.stages.stage import AnyImages


class Map(AnyImages):
    """A 2-D map of the test embeddings."""

    name, version, phase, settings = "map", 1, "maps", ProjectionConfig
    needs = ("test_embeddings",)

    def usual(self, info: ImageSetInfo) -> list[ProjectionConfig]:
        configs = [ProjectionConfig(method) for method in PROJECTIONS]
        return [one for one in configs if maps.enough_rows(info.test_size, one.neighbours)]

    def own(self, run: Run, settings: ProjectionConfig) -> Result | None:
        points = run.projection(settings)
        return None if points is None else Result(arrays={"points": points})

    def run(self, inputs: Mapping[str, Any], settings: ProjectionConfig) -> Result:
        """points float32 (n_test, 2)."""
        return Result(arrays={"points": maps.project(inputs["test_embeddings"], settings)})
