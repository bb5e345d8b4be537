"""Maps in a real browser: hover and bytes at 10,000 and 70,000 points; opening, selecting and zooming up to a million."""

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.rows import row
from tests.browser import provide
from tests.browser.conftest import (
    FLAGS,
    POINT,
    WIDE,
    Server,
    draw_around,
    middle_of,
    open_page,
    painted,
    settled,
    zoom_in,
)

SIZES = (10_000, 70_000, 1_000_000)
WATCH = """() => {
    const tip = document.querySelector('.latent-lens-tip')
    window.__seen = null
    delete tip.dataset.drawn
    addEventListener('mousemove', () => (window.__moved = performance.now()), {once: true, capture: true})
    new MutationObserver((_, watcher) => {
        if (tip.dataset.drawn !== undefined) { window.__seen = performance.now(); watcher.disconnect() }
    }).observe(tip, {attributes: true})
}"""


def measure(quick: bool) -> Iterator[dict]:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=provide.find(), args=FLAGS)
        server = Server(Path(folder))
        for query, count in (("losses=Perceptual", 10_000), ("losses=Perceptual&dots=All", 70_000)):
            page = browser.new_page(viewport=WIDE)
            received = _count_bytes(page)
            open_page(page, server, f"embedding_map?{query}")
            painted(page, "map_perceptual")
            page.wait_for_timeout(2000)
            yield row(f"hover to thumbnail, {count:,} points", 1000 * _hover(page), "ms", target="50 ms")
            if count > 10_000:
                # Again with everything cached on the server and nothing in the browser.
                received.clear()
                page.reload()
                painted(page, "map_perceptual")
                settled(page)
                yield row(f"bytes of a map of {count:,} points", sum(received) / 1e6, "MB", target="0.8 MB")
            page.close()
        server.stop()
        yield from _growth(browser, Path(folder), quick)
        browser.close()


def _count_bytes(page: Page) -> list[int]:
    """Bytes of every message that the server sends over the page's WebSocket; the script files are not counted."""
    received: list[int] = []

    def listen(socket) -> None:
        socket.on("framereceived", lambda payload: received.append(len(payload)))

    page.on("websocket", listen)
    return received


def _hover(page: Page) -> float:
    """Seconds from the pointer's move to the drawn thumbnail, measured inside the browser."""
    times = []
    for index in (5, 50, 500, 5000, 7, 77, 777):
        x, y = page.evaluate(POINT, ["map_perceptual", index])
        page.mouse.move(5, 5)
        page.wait_for_timeout(150)
        page.evaluate(WATCH)
        page.mouse.move(x, y)
        page.wait_for_function("window.__seen !== null", polling=5, timeout=5000)
        times.append(page.evaluate("window.__seen - window.__moved") / 1000)
    return statistics.median(times)


def _growth(browser: Browser, folder: Path, quick: bool) -> Iterator[dict]:
    """Opening, lassoing and zooming into a map as it grows."""
    server = Server(folder, script="tests/benchmarks/map_app.py")
    for count in SIZES[::2] if quick else SIZES:
        page = browser.new_page(viewport=WIDE)
        received = _count_bytes(page)
        open_page(page, server, f"?points={count}")
        painted(page, "map_0")
        page.close()
        page = browser.new_page(viewport=WIDE)
        received = _count_bytes(page)
        started = time.perf_counter()
        page.goto(f"{server.url}/?points={count}", wait_until="commit")
        page.wait_for_selector("text=none chosen")
        painted(page, "map_0")
        yield row(
            f"opening a map of {count:,} points", time.perf_counter() - started, "s", size=count, group="opening a map"
        )
        yield row(f"bytes of a map of {count:,} points, alone", sum(received) / 1e6, "MB", size=count, group="bytes")
        page.wait_for_timeout(1500)
        x, y = middle_of(page, "map_0")
        draw_around(page, x, y)
        started = time.perf_counter()
        page.mouse.up()
        page.wait_for_function("/\\d+ chosen/.test(document.body.innerText)", polling=5)
        yield row(
            f"lasso to chosen points, {count:,}",
            time.perf_counter() - started,
            "s",
            size=count,
            group="lasso to chosen points",
        )
        if count > 100_000:
            settled(page)
            zoom_in(page, x, y, turns=30)
            started = time.perf_counter()
            page.wait_for_function("/drawn [1-9]\\d* of/.test(document.body.innerText)", polling=10)
            seconds = time.perf_counter() - started
            drawn = re.search(r"drawn (\d+) of", page.inner_text("body")).group(1)
            yield row(f"zoom to {int(drawn):,} of {count:,} points drawn one by one", seconds, "s")
        page.close()
    server.stop()
