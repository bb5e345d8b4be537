"""What a stage is: something that is computed from a run."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.data import ImageSetInfo
from core.keep import results
from core.keep.results import Result, Settings
from core.keep.run import Run


class Stage(Protocol):
    """Something that is computed from a run.

    Attributes:
        name: as it is written on the command line; those of scores begin with `score-`.
        version: raised where the same settings would give another result: it is then computed anew.
        phase: what it is called in the progress of a training.
        settings: the class of its settings, a frozen dataclass.
        needs: names of the `core.stages.Inputs` that it is computed from; it gets no others.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def phase(self) -> str: ...
    @property
    def settings(self) -> type: ...
    @property
    def needs(self) -> tuple[str, ...]: ...

    def applies(self, info: ImageSetInfo) -> bool:
        """Whether it can be computed for images of this set: without labels there is no accuracy."""
        ...

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        """The settings with which every run has it."""
        ...

    def own(self, run: Run, settings: Any) -> Result | None:
        """The result where the run's folder holds it, or where it follows from one that is kept."""
        ...

    def run(self, inputs: Mapping[str, Any], settings: Any) -> Result:
        """Compute it. Raises InvalidInputError for settings with which it cannot be computed."""
        ...


class AnyImages:
    """A stage that needs no labels."""

    def applies(self, info: ImageSetInfo) -> bool:
        return True


def kept_of(run: Run, stage: Stage, settings: Settings) -> Result | None:
    """A result that needs no computing, or None."""
    return stage.own(run, settings) or results.get(run, stage, settings)
