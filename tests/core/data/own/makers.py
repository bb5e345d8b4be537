"""The same pictures written in every way in which people have theirs."""

import csv
import gzip
import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from core.data import PARTS, read_part
from core.data.own import Adding, add_pictures

COUNT = 160


def pictures(count: int = COUNT, side: int = 28, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Pictures that no two are alike, uint8 (n, side, side, channels), of squares of one colour."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (count, 4, 4, channels), np.uint8)
    small[:, 0, 0] = 0
    small[:, 0, 1] = 255
    return small.repeat(side // 4, axis=1).repeat(side // 4, axis=2)


def labels(count: int = COUNT, classes: int = 4) -> list[str]:
    return [f"kind {index % classes}" for index in range(count)]


def png(picture: np.ndarray, kind: str = "PNG", **settings) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture if picture.shape[-1] > 1 else picture[..., 0]).save(file, kind, **settings)
    return file.getvalue()


def as_folder(path: Path, images: np.ndarray, names: list[str] | None) -> Path:
    for index, image in enumerate(images):
        file = path / (names[index] if names else "") / f"{index}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(image))
    return path


def as_zip(path: Path, images: np.ndarray, names: list[str] | None) -> Path:
    path = path.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, image in enumerate(images):
            archive.writestr(f"all of them/{names[index] + '/' if names else ''}{index}.png", png(image))
        archive.writestr("__MACOSX/._1.png", b"what a Mac adds")
    return path


def as_csv(path: Path, names: list[str]) -> Path:
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label"])
        writer.writerows((f"{index}.png", name) for index, name in enumerate(names))
    return path


def as_hugging_face(path: Path, images: np.ndarray, names: list[str] | None) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = path.with_suffix(".parquet")
    kinds = sorted(set(names or ()))
    columns = {"image": [{"bytes": png(image), "path": f"{index}.png"} for index, image in enumerate(images)]}
    told = {}
    if names:
        columns["label"] = [kinds.index(name) for name in names]
        told = {"huggingface": json.dumps({"info": {"features": {"label": {"names": kinds}}}})}
    pq.write_table(pa.table(columns).replace_schema_metadata(told), path, row_group_size=50)
    return path


def as_bytes_column(path: Path, images: np.ndarray, names: list[str] | None) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = path.with_suffix(".parquet")
    columns = {"picture": [png(image) for image in images]} | ({"class": names} if names else {})
    pq.write_table(pa.table(columns), path, row_group_size=50)
    return path


def as_pixel_columns(path: Path, images: np.ndarray, names: list[str] | None) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = path.with_suffix(".parquet")
    flat = images.reshape(len(images), -1)
    columns = ({"label": names} if names else {}) | {
        f"pixel{column}": flat[:, column] for column in range(flat.shape[1])
    }
    pq.write_table(pa.table(columns), path)
    return path


def as_npz(path: Path, images: np.ndarray, names: list[str] | None) -> Path:
    path = path.with_suffix(".npz")
    np.savez_compressed(path, images=images, **({"labels": np.array(names)} if names else {}))
    return path


def as_idx(path: Path, images: np.ndarray, names: list[str] | None) -> Path:
    """As MNIST's authors: labels are numbers."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images[..., 0])))
    if names:
        numbers = np.array([int(name[-1]) for name in names], np.uint8)
        (path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(numbers)))
    return path / "train-images-idx3-ubyte.gz"


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def added(source: Path, name: str = "Mine", **choices):
    return add_pictures(Adding(str(source), name, **choices))


def content(name: str) -> dict[str, dict[bytes, str | None]]:
    """The class of each picture of a stored set, by its pixels, for each split."""
    from core.data import dataset_info

    names = dataset_info(name).class_names
    parts = {part: read_part(name, part) for part in PARTS}
    found = {}
    for split in ("train", "test"):
        images, codes = parts[f"{split}_images"], parts[f"{split}_labels"]
        found[split] = {
            image.tobytes(): None if codes is None else names[codes[index]] for index, image in enumerate(images)
        }
    return found


def expected(images: np.ndarray, names: list[str] | None) -> dict[bytes, str | None]:
    return {image.tobytes(): names[index] if names else None for index, image in enumerate(images)}
