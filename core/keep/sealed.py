"""JSON and folders that carry their own checksum: written once, whole, and every byte checked when read.

A sealed folder holds files and a `manifest.json`, itself sealed, with the size and sha256 of each of them, the name of the folder
and its owner. A folder under another's name is noticed, as is a file that is missing, changed or exchanged.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict, TypeVar

from msgspec import Meta

from core.errors import FileDamagedError
from core.keep.files import new_folder
from core.keep.reading import convert, parse_json, read_bytes

T = TypeVar("T")

MANIFEST = "manifest.json"
SCHEMA = 2
_UNSEALED_SCHEMA = 1  # written before manifests carried a checksum of their own
_MAX_BYTES = 1_000_000


class FileEntry(TypedDict):
    sha256: str
    bytes: Annotated[int, Meta(ge=0)]


# Of a file in the folder itself: a name that leads elsewhere is never followed.
FileName = Annotated[str, Meta(pattern=r"\A[^./\\\x00][^/\\\x00]*\Z")]


class Manifest(TypedDict):
    schema: int
    run: str  # the owner: the id of a run or of a loss network
    folder: NotRequired[str]
    files: dict[FileName, FileEntry]
    recipe: NotRequired[int]


def seal(data: dict[str, Any]) -> str:
    """JSON text of `data` and, as its last entry, the sha256 of all before it."""
    digest = hashlib.sha256(json.dumps(data, allow_nan=False).encode()).hexdigest()
    return json.dumps({**data, "sha256": digest}, indent=1)


def unseal(raw: bytes, kind: type[T], source: object) -> T:
    """The data of sealed JSON as `kind` (see `core.keep.reading`). Raises FileDamagedError where any byte is not as it was written."""
    data = parse_json(raw, dict[str, Any], source)
    data.pop("sha256", None)
    try:
        intact = seal(data).encode() == raw
    except (ValueError, RecursionError):
        intact = False
    if not intact:
        raise FileDamagedError(f"{source} is damaged: its content does not fit its checksum.")
    return convert(data, kind, source)


def read_sealed(path: Path, kind: type[T]) -> T:
    """A file of sealed JSON. Raises as `unseal`."""
    return unseal(read_bytes(path, limit=_MAX_BYTES), kind, path)


@dataclass(frozen=True)
class SealedFolder:
    """A sealed folder on disk. Raises FileDamagedError where it is not as it was written."""

    path: Path
    owner: str

    @cached_property
    def manifest(self) -> Manifest:
        path = self.path / MANIFEST
        raw = read_bytes(path, limit=_MAX_BYTES)
        schema = parse_json(raw, dict[str, Any], path).get("schema")
        if schema == SCHEMA:
            manifest = unseal(raw, Manifest, path)
        elif schema == _UNSEALED_SCHEMA:
            manifest = parse_json(raw, Manifest, path)
            self._require_all_listed(manifest)
        else:
            raise FileDamagedError(
                f"{path} has schema version {schema!r}, expected {SCHEMA}: it was made by another version. Update Latent Lens."
            )
        if manifest["run"] != self.owner or manifest.get("folder", self.path.name) != self.path.name:
            raise FileDamagedError(
                f"{self.path} holds {manifest['run']!r} under a wrong name, expected {self.owner!r}."
            )
        return manifest

    def read(self, name: str) -> bytes:
        """The content of a file, after size and checksum were compared with the manifest."""
        entry = self.manifest["files"].get(name)
        if entry is None:
            raise FileDamagedError(f"{self.path / MANIFEST} does not list {name!r}.")
        raw = read_bytes(self.path / name)
        if len(raw) != entry["bytes"]:
            raise FileDamagedError(
                f"{self.path / name} has {len(raw)} bytes, expected {entry['bytes']}: it is damaged."
            )
        if (received := hashlib.sha256(raw).hexdigest()) != entry["sha256"]:
            raise FileDamagedError(
                f"{self.path / name} has sha256 {received}, expected {entry['sha256']}: it is damaged."
            )
        return raw

    def verify(self) -> None:
        """Compare every file with the manifest."""
        for name in self.manifest["files"]:
            self.read(name)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry["bytes"] for entry in self.manifest["files"].values())

    def _require_all_listed(self, manifest: Manifest) -> None:
        """Without a checksum a changed name or size would go unseen."""
        try:
            found = {file.name: file.stat().st_size for file in self.path.iterdir() if file.suffix in _KINDS}
        except OSError as error:
            raise FileDamagedError(f"{self.path} cannot be listed: {error.strerror}.") from error
        found.pop(MANIFEST, None)
        listed = {name: entry["bytes"] for name, entry in manifest["files"].items()}
        if unlike := sorted({name for name, _ in found.items() ^ listed.items()}):
            raise FileDamagedError(f"{self.path / MANIFEST} does not fit the folder's files: {', '.join(unlike)}.")


_KINDS = (".json", ".onnx", ".npy", ".npz", ".h5")


def write_sealed_folder(path: Path, owner: str, fill: Callable[[Path], None], **more: Any) -> SealedFolder:
    """Make a sealed folder: `fill` writes its files, then the manifest is added and the folder takes its name.

    A folder that has the name already stays. `more` joins the manifest. Raises StorageWriteError.
    """
    with new_folder(path) as arriving:
        fill(arriving)
        files = {file.name: _entry(file) for file in sorted(arriving.iterdir())}
        manifest = {"schema": SCHEMA, "run": owner, "folder": path.name, **more, "files": files}
        (arriving / MANIFEST).write_text(seal(manifest))
    return SealedFolder(path, owner)


def _entry(file: Path) -> FileEntry:
    with open(file, "rb") as stream:
        return {"sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "bytes": os.fstat(stream.fileno()).st_size}
