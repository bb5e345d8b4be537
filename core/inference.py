"""Encode and decode with ONNX Runtime. No Keras: this is what a finished run serves with."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from core.errors import FileDamagedError

_BATCH = 500


@lru_cache(maxsize=64)
def _session(model: bytes):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # steady memory matters more to a server than the last microsecond
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its own errors have no common base but this
        raise FileDamagedError(f"The model cannot be loaded: {error}.") from error


def run_model(model: bytes, inputs: np.ndarray, *, gives: tuple[int | None, ...]) -> np.ndarray:
    """Run an ONNX model of one input and one output over float32 `inputs` (n, ...), in batches.

    `gives`: the lengths of the output's axes after the first; None for one that may have any length.

    Raises FileDamagedError for content that is no such model, or one that takes or gives arrays of another shape.
    """
    session = _session(model)
    taken, given = session.get_inputs(), session.get_outputs()
    if (
        len(taken) != 1
        or len(given) != 1
        or not (_fit(taken[0].shape, inputs.shape[1:]) and _fit(given[0].shape, gives))
    ):
        raise FileDamagedError(
            f"The model takes {[one.shape[1:] for one in taken]} and gives {[one.shape[1:] for one in given]}, expected one that "
            f"takes {inputs.shape[1:]} and gives {gives}: it is the model of something else."
        )
    parts = [
        session.run(None, {taken[0].name: np.ascontiguousarray(inputs[start : start + _BATCH], np.float32)})[0]
        for start in range(0, len(inputs), _BATCH)
    ]
    return np.concatenate(parts) if parts else np.empty((0, *given[0].shape[1:]), np.float32)


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
