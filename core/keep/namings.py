"""Names that people give to clusters: one naming per run and clustering, and which naming serves as an image set's labels."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypedDict

import numpy as np
from msgspec import Meta

from core.analyse.clusterers import NOISE
from core.errors import FileDamagedError, InvalidInputError
from core.keep.files import lock, set_aside, write_text
from core.keep.results import changed
from core.keep.sealed import read_sealed, seal
from core.paths import locks_folder, namings_folder
from core.settings import ClusteringConfig

UNNAMED = "unnamed"  # images of clusters without a name
NO_CLUSTER = "no cluster"  # images that the clustering left out as noise

MAX_NAME = 60  # characters
_MAX_UNDO = 100  # steps that are kept
_ACTIVE = "active"
_LAST_CLUSTER = np.iinfo(np.int16).max  # as clusters of images are stored

_Names = list[tuple[Annotated[int, Meta(ge=0, le=_LAST_CLUSTER)], str]]


class _Record(TypedDict):
    image_set: str
    run: str
    clustering: dict[str, Any]
    names: _Names
    undo: list[_Names]


class _Active(TypedDict):
    naming: str | None


@dataclass(frozen=True)
class Naming:
    """Names of a clustering's clusters.

    Attributes:
        names: by cluster, in the order in which they were first given. Clusters of the same name count as one class.
        undo: for each change that can be taken back, the latest last, the names before it of the clusters changed; empty
            for a cluster that had none.
    """

    image_set: str
    run: str
    clustering: ClusteringConfig
    names: Mapping[int, str] = field(default_factory=dict)
    undo: tuple[Mapping[int, str], ...] = ()

    @property
    def key(self) -> str:
        """What tells it apart from other namings of the image set; also the name of its file. Of settings, those at their
        default are left out, so that a setting added later changes no key.
        """
        settings = json.dumps(changed(self.clustering), sort_keys=True)
        return f"{self.run}-{hashlib.sha256(settings.encode()).hexdigest()[:10]}"

    def named(self, cluster: int, name: str) -> "Naming":
        """With this name for the cluster; without one where `name` is empty. Raises InvalidInputError."""
        return self.renamed({cluster: name})

    def renamed(self, names: Mapping[int, str]) -> "Naming":
        """With these names, by cluster, as one change; an empty one takes a name away. Raises InvalidInputError."""
        for cluster in names:
            if not 0 <= cluster <= _LAST_CLUSTER:
                raise InvalidInputError(
                    f"Cluster is {cluster}. Expected a number from 0 to {_LAST_CLUSTER}: images in no cluster have no name."
                )
        return self._changed({cluster: checked_name(name) for cluster, name in names.items()})

    def cleared(self) -> "Naming":
        """Without any name."""
        return self._changed(dict.fromkeys(self.names, ""))

    def undone(self) -> "Naming":
        """As it was before the last change; itself where nothing can be taken back."""
        if not self.undo:
            return self
        return dataclasses.replace(self._changed(self.undo[-1]), undo=self.undo[:-1])

    def _changed(self, new: Mapping[int, str]) -> "Naming":
        before = {cluster: self.names.get(cluster, "") for cluster in new}
        if before == new:
            return self
        names = {cluster: name for cluster, name in {**self.names, **new}.items() if name}
        return dataclasses.replace(self, names=names, undo=(*self.undo, before)[-_MAX_UNDO:])

    def name(self, cluster: int) -> str:
        """The name of a cluster; `unnamed` where it has none, `no cluster` for noise."""
        return NO_CLUSTER if cluster == NOISE else self.names.get(cluster, UNNAMED)

    def labels(self, assignments: Mapping[str, np.ndarray]) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
        """The names as labels.

        Args:
            assignments: by split, int (n,): cluster of each image, -1 for none.

        Returns the class names, and by split the label of each image, int16 (n,). The classes are the names in the order
        in which they were given, then `unnamed` and `no cluster` where an image of any split is.
        """
        present = np.unique(np.concatenate(list(assignments.values()))).tolist()
        spare = [name for name in (UNNAMED, NO_CLUSTER) if name in {self.name(cluster) for cluster in present}]
        classes = tuple(dict.fromkeys([*self.names.values(), *spare]))
        # One place more than there are clusters: noise, -1, is the last.
        of_cluster = np.full(max([*present, *self.names, 0]) + 2, -1, np.int16)
        for cluster in present:
            of_cluster[cluster] = classes.index(self.name(cluster))
        return classes, {split: of_cluster[clusters] for split, clusters in assignments.items()}


def checked_name(name: str) -> str:
    """A name with its spaces put right. Raises InvalidInputError for one that is too long or cannot be shown."""
    name = " ".join(name.split())
    if len(name) > MAX_NAME:
        raise InvalidInputError(
            f"The name {name[:MAX_NAME]!r}… has {len(name)} characters. Expected at most {MAX_NAME}: shorten it."
        )
    if not name.isprintable():
        raise InvalidInputError(f"The name {name!r} has characters that cannot be shown. Leave them out.")
    return name


def get(image_set: str, run: str, clustering: ClusteringConfig) -> Naming:
    """The naming kept for a run's clusters, or one without names. Raises FileDamagedError."""
    empty = Naming(image_set, run, clustering)
    return _read(image_set, empty.key) or empty


def change(image_set: str, run: str, clustering: ClusteringConfig, how: Callable[[Naming], Naming]) -> Naming:
    """Change the naming of a run's clusters and keep it: `change(..., lambda naming: naming.named(3, "boats"))`.

    The first naming of an image set becomes its active one. A damaged file is set aside. Raises as `how`, and StorageWriteError.
    """
    with _locked(image_set):
        try:
            before = get(image_set, run, clustering)
        except FileDamagedError:
            before = Naming(image_set, run, clustering)
            set_aside(_path(image_set, before.key))
        after = how(before)
        if after is not before:
            _write(after)
            if not _path(image_set, _ACTIVE).exists():
                _activate(image_set, after.key)
    return after


def active(image_set: str) -> Naming | None:
    """The naming that serves as the image set's labels; None where there is none, or it has no name. Raises FileDamagedError."""
    path = _path(image_set, _ACTIVE)
    if not os.path.exists(path):  # noqa: PTH110 - never raises, whatever the folder's permissions
        return None
    key = read_sealed(path, _Active)["naming"]
    naming = _read(image_set, key) if key else None
    return naming if naming and naming.names else None


def activate(image_set: str, naming: Naming | None) -> None:
    """Have this naming serve as the image set's labels; None: have none do. Raises StorageWriteError."""
    with _locked(image_set):
        _activate(image_set, naming.key if naming else None)


def state(image_set: str) -> tuple[tuple[str, int], ...]:
    """Changes whenever a naming of the image set, or which of them is active, does."""
    found = []
    with suppress(OSError):  # no folder, or one that goes while it is read
        for path in namings_folder().joinpath(image_set).glob("[!.]*.json"):
            with suppress(OSError):  # a link to nothing, or a file that goes: the others still tell
                found.append((path.name, path.stat().st_mtime_ns))
    return tuple(sorted(found))


def _activate(image_set: str, key: str | None) -> None:
    write_text(_path(image_set, _ACTIVE), seal({"naming": key}))


def _read(image_set: str, key: str) -> Naming | None:
    path = _path(image_set, key)
    if not os.path.exists(path):  # noqa: PTH110 - as above
        return None
    record = read_sealed(path, _Record)
    try:
        clustering = ClusteringConfig(**record["clustering"])
    except (TypeError, InvalidInputError) as error:
        raise FileDamagedError(f"{path} was kept for a clustering that cannot be read: {error}.") from error
    names, *undo = (dict(one) for one in (record["names"], *record["undo"]))
    return Naming(record["image_set"], record["run"], clustering, names, tuple(undo))


def _write(naming: Naming) -> None:
    record = {
        "image_set": naming.image_set,
        "run": naming.run,
        "clustering": dataclasses.asdict(naming.clustering),
        "names": list(naming.names.items()),
        "undo": [list(names.items()) for names in naming.undo],
    }
    write_text(_path(naming.image_set, naming.key), seal(record))


def _path(image_set: str, key: str) -> Path:
    return namings_folder() / image_set / f"{key}.json"


def _locked(image_set: str) -> AbstractContextManager[bool]:
    return lock(locks_folder() / f"namings-{image_set}.lock", wait=True)
