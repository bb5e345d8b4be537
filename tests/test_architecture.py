"""Who may import whom, as the table in ARCHITECTURE.md says; and that importing is light, also where there is no Unix."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from core.paths import ROOT

# Loaded at once only by the packages named; by all others inside the function that needs them, or never.
HEAVY = {
    "keras": ("learn",), "tensorflow": (), "umap": (), "openTSNE": (), "numba": (), "onnx": (), "tf2onnx": (), "onnxruntime": (), "pooch": (),
    "pyarrow": (), "pandas": ("dashboard",), "sklearn": ("analyse",), "scipy": ("analyse",), "plotly": ("dashboard",),
}  # fmt: skip
FILES = [
    path
    for folder in ("core", "dashboard")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "__pycache__" not in path.parts
]


class Package(NamedTuple):
    """A row of the table."""

    places: tuple[str, ...]
    at_once: set[str]
    in_functions: set[str]


class Import(NamedTuple):
    path: Path
    module: str
    in_function: bool

    @property
    def words(self) -> str:
        return f"{self.path.relative_to(ROOT)} imports {self.module}{' in a function' * self.in_function}"


def table() -> dict[str, Package]:
    rows = re.findall(
        r"^\| \*\*(\w+)\*\*: (.*?) \|.*\| ?(.*?) ?\|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE
    )
    packages = {}
    for name, places, allowed in rows:
        names = allowed.split(", ") if allowed else []
        at_once = {one for one in names if one[0] != "*"}
        packages[name] = Package(tuple(re.findall(r"`(.*?)`", places)), at_once, {one.strip("*") for one in names})
    return packages


def package_of(path: Path, packages: dict[str, Package]) -> str | None:
    """The package whose place is the closest to the file."""
    name = path.relative_to(ROOT).as_posix()
    places = {place: package for package, row in packages.items() for place in row.places}
    found = [place for place in places if name == place or (place.endswith("/") and name.startswith(place))]
    return places[max(found, key=len)] if found else None


def imports(path: Path) -> Iterator[Import]:
    """What a file imports when it runs; what only a type checker reads is left out."""

    def walk(node: ast.AST, in_function: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                yield from (Import(path, alias.name, in_function) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path} imports by a relative name"
                yield from (Import(path, f"{child.module}.{alias.name}", in_function) for alias in child.names)
            else:
                yield from walk(child, in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))

    return walk(ast.parse(path.read_text()), False)


def file_of(module: str) -> Path | None:
    """The file of a module of this project, or of the module that a name is in."""
    for name in (module, module.rpartition(".")[0]):
        stem = ROOT.joinpath(*name.split("."))
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path
    return None


def test_every_file_is_in_the_table():
    packages = table()
    assert [str(path) for path in FILES if package_of(path, packages) is None] == []
    places = [place for row in packages.values() for place in row.places]
    assert [place for place in places if not (ROOT / place).exists()] == []
    assert set().union(*(row.in_functions for row in packages.values())) <= packages.keys()


def test_packages_import_only_what_the_table_allows():
    packages, wrong = table(), []
    for path in FILES:
        own = package_of(path, packages)
        for one in imports(path):
            if (target := file_of(one.module)) is None or (other := package_of(target, packages)) == own:
                continue
            row = packages[own]
            if other not in (row.in_functions if one.in_function else row.at_once):
                wrong.append(f"{one.words}: {own} may not import {other}")
    assert wrong == []


def test_heavy_libraries_are_loaded_by_those_alone_that_may():
    packages, wrong = table(), []
    for path in FILES:
        own = package_of(path, packages)
        for one in imports(path):
            library = one.module.partition(".")[0]
            if not one.in_function and own not in HEAVY.get(library, (own,)):
                wrong.append(one.words)
    assert wrong == []


def test_core_never_imports_streamlit_and_pages_never_keras():
    for folder, never in (("core", {"streamlit", "dashboard"}), ("dashboard", {"keras", "tensorflow"})):
        found = [one.words for path in FILES if ROOT / folder in path.parents for one in imports(path) if one.module.partition(".")[0] in never]  # fmt: skip
        assert found == []


# What Python has on Unix alone is taken away, once the libraries are loaded that have other ways elsewhere.
WITHOUT_UNIX = """
import asyncio, importlib, os, pkgutil, signal, subprocess, sys
import streamlit.web.bootstrap

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
for module, names in {
    os: ["O_NONBLOCK", "fork", "geteuid", "getpgrp", "getuid", "killpg", "mkfifo", "sched_getaffinity", "setsid", "statvfs"],
    signal: ["SIGKILL", "SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "SIGPIPE", "setitimer"],
}.items():
    for name in names:
        delattr(module, name)
"""
IMPORT_ALL = """
import importlib, pkgutil, sys
import core, dashboard

# Those that import Keras, run something, or are pages, which only Streamlit can run.
left_out = ("core.learn.", "core.bundle", "core.jobs.process", "dashboard.app")
registries = tuple(f"core.learn.{name}" for name in ("objectives", "teachers.teacher", "teachers.config", "architectures"))
for package in (core, dashboard):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if found.name.startswith(registries) or not found.name.startswith(left_out):
            importlib.import_module(found.name)
heavy = {"keras", "tensorflow", "umap", "openTSNE", "numba", "onnx", "tf2onnx", "pooch"} & sys.modules.keys()
assert not heavy, heavy
"""
BROWSE = """
from core.__main__ import main

run = "fashion_mnist-mse-z2-12cbf9df99"
assert [main(command) for command in (["runs"], ["show", run], ["evaluate", "--run", run], ["data", "list"])] == [0] * 4
"""


@pytest.mark.parametrize("code", [IMPORT_ALL, WITHOUT_UNIX + IMPORT_ALL + BROWSE], ids=["here", "without Unix"])
def test_everything_but_training_is_imported_without_heavy_libraries(code, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "LATENT_LENS_ARTIFACTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
