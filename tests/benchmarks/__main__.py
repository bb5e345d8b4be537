"""Measure speed: `make bench`, or `make bench QUICK=1`. Prints one table and writes `build/bench.json`.

Every figure is a ratio to a reference measured beside it in the same run, where there is one: machines are noisy.
"""

import argparse
import json
import os
import platform
import sys
import time

from core.paths import ROOT
from core.tables import format_table
from tests.benchmarks import browsing, computing, training


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer steps and repeats; under five minutes")
    parser.add_argument("--only", choices=["browsing", "computing", "training"])
    options = parser.parse_args()
    started = time.perf_counter()
    rows: list[dict] = []
    for module in (browsing, computing, training):
        name = module.__name__.rsplit(".", 1)[1]
        if options.only in (None, name):
            for row in module.measure(options.quick):
                rows.append(row)
                print(f"  {row['what']}: {row['figure']} {row['unit']}", file=sys.stderr, flush=True)
    print(format_table(rows))
    report = {
        "machine": {"processor": platform.processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "seconds": round(time.perf_counter() - started, 1),
        "quick": options.quick,
        "rows": rows,
    }
    path = ROOT / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
