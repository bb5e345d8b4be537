"""Runs of a few numbers, written as the pipeline writes them, and ways to harm them."""

import errno
import json
import os
from pathlib import Path

import numpy as np

from core.keep.runs import list_runs, write_run
from core.settings import RunConfig


class Trap:
    """What a pickle can do when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def config(seed=0, latent=2):
    return RunConfig(dataset="digits", loss="mse", latent=latent, seed=seed)


# Each number is another's only once, so that one in the place of another is noticed.
METRICS = {
    "reconstruction_mse": 0.0101, "reconstruction_ssim": 0.202, "knn_accuracy": 0.303, "linear_probe_accuracy": 0.404, "trustworthiness": {},
    "clustering": {
        "clusters": 20, "scaling": "unit", "accuracy": 0.505, "purity": 0.55, "hungarian": 0.44, "nmi": 0.606, "ari": 0.33, "ami": 0.22,
        "homogeneity": 0.11, "completeness": 0.12, "v_measure": 0.13, "silhouette": 0.107,
    },
}  # fmt: skip
EPOCHS = [{"epoch": 1, "loss": 0.5, "seconds": 1.0, "images_per_second": 1257.0}]
TEST, TRAIN = 360, 1437  # images of digits


def write(seed=0, latent=2, created="2024-01-01", folder=None, metrics=METRICS, **arrays):
    """A run of a few numbers, written as the pipeline writes one."""

    def fill(path):
        for name, count in (("train_embeddings", TRAIN), ("test_embeddings", TEST)):
            array = arrays.get(name, np.full((count, latent), seed, np.float16))
            np.save(path / f"{name}.npy", array, allow_pickle=True)  # as those who want harm would
        np.save(path / "test_errors.npy", np.zeros(TEST, np.float32))
        np.save(path / "projection-pca.npy", np.zeros((TEST, 2), np.float32))
        np.savez(path / "clusterings.npz", **{"unit-2": arrays.get("centroids", np.eye(2, latent, dtype=np.float32))})
        summary = {
            "created": created, "metrics": metrics, "timings": {"data": 0.1}, "precision": "float32", "backend": "tensorflow",
            "loss_network": None, "libraries": {},
        }  # fmt: skip
        if metrics is None:
            del summary["metrics"]
        (path / "summary.json").write_text(json.dumps(summary))
        (path / "history.json").write_text(json.dumps(EPOCHS))

    return write_run(config(seed, latent), fill, folder)


def ids():
    return [run.id for run in list_runs()[0]]


def bundled(artifacts):
    return artifacts / "bundled" / "runs"


def closed(monkeypatch, path):
    """Let nobody look at `path`. Permissions would not stop root."""
    stat = os.stat

    def refuse(one, **settings):
        if isinstance(one, str | Path) and Path(one) == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(one, **settings)

    monkeypatch.setattr(os, "stat", refuse)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def flips(raw):
    """The content with each byte changed, one at a time."""
    for place in range(len(raw)):
        yield raw[:place] + bytes([raw[place] ^ (1 << place % 7)]) + raw[place + 1 :]
