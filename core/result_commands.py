"""The commands that compute from stored runs: evaluate, project, compute, refresh."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import core
from core.data import dataset_info
from core.errors import InvalidInputError, LatentLensError, StorageWriteError
from core.progress import listening
from core.settings import (
    CLUSTERERS,
    DEFAULT_CLUSTERS,
    DEFAULT_LATENT,
    PROJECTIONS,
    SCALINGS,
    ClusteringConfig,
    ProjectionConfig,
)
from core.stages import STAGES, compute, read_settings, refresh
from core.tables import format_table, percent
from core.terminal import Progress, print_result


def add(command: Callable[..., ArgumentParser], add_run_choice: Callable[..., None]) -> None:
    """Add the commands; `command` makes one, `add_run_choice` gives it dataset, loss and latent size."""
    evaluate = command("evaluate", _evaluate, "cluster a run's embeddings and score the clusters")
    add_run_choice(evaluate, latent_default=DEFAULT_LATENT)
    evaluate.add_argument("--run", metavar="RUN", help="a run id, in place of dataset, loss and latent size")
    add_clustering(evaluate)
    evaluate.add_argument("--split", default="test", metavar="NAME", help="test or train")

    project = command("project", _project, "compute and keep a 2-D map of a run's test embeddings")
    project.add_argument("run", metavar="RUN")
    project.add_argument("--method", default=ProjectionConfig.method, metavar="NAME", help=", ".join(PROJECTIONS))
    project.add_argument("--neighbours", type=int, metavar="N", help="t-SNE's perplexity or UMAP's neighbours")
    project.add_argument("--seed", type=int, default=0)

    one = command("compute", _compute, "compute and keep one result of a run")
    one.add_argument("run", metavar="RUN")
    one.add_argument("stage", metavar="STAGE", help=", ".join(STAGES))
    one.add_argument("--settings", default="{}", metavar="JSON", help="of the stage; default: its usual ones")
    one.add_argument(
        "--progress", action="store_true", help='print lines such as {"progress": 0.5} first, where the stage tells'
    )

    missing = command("refresh", _refresh, "compute and keep what stored runs lack: new scores, maps and clusters")
    missing.add_argument("runs", nargs="*", metavar="RUN", help="default: all")


def add_clustering(parser: ArgumentParser) -> None:
    """Options that choose clusters."""
    parser.add_argument("--clusters", type=int, default=DEFAULT_CLUSTERS, metavar="K")
    parser.add_argument("--clusterer", default=ClusteringConfig.method, metavar="NAME", help=", ".join(CLUSTERERS))
    parser.add_argument("--scaling", default=ClusteringConfig.scaling, metavar="NAME", help=", ".join(SCALINGS))
    parser.add_argument("--seed", type=int, default=0, help="of the clusterer")


def clustering_config(options: Namespace) -> ClusteringConfig:
    """What the options of `add_clustering` say."""
    return ClusteringConfig(options.clusters, options.scaling, options.seed, options.clusterer)


def _evaluate(options: Namespace) -> None:
    run = (
        core.get_run(options.run)
        if options.run is not None
        else core.find_run(options.dataset, options.loss, options.latent)
    )
    report = core.evaluate_run(run, clustering_config(options), options.split)
    names = dataset_info(run.config.dataset).class_names
    shown = ("accuracy", "purity", "hungarian", "nmi", "ari", "silhouette")
    scores = [{"score": key, "value": f"{report[key]:.4f}"} for key in shown if key in report]
    if (inside := report["share_clustered"]) < 1:
        scores.append({"score": "in a cluster", "value": percent(inside)})
    clusters = [{key: _cell(key, value) for key, value in row.items()} for row in report["clusters"]]
    confusion = [
        {"true \\ cluster says": name, **dict(zip(names, row, strict=True))}
        for name, row in zip(names, report.get("confusion", ()), strict=False)
    ]
    tables = "\n\n".join(format_table(rows) for rows in (scores, clusters, confusion) if rows)
    print_result(options, report, f"{run.id}, {options.split} images\n\n{tables}")


def _cell(key: str, value: Any) -> object:
    if value is None:
        return ""
    return percent(value) if key == "purity" else f"{value:.3f}" if isinstance(value, float) else value


def _project(options: Namespace) -> None:
    run = core.get_run(options.run)
    config = ProjectionConfig(options.method, options.neighbours, options.seed)
    points = core.project_run(run, config)
    print_result(
        options,
        {"run": run.id, "projection": config.name, "points": len(points)},
        f"{config.name} of {run.id}: {len(points)} points kept",
    )


def _compute(options: Namespace) -> None:
    run = core.get_run(options.run)
    try:
        given = json.loads(options.settings)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"--settings is {options.settings[:200]!r}, which is no JSON: {error}.") from error
    settings = read_settings(options.stage, given)
    with listening(_told) if options.progress else nullcontext():
        found = compute(run, options.stage, settings)
    arrays = {name: list(array.shape) for name, array in found.arrays.items()}
    data = {"run": run.id, "stage": options.stage, "settings": given, "values": found.values, "arrays": arrays}
    print_result(
        options, data, f"{options.stage} of {run.id} is kept{': ' if found.values else ''}{_said(found.values)}"
    )


def _told(done: int, total: int) -> None:
    print(json.dumps({"progress": round(done / total, 3)}), flush=True)


def _said(values: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _refresh(options: Namespace) -> None:
    if options.runs:
        runs = [core.get_run(name) for name in options.runs]
    else:
        runs, damaged = core.list_runs()
        for one in damaged:
            print(f"damaged: {one.reason}", file=sys.stderr)
    show = (lambda event: None) if options.json else Progress(plain=not sys.stderr.isatty())
    computed: dict[str, list[str]] = {}
    skipped: list[dict[str, str | None]] = []

    def note(event: dict[str, Any]) -> None:
        show(event)
        if event["event"] == "skipped":
            skipped.append({"run": run.id, "stage": event["stage"], "message": event["message"]})

    for number, run in enumerate(runs, 1):
        if not options.json:
            print(f"{run.id} ({number} of {len(runs)})", file=sys.stderr)
        try:
            computed[run.id] = refresh(run, note)
        except LatentLensError as error:
            if options.runs or isinstance(error, StorageWriteError):
                raise
            print(f"damaged: {error}", file=sys.stderr)  # told only when its files are read; the other runs go on
            skipped.append({"run": run.id, "stage": None, "message": str(error)})
    count = sum(map(len, computed.values()))
    text = f"{count} results computed for {len(runs)} runs, {len(skipped)} left out; all others were there."
    print_result(options, {"computed": computed, "skipped": skipped}, text)
