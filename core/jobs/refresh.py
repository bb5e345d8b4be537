"""The job that computes what a stored run lacks: scores, maps and clusters that came after it."""

from dataclasses import asdict, dataclass
from typing import Any

from core.errors import InvalidInputError, JobConflictError, LatentLensError
from core.events import OnEvent
from core.keep.runs import get_run


@dataclass(frozen=True)
class Refresh:
    """Which run is brought up to date."""

    run: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Refreshing:
    """Bring a run up to date. Interrupted, it goes on with what is still missing."""

    settings = Refresh
    lane = "results"  # beside trainings, one after the other
    resumes = "What was computed is kept: ask for the rest again."

    def read(self, data: dict[str, Any]) -> Refresh:
        if set(data) != {"run"} or not isinstance(data["run"], str):
            raise InvalidInputError(f"A refresh was asked for with {data!r}. Expected the id of a run.")
        return Refresh(data["run"])

    def target(self, settings: Refresh) -> str:
        return settings.run

    def check(self, settings: Refresh) -> None:
        from core.stages import missing

        if not missing(get_run(settings.run)):
            raise JobConflictError(f"Run {settings.run} lacks nothing. Open it instead.")

    def is_made(self, settings: Refresh) -> bool:
        from core.stages import missing

        try:
            return not missing(get_run(settings.run))
        except LatentLensError:
            return False

    def work(self, settings: Refresh, on_event: OnEvent) -> str:
        from core.stages import refresh

        refresh(get_run(settings.run), on_event)
        return settings.run
