"""The command line: `python -m core`. Plain tables for people, `--json` for machines."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import core
from core import compare_commands, data_commands, export_commands, result_commands
from core.data import PUBLISHED
from core.errors import JobCancelledError, LatentLensError
from core.keep.disk import refusals_told
from core.output import lasting_output
from core.paths import artifacts_folder
from core.settings import (
    ARCHITECTURES,
    DEFAULT_LATENT,
    LOSS_NETWORKS,
    LOSSES,
    TAPS,
    LossNetworkConfig,
    RunConfig,
)
from core.stages import kept
from core.tables import format_table, percent, seconds_text
from core.terminal import Progress, confirmed, print_result, shown_score


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


def _run(options: argparse.Namespace) -> int:
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
        print(
            "\nInterrupted. The same command goes on from what was kept: the last whole epoch, or the last result.",
            file=sys.stderr,
        )
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Train autoencoders and compare their losses.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, function: Callable[[argparse.Namespace], None], help_text: str, parent: Any = commands
    ) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = parent.add_parser(name, help=help_text, description=help_text)
        sub.set_defaults(run_command=function)
        sub.add_argument("--json", action="store_true", help="print JSON for machines")
        return sub

    data_commands.add(commands, command)

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

    result_commands.add(command, _add_run_choice)
    compare_commands.add(command)
    export_commands.add(command)

    delete = command("delete", _delete, "delete a run that was trained here")
    delete.add_argument("run", metavar="RUN")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _add_run_choice(parser: argparse.ArgumentParser, latent_default: int) -> None:
    parser.add_argument("--dataset", default="fashion_mnist", metavar="NAME", help=", ".join(PUBLISHED))
    parser.add_argument("--loss", default="perceptual", metavar="NAME", help=_names(LOSSES))
    parser.add_argument("--latent", type=int, default=latent_default, metavar="N", help="latent size, 1 to 256")


def _names(registry: Iterable[str]) -> str:
    return ", ".join(registry)


def _own(setting: str) -> str:
    """The help of a setting whose default is each dataset's own."""
    published = [(name, one.info) for name, one in PUBLISHED.items()]
    return "default: " + ", ".join(f"{getattr(info, setting):g} for {name}" for name, info in published)


def _config(options: argparse.Namespace) -> RunConfig:
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


def _train(options: argparse.Namespace) -> None:
    config = _config(options)
    if options.events:
        core.train_run(config, on_event=lambda event: print(json.dumps(event), flush=True))
        return
    started = time.perf_counter()
    quiet = options.json or not sys.stderr.isatty()
    run = core.train_run(config, on_event=(lambda event: None) if options.json else Progress(quiet))
    seconds = time.perf_counter() - started
    scores = run.metrics["clustering"]
    found = (
        f"accuracy {percent(scores['accuracy'])} of"
        if "accuracy" in scores
        else f"silhouette {scores['silhouette']:.3f} of"
    )
    text = (
        f"{run.id}  ({seconds_text(seconds)})\n"
        f"{found} unseen test images with {scores['clusters']} clusters, "
        f"scaling {scores['scaling']}; reconstruction MSE {run.metrics['reconstruction_mse']:.4f}"
    )
    print_result(options, {"run": run.id, "seconds": round(seconds, 1), "metrics": run.metrics}, text)


def _runs(options: argparse.Namespace) -> None:
    runs, damaged = core.list_runs()
    rows: list[dict[str, Any]] = [
        {
            "run": run.id,
            "epochs": run.config.epochs,
            "images": run.config.images,
            "accuracy": run.score("clustering", "accuracy"),
            "mse": run.score("reconstruction_mse"),
            "seconds": round(sum(run.summary["timings"].values())),
            "origin": "bundled" if run.bundled else "trained here",
        }
        for run in runs
    ]
    if options.json:
        broken = [{"path": str(one.path), "reason": one.reason} for one in damaged]
        print(json.dumps({"runs": rows, "damaged": broken}, indent=1))
        return
    shown = [{**row, "accuracy": shown_score(row["accuracy"], percent), "mse": shown_score(row["mse"])} for row in rows]
    print(format_table(shown) if shown else "No runs yet. `python -m core train --help` tells how to make one.")
    for one in damaged:
        print(f"damaged: {one.reason}", file=sys.stderr)


def _show(options: argparse.Namespace) -> None:
    run = core.get_run(options.run)
    run.verify()
    readout = kept(run, "readout")
    data: dict[str, Any] = {
        "run": run.id,
        "path": str(run.path),
        "bundled": run.bundled,
        "config": run.config.to_json(),
        **run.summary,
        "metrics": run.metrics,
        "history": run.history,
        "projections": run.projections(),
        "readout": readout.values if readout else None,
        "bytes": run.size,
    }
    flat = {**data["config"], **{key: value for key, value in run.metrics.items() if not isinstance(value, dict)}}
    flat |= {f"clustering {key}": value for key, value in run.metrics.get("clustering", {}).items()}
    flat |= {f"read-out {key}": value for key, value in (readout.values if readout else {}).items()}
    rows = [
        {"setting": key, "value": f"{value:.4f}" if isinstance(value, float) else value} for key, value in flat.items()
    ]
    curve = [
        {key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()}
        for row in run.history
    ]
    print_result(options, data, f"{run.id}\n{run.path}\n\n{format_table(rows)}\n\n{format_table(curve)}")


def _delete(options: argparse.Namespace) -> None:
    run_id = options.run
    if not confirmed(options, f"Delete run {run_id}? It cannot be brought back."):
        return
    core.delete_run(run_id)
    print_result(options, {"deleted": run_id}, f"Deleted {run_id}.")


if __name__ == "__main__":
    sys.exit(main())
