"""A notebook that goes on from what is looked at: the same runs, clusters and maps, with `core` alone."""

import json
from collections.abc import Sequence
from typing import Any

from core.export.columns import map_names, run_names
from core.keep.run import Run
from core.settings import ClusteringConfig, ProjectionConfig


def notebook(
    runs: Sequence[Run],
    config: ClusteringConfig,
    projections: Sequence[ProjectionConfig],
    *,
    split: str = "test",
    image: int | None = None,
) -> bytes:
    """A Jupyter notebook (nbformat 4.5) as JSON, to be opened in the project's folder.

    Args:
        split: whose images are counted.
        image: one of that split that is looked at; None for none.

    Raises InvalidInputError as `run_names`.
    """
    names = run_names(runs)
    cells = [
        _text(
            "# Latent Lens: the same view in a notebook\n\nOpen it in the project's folder, with the project's Python "
            "environment. Everything comes from `core`; charts need matplotlib or any other library that takes arrays."
        ),
        _code(
            "import core\n"
            "from core.comparison import comparison_report, image_report\n\n"
            "runs = {\n"
            + "".join(f"    {name!r}: core.get_run({run.id!r}),\n" for name, run in zip(names, runs, strict=True))
            + "}\n"
            f"config = core.{config!r}\n"
            f"split = {split!r}"
        ),
        _text("## Clusters\n\nWhat each run's clusters are worth; the full report also lists every cluster."),
        _code(
            "reports = {name: core.evaluate_run(run, config, split) for name, run in runs.items()}\n"
            "{\n"
            "    name: {key: value for key, value in report.items() if isinstance(value, float)}\n"
            "    for name, report in reports.items()\n"
            "}"
        ),
    ]
    if projections:
        given = "".join(f"    {name!r}: core.{one!r},\n" for name, one in map_names(projections).items())
        cells += [
            _text("## Maps\n\nPoints of the test images, (images, 2); those that are kept are read, others computed."),
            _code(
                "projections = {\n" + given + "}\n"
                "maps = {\n"
                "    (name, kind): core.project_run(run, one)\n"
                "    for name, run in runs.items()\n"
                "    for kind, one in projections.items()\n"
                "}\n"
                "{key: points.shape for key, points in maps.items()}"
            ),
            _code(
                "try:\n"
                "    import matplotlib.pyplot as plt\n"
                "except ImportError:\n"
                "    print('pip install matplotlib draws them.')\n"
                "else:\n"
                "    figure, places = plt.subplots(1, len(maps), figsize=(6 * len(maps), 6), squeeze=False)\n"
                "    for place, ((name, kind), points) in zip(places[0], maps.items()):\n"
                "        place.scatter(*points.T, s=2)\n"
                "        place.set_title(f'{name}, {kind}')"
            ),
        ]
    if len(runs) > 1:
        one, other = names[:2]
        cells += [
            _text(f"## {one} against {other}\n\nWhich images they name differently, and which clusters fit together."),
            _code(f"comparison_report(runs[{one!r}], runs[{other!r}], config, split)"),
        ]
    if image is not None:
        cells += [
            _text(f"## Image {split}.{image}\n\nIts cluster and its nearest images under each run."),
            _code(f"{{name: image_report(run, split, {int(image)}, config) for name, run in runs.items()}}"),
        ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    made = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1).encode()


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
