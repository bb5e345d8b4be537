"""The commands for image sets: list, fetch, preview, add, rename, remove."""

import json
import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Callable
from typing import Any

from core.data import PUBLISHED, ImageSetInfo, damaged_sets, image_sets, load, own, source
from core.data.digits import Digits
from core.data.own import Added, Adding, Preview, Skipped
from core.errors import InvalidInputError, JobCancelledError
from core.tables import format_table
from core.terminal import Progress, confirmed, print_result


def add(commands: Any, command: Callable[..., ArgumentParser]) -> None:
    """Add `data` and its actions to `commands`; `command` makes one."""
    text = "list, fetch, add, rename or remove image sets"
    data = commands.add_parser("data", help=text, description=text).add_subparsers(metavar="ACTION", required=True)
    command("list", _list, "list the image sets and where they were found", data)
    fetch = command("fetch", _fetch, "find or download, and verify, published image sets", data)
    fetch.add_argument(
        "--dataset", action="append", metavar="NAME", help=f"one of {', '.join(PUBLISHED)}; default: all"
    )

    preview = command("preview", _preview, "tell what adding pictures would come to, and add nothing", data)
    _add_choices(preview)
    adding = command("add", _add, "add pictures of your own as an image set", data)
    adding.add_argument("name", metavar="NAME", help="by which people find it")
    _add_choices(adding)
    adding.add_argument("--events", action="store_true", help="print one JSON object per event, a line each")

    rename = command("rename", _rename, "give an image set of your own another name", data)
    rename.add_argument("set", metavar="SET", help="its id or its name")
    rename.add_argument("name", metavar="NAME", help="the new one")
    remove = command("remove", _remove, "remove an image set of your own", data)
    remove.add_argument("set", metavar="SET", help="its id or its name")
    remove.add_argument("--runs", action="store_true", help="remove the runs on it too")
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _add_choices(parser: ArgumentParser) -> None:
    default = Adding("anywhere")
    parser.add_argument("source", metavar="PATH", help="a folder, or a zip, Parquet, .npy, .npz or IDX file")
    parser.add_argument(
        "--size", type=int, metavar="PIXELS",
        help=f"side of a picture, one of {', '.join(map(str, own.SIZES))}; default: its own where it is one of these, else {own.SIZES[0]}",
    )  # fmt: skip
    colour = parser.add_mutually_exclusive_group()
    colour.add_argument("--colour", action="store_true", default=None, help="default: where any picture has colour")
    colour.add_argument("--grey", dest="colour", action="store_false")
    parser.add_argument(
        "--labels", metavar="WHAT",
        help="`folder`, `none`, a CSV of file names and labels, an array of labels, or a Parquet column; default: what is there",
    )  # fmt: skip
    test = parser.add_mutually_exclusive_group()
    test.add_argument("--test", metavar="PATH", help="pictures for testing")
    test.add_argument(
        "--split",
        type=float,
        default=default.split,
        metavar="SHARE",
        help=f"drawn for testing; default: {default.split}",
    )
    parser.add_argument("--ground", default="white", metavar="COLOUR", help="under transparent parts; default: white")
    fit = parser.add_mutually_exclusive_group()
    fit.add_argument("--fit", action="store_const", const="fit", default="fit", help=own.FITS["fit"] + "; the default")
    fit.add_argument("--crop", dest="fit", action="store_const", const="crop", help=own.FITS["crop"])
    parser.add_argument(
        "--mirror", action=BooleanOptionalAction, default=False, help="a mirrored picture is still one of its class"
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="of the split")


def _choices(options: Namespace) -> Adding:
    names = ("size", "colour", "labels", "test", "split", "ground", "fit", "mirror", "seed")
    return Adding(options.source, getattr(options, "name", ""), **{name: getattr(options, name) for name in names})


def _list(options: Namespace) -> None:
    rows = [
        {
            "dataset": name, "title": info.title, "pixels": "x".join(map(str, info.shape)),
            "classes": len(info.class_names), "train": info.train_size, "test": info.test_size, "licence": info.licence,
            "where": source(name).where() or "not found",
        }
        for name, info in image_sets().items()
    ]  # fmt: skip
    print_result(options, rows, format_table(rows))
    for one in damaged_sets():
        print(f"damaged: {one.reason}", file=sys.stderr)


def _fetch(options: Namespace) -> None:
    rows = []
    for name in options.dataset or list(PUBLISHED):
        images, found = load(name, progress=not options.json), source(name)
        rows.append(
            {
                "dataset": name,
                "train": len(images.train_images),
                "test": len(images.test_images),
                "verified": "part of scikit-learn" if isinstance(found, Digits) else "sha256",
                "where": found.where(),
            }
        )
    print_result(options, rows, format_table(rows))


def _preview(options: Namespace) -> None:
    found = own.preview(_choices(options))
    print_result(options, _preview_json(found), preview_text(found))


def _add(options: Namespace) -> None:
    adding = _choices(options)
    try:
        if options.events:
            added = own.add_pictures(adding, on_event=lambda event: print(json.dumps(event), flush=True))
            print(json.dumps({"event": "done", "made": added.info.name}), flush=True)
            return
        told = None if options.json else own.preview(adding)
        if told:
            print(preview_text(told), flush=True)
        progress = Progress(plain=not sys.stderr.isatty())
        added = own.add_pictures(adding, on_event=(lambda event: None) if options.json else progress)
    except KeyboardInterrupt:
        raise JobCancelledError("Interrupted. Nothing was added.") from None
    data = {
        "dataset": added.info.name, "title": added.info.title, "new": added.is_new, "train": added.info.train_size,
        "test": added.info.test_size, "skipped": _skipped_json(added.skipped), "notes": added.notes,
    }  # fmt: skip
    print_result(options, data, _added_text(added, told_already=told is not None and told.exact))


def _rename(options: Namespace) -> None:
    info = own.rename(_id_of(options.set), options.name)
    print_result(options, {"dataset": info.name, "title": info.title}, f"{info.name} is now {info.title!r}.")


def _remove(options: Namespace) -> None:
    name = _id_of(options.set)
    runs = own.runs_on(name)
    also = (
        f" and {len(runs)} {'run' if len(runs) == 1 else 'runs'} ({', '.join(runs)})" if runs and options.runs else ""
    )
    if confirmed(options, f"Remove the image set {name}{also}? It cannot be brought back."):
        removed = own.remove(name, runs=options.runs)
        print_result(options, {"removed": name, "runs": removed}, f"Removed {name}{also}.")


def _id_of(given: str) -> str:
    """The id of a set of the user's own, given that or its title."""
    if given in PUBLISHED:
        raise InvalidInputError(
            f"{given!r} is a published image set. Only those that were added here are renamed or removed."
        )
    sets = image_sets()
    titles = {info.title.casefold(): name for name, info in sets.items() if info.own}
    return given if given in sets else titles.get(given.casefold(), given)


def preview_text(found: Preview) -> str:
    """A preview for people, in lines."""
    height, width, channels = found.shape
    small, large = (f"{one[0]} x {one[1]}" for one in (found.smallest, found.largest))
    lines = [
        f"{found.found:,} pictures ({found.kind})"
        + ("" if found.exact else f", {found.looked_at:,} of them looked at"),
        f"from {small} to {large} pixels: {'; '.join(f'{count:,} {kind}' for kind, count in found.kinds.items())}",
        f"to be seen as {width} x {height} pixels, {'in colour' if channels == 3 else 'grey'}",
        f"{'' if found.exact else 'about '}{found.train_size:,} to learn from ({found.validation_size:,} of them for choices), "
        f"{found.test_size:,} to test on; {found.epochs} epochs",
        _classes_text(found.class_counts),
    ]
    return "\n".join([*lines, *_skipped_lines(found.skipped), *found.notes])


def _classes_text(counts: dict[str, int], most: int = 20) -> str:
    if not counts:
        return "no labels"
    shown = ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:most])
    return f"{len(counts):,} classes: {shown}{', …' if len(counts) > most else ''}"


def _skipped_lines(skipped: tuple[Skipped, ...]) -> list[str]:
    return [
        f"skipped: {one.count:,} {one.reason}: {'; '.join(one.first)}{'; …' * (one.count > len(one.first))}"
        for one in skipped
    ]


def _added_text(added: Added, told_already: bool) -> str:
    info: ImageSetInfo = added.info
    if not added.is_new:
        return added.notes[-1]
    return "\n".join(
        [
            *([] if told_already else _skipped_lines(added.skipped)),
            f"Added {info.title!r} as {info.name}: {info.train_size:,} pictures to learn from, {info.test_size:,} to test on.",
            f"Train on it with `python -m core train --dataset {info.name} --loss mse`.",
        ]
    )


def _skipped_json(skipped: tuple[Skipped, ...]) -> list[dict[str, object]]:
    return [{"reason": one.reason, "count": one.count, "first": one.first} for one in skipped]


def _preview_json(found: Preview) -> dict[str, object]:
    left_out = ("samples", "skipped")
    facts = {name: value for name, value in vars(found).items() if name not in left_out}
    return {**facts, "exact": found.exact, "skipped": _skipped_json(found.skipped)}
