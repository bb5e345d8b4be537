"""Which arithmetic to train with: bfloat16 where this machine is clearly faster at it, else float32.

Measured, not guessed: old reports tell of processors where bfloat16 is emulated and far slower.
"""

import contextlib
import os
import platform
import time
from pathlib import Path
from typing import TypedDict

from core.checks import check_name
from core.errors import FileDamagedError, StorageWriteError
from core.keep.files import write_text
from core.keep.sealed import read_sealed, seal

PRECISIONS = ("float32", "mixed_bfloat16")
_CLEARLY_FASTER = 1.25
_TURNS = 16


class _Known(TypedDict):
    machine: str
    precision: str


def choose_precision(cache: Path) -> str:
    """`mixed_bfloat16` or `float32`: what `LATENT_LENS_PRECISION` says, else the faster one of this machine.

    Probed once a machine (about half a second) and kept in the file `cache`. Raises UnknownNameError.
    """
    if given := os.environ.get("LATENT_LENS_PRECISION"):
        return check_name("LATENT_LENS_PRECISION", given, PRECISIONS)
    machine = _machine()
    try:
        known = read_sealed(cache, _Known)
        if known["machine"] == machine and known["precision"] in PRECISIONS:
            return known["precision"]
    except FileDamagedError:
        pass  # there is none yet, or it is damaged: probe
    speedup = bfloat16_speedup()
    precision = "mixed_bfloat16" if speedup >= _CLEARLY_FASTER else "float32"
    with contextlib.suppress(StorageWriteError):  # a read-only folder: probe again next time
        write_text(cache, seal({"machine": machine, "precision": precision, "speedup": round(speedup, 2)}))
    return precision


def bfloat16_speedup() -> float:
    """How many times faster a typical convolution is in bfloat16 than in float32, here and now."""
    from keras import ops

    def seconds(dtype: str) -> float:
        images, kernel = ops.ones((64, 14, 14, 64), dtype), ops.ones((3, 3, 64, 64), dtype)
        started = time.perf_counter()
        float(ops.cast(ops.sum(ops.conv(images, kernel, padding="same")), "float32"))
        return time.perf_counter() - started

    # In turns: one after the other, a moment in which the machine was busy decided the choice once in a dozen times.
    single, half = zip(*((seconds("float32"), seconds("bfloat16")) for _ in range(_TURNS)), strict=True)
    return min(single) / min(half)


def _machine() -> str:
    model = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    import keras

    return f"{platform.node()} {model} {os.cpu_count()} keras {keras.__version__} {keras.backend.backend()}"
