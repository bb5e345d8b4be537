"""Do float32 and bfloat16 give the same result within the noise of the seed? Several short trainings, full measure only."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from core.learn.precision import PRECISIONS
from tests.benchmarks.process import run_json
from tests.benchmarks.rows import row

SEEDS = (1, 2, 3)


def measure(quick: bool) -> Iterator[dict]:
    if quick:
        return
    for loss in ("mse", "perceptual"):
        found: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
        for precision, seed in product(PRECISIONS, SEEDS):
            command = ("short_run", f"--loss={loss}", f"--seed={seed}")
            answer = run_json(*command, LATENT_LENS_PRECISION=precision)
            if answer["precision"] != precision:
                raise RuntimeError(f"Trained in {answer['precision']}. Expected {precision}, as asked for.")
            found[precision].append(answer["accuracy"])
        single, mixed = (np.array(found[precision]) for precision in PRECISIONS)
        yield row(
            f"accuracy of {loss} after one epoch in {PRECISIONS[1]} (mean of {len(SEEDS)} seeds)", mixed.mean(), "",
            reference=f"in {PRECISIONS[0]}", reference_figure=single.mean(),
        )  # fmt: skip
        noise = np.sqrt((single.var(ddof=1) + mixed.var(ddof=1)) / len(SEEDS))
        yield row(
            "their difference",
            abs(mixed.mean() - single.mean()),
            "",
            reference="standard error of the difference (seeds)",
            reference_figure=noise,
        )
