"""The command line: `python -m core`. Plain tables for people, `--json` for machines."""

import argparse
import json
import sys
import time

import core
from core.data import PUBLISHED, dataset_info, image_sets, load, source
from core.errors import JobCancelledError, LatentLensError
from core.keep.disk import refusals_told
from core.output import lasting_output
from core.paths import artifacts_folder
from core.settings import (
    ARCHITECTURES,
    DEFAULT_CLUSTERS,
    DEFAULT_LATENT,
    LOSS_NETWORKS,
    LOSSES,
    PROJECTIONS,
    SCALINGS,
    TAPS,
    ClusteringConfig,
    LossNetworkConfig,
    ProjectionConfig,
    RunConfig,
)
from core.tables import format_table, percent, seconds_text


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 1 could not be done, 2 unusable arguments, 130 interrupted.

    A reader that leaves early (`... | head`) is no error, and stops no work. Where anything else keeps the result from being
    printed, the status is 1.
    """
    with lasting_output() as (out, err):
        try:
            options = _parser().parse_args(arguments)
            status = _run(options)
        except SystemExit as asked:  # help or unusable arguments
            status = int(asked.code or 0)
        out.flush()
        if status == 0 and out.error is not None and not out.reader_has_left:
            print(
                f"error: Standard output did not take the whole result: {out.error.strerror}. What else was asked for is done.",
                file=err,
            )
            status = 1
    return status


def _run(options) -> int:
    try:
        with refusals_told(artifacts_folder()):
            options.run_command(options)
    except LatentLensError as error:
        if getattr(options, "events", False):
            print(json.dumps({"event": "failed", "error": type(error).__name__, "message": str(error)}), flush=True)
        elif getattr(options, "json", False):
            print(json.dumps({"error": type(error).__name__, "message": str(error)}))
        else:
            print(f"error: {error}", file=sys.stderr)
        return 130 if isinstance(error, JobCancelledError) else 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from the last whole epoch.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Train autoencoders and compare their losses.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, function, help_text: str, parent=commands) -> argparse.ArgumentParser:
        sub = parent.add_parser(name, help=help_text, description=help_text)
        sub.set_defaults(run_command=function)
        sub.add_argument("--json", action="store_true", help="print JSON for machines")
        return sub

    data = commands.add_parser("data", help="list or fetch datasets").add_subparsers(metavar="ACTION", required=True)
    command("list", _data_list, "list the datasets and where they were found", data)
    fetch = command("fetch", _data_fetch, "find or download, and verify, datasets", data)
    fetch.add_argument(
        "--dataset", action="append", metavar="NAME", help=f"one of {', '.join(PUBLISHED)}; default: all"
    )

    train = command("train", _train, "train an autoencoder and store the run")
    _add_run_choice(train, latent_default=DEFAULT_LATENT)
    train.add_argument("--epochs", type=int, metavar="N", help=_own("epochs"))
    train.add_argument("--images", type=int, metavar="N", help="learn from the first N training images; default: all")
    train.add_argument("--seed", type=int, default=RunConfig.seed)
    train.add_argument("--architecture", default=RunConfig.architecture, metavar="NAME", help=_names(ARCHITECTURES))
    train.add_argument("--batch-size", type=int, default=RunConfig.batch_size)
    train.add_argument("--learning-rate", type=float, default=RunConfig.learning_rate)
    train.add_argument("--tap", metavar="NAME", help=f"features the perceptual loss compares: {_names(TAPS)}")
    train.add_argument("--loss-network", metavar="NAME", help=f"perceptual loss only: {_names(LOSS_NETWORKS)}")
    train.add_argument("--loss-network-epochs", type=int, metavar="N", help=_own("epochs"))
    train.add_argument("--loss-network-images", type=int, metavar="N", help="default: all")
    train.add_argument("--loss-network-seed", type=int, metavar="N", help="default: 0")
    train.add_argument("--events", action="store_true", help="print one JSON object per event, a line each")

    command("runs", _runs, "list all runs")
    show = command("show", _show, "settings, scores, history and files of a run")
    show.add_argument("run", metavar="RUN")

    evaluate = command("evaluate", _evaluate, "cluster a run's embeddings and score the clusters")
    _add_run_choice(evaluate, latent_default=DEFAULT_LATENT)
    evaluate.add_argument("--run", metavar="RUN", help="a run id, in place of dataset, loss and latent size")
    evaluate.add_argument("--clusters", type=int, default=DEFAULT_CLUSTERS, metavar="K")
    evaluate.add_argument("--scaling", default="unit", metavar="NAME", help=_names(SCALINGS))
    evaluate.add_argument("--seed", type=int, default=0, help="of k-means")
    evaluate.add_argument("--split", default="test", metavar="NAME", help="test or train")

    project = command("project", _project, "compute and keep a 2-D map of a run's test embeddings")
    project.add_argument("run", metavar="RUN")
    project.add_argument("--method", default="tsne", metavar="NAME", help=_names(PROJECTIONS))
    project.add_argument("--neighbours", type=int, metavar="N", help="t-SNE's perplexity or UMAP's neighbours")
    project.add_argument("--seed", type=int, default=0)

    delete = command("delete", _delete, "delete a run that was trained here")
    delete.add_argument("run", metavar="RUN")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _add_run_choice(parser: argparse.ArgumentParser, latent_default: int) -> None:
    parser.add_argument("--dataset", default="fashion_mnist", metavar="NAME", help=", ".join(PUBLISHED))
    parser.add_argument("--loss", default="perceptual", metavar="NAME", help=_names(LOSSES))
    parser.add_argument("--latent", type=int, default=latent_default, metavar="N", help="latent size, 1 to 256")


def _names(registry) -> str:
    return ", ".join(registry)


def _own(setting: str) -> str:
    """The help of a setting whose default is each dataset's own."""
    return "default: " + ", ".join(f"{getattr(info, setting):g} for {name}" for name, info in image_sets().items())


def _print(options, data, text: str) -> None:
    print(json.dumps(data, indent=1) if options.json else text)


def _data_list(options) -> None:
    rows = []
    for name, info in image_sets().items():
        where = source(name).where() or "not found"
        rows.append(
            {"dataset": name, "train": info.train_size, "test": info.test_size, "licence": info.licence, "where": where}
        )
    _print(options, rows, format_table(rows))


def _data_fetch(options) -> None:
    rows = []
    for name in options.dataset or list(PUBLISHED):
        dataset = load(name, progress=not options.json)
        rows.append(
            {
                "dataset": name,
                "train": len(dataset.train_images),
                "test": len(dataset.test_images),
                "verified": "sha256" if getattr(source(name), "sha256", None) else "part of scikit-learn",
                "where": source(name).where(),
            }
        )
    _print(options, rows, format_table(rows))


def _config(options) -> RunConfig:
    given = {
        "architecture": options.loss_network,
        "epochs": options.loss_network_epochs,
        "images": options.loss_network_images,
        "seed": options.loss_network_seed,
    }
    given = {name: value for name, value in given.items() if value is not None}
    network = LossNetworkConfig(dataset=options.dataset, **given) if given else None
    return RunConfig(
        dataset=options.dataset,
        loss=options.loss,
        latent=options.latent,
        epochs=options.epochs,
        images=options.images,
        seed=options.seed,
        architecture=options.architecture,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        tap=options.tap,
        loss_network=network,
    )


def _train(options) -> None:
    config = _config(options)
    if options.events:
        core.train_run(config, on_event=lambda event: print(json.dumps(event), flush=True))
        return
    started = time.perf_counter()
    quiet = options.json or not sys.stderr.isatty()
    run = core.train_run(config, on_event=(lambda event: None) if options.json else Progress(quiet))
    seconds = time.perf_counter() - started
    scores = run.metrics["clustering"]
    text = (
        f"{run.id}  ({seconds_text(seconds)})\n"
        f"accuracy {percent(scores['accuracy'])} of unseen test images with {scores['clusters']} clusters, "
        f"scaling {scores['scaling']}; reconstruction MSE {run.metrics['reconstruction_mse']:.4f}"
    )
    _print(options, {"run": run.id, "seconds": round(seconds, 1), "metrics": run.metrics}, text)


class Progress:
    """Draw events on the terminal: a bar with images/s and time left; whole lines where there is no terminal."""

    def __init__(self, plain: bool):
        self.plain = plain

    def __call__(self, event: dict) -> None:
        if event["event"] == "stage":
            self._line(event["stage"])
        elif event["event"] == "resumed":
            self._line(f"  going on after epoch {event['epoch']} of {event['epochs']}")
        elif event["event"] == "epoch":
            shown = {
                key: value for key, value in event.items() if key in ("loss", "validation_loss", "validation_accuracy")
            }
            figures = "  ".join(f"{key.replace('_', ' ')} {value:.4f}" for key, value in shown.items())
            self._line(
                f"  epoch {event['epoch']}/{event['epochs']}  {figures}  {event['images_per_second']:.0f} images/s"
            )
        elif event["event"] == "progress" and not self.plain:
            share = event["done"] / max(1, event["total"])
            bar = "#" * round(30 * share)
            rate = f"  {event['images_per_second']:.0f} images/s" if "images_per_second" in event else ""
            left = f"  {seconds_text(event['seconds_left'])} left" if "seconds_left" in event else ""
            print(f"\r\033[K  [{bar:<30}] {share:4.0%}{rate}{left}", end="", file=sys.stderr, flush=True)

    def _line(self, text: str) -> None:
        print(text if self.plain else f"\r\033[K{text}", file=sys.stderr, flush=True)


def _runs(options) -> None:
    runs, damaged = core.list_runs()
    rows = [
        {
            "run": run.id,
            "epochs": run.config.epochs,
            "images": run.config.images,
            "accuracy": run.metrics["clustering"]["accuracy"],
            "mse": run.metrics["reconstruction_mse"],
            "seconds": round(sum(run.summary["timings"].values())),
            "origin": "bundled" if run.bundled else "trained here",
        }
        for run in runs
    ]
    if options.json:
        broken = [{"path": str(one.path), "reason": one.reason} for one in damaged]
        print(json.dumps({"runs": rows, "damaged": broken}, indent=1))
        return
    shown = [{**row, "accuracy": percent(row["accuracy"]), "mse": f"{row['mse']:.4f}"} for row in rows]
    print(format_table(shown) if shown else "No runs yet. `python -m core train --help` tells how to make one.")
    for one in damaged:
        print(f"damaged: {one.reason}", file=sys.stderr)


def _show(options) -> None:
    run = core.get_run(options.run)
    run.verify()
    data = {
        "run": run.id,
        "path": str(run.path),
        "bundled": run.bundled,
        "config": run.config.to_json(),
        **run.summary,
        "history": run.history,
        "projections": run.projections(),
        "bytes": run.size,
    }
    flat = {**data["config"], **{key: value for key, value in run.metrics.items() if not isinstance(value, dict)}}
    flat |= {f"clustering {key}": value for key, value in run.metrics["clustering"].items()}
    rows = [
        {"setting": key, "value": f"{value:.4f}" if isinstance(value, float) else value} for key, value in flat.items()
    ]
    curve = [
        {key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()}
        for row in run.history
    ]
    _print(options, data, f"{run.id}\n{run.path}\n\n{format_table(rows)}\n\n{format_table(curve)}")


def _evaluate(options) -> None:
    run = (
        core.get_run(options.run)
        if options.run is not None
        else core.find_run(options.dataset, options.loss, options.latent)
    )
    config = ClusteringConfig(clusters=options.clusters, scaling=options.scaling, seed=options.seed)
    report = core.evaluate_run(run, config, options.split)
    names = dataset_info(run.config.dataset).class_names
    scores = [
        {"score": key, "value": f"{report[key]:.4f}"} for key in ("accuracy", "purity", "hungarian", "nmi", "ari")
    ]
    clusters = [
        {**row, "purity": "" if row["purity"] is None else percent(row["purity"])} for row in report["clusters"]
    ]
    confusion = [
        {"true \\ cluster says": name, **dict(zip(names, row, strict=True))}
        for name, row in zip(names, report["confusion"], strict=True)
    ]
    text = f"{run.id}, {options.split} images\n\n{format_table(scores)}\n\n{format_table(clusters)}\n\n{format_table(confusion)}"
    _print(options, report, text)


def _project(options) -> None:
    run = core.get_run(options.run)
    config = ProjectionConfig(options.method, options.neighbours, options.seed)
    points = core.project_run(run, config)
    _print(
        options,
        {"run": run.id, "projection": config.name, "points": len(points)},
        f"{config.name} of {run.id}: {len(points)} points kept",
    )


def _delete(options) -> None:
    run_id = options.run
    if not options.yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise core.errors.InvalidInputError("Deleting asks first, and there is no terminal. Add --yes to delete.")
        try:
            answer = input(f"Delete run {run_id}? It cannot be brought back. [y/N] ")
        except (EOFError, OSError, UnicodeDecodeError):
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return
    core.delete_run(run_id)
    _print(options, {"deleted": run_id}, f"Deleted {run_id}.")


if __name__ == "__main__":
    sys.exit(main())
