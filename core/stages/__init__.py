"""Stages: all that is computed from a run. Trainings, commands and pages ask here for a result; what is kept is never computed
again.

    embed -> sweep, cluster -> scores
          -> map            -> scores
          -> neighbours, map-trust: when first looked at
          -> readout        -> verdicts

One more is a class (or, for a score, a function) and one entry in `STAGES`; `refresh` then computes it for every stored run.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from core.analyse import clustering
from core.analyse.clustering import SPLITS, Clustering
from core.checks import check_name
from core.data import PARTS, dataset_info, read_part, read_rows
from core.errors import DataError, InvalidInputError, StorageWriteError
from core.events import OnEvent
from core.keep import results
from core.keep.results import Result, Settings
from core.keep.run import Run
from core.scores import SCORES
from core.settings import ClusteringConfig
from core.stages.clusters import Cluster, Sweep, kept_centroids
from core.stages.embed import Embed
from core.stages.map import Map
from core.stages.neighbours import MapTrust, Neighbours
from core.stages.readout import MODEL, Readout
from core.stages.stage import Stage, kept_of
from core.stages.starts import Starts
from core.stages.verdicts import Verdicts

__all__ = [
    "STAGES", "Inputs", "Stage", "cluster_run", "compute", "compute_anyway", "kept", "kept_centroids", "missing", "read_settings",
    "refresh",
]  # fmt: skip

_SOME_IMAGES = 1000

STAGES: dict[str, Stage] = {
    one.name: one
    for one in (Embed(), Sweep(), Cluster(), Map(), Neighbours(), MapTrust(), Starts(), *SCORES, Readout(), Verdicts())
}


class Inputs:
    """What the stages of a run are computed from, read on first use.

    train_images, test_images, train_labels, test_labels: the image set's (labels: None without); some_test_images: the first.
    encoder, decoder, train_embeddings, test_embeddings, test_errors: the run's; embeddings: both, by split.
    clustering: the default one, with its labels where there are any; maps: points by the map's name; map_points: a function
    that gives the points of a map by its settings.
    readout: the model that shows what the numbers hold.
    run, info: the run itself, and the facts of its image set.
    on_event, checkpoint: by which long work tells how far it is, and a folder from which it goes on after an interruption.
    """

    def __init__(self, run: Run, on_event: OnEvent = lambda event: None, checkpoint: Path | None = None):
        images, info = run.config.dataset, dataset_info(run.config.dataset)

        def clustered() -> Clustering:
            labels = {split: self[f"{split}_labels"] for split in SPLITS} if info.labelled else None
            return cluster_run(run, ClusteringConfig(), labels)

        of_run = ("encoder", "decoder", "train_embeddings", "test_embeddings", "test_errors")
        self._read: dict[str, Callable[[], Any]] = {
            **{name: partial(getattr, run, name) for name in of_run},
            **{name: cache(partial(read_part, images, name)) for name in PARTS},
            "some_test_images": cache(lambda: read_rows(images, "test", np.arange(min(_SOME_IMAGES, info.test_size)))),
            "embeddings": lambda: {split: self[f"{split}_embeddings"] for split in SPLITS},
            "clustering": cache(clustered),
            "map_points": lambda: lambda one: compute_anyway(run, "map", one).arrays["points"],
            "readout": lambda: compute(run, "readout", on_event=on_event).files[MODEL],
            "run": lambda: run,
            "info": lambda: info,
            "on_event": lambda: on_event,
            "checkpoint": lambda: checkpoint,
            "maps": lambda: {one.name: compute(run, "map", one).arrays["points"] for one in Map().usual(info)},
        }

    def __getitem__(self, name: str) -> Any:
        return self._read[name]()


def kept(run: Run, stage: str, settings: Settings | None = None) -> Result | None:
    """A result that needs no computing, or None. Raises UnknownNameError."""
    found = STAGES[check_name("stage", stage, STAGES)]
    settings = found.settings() if settings is None else settings
    return kept_of(run, found, settings)


def compute(
    run: Run, stage: str, settings: Settings | None = None, *, on_event: OnEvent = lambda event: None
) -> Result:
    """A result, kept from now on. Whoever asks for one that is being computed waits for it. `on_event`: see `refresh`.

    Raises:
        InvalidInputError: these settings, or images without labels.
        DataError: images or labels that are needed and not there.
        StorageWriteError: it could not be kept; told before anything is computed.
    """
    if found := kept(run, stage, settings):
        return found
    one, info = STAGES[stage], dataset_info(run.config.dataset)
    if not one.applies(info):
        raise InvalidInputError(f"{stage!r} needs labels, and {info.title} has none. Expected a stage without labels.")
    settings = one.settings() if settings is None else settings
    checkpoint = results.checkpoint_of(run, one, settings)
    found = results.computed(run, one, settings, lambda: _run(one, Inputs(run, on_event, checkpoint), settings))
    shutil.rmtree(checkpoint, ignore_errors=True)
    return found


def compute_anyway(run: Run, stage: str, settings: Settings | None = None, *, keep: bool = True) -> Result:
    """As `compute`, also where nothing can be kept, or nothing is to be (`keep`): then for this once.

    For what takes a moment: there is no `checkpoint` then, which trainings ask for.
    """
    if keep:
        with suppress(StorageWriteError):
            return compute(run, stage, settings)
    one = STAGES[check_name("stage", stage, STAGES)]
    settings = one.settings() if settings is None else settings
    return kept(run, stage, settings) or _run(one, Inputs(run), settings)


def cluster_run(
    run: Run, config: ClusteringConfig, labels: dict[str, np.ndarray] | None, *, keep: bool = True
) -> Clustering:
    """Cluster a run. What is kept serves where there is any; the result is the same.

    Args:
        labels: by split, whole numbers from 0, (n,); None for images without labels.
        keep: whether clusters that are computed now are kept, where that is possible.

    Raises InvalidInputError for k above the number of training images.
    """
    arrays = dict(compute_anyway(run, "cluster", config, keep=keep).arrays)
    assigned = {split: arrays.pop(f"assigned_{split}", None) for split in SPLITS}
    return clustering.assign(arrays, config, Inputs(run)["embeddings"], labels, assigned)


def read_settings(stage: str, data: object) -> Settings:
    """The settings of a stage from what JSON holds; those left out are the usual ones. Raises InvalidInputError."""
    kind = STAGES[check_name("stage", stage, STAGES)].settings
    known = [one.name for one in fields(kind)]
    if not isinstance(data, dict) or not data.keys() <= set(known):
        expected = ", ".join(known) or "none: {}"
        raise InvalidInputError(
            f"Settings of the stage {stage!r} are {data!r}. Expected a JSON object with some of: {expected}."
        )
    return kind(**data)


def missing(run: Run) -> list[tuple[str, Settings]]:
    """What every run has and this one has not yet, in the order in which to compute it."""
    info = dataset_info(run.config.dataset)
    return [
        (name, settings)
        for name, stage in STAGES.items()
        if stage.applies(info)
        for settings in stage.usual(info)
        if kept(run, name, settings) is None
    ]


def refresh(run: Run, on_event: OnEvent = lambda event: None) -> list[str]:
    """Compute what every run has and this one has not yet; gives the names of these stages. Interrupted, it goes on the next time.

    `on_event` gets `stage` and `progress` events as of a training, and one `skipped` with a message for what needs images or
    labels that are not on this machine.

    Raises LatentLensError for what cannot be computed or kept. What was computed before stays.
    """
    todo, phase = missing(run), None
    done: list[str] = []
    for name, settings in todo:
        if STAGES[name].phase != phase:
            phase = STAGES[name].phase
            on_event({"event": "stage", "stage": phase})
            mine = [other for other, _ in todo if STAGES[other].phase == phase]
            before = len(done)
        on_event({"event": "progress", "stage": phase, "done": len(done) - before, "total": len(mine)})
        try:
            compute(run, name, settings, on_event=on_event)
            done.append(name)
        except DataError as error:
            on_event({"event": "skipped", "stage": name, "message": str(error)})
    return done


def _run(stage: Stage, inputs: Inputs, settings: Settings) -> Result:
    return stage.run({name: inputs[name] for name in stage.needs}, settings)
