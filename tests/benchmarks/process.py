"""Run a part of a benchmark in a process of its own, so that none warms or fills the memory of another."""

import json
import os
import subprocess
import sys
import tempfile

from core.paths import ROOT


def run_python(arguments: list[str], **environment: str) -> tuple[str, int]:
    """What a Python process prints, and its largest resident memory in bytes. Raises RuntimeError when it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
            stdout=out, stderr=err,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {err.read()[-2000:]}")
        return out.read(), usage.ru_maxrss * 1024


def run_json(module: str, *arguments: str, **environment: str) -> dict:
    """The JSON object that a module of the benchmarks prints in its last line."""
    return json.loads(run_python(["-m", f"tests.benchmarks.{module}", *arguments], **environment)[0].splitlines()[-1])
