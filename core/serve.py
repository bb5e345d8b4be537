"""Encode, decode and judge with ONNX Runtime. No Keras: this is what a finished run serves with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

from core.errors import FileDamagedError

_BATCH = 500


@lru_cache(maxsize=64)
def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it calls an error it raises as well
    options.enable_cpu_mem_arena = False  # steady memory matters more to a server than the last microsecond
    with _told():
        # Falling back to other processors, of which there are none, prints among a command's results.
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"], enable_fallback=False)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # ONNX Runtime's own errors have no common base but this
        raise FileDamagedError(f"The model cannot be used: {str(error).rstrip('.')}.") from error


def run_model(model: bytes, inputs: np.ndarray, *, gives: tuple[int | None, ...]) -> np.ndarray:
    """Run an ONNX model of one input and one output over float32 `inputs` (n, ...), in batches.

    `gives`: the lengths of the output's axes after the first; None for one that may have any length.

    Raises FileDamagedError for content that is no such model, or one that takes or gives arrays of another shape.
    """
    inputs = np.ascontiguousarray(inputs, np.float32)
    session = _session(model)
    with _told():
        taken = [one.shape for one in session.get_inputs()]
        given = [one.shape for one in session.get_outputs()]
        name = session.get_inputs()[0].name if taken else ""
    if len(taken) != 1 or len(given) != 1 or not (_fit(taken[0], inputs.shape[1:]) and _fit(given[0], gives)):
        raise FileDamagedError(
            f"The model takes {[axes[1:] for axes in taken]} and gives {[axes[1:] for axes in given]}, expected one that "
            f"takes {inputs.shape[1:]} and gives {gives}: it is the model of something else."
        )
    parts = []
    for start in range(0, len(inputs), _BATCH):
        batch = inputs[start : start + _BATCH]
        with _told():
            parts.append(session.run(None, {name: batch})[0])
        _require_shape(parts[-1], (len(batch), *gives))
    return np.concatenate(parts) if parts else np.empty((0, *given[0][1:]), np.float32)


def encode(encoder: bytes, images: np.ndarray, *, latent: int | None = None) -> np.ndarray:
    """Images uint8 (n, h, w, c) to embeddings float32 (n, latent). Raises as `run_model`."""
    parts = [
        run_model(encoder, images[start : start + _BATCH].astype(np.float32) / 255, gives=(latent,))
        for start in range(0, max(1, len(images)), _BATCH)
    ]
    return np.concatenate(parts)


def decode(decoder: bytes, embeddings: np.ndarray, *, shape: tuple[int | None, ...] = (None, None, None)) -> np.ndarray:
    """Embeddings (n, latent) to images float32 (n, *shape) in [0, 1]. Raises as `run_model`."""
    return run_model(decoder, embeddings, gives=shape)


def judge(model: bytes, images: np.ndarray, *, classes: int | None = None) -> np.ndarray:
    """Images (n, h, w, c), uint8 or floats in [0, 1], to the probabilities of classes float32 (n, classes). Raises as `run_model`."""
    parts = []
    for start in range(0, max(1, len(images)), _BATCH):
        part = images[start : start + _BATCH]
        part = part.astype(np.float32) / 255 if part.dtype == np.uint8 else part
        parts.append(run_model(model, part, gives=(classes,)))
    return np.concatenate(parts)


def reconstruction_errors(decoder: bytes, embeddings: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Per-image mean squared pixel error, float32 (n,), pixels in [0, 1]."""
    errors = np.empty(len(images), np.float32)
    for start in range(0, len(images), _BATCH):
        part = slice(start, start + _BATCH)
        difference = decode(decoder, embeddings[part]) - images[part].astype(np.float32) / 255
        errors[part] = np.mean(np.square(difference), axis=(1, 2, 3))
    return errors


def _fit(axes: Sequence[int | str | None], expected: Sequence[int | None]) -> bool:
    """Whether a model's axes, the first of which is the batch, are the expected ones. Some are known only when it runs."""
    return len(axes) == len(expected) + 1 and all(
        one == wanted or wanted is None or not isinstance(one, int)
        for one, wanted in zip(axes[1:], expected, strict=True)
    )


def _require_shape(found: np.ndarray, expected: tuple[int | None, ...]) -> None:
    """What a model says of its axes may be less than all, or wrong."""
    shape, dtype = np.shape(found), getattr(found, "dtype", type(found))
    if dtype != np.float32 or not _fit((None, *shape), expected):
        raise FileDamagedError(
            f"The model gave {dtype} of shape {shape}, expected float32 of shape {expected}: it is the model of something else."
        )
