"""As in a container or a shared installation: an account without name and home, and folders that are read-only."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import core
from core.errors import StorageWriteError
from core.paths import ROOT
from core.settings import ProjectionConfig

# The account is in no list of users, and nothing outside of it says where its home is.
NAMELESS = """
import os, pwd, sys

def unknown(uid):
    raise KeyError(f"uid not found: {uid}")

pwd.getpwuid = unknown
os.environ.pop("HOME", None)
"""
# The installation and every cache beside it are read-only, which permissions would not show to root.
READ_ONLY = """
import errno, tempfile

def refuse(*arguments, dir=None, **settings):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), dir)

tempfile.TemporaryFile = refuse
"""
COMMANDS = """
import json
from core.__main__ import main

statuses = [main(command) for command in json.loads(sys.argv[1])]
print(json.dumps(statuses))
"""
MAPS = """
import numpy as np
from core.settings import ProjectionConfig
from core.analyse.maps import project
from core.analyse.maps.umap import _import_umap

rows = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
assert project(rows, ProjectionConfig("tsne", 5)).shape == (40, 2)
assert "pynndescent" not in sys.modules
assert _import_umap().UMAP  # where numba would refuse; computing with it takes 10 s in a new process
"""


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )


def test_an_account_without_name_and_home_browses_what_is_bundled():
    name = "fashion_mnist-mse-z2-12cbf9df99"
    commands = [["runs"], ["show", name], ["evaluate", "--run", name], ["data", "list"]]
    done = run(NAMELESS + COMMANDS, json.dumps(commands))
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[0, 0, 0, 0]"
    assert name in done.stdout


def test_a_home_that_such_an_account_has_not_is_told(monkeypatch):
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", "~/artifacts")
    done = run(NAMELESS + COMMANDS, json.dumps([["runs"]]))
    assert done.stdout.splitlines()[-1] == "[1]"
    assert done.stderr.startswith("error: LATENT_LENS_ARTIFACTS is '~/artifacts'")
    assert "Traceback" not in done.stderr


def test_maps_are_computed_where_nothing_compiled_can_be_kept():
    done = run(NAMELESS + READ_ONLY + MAPS)
    assert done.returncode == 0, done.stderr


def test_a_map_that_cannot_be_kept_is_told_before_it_is_computed(monkeypatch, failing):
    monkeypatch.setattr("core.keep.runs.BUNDLED", ROOT / "artifacts" / "bundled")
    monkeypatch.setattr("core.analyse.maps.project", lambda *given: pytest.fail("computed all the same"))
    failing(Path, "mkdir", errno.EROFS)
    with pytest.raises(StorageWriteError, match=r"read-only.*LATENT_LENS_ARTIFACTS"):
        core.project_run(core.list_runs()[0][0], ProjectionConfig("umap", 5))
