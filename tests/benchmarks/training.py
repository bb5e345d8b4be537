"""Training speed against study A's recipe as published, measured beside it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from core.config import ClusteringConfig, LossNetworkConfig, RunConfig
from core.paths import ROOT
from tests.benchmarks.rows import row

STUDY_EPOCHS = 10
SEED = 1  # the run of seed 0 comes with the project, so nothing would be trained


def measure(quick: bool) -> Iterator[dict]:
    """Each part in a process of its own, so that none warms or fills the memory of another."""
    steps = 15 if quick else 60
    study = _run("study_a", str(steps))
    images = 60_000
    recipe = STUDY_EPOCHS * images * (1 / study["classifier"] + 1 / study["perceptual"])
    yield row("study A's classifier as published", study["classifier"], "images/s")
    yield row("study A's autoencoder as published, feature loss", study["perceptual"], "images/s")
    yield row("study A's recipe at that rate, 10 + 10 epochs", recipe / 60, "min")
    if quick:
        yield from _default_run(
            RunConfig(seed=SEED, epochs=1, loss_network=LossNetworkConfig(epochs=1)),
            recipe,
            "from nothing, 1 + 1 epochs",
        )
    else:
        yield from _default_run(RunConfig(seed=SEED), recipe, "the default perceptual run from nothing")


def _default_run(config: RunConfig, recipe: float, words: str) -> Iterator[dict]:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        done = _python(
            [
                "-m",
                "core",
                "train",
                "--json",
                f"--seed={config.seed}",
                f"--epochs={config.epochs}",
                f"--loss-network-epochs={config.loss_network.epochs}",
            ],
            LATENT_LENS_ARTIFACTS=folder,
        )
        seconds = time.perf_counter() - started
        report = json.loads(done)
        run = Path(folder) / "runs" / report["run"]
        summary = json.loads((run / "summary.json").read_text())
        history = json.loads((run / "history.json").read_text())
    timings = summary["timings"]
    to_accuracy = sum(
        timings[stage] for stage in ("data", "libraries", "loss network", "autoencoder", "export", "embeddings")
    )
    accuracy = summary["metrics"]["clustering"]["accuracy"]
    clusters = ClusteringConfig().clusters
    yield row(words, seconds / 60, "min", target="12 min")
    yield row(
        f"its embeddings, from nothing (accuracy {accuracy:.4f}, k = {clusters})", to_accuracy / 60, "min",
        reference="study A's recipe", reference_figure=recipe / 60, ratio=recipe / to_accuracy, target="60x to 0.7753",
    )  # fmt: skip
    yield row("its autoencoder", history[-1]["images_per_second"], "images/s")


def _run(module: str, *arguments: str) -> dict:
    return json.loads(_python(["-m", f"tests.benchmarks.{module}", *arguments]).splitlines()[-1])


def _python(arguments: list[str], **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout
