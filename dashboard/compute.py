"""Results that are not kept yet: computed in processes of their own, one at a time, as long as somebody waits for them.

So this server never imports openTSNE or umap, and what a map or a clustering costs in memory is given back.
"""

import json
import shlex
import sys
import threading

from core.access import require_changes_allowed
from core.keep.results import Settings, changed
from core.keep.run import Run
from dashboard.processes import Task, output

LONGEST_SECONDS = 600
_place = threading.Semaphore()  # a map takes 400 MB and every processor
_WORDS = {
    "map": "the map",
    "cluster": "the clusters",
    "score-stability": "the stability",
    "neighbours": "the neighbours of every test image",
    "map-trust": "how far the map can be trusted",
    "starts": "what other starts of the clusterer make of it",
}  # by stage


def compute(run: Run, stage: str, settings: Settings) -> None:
    """Have a result of `run` computed and kept (`core.stages`), and wait for it, see `dashboard.processes.output`.

    Raises ResultError where it could not be computed, and ChangesNotAllowedError on a server for looking only.
    """
    what = _WORDS.get(stage, f"the result {stage!r}")
    require_changes_allowed(f"Computing what is not kept yet, here {what},")
    command = _command(run, stage, settings)
    alone = shlex.join(("python", *command[1:-2]))
    smaller = f"Fewer neighbours or clusters take less time; `{alone}` may take as long as it needs."
    words = f"Computing {what} (once; the result is kept)…"
    output(Task(command, f"computes {what}", words, _place, LONGEST_SECONDS, smaller))


def _command(run: Run, stage: str, settings: Settings) -> tuple[str, ...]:
    given = json.dumps(changed(settings), sort_keys=True)
    return (sys.executable, "-m", "core", "compute", run.id, stage, "--settings", given, "--progress", "--json")
