"""The command that takes runs away into other tools: export."""

import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

import core
from core import export
from core.checks import check_name
from core.errors import InvalidInputError
from core.keep import namings
from core.keep.files import write_bytes
from core.keep.run import Run
from core.result_commands import add_clustering, clustering_config
from core.settings import PROJECTIONS, ProjectionConfig
from core.stages import kept
from core.terminal import print_result

FORMATS = {
    "parquet": "a table that Embedding Atlas and data frames open",
    "projector": "a zip of the files that TensorBoard's projector opens",
    "notebook": "a Jupyter notebook that goes on from these runs",
}


def add(command: Callable[..., ArgumentParser]) -> None:
    """Add the command; `command` makes one."""
    take = command("export", _export, "take test images under one or several runs into other tools")
    take.add_argument("runs", nargs="+", metavar="RUN")
    take.add_argument(
        "--format",
        default="parquet",
        metavar="NAME",
        help="; ".join(f"{name}: {what}" for name, what in FORMATS.items()),
    )
    take.add_argument("--out", required=True, metavar="PATH", help="the file to write; one that is there is replaced")
    take.add_argument(
        "--map", action="append", metavar="NAME",
        help=f"{', '.join(PROJECTIONS)}; may be given several times, and is computed where needed; default: all that are kept",
    )  # fmt: skip
    add_clustering(take)


def _export(options: Namespace) -> None:
    check_name("format", options.format, FORMATS)
    path = _file(options.out)
    runs, config = [core.get_run(name) for name in options.runs], clustering_config(options)
    export.run_names(runs)  # raises for runs that cannot go together, before anything is computed
    projections = _maps(runs, options.map)
    names = {run.id: namings.get(run.config.dataset, run.id, config).names for run in runs}
    if options.format == "parquet":
        content = export.parquet_bytes(export.embeddings_table(runs, config, projections, cluster_names=names))
        then = export.atlas_command(options.out, runs, projections)
    elif options.format == "projector":
        content = export.projector_zip(runs, config, projections, cluster_names=names)
        then = "tensorboard --logdir FOLDER, the folder that it is unpacked into, and /#projector there"
    else:
        content, then = export.notebook(runs, config, projections), shlex.join(["jupyter", "lab", options.out])
    write_bytes(Path(os.path.realpath(path)), content, setting="--out")  # what a link leads to, not the link
    data = {
        "path": str(path),
        "format": options.format,
        "bytes": len(content),
        "runs": [run.id for run in runs],
        "maps": [one.name for one in projections],
        "open_with": then,
    }
    size = f"{len(content) / 1e6:.1f} MB" if len(content) >= 100_000 else f"{len(content) / 1e3:.1f} kB"
    print_result(options, data, f"{path} ({size}). To open it: {then}")


def _file(given: str) -> Path:
    """The file to write. Raises InvalidInputError, before anything is computed, for a folder or what is no file, as a device."""
    path = Path(given)
    if path.is_dir() or (path.exists() and not path.is_file()):
        what = "a folder" if path.is_dir() else "no regular file"
        raise InvalidInputError(f"--out is {given!r}, which is {what}. Expected the name of the file to write.")
    return path


def _maps(runs: Sequence[Run], asked: Sequence[str] | None) -> list[ProjectionConfig]:
    """The maps to take: those asked for, which are computed where they are not kept yet, or of the default ones all that are kept."""
    if asked:
        projections = [ProjectionConfig(name) for name in dict.fromkeys(asked)]
        for run in runs:
            for one in projections:
                core.project_run(run, one)
        return projections
    default = [ProjectionConfig(name) for name in PROJECTIONS]
    return [one for one in default if all(kept(run, "map", one) for run in runs)]
