"""Folders of pictures of two kinds, as people have them: stamps in colour on a transparent ground, and grey letters."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page

from tests.browser.conftest import PAINT_TIMEOUT, settled

STAMPS = Path("/usr/share/tuxpaint/stamps")  # of Debian's package tuxpaint-stamps-default
FONTS = sorted(Path("/usr/share/fonts/truetype/dejavu").glob("*.ttf"))  # of fonts-dejavu-core
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def stamps(folder: Path) -> Path:
    """The installed stamps; where there are none, drawn ones: 16 classes of colour pictures of different sizes in folders."""
    return STAMPS if STAMPS.is_dir() else drawn_stamps(folder)


def drawn_stamps(folder: Path, classes: int = 16, each: int = 20) -> Path:
    """Polygons in colour with a transparent ground: a class has so many corners, and a colour of its own."""
    random = np.random.default_rng(0)
    for kind in range(classes):
        place = folder / f"kind {kind:02d}"
        place.mkdir(parents=True)
        colour = tuple(int(255 * part) for part in np.random.default_rng(kind).random(3))
        for number in range(each):
            width, height = (int(side) for side in random.integers(40, 120, 2))
            picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
            middle, radius = (width / 2, height / 2), min(width, height) * random.uniform(0.3, 0.45)
            corners = ImageDraw.Draw(picture)
            corners.regular_polygon(
                (middle, radius), 3 + kind % 6, int(random.integers(360)), (*colour, 255), (0, 0, 0, 255)
            )
            picture.save(place / f"{number}.png")
    return folder


def letters(folder: Path, each: int = 24) -> Path:
    """Grey pictures of 26 letters, in the styles of DejaVu (where it is not installed, in Pillow's own), each a little turned and shifted."""
    random = np.random.default_rng(1)
    for letter in LETTERS:
        place = folder / letter
        place.mkdir(parents=True)
        for number in range(each):
            picture = Image.new("L", (48, 48), 255)
            place_at = tuple(24 + random.uniform(-4, 4, 2))
            size = int(random.integers(24, 38))
            font = ImageFont.truetype(FONTS[number % len(FONTS)], size) if FONTS else ImageFont.load_default(size)
            ImageDraw.Draw(picture).text(place_at, letter, int(random.integers(90)), font, anchor="mm")
            picture.rotate(random.uniform(-12, 12), Image.Resampling.BILINEAR, fillcolor=255).save(
                place / f"{number}.png"
            )
    return folder


def choose_path(page: Page, path: Path) -> None:
    """On *Add pictures*: say where on the server they are."""
    page.locator(".st-key-pictures_way button", has_text="A path").click()
    box = page.locator("[class*=st-key-pictures_source_path] input")
    box.fill(str(path))
    box.press("Enter")
    page.wait_for_selector(".st-key-pictures_name", timeout=PAINT_TIMEOUT)
    settled(page)
