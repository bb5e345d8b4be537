"""Training speed against study A's recipe as published, measured beside it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from core.config import LossNetworkConfig, RunConfig
from core.paths import ROOT
from core.references import STUDY_A
from tests.benchmarks.rows import row

STUDY_EPOCHS = 10
IMAGES = 60_000
SEED = 1  # the networks of seed 0 come with the project, so nothing would be trained
QUICK = RunConfig(seed=SEED, epochs=1, loss_network=LossNetworkConfig(epochs=1, seed=SEED))
BEFORE_CLUSTERING = ("data", "libraries", "loss network", "autoencoder", "export", "embeddings")


class Trained(NamedTuple):
    """A run made by the command line in a process and a store of its own."""

    seconds: float
    peak_bytes: int
    summary: dict
    history: list[dict]


def measure(quick: bool) -> Iterator[dict]:
    """Each part in a process of its own, so that none warms or fills the memory of another."""
    steps = 15 if quick else 60
    study = _json("study_a", str(steps))
    recipe = STUDY_EPOCHS * IMAGES * (1 / study["classifier"] + 1 / study["perceptual"])
    yield row("study A's classifier as published", study["classifier"], "images/s")
    yield row("study A's recipe at its rate, 10 + 10 epochs", recipe / 60, "min")
    here = _json("study_a_here", str(steps // 2))
    yield row(
        "study A's own networks, feature loss, trained here", here["perceptual"], "images/s", reference="as published",
        reference_figure=study["perceptual"], ratio=here["perceptual"] / study["perceptual"], target="3x",
    )  # fmt: skip
    yield from _to_published_accuracy(recipe)
    if not quick:
        yield from _default_run()


def _to_published_accuracy(recipe: float) -> Iterator[dict]:
    """One epoch of each network: is study A's published accuracy reached, and in what time?"""
    published = next(
        one["accuracy"] for one in STUDY_A["accuracy"] if one["loss"] == "perceptual" and one["latent"] == QUICK.latent
    )
    trained = _train(QUICK)
    scores = trained.summary["metrics"]["clustering"]
    seconds = _start_up(trained) + sum(trained.summary["timings"][stage] for stage in BEFORE_CLUSTERING)
    reached = scores["accuracy"] >= published
    yield row(
        f"from nothing to accuracy {scores['accuracy']:.4f} (k = {scores['clusters']}, unseen test images; published {published})",
        seconds, "s", reference="study A's recipe", reference_figure=recipe, ratio=recipe / seconds if reached else None,
        target="60x",
    )  # fmt: skip
    yield row("its run stored, with all clusterings, maps and scores", trained.seconds, "s")


def _default_run() -> Iterator[dict]:
    arithmetic = _json("arithmetic")
    trained = _train(RunConfig(seed=SEED, loss_network=LossNetworkConfig(seed=SEED)))
    accuracy = trained.summary["metrics"]["clustering"]["accuracy"]
    yield row(
        f"the default perceptual run from nothing (accuracy {accuracy:.4f})",
        trained.seconds / 60,
        "min",
        target="12 min",
    )
    yield row("its loss network", trained.summary["loss_network"]["seconds"], "s", target="300 s")
    yield row("its loss network's test accuracy", trained.summary["loss_network"]["test_accuracy"], "", target="0.925")
    yield row("its peak memory", trained.peak_bytes / 1e9, "GB", target="2 GB")
    rates = {"loss network": trained.summary["loss_network"]["images_per_second"]}
    rates["perceptual"] = max(one["images_per_second"] for one in trained.history)
    mse = _train(RunConfig(seed=SEED, loss="mse", epochs=2))
    rates["mse"] = max(one["images_per_second"] for one in mse.history)
    for name, rate in rates.items():
        share = 2 * arithmetic[name] * rate / arithmetic["matrix_rate"]
        yield row(f"images/s, {name}", rate, "images/s")
        yield row(
            f"arithmetic rate while training, {name}", 100 * share, f"% of {arithmetic['precision']} matrix products",
            target="50 %",
        )  # fmt: skip


def _start_up(trained: Trained) -> float:
    """Seconds of the process that no stage counts: Python itself, imports, the last words."""
    return max(0.0, trained.seconds - sum(trained.summary["timings"].values()))


def _train(config: RunConfig) -> Trained:
    arguments = [
        "-m",
        "core",
        "train",
        "--json",
        f"--loss={config.loss}",
        f"--seed={config.seed}",
        f"--epochs={config.epochs}",
    ]
    if config.loss_network:
        arguments += [
            f"--loss-network-epochs={config.loss_network.epochs}",
            f"--loss-network-seed={config.loss_network.seed}",
        ]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        report, peak = _python(arguments, LATENT_LENS_ARTIFACTS=folder)
        seconds = time.perf_counter() - started
        run = Path(folder) / "runs" / json.loads(report)["run"]
        summary = json.loads((run / "summary.json").read_text())
        return Trained(seconds, peak, summary, json.loads((run / "history.json").read_text()))


def _json(module: str, *arguments: str) -> dict:
    return json.loads(_python(["-m", f"tests.benchmarks.{module}", *arguments])[0].splitlines()[-1])


def _python(arguments: list[str], **environment: str) -> tuple[str, int]:
    """What a Python process prints, and its largest resident memory in bytes."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
            stdout=out, stderr=err,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {err.read()[-2000:]}")
        return out.read(), usage.ru_maxrss * 1024
