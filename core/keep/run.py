"""A finished run on disk, checked when it is read. Its models run in ONNX Runtime: Keras is never loaded.

A run folder is a sealed folder (`core.keep.sealed`), owned by the run's id, that holds

    config.json             the RunConfig
    summary.json            timings, library versions, precision, loss network
    history.json            one entry an epoch
    encoder.onnx, decoder.onnx
    train_embeddings.npy    float16 (n_train, latent), float32 where that would tell too few apart
    test_embeddings.npy     likewise (n_test, latent)
    test_errors.npy         float32 (n_test,), mean squared pixel error of each reconstruction

It never changes. What is computed from it lies beside it (`core.keep.results`). Runs of earlier versions, as those that come with
the project, hold some of that themselves, which serves as well:

    summary.json            metrics
    clusterings.npz         centroids of k-means for many k and every scaling
    projection-NAME.npy     float32 (n_test, 2)
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from core import serve
from core.data import ImageSetInfo, dataset_info
from core.errors import FileDamagedError, InvalidInputError, RunCorruptError, RunNotFoundError, SetNotFoundError
from core.keep import results
from core.keep.reading import parse_archive, parse_array, parse_json
from core.keep.records import Epoch, History, Summary
from core.keep.sealed import SealedFolder
from core.settings import PROJECTIONS, SCALINGS, ProjectionConfig, RunConfig

T = TypeVar("T")

_FLOATS = ("float16", "float32")
_MADE_OF = ("train_embeddings.npy", "test_embeddings.npy", "test_errors.npy", "encoder.onnx", "decoder.onnx")


@dataclass(frozen=True)
class Run:
    """A finished run on disk. Files are read, and checked, on first use; then they stay in memory.

    Raises RunCorruptError for a file that is not as it was written, and RunNotFoundError where the run was deleted meanwhile.
    """

    path: Path
    bundled: bool

    @property
    def id(self) -> str:
        return self.path.name

    @cached_property
    def config(self) -> RunConfig:
        with self._told():
            data = parse_json(self._folder.read("config.json"), dict[str, Any], self.path / "config.json")
            try:
                config = RunConfig.from_json(data)
            except SetNotFoundError as error:  # the run is whole, and can be looked at again once its pictures are back
                raise RunCorruptError(f"Run {self.id!r} cannot be looked at without its pictures. {error}") from error
            except InvalidInputError as error:
                raise FileDamagedError(f"{self.path / 'config.json'}: {error}") from error
            # A run of an older recipe keeps the id that its settings had then.
            recipe = self._folder.manifest.get("recipe")
            if recipe is not None and config.id_of_recipe(recipe) != self.id:
                raise FileDamagedError(f"{self.path} holds the settings of {config.id_of_recipe(recipe)!r}.")
            return config

    @cached_property
    def summary(self) -> Summary:
        return self._json("summary.json", Summary)

    @cached_property
    def history(self) -> list[Epoch]:
        return self._json("history.json", History)

    @property
    def metrics(self) -> dict[str, Any]:
        """Scores by name, those computed later included: each a number, or several by name. One not computed yet is missing:
        `python -m core refresh` computes it.
        """
        return {**self.summary.get("metrics", {}), **results.scores(self)}

    def score(self, *path: str) -> float | None:
        """A number of `metrics`, as `score("clustering", "accuracy")`; None for one that is missing, or needs labels."""
        found: Any = self.metrics
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    @cached_property
    def digest(self) -> str:
        """Says which embeddings, errors and models these are: what results are computed from."""
        with self._told():
            files = self._folder.manifest["files"]
            made_of = {name: entry["sha256"] for name, entry in files.items() if name in _MADE_OF}
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()

    @cached_property
    def train_embeddings(self) -> np.ndarray:
        """float32 (n_train, latent)."""
        shape = (self._info.train_size, self.config.latent)
        return self._array("train_embeddings.npy", _FLOATS, shape).astype(np.float32)

    @cached_property
    def test_embeddings(self) -> np.ndarray:
        """float32 (n_test, latent)."""
        shape = (self._info.test_size, self.config.latent)
        return self._array("test_embeddings.npy", _FLOATS, shape).astype(np.float32)

    @cached_property
    def test_errors(self) -> np.ndarray:
        """Mean squared pixel error of each test reconstruction, float32 (n_test,)."""
        return self._array("test_errors.npy", ("float32",), (self._info.test_size,))

    @cached_property
    def clusterings(self) -> dict[str, np.ndarray]:
        """Centroids that the run's own folder holds, in scaled coordinates, float32 (k, latent), by `SCALING-K`."""
        source = self.path / "clusterings.npz"
        latent = self.config.latent
        centroids: dict[str, np.ndarray] = {}
        with self._told():
            if source.name not in self._folder.manifest["files"]:
                return centroids
            for name, raw in parse_archive(self._folder.read(source.name), source).items():
                scaling, _, k = name.partition("-")
                if scaling not in SCALINGS or not (k.isascii() and k.isdecimal() and len(k) < 6):
                    raise FileDamagedError(f"{source} holds {name!r}, expected names such as 'unit-20'.")
                centroids[name] = parse_array(raw, f"{source}, {name}", dtypes=("float32",), shape=(int(k), latent))
            return centroids

    @cached_property
    def encoder(self) -> bytes:
        """The ONNX model behind `encode`."""
        with self._told():
            return self._folder.read("encoder.onnx")

    @cached_property
    def decoder(self) -> bytes:
        """The ONNX model behind `decode`."""
        with self._told():
            return self._folder.read("decoder.onnx")

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Images uint8 (n, h, w, c) to embeddings float32 (n, latent)."""
        with self._told():
            return serve.encode(self.encoder, images, latent=self.config.latent)

    def decode(self, embeddings: np.ndarray) -> np.ndarray:
        """Embeddings (n, latent) to images float32 (n, h, w, c) in [0, 1]."""
        with self._told():
            return serve.decode(self.decoder, embeddings, shape=self._info.shape)

    def projection(self, config: ProjectionConfig) -> np.ndarray | None:
        """The map of the test embeddings that the run's own folder holds, float32 (n_test, 2); None where it holds none."""
        name = f"projection-{config.name}.npy"
        with self._told():
            if name not in self._folder.manifest["files"]:
                return None
        return self._array(name, ("float32",), (self._info.test_size, 2))

    def projections(self) -> list[str]:
        """Names of the maps that are kept for this run, in its own folder or beside it."""
        with self._told():
            files = self._folder.manifest["files"]
        own = {Path(name).stem.removeprefix("projection-") for name in files if name.startswith("projection-")}
        known = [one for one in results.kept_settings(self, "map") if one["method"] in PROJECTIONS]
        return sorted(own | {ProjectionConfig(**settings).name for settings in known})

    def verify(self) -> None:
        """Compare every file with the manifest. Raises RunCorruptError naming the first that differs."""
        with self._told():
            self._folder.verify()

    @property
    def size(self) -> int:
        """Bytes on disk."""
        with self._told():
            return self._folder.size

    @cached_property
    def _folder(self) -> SealedFolder:
        return SealedFolder(self.path, self.id)

    @property
    def _info(self) -> ImageSetInfo:
        return dataset_info(self.config.dataset)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of reading become ones that say what to do about this run."""
        try:
            yield
        except FileDamagedError as error:
            if self._is_gone():
                raise RunNotFoundError(f"Run {self.id!r} is no longer there: it was deleted meanwhile.") from error
            raise RunCorruptError(f"{error} {self._advice}") from error

    def _is_gone(self) -> bool:
        try:
            self.path.lstat()
        except OSError as error:
            return isinstance(error, FileNotFoundError)
        return False

    @property
    def _advice(self) -> str:
        if self.bundled:
            return f"Restore it with `git checkout -- {self.path}`; other runs are not affected."
        return f"Delete the run with `python -m core delete {self.id}` and train it again; other runs are not affected."

    def _json(self, name: str, kind: type[T]) -> T:
        with self._told():
            return parse_json(self._folder.read(name), kind, self.path / name)

    def _array(self, name: str, dtypes: tuple[str, ...], shape: tuple[int, ...]) -> np.ndarray:
        with self._told():
            return parse_array(self._folder.read(name), self.path / name, dtypes=dtypes, shape=shape)
