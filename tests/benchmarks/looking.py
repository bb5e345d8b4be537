"""How fast single images are looked at: a click to the panel, an image's neighbours, a step of the latent explorer."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from core.keep.runs import list_runs
from tests.benchmarks.browsing import percentile, seconds_in_browser
from tests.benchmarks.rows import row
from tests.browser import provide
from tests.browser.conftest import FLAGS, WIDE, Server, open_page, settled


def measure(quick: bool) -> Iterator[dict]:
    repeats = 10 if quick else 30
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=provide.find(), args=FLAGS)
        server = Server(Path(folder))
        clicks = list(_clicks(browser.new_page(viewport=WIDE), server, repeats))
        yield row(
            "click on a thumbnail to its image in the panel, 95th percentile", percentile(clicks), "ms", target="300 ms"
        )
        steps = list(_steps(browser, server, repeats))
        yield row(
            "step of a slider to the pictures drawn of it, 95th percentile", percentile(steps), "ms", target="100 ms"
        )
        server.stop()
        browser.close()
    yield row(
        "ten neighbours of an image among all, 95th percentile",
        percentile(list(_neighbours(repeats))),
        "ms",
        target="50 ms",
    )


def _clicks(page: Page, server: Server, repeats: int) -> Iterator[float]:
    open_page(page, server, "reconstructions")
    page.wait_for_selector(".st-key-image_panel", state="attached")
    keys = page.eval_on_selector_all("[data-image]", "all => [...new Set(all.map(one => one.dataset.image))]")
    for repeat in range(repeats + 4):
        key = keys[repeat % len(keys)]
        number = key.split(".")[1]
        seen = (
            f"document.querySelector('.st-key-image_number input')?.value === '{number}'"
            " && document.querySelector('.st-key-image_panel img')?.complete"
        )
        place = page.locator(f"[data-testid=stMain] [data-image='{key}']").first
        seconds = seconds_in_browser(page, "click", place.click, seen)
        if repeat >= 4:
            yield seconds


def _steps(browser: Browser, server: Server, repeats: int) -> Iterator[float]:
    """From the moved slider to the answer with the picture of it."""
    page = browser.new_page(viewport=WIDE)
    open_page(page, server, "explorer")
    slider = page.get_by_role("slider", name="Pixel MSE: number").first
    slider.wait_for()
    settled(page)
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(1000)
    for repeat in range(repeats + 4):
        started = time.perf_counter()
        with page.expect_response(lambda answer: "/decode" in answer.url):
            page.keyboard.press("ArrowRight")
        if repeat >= 4:
            yield time.perf_counter() - started
    page.close()


def _neighbours(repeats: int) -> Iterator[float]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_LENS_ARTIFACTS"] = folder
        from dashboard import queries

        run = max(list_runs()[0], key=lambda one: one.config.latent)
        for repeat, index in enumerate(np.random.default_rng(0).integers(0, len(run.test_embeddings), repeats + 2)):
            started = time.perf_counter()
            queries.nearest_images(run, "test", int(index))
            if repeat >= 2:
                yield time.perf_counter() - started
        del os.environ["LATENT_LENS_ARTIFACTS"]
