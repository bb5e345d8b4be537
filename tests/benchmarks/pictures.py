"""Time and memory of adding many pictures of a user's own: colour, 64 x 64, as image files in a zip and as one array."""

import io
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from PIL import Image

from tests.benchmarks.process import run_python
from tests.benchmarks.rows import row

SIDE = 64
_CLASSES = 20
_ADD = """
import json, sys, time
from core.data import own, read_rows
adding = own.Adding(sys.argv[1], "benchmark")
started = time.perf_counter()
told = own.preview(adding)
previewed = time.perf_counter()
info = own.add_pictures(adding).info
added = time.perf_counter()
read_rows(info.name, "train", range(0, info.train_size, info.train_size // 60))
print(previewed - started, added - previewed, time.perf_counter() - added, info.train_size + info.test_size, *info.shape)
"""


def measure(quick: bool) -> Iterator[dict]:
    for kind, write, count in (("array", _write_array, 100_000), ("zip of PNG files", _write_zip, 100_000)):
        count = count // 20 if quick else count
        with tempfile.TemporaryDirectory() as folder:
            path = write(Path(folder), count)
            out, memory = run_python(["-c", _ADD, str(path)], LATENT_LENS_ARTIFACTS=str(Path(folder) / "artifacts"))
        preview, adding, reading, kept, *shape = map(float, out.split())
        if (kept, shape) != (count, [SIDE, SIDE, 3]):
            raise RuntimeError(f"{kept} pictures of shape {shape} were kept, expected {count} of {SIDE} x {SIDE} x 3.")
        name = f"{count:,} pictures of {SIDE}x{SIDE}x3, {kind}"
        yield row(f"preview of {name}", preview, "s", target="10 s")
        yield row(f"add {name}", adding, "s")
        yield row(f"add {name}: largest memory", memory / 1e6, "MB", target="500 MB")
        yield row(f"60 of {name} read", reading * 1000, "ms")


def _pictures(count: int) -> Iterator[np.ndarray]:
    """No two alike: squares of one colour."""
    random = np.random.default_rng(0)
    for _ in range(count):
        yield random.integers(0, 256, (8, 8, 3), np.uint8).repeat(SIDE // 8, 0).repeat(SIDE // 8, 1)


def _write_array(folder: Path, count: int) -> Path:
    path = folder / "pictures.npy"
    with open(path, "wb") as file:
        npy.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (count, SIDE, SIDE, 3)})
        for picture in _pictures(count):
            file.write(picture.tobytes())
    return path


def _write_zip(folder: Path, count: int) -> Path:
    path = folder / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, picture in enumerate(_pictures(count)):
            file = io.BytesIO()
            Image.fromarray(picture).save(file, "PNG")
            archive.writestr(f"{number % _CLASSES}/{number}.png", file.getvalue())
    return path


if __name__ == "__main__":
    started = time.perf_counter()
    for one in measure("--quick" in sys.argv):
        print(f"{one['what']}: {one['figure']} {one['unit']} ({time.perf_counter() - started:.0f} s)", flush=True)
