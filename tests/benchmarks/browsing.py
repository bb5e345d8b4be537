"""How fast the dashboard answers, in a real browser and in the server alone, and how much memory its server takes."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.testing.v1 import AppTest

from core.paths import ROOT
from tests.benchmarks.rows import row
from tests.benchmarks.viewer import Viewer
from tests.browser import provide
from tests.browser.conftest import FLAGS, WIDE, Server, open_page, painted, settled

PAGES = (
    "", "reconstructions", "embedding_map", "explorer", "clusters", "confusion", "across", "disagreement", "image", "train", "add_pictures", "runs",
)  # fmt: skip
VIEWERS, CHANGES = 20, 500


def measure(quick: bool) -> Iterator[dict]:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=provide.find(), args=FLAGS)
        yield from _first_paint(browser, 1 if quick else 5)
        server = Server(Path(folder))
        yield from _changes(browser, server, 12 if quick else 40)
        yield from _memory(server, quick)
        server.stop()
        browser.close()
    yield from _server_alone(10 if quick else 40)


def _first_paint(browser: Browser, repeats: int) -> Iterator[dict]:
    """From the first request to a server that has just answered, in a browser that has nothing cached."""
    times: dict[str, list[float]] = {"first chart": [], "live page's first chart": [], "page's second chart": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder))
            page = browser.new_context(viewport=WIDE).new_page()
            started = time.perf_counter()
            page.goto(server.url, wait_until="commit")
            page.wait_for_selector("#first-sight .ll-track .bar", state="visible")
            times["first chart"].append(time.perf_counter() - started)
            painted(page, "overview_accuracy")
            times["live page's first chart"].append(time.perf_counter() - started)
            painted(page, "overview_latent")
            times["page's second chart"].append(time.perf_counter() - started)
            page.context.close()
            server.stop()
    for what, seconds in times.items():
        target = {"first chart": "1.5 s", "page's second chart": "2 s"}.get(what, "")
        yield row(f"server answers to {what} painted", statistics.median(seconds), "s", target=target)


def percentile(times: list[float]) -> float:
    return 1000 * sorted(times)[round(0.95 * (len(times) - 1))]


def _changes(browser: Browser, server: Server, repeats: int) -> Iterator[dict]:
    page = browser.new_page(viewport=WIDE)
    open_page(page, server, "clusters")
    times = list(_changes_of_k(page, repeats))
    yield row("change of k to updated table, median", 1000 * statistics.median(times), "ms")
    yield row("change of k to updated table, 95th percentile", percentile(times), "ms", target="300 ms")
    open_page(page, server, "embedding_map")
    painted(page, "map_perceptual")
    settled(page)
    changes = {
        "loss": ("Cross-entropy", "Cross-entropy"),
        "colour": ("Cluster", "Class"),
    }
    for what, names in changes.items():
        times = [_change_of_map(page, names[repeat % 2]) for repeat in range(repeats + 4)][4:]
        yield row(
            f"change of {what} to redrawn map of 10,000 points, 95th percentile",
            percentile(times),
            "ms",
            target="300 ms",
        )
    page.close()


def _changes_of_k(page: Page, repeats: int) -> Iterator[float]:
    """Seconds from the key press to the new table, warm: every k was computed once before."""
    box = page.locator(".st-key-k input")
    sizes = [20, 21, 19, 22, 18]
    for repeat in range(-len(sizes), repeats):
        k = sizes[repeat % len(sizes)]
        box.fill(str(k))
        seconds = seconds_in_browser(
            page, "keydown", lambda: box.press("Enter"), f"document.body.innerText.includes('of {k} clusters have')"
        )
        if repeat >= 0:
            yield seconds


def _change_of_map(page: Page, button: str) -> float:
    """Seconds from the click to the maps drawn with it: all of them anew, or one more, or one less."""
    page.evaluate(
        "window.__before = [...document.querySelectorAll('.js-plotly-plot')].map(plot => +plot.dataset.drawn)"
    )
    drawn = """(() => {
        const drawn = [...document.querySelectorAll('.js-plotly-plot')].map(plot => +plot.dataset.drawn)
        if (drawn.length !== window.__before.length) return drawn.every(count => count > 0)
        return drawn.every((count, index) => count > window.__before[index])
    })()"""
    return seconds_in_browser(page, "click", page.get_by_text(button, exact=True).first.click, drawn)


def seconds_in_browser(page: Page, event: str, act: Callable[[], object], seen: str) -> float:
    """Seconds in the browser from the `event` that `act` causes to the first frame in which `seen` holds."""
    page.evaluate(
        f"""() => {{
            window.__seconds = null
            addEventListener('{event}', () => {{
                const started = performance.now()
                const look = () => {{
                    if ({seen}) window.__seconds = (performance.now() - started) / 1000
                    else requestAnimationFrame(look)
                }}
                requestAnimationFrame(look)
            }}, {{once: true, capture: true}})
        }}"""
    )
    act()
    page.wait_for_function("window.__seconds !== null", timeout=60_000)
    settled(page)
    return page.evaluate("window.__seconds")


def _memory(server: Server, quick: bool) -> Iterator[dict]:
    """Resident memory of the server as viewers come and pages change."""
    process = psutil.Process(server.process.pid)

    def megabytes() -> float:
        return process.memory_info().rss / 1e6

    count, changes = (4, 40) if quick else (VIEWERS, CHANGES)
    viewers = [Viewer(server.url) for _ in range(count)]
    readings = []
    for change in range(changes):
        viewers[change % count].open(PAGES[change // count % len(PAGES)])
        readings.append(megabytes())
    quarter = changes // 4
    # Single readings go up and down by 20 MB, as Python and the allocator take and give back.
    growth = statistics.mean(readings[-quarter:]) - statistics.mean(readings[-2 * quarter : -quarter])
    yield row(f"server memory, {count} viewers, after {changes} page changes", readings[-1], "MB", target="450 MB")
    yield row(f"of it grown from the third {quarter} page changes to the last, means", growth, "MB", target="flat")
    for viewer in viewers:
        viewer.close()


def _server_alone(repeats: int) -> Iterator[dict]:
    """The page's script without a browser: from the changed choice to the last element."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_LENS_ARTIFACTS"] = folder
        changes: dict[str, tuple[str, Callable[[AppTest, int], object]]] = {
            "k": ("clusters", lambda app, i: app.number_input(key="k").set_value((18, 19, 20, 21, 22)[i % 5])),
            "loss": ("embedding_map", lambda app, i: app.button_group(key="losses").set_value((["mse", "bce"], ["mse", "perceptual"])[i % 2])),
            "latent size": ("embedding_map", lambda app, i: app.select_slider(key="latent_slider").set_value((5, 10, 20)[i % 3])),
            "colour": ("embedding_map", lambda app, i: app.button_group(key="colour").set_value(("class", "cluster", "outcome")[i % 3])),
        }  # fmt: skip
        for what, (name, change) in changes.items():
            app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
            app = app.switch_page(f"app_pages/{name}.py").run()
            times = []
            for repeat in range(repeats + 6):
                change(app, repeat)
                started = time.perf_counter()
                app.run()
                times.append(time.perf_counter() - started)
            yield row(f"change of {what} in the server, 95th percentile", percentile(times[6:]), "ms", target="150 ms")
        del os.environ["LATENT_LENS_ARTIFACTS"]
