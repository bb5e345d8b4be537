"""Measure speed: `make bench`, or `make bench QUICK=1`. Prints one table and writes `build/bench.json`.

Every figure is a ratio to a reference measured beside it in the same run, where there is one: machines are noisy.
"""

import argparse
import html
import json
import os
import platform
import sys
import time
from pathlib import Path

from core.paths import ROOT
from core.tables import format_table
from tests.benchmarks import browsing, computing, load, looking, maps, pictures, precisions, training

PARTS = {
    "browsing": browsing, "looking": looking, "load": load, "maps": maps, "computing": computing, "training": training, "precisions": precisions,
    "pictures": pictures,
}  # fmt: skip


def write_report(path: Path, rows: list[dict]) -> None:
    """The table, and for the measures taken at several sizes a chart of cost against size."""
    import plotly.graph_objects as go

    groups: dict[str, list[dict]] = {}
    for one in rows:
        if "group" in one:
            groups.setdefault(f"{one['group']} ({one['unit']})", []).append(one)
    figure = go.Figure()
    for name, members in groups.items():
        figure.add_scatter(x=[one["size"] for one in members], y=[one["figure"] for one in members], name=name)
    figure.update_xaxes(title="points", type="log")
    figure.update_yaxes(title="cost", type="log")
    figure.update_layout(title="Cost as work grows", height=520)
    columns = [key for key in rows[0] if key not in ("size", "group")]
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(one[column]))}</td>" for column in columns) + "</tr>" for one in rows
    )
    style = "body{font-family:sans-serif;margin:2rem} td,th{padding:.2rem .8rem;text-align:left}"
    page = f"<!doctype html><meta charset='utf-8'><title>Latent Lens: speed</title><style>{style}</style>"
    chart = figure.to_html(full_html=False, include_plotlyjs=True) if groups else ""
    path.write_text(f"{page}<h1>Speed</h1><table><tr>{head}</tr>{body}</table>{chart}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer steps and repeats; under five minutes")
    parser.add_argument("--only", choices=list(PARTS))
    options = parser.parse_args()
    started = time.perf_counter()
    rows: list[dict] = []
    for name, module in PARTS.items():
        if options.only in (None, name):
            for row in module.measure(options.quick):
                rows.append(row)
                print(f"  {row['what']}: {row['figure']} {row['unit']}", file=sys.stderr, flush=True)
    print(format_table([{key: value for key, value in one.items() if key not in ("size", "group")} for one in rows]))
    report = {
        "machine": {"processor": platform.processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "seconds": round(time.perf_counter() - started, 1),
        "quick": options.quick,
        "rows": rows,
    }
    path = ROOT / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1))
    write_report(path.with_suffix(".html"), rows)
    print(f"{path} and {path.with_suffix('.html').name}: the same, with cost against size as charts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
