"""The commands that set runs side by side: compare, image."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

import core
from core.comparison import NEAREST, check_same_images, comparison_report, image_report
from core.result_commands import add_clustering, clustering_config
from core.stages.neighbours import NeighboursConfig
from core.tables import format_table, percent
from core.terminal import print_result


def add(command: Callable[..., ArgumentParser]) -> None:
    """Add the commands; `command` makes one."""
    compare = command("compare", _compare, "what two runs' clusters and latent spaces say of the same images")
    compare.add_argument("run_a", metavar="RUN_A")
    compare.add_argument("run_b", metavar="RUN_B")
    compare.add_argument("--split", default="test", metavar="NAME", help="test or train")
    add_clustering(compare)

    image = command("image", _image, "what runs say of one image: its cluster and its nearest images")
    image.add_argument("index", type=int, metavar="INDEX", help="of the image in its split, from 0")
    image.add_argument("--run", action="append", required=True, metavar="RUN", help="may be given several times")
    image.add_argument("--split", default="test", metavar="NAME", help="test or train")
    add_clustering(image)


def _compare(options: Namespace) -> None:
    runs = core.get_run(options.run_a), core.get_run(options.run_b)
    report = comparison_report(*runs, clustering_config(options), options.split)
    print_result(options, report, _compared(report))


def _compared(report: dict[str, Any]) -> str:
    images = report["images"]
    facts = [
        (f"named differently, of {images}", report["named_differently"]),
        ("named right by A alone", report["right_only_a"]),
        ("named right by B alone", report["right_only_b"]),
        ("named right by both", report["right_both"]),
        ("named right by none", report["right_none"]),
        (f"overlap of the {NeighboursConfig.count} nearest", _shown(report["neighbour_overlap"])),
        *(
            (f"of own class among the {NEAREST} nearest, {name.upper()}", f"{value:.2f}")
            for name, value in (report["neighbours_same_class"] or {}).items()
        ),
        *(
            (f"in no cluster of {'both' if name == 'both' else name.upper()}", value)
            for name, value in report.get("noise", {}).items()
        ),
        *((name, _shown(report[name])) for name in ("ari", "nmi", "v_measure")),
    ]
    parts = [
        f"A  {report['run_a']}\nB  {report['run_b']}",
        format_table([{"figure": name, "value": value} for name, value in facts if value is not None]),
    ]
    if report["classes"]:
        rows = [
            {**one, "share_a": percent(one["share_a"]), "share_b": percent(one["share_b"])} for one in report["classes"]
        ]
        parts.append(format_table(rows))
    parts.append(
        format_table([{"cluster of A": mine, "fits cluster of B": theirs} for mine, theirs in report["matched"]])
    )
    return "\n\n".join(part for part in parts if part)


def _image(options: Namespace) -> None:
    config = clustering_config(options)
    runs = [core.get_run(name) for name in options.run]
    check_same_images(runs)
    report = {run.id: image_report(run, options.split, options.index, config) for run in runs}
    print_result(options, report, "\n\n".join(_described(run_id, one) for run_id, one in report.items()))


def _described(run_id: str, one: dict[str, Any]) -> str:
    own = f", {one['class']}" if one["class"] else ""
    cluster = "in no cluster" if one["cluster"] < 0 else f"in cluster {one['cluster']}"
    named = f" ({one['label']})" if one["label"] else ""
    places = "; ".join(
        f"{name} {_shown(one[key])}"
        for name, key in (("distance to its middle", "distance"), ("to the next", "second_distance"))
        if one[key] is not None
    )
    rows = [{**near, "distance": _shown(near["distance"])} for near in one["neighbours"]]
    if not own:
        rows = [{key: value for key, value in row.items() if key != "class"} for row in rows]
    return f"{run_id}\n{one['image']}{own}: {cluster}{named}\n{places}\n\n{format_table(rows)}"


def _shown(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"
