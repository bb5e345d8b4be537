"""See to a Chromium for the browser tests: `python -m tests.browser.provide`. Says what to do where none can be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium: the one in LATENT_LENS_BROWSER, one on the system, or Playwright's own."""
    given = os.environ.get("LATENT_LENS_BROWSER")
    if given:
        return given if Path(given).is_file() else None
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


def main() -> int:
    if find():
        return 0
    print("No Chromium found: fetching Playwright's own.", flush=True)
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if done.returncode == 0 and find():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=False)
        if find():
            return 0
    print(
        "The browser tests need Chromium, and none could be had. Install one (Debian: apt-get install chromium), or set "
        "LATENT_LENS_BROWSER to its path.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
