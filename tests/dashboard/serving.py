"""Real servers of the dashboard, started as people start them."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from core.paths import ROOT

STREAMLIT = (sys.executable, "-m", "streamlit", "run")
TIMEOUT = 90
# A config.toml of somebody else's, which asks for all that this project does not want.
FOREIGN = """
[server]
address = "0.0.0.0"
maxUploadSize = 999
enableXsrfProtection = false
enableCORS = false
corsAllowedOrigins = ["http://elsewhere.example"]
enableAgentApi = true
[browser]
gatherUsageStats = true
[client]
toolbarMode = "developer"
[theme.light]
primaryColor = "#ff0000"
"""


class Started(NamedTuple):
    """A server that answers."""

    port: int
    process: subprocess.Popen
    output: Path

    @property
    def addresses(self) -> set[str]:
        """Where it listens, as IP addresses."""
        return {
            one.laddr.ip
            for one in psutil.Process(self.process.pid).net_connections()
            if one.status == psutil.CONN_LISTEN
        }

    def ask(self, method: str, path: str, host: str = "127.0.0.1", **headers: str) -> http.client.HTTPResponse:
        """The answer to a request whose path is sent as it is; its body is in `content`."""
        connection = http.client.HTTPConnection(host, self.port, timeout=TIMEOUT)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    def visit(self, page: str = "", query: str = "", host: str = "127.0.0.1") -> list[ForwardMsg]:
        """All that the server says to a visitor of a page, until its script has run."""
        with connect(
            f"ws://{host}:{self.port}/_stcore/stream", subprotocols=["streamlit"], max_size=None, proxy=None
        ) as line:
            question = BackMsg()
            question.rerun_script.page_name = page
            question.rerun_script.query_string = query
            line.send(question.SerializeToString())
            said = []
            while not said or said[-1].WhichOneof("type") != "script_finished":
                said.append(ForwardMsg.FromString(line.recv(timeout=TIMEOUT)))
            return said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def starting(
    folder: Path,
    *command: str,
    artifacts: Path,
    host: str = "127.0.0.1",
    port_option: str = "--server.port",
    **environment: str,
) -> Iterator[Started]:
    """Start a server in `folder`, without a screen; yields when it answers at `host`."""
    port, output = free_port(), artifacts / "server.log"
    artifacts.mkdir(parents=True, exist_ok=True)
    changed = {"LATENT_LENS_ARTIFACTS": str(artifacts), "STREAMLIT_SERVER_HEADLESS": "true", **environment}
    with output.open("w") as log:
        process = subprocess.Popen(
            [*command, port_option, str(port)],
            cwd=folder, env={**os.environ, **changed}, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        started = Started(port, process, output)
        try:
            deadline = time.monotonic() + TIMEOUT
            while True:
                assert process.poll() is None, output.read_text()
                try:
                    started.ask("GET", "/_stcore/health", host)
                    break
                except OSError:
                    assert time.monotonic() < deadline, output.read_text()
                    time.sleep(0.05)
            yield started
        finally:
            process.terminate()
            process.wait(timeout=20)


def foreign_folder(folder: Path) -> Path:
    """Make a folder of somebody else's, with settings of its own, and links to this project's repository and script."""
    (folder / ".streamlit").mkdir(parents=True)
    (folder / ".streamlit" / "config.toml").write_text(FOREIGN)
    (folder / "repository").symlink_to(ROOT)
    (folder / "app.py").symlink_to(ROOT / "dashboard" / "app.py")
    return folder
