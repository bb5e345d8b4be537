"""Encode and decode with ONNX Runtime. No Keras: this is what a finished run serves with."""

from functools import lru_cache
from pathlib import Path

import numpy as np

_BATCH = 500


@lru_cache(maxsize=64)
def _session(path: str, modified: int):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # steady memory matters more to a server than the last microsecond
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run_model(path: Path, inputs: np.ndarray) -> np.ndarray:
    """Run an ONNX model of one input and one output over float32 `inputs` (n, ...), in batches."""
    session = _session(str(path), path.stat().st_mtime_ns)
    name = session.get_inputs()[0].name
    parts = [
        session.run(None, {name: np.ascontiguousarray(inputs[start : start + _BATCH], np.float32)})[0]
        for start in range(0, len(inputs), _BATCH)
    ]
    if parts:
        return np.concatenate(parts)
    return np.empty((0, *session.get_outputs()[0].shape[1:]), np.float32)


def encode(encoder: Path, images: np.ndarray) -> np.ndarray:
    """Images uint8 (n, 28, 28, 1) to embeddings float32 (n, latent)."""
    parts = [
        run_model(encoder, images[start : start + _BATCH].astype(np.float32) / 255)
        for start in range(0, len(images), _BATCH)
    ]
    return np.concatenate(parts) if parts else run_model(encoder, images.astype(np.float32))


def decode(decoder: Path, embeddings: np.ndarray) -> np.ndarray:
    """Embeddings (n, latent) to images float32 (n, 28, 28, 1) in [0, 1]."""
    return run_model(decoder, embeddings)


def reconstruction_errors(decoder: Path, embeddings: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Per-image mean squared pixel error, float32 (n,), pixels in [0, 1]."""
    errors = np.empty(len(images), np.float32)
    for start in range(0, len(images), _BATCH):
        part = slice(start, start + _BATCH)
        difference = decode(decoder, embeddings[part]) - images[part].astype(np.float32) / 255
        errors[part] = np.mean(np.square(difference), axis=(1, 2, 3))
    return errors
