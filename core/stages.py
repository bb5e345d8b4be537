"""Stages: all that is computed from a run. Trainings, commands and pages ask here for a result; what is kept is never computed
again.

    embed -> sweep, cluster -> scores
          -> map            -> scores

One more is a class (or, for a score, a function) and one entry in `STAGES`; `refresh` then computes it for every stored run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache, lru_cache, partial
from typing import Any, Protocol

import numpy as np

from core.analyse import clustering, maps
from core.analyse.clusterers import CLUSTERERS
from core.analyse.clustering import SPLITS, Clustering
from core.checks import check_name
from core.data import PARTS, ImageSetInfo, dataset_info, read_part, read_rows
from core.errors import DataError, InvalidInputError, StorageWriteError
from core.keep import results
from core.keep.results import NoSettings, Result, Settings
from core.keep.run import Run
from core.scores import SCORES
from core.serve import encode, reconstruction_errors
from core.settings import MAX_CLUSTERS, PROJECTIONS, SCALINGS, ClusteringConfig, ProjectionConfig

# Centroids of k-means kept with every run, so that sweeps over k and moves of the slider need no fitting.
STORED_K = (*range(2, 31), 40, 50, 64, 100, 150, 200, MAX_CLUSTERS)
_SOME_IMAGES = 1000
_LOST_SHARE = 0.01  # of a latent number's spread; ordinary ones lose 0.0002


class Stage(Protocol):
    """Something that is computed from a run.

    Attributes:
        name: as it is written on the command line; those of scores begin with `score-`.
        version: raised where the same settings would give another result: it is then computed anew.
        phase: what it is called in the progress of a training.
        settings: the class of its settings, a frozen dataclass.
        needs: names of the `Inputs` that it reads.
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


class Embed:
    """Embeddings of all images, and the pixel error of each reconstruction: the part of a run that all else is computed from."""

    name, version, phase, settings = "embed", 1, "embeddings", NoSettings
    needs = ("encoder", "decoder", "train_images", "test_images")

    def applies(self, info: ImageSetInfo) -> bool:
        return True

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return [NoSettings()]

    def own(self, run: Run, settings: Settings) -> Result:
        arrays = ("train_embeddings", "test_embeddings", "test_errors")
        return Result(arrays={name: getattr(run, name) for name in arrays})

    def run(self, inputs: Mapping[str, Any], settings: Settings) -> Result:
        """train_embeddings and test_embeddings float16 or float32 (n, latent), test_errors float32 (n,)."""
        train, test = (_embedded(inputs["encoder"], inputs[f"{split}_images"]) for split in ("train", "test"))
        errors = reconstruction_errors(inputs["decoder"], test.astype(np.float32), inputs["test_images"])
        return Result(arrays={"train_embeddings": train, "test_embeddings": test, "test_errors": errors})


@dataclass(frozen=True)
class SweepConfig:
    scaling: str = "unit"

    def __post_init__(self) -> None:
        check_name("scaling", self.scaling, SCALINGS)


class Sweep:
    """k-means for many k, in a fraction of the time that each would take by itself."""

    name, version, phase, settings = "sweep", 1, "clusterings", SweepConfig
    needs = ("embeddings",)

    def applies(self, info: ImageSetInfo) -> bool:
        return True

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return [SweepConfig(scaling) for scaling in SCALINGS]

    def own(self, run: Run, settings: SweepConfig) -> Result | None:
        held = {name.partition("-")[::2]: found for name, found in run.clusterings.items()}
        mine = {int(k): found for (scaling, k), found in held.items() if scaling == settings.scaling}
        return _stacked(mine) if mine else None

    def run(self, inputs: Mapping[str, Any], settings: SweepConfig) -> Result:
        """sizes int (m,), the numbers of clusters; centroids float32 (sum of sizes, latent), in scaled coordinates."""
        from core.analyse.kmeans import sweep

        train = inputs["embeddings"]["train"]
        sizes = [k for k in STORED_K if k <= len(train)]
        estimators = sweep(train, sizes, scaling=settings.scaling)
        return _stacked({one.n_clusters: one.cluster_centers_.astype(np.float32) for one in estimators})


class Cluster:
    """One clustering, by any clusterer. `assigned_SPLIT`, int16 (n,), is kept where no nearest centroid says it."""

    name, version, phase, settings = "cluster", 1, "clusterings", ClusteringConfig
    needs = ("embeddings",)

    def applies(self, info: ImageSetInfo) -> bool:
        return True

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return []  # the sweep's serve

    def own(self, run: Run, settings: ClusteringConfig) -> Result | None:
        if settings.method != "kmeans" or settings.seed != 0:
            return None
        centroids = kept_centroids(run, settings.scaling).get(settings.clusters)
        return None if centroids is None else Result(arrays={"centroids": centroids})

    def run(self, inputs: Mapping[str, Any], settings: ClusteringConfig) -> Result:
        embeddings = inputs["embeddings"]
        model = clustering.fit(embeddings["train"], settings)
        if CLUSTERERS[settings.method].has_centroids:
            return Result(arrays=model)
        found = clustering.assign(model, settings, embeddings, None)
        return Result(arrays=model | {f"assigned_{split}": own for split, own in found.assignments.items()})


class Map:
    """A 2-D map of the test embeddings."""

    name, version, phase, settings = "map", 1, "maps", ProjectionConfig
    needs = ("test_embeddings",)

    def applies(self, info: ImageSetInfo) -> bool:
        return True

    def usual(self, info: ImageSetInfo) -> list[ProjectionConfig]:
        configs = [ProjectionConfig(method) for method in PROJECTIONS]
        return [one for one in configs if not one.neighbours or info.test_size > 3 * one.neighbours]

    def own(self, run: Run, settings: ProjectionConfig) -> Result | None:
        points = run.projection(settings)
        return None if points is None else Result(arrays={"points": points})

    def run(self, inputs: Mapping[str, Any], settings: ProjectionConfig) -> Result:
        """points float32 (n_test, 2)."""
        return Result(arrays={"points": maps.project(inputs["test_embeddings"], settings)})


STAGES: dict[str, Stage] = {one.name: one for one in (Embed(), Sweep(), Cluster(), Map(), *SCORES)}


class Inputs(Mapping[str, Any]):
    """What the stages of a run are computed from, read on first use.

    train_images, test_images, train_labels, test_labels: the image set's (labels: None without); some_test_images: the first.
    encoder, decoder, train_embeddings, test_embeddings, test_errors: the run's; embeddings: both, by split.
    clustering: the default one, with its labels where there are any; maps: points by the map's name.
    """

    def __init__(self, run: Run):
        images, info = run.config.dataset, dataset_info(run.config.dataset)

        def clustered() -> Clustering:
            labels = {split: self[f"{split}_labels"] for split in SPLITS} if info.class_names else None
            return cluster_run(run, ClusteringConfig(), labels)

        of_run = ("encoder", "decoder", "train_embeddings", "test_embeddings", "test_errors")
        self._read: dict[str, Callable[[], Any]] = {
            **{name: cache(partial(getattr, run, name)) for name in of_run},
            **{name: cache(partial(read_part, images, name)) for name in PARTS},
            "some_test_images": cache(lambda: read_rows(images, "test", np.arange(min(_SOME_IMAGES, info.test_size)))),
            "embeddings": lambda: {split: self[f"{split}_embeddings"] for split in SPLITS},
            "clustering": cache(clustered),
            "maps": lambda: {one.name: compute(run, "map", one).arrays["points"] for one in Map().usual(info)},
        }

    def __getitem__(self, name: str) -> Any:
        return self._read[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def kept(run: Run, stage: str, settings: Settings | None = None) -> Result | None:
    """A result that needs no computing, or None. Raises UnknownNameError."""
    found = STAGES[check_name("stage", stage, STAGES)]
    settings = found.settings() if settings is None else settings
    return found.own(run, settings) or results.get(run, found, settings)


def compute(run: Run, stage: str, settings: Settings | None = None) -> Result:
    """A result, kept from now on. Whoever asks for one that is being computed waits for it.

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
    return results.computed(run, one, settings, lambda: one.run(Inputs(run), settings))


def cluster_run(
    run: Run, config: ClusteringConfig, labels: dict[str, np.ndarray] | None, *, keep: bool = True
) -> Clustering:
    """Cluster a run. What is kept serves where there is any; the result is the same.

    Args:
        labels: by split, whole numbers from 0, (n,); None for images without labels.
        keep: whether clusters that are computed now are kept, where that is possible.

    Raises InvalidInputError for k above the number of training images.
    """
    found = kept(run, "cluster", config)
    if found is None and keep:
        with suppress(StorageWriteError):  # then they are computed for this once
            found = compute(run, "cluster", config)
    inputs = Inputs(run)
    arrays = dict((found or STAGES["cluster"].run(inputs, config)).arrays)
    assigned = {split: arrays.pop(f"assigned_{split}", None) for split in SPLITS}
    return clustering.assign(arrays, config, inputs["embeddings"], labels, assigned)


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


def kept_centroids(run: Run, scaling: str) -> dict[int, np.ndarray]:
    """Centroids of k-means that need no fitting, float32 (k, latent) in scaled coordinates, by k."""
    try:
        return _kept_centroids(run, run.digest, scaling)
    except LookupError:
        return {}


@lru_cache(maxsize=16)  # a sweep over k asks for each
def _kept_centroids(run: Run, digest: str, scaling: str) -> dict[int, np.ndarray]:
    if (found := kept(run, "sweep", SweepConfig(scaling))) is None:
        raise LookupError(scaling)
    sizes = found.arrays["sizes"]
    parts = np.split(found.arrays["centroids"], np.cumsum(sizes)[:-1])
    return dict(zip(sizes.tolist(), parts, strict=True))


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


def refresh(run: Run, on_event: Callable[[dict[str, Any]], object] = lambda event: None) -> list[str]:
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
            compute(run, name, settings)
            done.append(name)
        except DataError as error:
            on_event({"event": "skipped", "stage": name, "message": str(error)})
    return done


def _embedded(encoder: bytes, images: np.ndarray) -> np.ndarray:
    """Embeddings as float16, where that keeps what tells them apart: what is stored is what every score is computed from."""
    embeddings = encode(encoder, images)
    if not np.isfinite(embeddings).all():
        raise InvalidInputError("The encoder gives values that are not finite. Choose a smaller learning rate.")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        half = embeddings.astype(np.float16)
        lost = (half - embeddings).std(axis=0, dtype=np.float64)
    return half if (lost <= _LOST_SHARE * embeddings.std(axis=0, dtype=np.float64)).all() else embeddings


def _stacked(centroids: dict[int, np.ndarray]) -> Result:
    sizes = sorted(centroids)
    return Result(arrays={"sizes": np.array(sizes), "centroids": np.concatenate([centroids[k] for k in sizes])})
