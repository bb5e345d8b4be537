"""A training's checkpoint: weights, optimiser, history and precision after each whole epoch, whole or not at all."""

import hashlib
import logging
import os
import shutil
from pathlib import Path
from typing import Annotated, Literal, TypedDict

import keras
from msgspec import Meta

from core.errors import FileDamagedError, StorageWriteError
from core.keep.files import flush, write_text
from core.keep.reading import read_bytes
from core.keep.sealed import read_sealed, seal
from core.learn.weights import load_weights, weights_bytes

_STATE = "state.json"
_log = logging.getLogger(__name__)


class _State(TypedDict):
    """What a checkpoint's sealed `state.json` holds."""

    training: str  # the checkpoint's folder: the id of a run or of a loss network
    weights: str
    weights_sha256: str
    history: Annotated[list[dict[str, int | float]], Meta(min_length=1)]
    precision: Literal["float32", "mixed_bfloat16"]


def recorded_precision(checkpoint: Path) -> str | None:
    """The precision that an interrupted training used, so that it goes on with the same."""
    state = _read_state(checkpoint)
    return state["precision"] if state else None


def recorded_history(checkpoint: Path) -> list[dict[str, float]]:
    """One dict an epoch of an interrupted training; empty where there is none."""
    state = _read_state(checkpoint)
    return state["history"] if state else []


def save(model: keras.Model, folder: Path, history: list[dict[str, float]]) -> None:
    """Weights under a new name first, then the state that names them: a kill in between loses one epoch at most."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"epoch-{len(history):04d}.weights.h5"
        weights = weights_bytes(model)
        (folder / name).write_bytes(weights)
        flush(folder / name)
        state = {
            "training": folder.name,
            "weights": name,
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
            "history": history,
            "precision": _precision_of(model),
        }
        write_text(folder / _STATE, seal(state))
        for old in folder.glob("epoch-*.weights.h5"):
            if old.name != name:
                old.unlink()
    except (OSError, StorageWriteError) as error:
        raise StorageWriteError(
            f"Cannot write the checkpoint to {folder}: {error} Make room or make the folder writable, then start the "
            "same training again: it goes on from the last whole epoch."
        ) from error


def _precision_of(model: keras.Model) -> str:
    names = {layer.dtype_policy.name for layer in model._flatten_layers()}
    return "mixed_bfloat16" if "mixed_bfloat16" in names else "float32"


def restore(model: keras.Model, folder: Path) -> list[dict[str, float]]:
    """Give a model the weights and the optimiser's state of a checkpoint. Returns its history, one dict an epoch.

    Empty where there is none, or a damaged one, which is removed; the model is to be trained from the beginning then.
    """
    state = _read_state(folder)
    if state is None:
        return []
    try:
        weights = read_bytes(folder / state["weights"])
        if hashlib.sha256(weights).hexdigest() != state["weights_sha256"]:
            raise FileDamagedError(f"{folder / state['weights']} is damaged: it does not fit its checksum.")
        load_weights(model, weights)
        return state["history"]
    except (FileDamagedError, OSError, ValueError, KeyError) as error:
        _begin_again(folder, error)
        return []


def _read_state(folder: Path) -> _State | None:
    path = folder / _STATE
    if not os.path.exists(path):  # noqa: PTH110 - never raises, whatever the folder's permissions
        return None
    try:
        state = read_sealed(path, _State)
        if state["training"] != folder.name:
            raise FileDamagedError(f"{path} is of the training {state['training']!r}.")
        return state
    except FileDamagedError as error:
        _begin_again(folder, error)
        return None


def _begin_again(folder: Path, error: Exception) -> None:
    """A damaged checkpoint costs time, not correctness."""
    _log.warning("%s The training begins again from nothing.", error)
    shutil.rmtree(folder, ignore_errors=True)
