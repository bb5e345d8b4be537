"""Nothing that runs here reports or stores anything about the user: seen from a fresh home, with the network watched."""

import ipaddress
import json
import subprocess
import sys

import psutil
import pytest

from core.paths import ROOT
from tests.dashboard.serving import STREAMLIT, starting

# What may lie in the home afterwards. Keras writes its defaults there when it is imported.
ALLOWED = {".keras/keras.json"}
KERAS_SETTINGS = {"floatx", "epsilon", "backend", "image_data_format", "nnx_enabled"}
# Python reads it at the start of every process; it notes to whom a connection or a name is asked for.
WATCH = """
import os, sys

def note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        asked = arguments[0] if event.startswith("socket.get") else arguments[1]
        with open({asked!r}, "a") as file:
            print(asked[0] if isinstance(asked, tuple) else asked, file=file)

sys.addaudithook(note)
"""


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A home, a temporary folder and a store without anything in them, for every process started; and the network's watch."""
    for name in ("home", "temporary", "artifacts", "watch"):
        (tmp_path / name).mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH.format(asked=str(tmp_path / "asked")))
    for name in (
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "ORT_DISABLE_TELEMETRY",
        "KERAS_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "watch"))
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setenv("LATENT_LENS_PRECISION", "float32")  # without its probe, which takes some seconds
    return tmp_path


def files(folder) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def abroad(fresh) -> list[str]:
    """Whom any process asked for, besides this machine."""
    asked = (fresh / "asked").read_text().split() if (fresh / "asked").exists() else []
    return [
        one for one in asked if not (one == "localhost" or one.startswith("/") or ipaddress.ip_address(one).is_loopback)
    ]


def python(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_training_and_browsing_leave_nothing_about_the_user_and_ask_nobody(fresh):
    # A training also clusters, and computes t-SNE and UMAP maps.
    training = python(
        "-m", "core", "train", "--dataset=digits", "--loss=mse", "--latent=4", "--epochs=1", "--images=100"
    )
    with starting(ROOT, *STREAMLIT, "dashboard/app.py", artifacts=fresh / "artifacts") as server:
        assert server.ask("GET", "/").status == 200
        for page in ("", "reconstructions", "embedding_map", "train"):
            server.visit(page)
        assert any("onnxruntime" in part.path for part in psutil.Process(server.process.pid).memory_maps())
    output, _ = training.communicate(timeout=600)
    assert training.returncode == 0, output.decode()
    assert files(fresh / "home") <= ALLOWED
    assert set(json.loads((fresh / "home" / ".keras" / "keras.json").read_text())) <= KERAS_SETTINGS
    # TensorFlow compiles code of its own there, and at times leaves it behind.
    assert {name for name in files(fresh / "temporary") if "__autograph_generated_file" not in name} == set()
    assert abroad(fresh) == []


def test_the_watch_sees_who_is_asked_for(fresh):
    attempt = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    python("-c", f"try:\n {attempt}\nexcept OSError: pass").communicate()
    assert abroad(fresh) == ["192.0.2.1"]
