"""Image sets in memory of any number of classes or none, and runs on them whose encoder and decoder are linear (PCA)."""

import json
import zlib
from pathlib import Path

import numpy as np
import onnx
import pytest

from core.data import ImageSet, ImageSetInfo
from core.data import sets as image_sets
from core.keep.runs import Run, write_run
from core.settings import ProjectionConfig, RunConfig


class InMemory:
    """An image set that is nowhere but here; see `core.data.imageset.Source`."""

    def __init__(self, found: ImageSet):
        self.info, self._set = found.info, found

    def read_part(self, part: str, *, download: bool = False, progress: bool = False) -> np.ndarray | None:
        return getattr(self._set, part)

    def read_rows(self, split: str, indices: np.ndarray) -> np.ndarray:
        return getattr(self._set, f"{split}_images")[indices]

    def where(self) -> str:
        return "in memory"


def image_set(
    classes: int, *, labelled: bool = True, shape=(28, 28, 1), train: int = 1000, test: int = 300, name: str = "shapes"
) -> ImageSet:
    """Every class has a pattern of 4x4 squares, drawn with noise; image i is of class i modulo their number."""
    random = np.random.default_rng(0)
    patterns = np.kron(random.random((classes, 4, 4, shape[2])), np.ones((1, shape[0] // 4, shape[1] // 4, 1)))

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = (np.arange(count) % classes).astype(np.uint16)
        noisy = patterns[labels] + np.kron(
            random.normal(0, 0.2, (count, 4, 4, shape[2])), np.ones((1, shape[0] // 4, shape[1] // 4, 1))
        )
        return np.clip(noisy * 255, 0, 255).astype(np.uint8), labels

    (train_images, train_labels), (test_images, test_labels) = part(train), part(test)
    info = ImageSetInfo(
        name=name, title=name.capitalize(), class_names=tuple(f"shape {number}" for number in range(classes)) if labelled else (),
        mirror=False, train_size=train, test_size=test, validation_size=train // 10, licence="none", shape=shape,
    )  # fmt: skip
    if not labelled:
        train_labels = test_labels = None
    return ImageSet(info, train_images, train_labels, test_images, test_labels)


def use(patch: pytest.MonkeyPatch, found: ImageSet) -> ImageSet:
    """From here on the set can be found by its name."""
    patch.setitem(image_sets.PUBLISHED, found.info.name, InMemory(found))
    return found


def write(found: ImageSet, loss: str = "mse", latent: int = 4, seed: int = 0) -> Run:
    """A run on this set, of the user's own: PCA of its pixels, turned at random so that no two seeds give the same clusters."""
    config = RunConfig(dataset=found.info.name, loss=loss, latent=latent, seed=seed)
    train, test = (part.reshape(len(part), -1) / 255.0 for part in (found.train_images, found.test_images))
    mean = train.mean(axis=0)
    _, _, axes = np.linalg.svd(train - mean, full_matrices=False)
    turn = np.random.default_rng([zlib.crc32(loss.encode()), seed]).normal(size=(latent, latent)) + 2 * np.eye(latent)
    down = axes[:latent].T @ turn
    up, bias = np.linalg.inv(turn) @ axes[:latent], mean

    def fill(path: Path) -> None:
        embeddings = {"train": (train - mean) @ down, "test": (test - mean) @ down}
        for split, rows in embeddings.items():
            np.save(path / f"{split}_embeddings.npy", rows.astype(np.float16))
        drawn = np.clip(embeddings["test"] @ up + bias, 0, 1)
        np.save(path / "test_errors.npy", np.square(drawn - test).mean(axis=1).astype(np.float32))
        for method in ("tsne", "pca"):
            np.save(
                path / f"projection-{ProjectionConfig(method).name}.npy", embeddings["test"][:, :2].astype(np.float32)
            )
        shape = found.info.shape
        onnx.save(linear(shape, (latent,), down, -mean @ down), path / "encoder.onnx")
        onnx.save(linear((latent,), shape, up, bias, clip=True), path / "decoder.onnx")
        summary = {
            "created": "2024-01-01", "timings": {"data": 0.1}, "precision": "float32", "backend": "tensorflow",
            "loss_network": None, "libraries": {},
        }  # fmt: skip
        (path / "summary.json").write_text(json.dumps(summary))
        epochs = [{"epoch": 1, "loss": 0.5, "seconds": 1.0, "images_per_second": 900.0}]
        (path / "history.json").write_text(json.dumps(epochs))

    return write_run(config, fill)


def linear(takes, gives, matrix: np.ndarray, bias: np.ndarray, *, clip: bool = False) -> onnx.ModelProto:
    """An ONNX model that flattens, multiplies, adds, and perhaps keeps the result within 0 and 1."""
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    constants = {
        "matrix": matrix.astype(np.float32), "bias": bias.astype(np.float32), "shape": np.array([-1, *gives], np.int64),
        "low": np.float32(0), "high": np.float32(1),
    }  # fmt: skip
    nodes = [
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("Gemm", ["flat", "matrix", "bias"], ["sums"]),
        helper.make_node("Clip", ["sums", "low", "high"], ["kept"]) if clip else helper.make_node("Identity", ["sums"], ["kept"]),
        helper.make_node("Reshape", ["kept", "shape"], ["result"]),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes, "linear",
        [helper.make_tensor_value_info("images", floats, ["n", *takes])],
        [helper.make_tensor_value_info("result", floats, ["n", *gives])],
        [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
