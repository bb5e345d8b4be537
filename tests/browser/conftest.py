"""A server of the dashboard, and pages of it in a real headless Chromium."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from core.paths import ROOT
from tests.browser import provide

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Software WebGL: the maps are drawn with it, and test machines have no graphics card.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--use-angle=swiftshader",
         "--enable-unsafe-swiftshader", "--disable-background-networking"]  # fmt: skip
PAINT_TIMEOUT = 60_000
# Where on the screen a point of a map is, scrolled into sight: called with [element key, index].
POINT = """([key, index]) => {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`), layout = plot._fullLayout
    plot.scrollIntoView({block: 'nearest'})
    const trace = plot._fullData[0], box = plot.getBoundingClientRect()
    return [box.left + layout.xaxis._offset + layout.xaxis.d2p(trace.x[index]),
            box.top + layout.yaxis._offset + layout.yaxis.d2p(trace.y[index])]
}"""


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


class Server:
    """`streamlit run` of the dashboard, or of another script, with a store of its own."""

    def __init__(self, artifacts: Path, script: str = "dashboard/app.py", base: str = ""):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}{'/' + base if base else ''}"
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            script,
            "--server.port",
            str(port),
            "--server.headless",
            "true",
            "--server.baseUrlPath",
            base,
        ]
        environment = {**os.environ, "LATENT_LENS_ARTIFACTS": str(artifacts)}
        self.log = open(artifacts / "server.log", "w")  # noqa: SIM115 - open as long as the server runs
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self.log, stderr=subprocess.STDOUT)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"The server did not answer within a minute: {Path(self.log.name).read_text()[-2000:]}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("artifacts"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = provide.find()
    if path is None:
        pytest.fail("The browser tests need Chromium. `python -m tests.browser.provide` says how to get one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    yield context.new_page()
    context.close()


def open_page(page: Page, server: Server, path: str = "") -> None:
    """Open a page and wait until its script has run."""
    page.goto(f"{server.url}/{path}", wait_until="domcontentloaded")
    page.wait_for_selector('[data-testid="stMain"] h1', timeout=PAINT_TIMEOUT)
    page.wait_for_selector("#first-sight", state="detached", timeout=PAINT_TIMEOUT)
    settled(page)


def settled(page: Page) -> None:
    """Wait until the server has nothing more to say."""
    page.wait_for_timeout(250)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PAINT_TIMEOUT)


def painted(page: Page, key: str) -> None:
    """Wait until the chart of that element key has drawn something: a plotly chart, or bars or lines in plain HTML."""
    page.wait_for_function(
        """key => {
            const bars = document.querySelectorAll(`.st-key-${key} .ll-track .bar`)
            if (bars.length) return [...bars].every(bar => bar.getBoundingClientRect().width > 10)
            const lines = document.querySelector(`.st-key-${key} .ll-plot img`)
            if (lines) return lines.complete && lines.naturalWidth > 0 && lines.getBoundingClientRect().width > 100
            const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`)
            return plot && plot._fullLayout && plot.querySelector('.main-svg') && plot.getBoundingClientRect().width > 100
        }""",
        arg=key,
        timeout=PAINT_TIMEOUT,
    )


def no_errors(page: Page) -> None:
    assert page.locator('[data-testid="stException"]').count() == 0
    alerts = page.locator('[data-testid="stAlertContentError"]')
    assert alerts.count() == 0, alerts.all_inner_texts()


def middle_of(page: Page, key: str) -> tuple[float, float]:
    """The middle of a map on the screen."""
    box = page.locator(f".st-key-{key} .nsewdrag").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def draw_around(page: Page, x: float, y: float) -> None:
    """Press the mouse and draw a lasso around a place on the screen, without letting go."""
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    for dx, dy in ((60, -60), (60, 60), (-60, 60), (-60, -60)):
        page.mouse.move(x + dx, y + dy, steps=6)


def zoom_in(page: Page, x: float, y: float, *, turns: int) -> None:
    """Turn the wheel over a map, around that place."""
    page.mouse.move(x, y)
    for _ in range(turns):
        page.mouse.wheel(0, -400)
        page.wait_for_timeout(20)
