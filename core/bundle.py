"""Make what comes with the project, runs and results, networks and data: `python -m core.bundle`. Takes over an hour on two cores.

What is there already is kept, so an interrupted call goes on. To make everything anew, delete `artifacts/bundled/`.
"""

import gzip
import itertools
import shutil
import sys
from pathlib import Path

from core.data import dataset_info, find, read_part
from core.data.idx import GZIP
from core.data.published import FILES
from core.errors import LatentLensError
from core.keep.files import new_folder
from core.paths import BUNDLED, judges_folder, loss_networks_folder, results_folder
from core.settings import LOSSES, LossNetworkConfig, RunConfig

DATASET = "fashion_mnist"
LATENT_SIZES = (10, 2, 5, 20)
PARTS = ("test_images", "test_labels", "train_labels")
LIMIT_BYTES = 40_000_000

_LICENCE = """The files in this folder are part of Fashion-MNIST (https://github.com/zalandoresearch/fashion-mnist): the test
images, the test labels and the training labels, unchanged but for being packed anew.

The MIT License (MIT)

Copyright © 2017 Zalando SE, https://tech.zalando.com

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the “Software”), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED “AS IS”, WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def configurations() -> list[RunConfig]:
    """The bundled runs: every loss at every size."""
    return [
        RunConfig(dataset=DATASET, loss=loss, latent=latent)
        for latent, loss in itertools.product(LATENT_SIZES, sorted(LOSSES, reverse=True))
    ]


def bundle_data() -> None:
    """Copy the test part and the training labels, verified, with their licence."""
    folder = BUNDLED / "data" / DATASET
    if folder.is_dir():
        return
    with new_folder(folder) as arriving:
        for part in PARTS:
            read_part(DATASET, part, download=True)
            source = find(DATASET, part)
            assert source is not None  # it was just read
            raw = source.read_bytes()
            unpacked = gzip.decompress(raw) if raw.startswith(GZIP) else raw
            (arriving / f"{FILES[part]}.gz").write_bytes(gzip.compress(unpacked, 9, mtime=0))
        (arriving / "LICENSE").write_text(_LICENCE)


def bundle_loss_network() -> None:
    """Copy the trained loss network, so that a user's own perceptual trainings start three minutes earlier."""
    name = LossNetworkConfig(DATASET).network_id
    _copy(loss_networks_folder() / name, BUNDLED / "loss_networks" / name)


def bundle_judges() -> None:
    """Copy the classifiers that say what drawings show."""
    for source in judges_folder().glob(f"{DATASET}-*"):
        _copy(source, BUNDLED / "judges" / source.name)


def bundle_results(run_id: str) -> None:
    """Copy what was computed from a run, so that its pages need no computing."""
    folder, computed = BUNDLED / "results" / run_id, results_folder() / run_id
    for source in computed.iterdir() if computed.is_dir() else ():
        if source.name[0] != ".":
            _copy(source, folder / source.name)


def _copy(source: Path, folder: Path) -> None:
    """Copy a folder, whole or not at all, where it is not there yet."""
    if not folder.is_dir():
        with new_folder(folder) as arriving:
            shutil.copytree(source, arriving, dirs_exist_ok=True)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> int:
    from core.pipeline import train_run
    from core.terminal import Progress

    try:
        print(f"{dataset_info(DATASET).title}: test part and training labels")
        bundle_data()
        for config in configurations():
            print(config.run_id, flush=True)
            run = train_run(config, on_event=Progress(plain=not sys.stderr.isatty()), folder=BUNDLED / "runs")
            bundle_results(run.id)
        bundle_loss_network()
        bundle_judges()
    except LatentLensError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    total = size(BUNDLED)
    print(f"{total / 1e6:.1f} MB in {BUNDLED}")
    return 0 if total <= LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
