"""Axe, which finds what people who see, hear or move otherwise would stumble over."""

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, WIDE

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# Rule and elements of what it may find, both of Streamlit's own making and out of reach from here.
EXCEPTED = [
    # Around the button of an upload, which can be reached and says what it is for.
    ["presentation-role-conflict", "section[data-testid=stFileUploaderDropzone]"],
    # The head of the column of boxes that choose rows; in the table that screen readers are given in place of the canvas.
    ["empty-table-header", "[data-testid=stDataFrame] canvas th[aria-colindex='1']"],
]
# All rules of axe, WCAG 2 A and AA as well as best practice. Where none is broken nothing is returned.
BROKEN = """async ([where, excepted]) => {
    const {violations} = await axe.run(where ?? document, {resultTypes: ["violations"]})
    return violations.flatMap(({id, nodes}) => nodes
        .filter(({target}) => !excepted.some(([rule, selector]) =>
            rule === id && document.querySelector(target.at(-1)).matches(selector)))
        .map(({html, failureSummary}) => `${id}: ${html.slice(0, 200)} ${failureSummary.replace(/\\s+/g, " ")}`))
}"""


def broken(page: Page, where: str | None = None) -> list[str]:
    """The rules that are broken on what is shown, or in the element of this selector, each with where and how."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(BROKEN, [where, EXCEPTED])


def held_by_axe(page: Page) -> None:
    """Axe finds nothing on what is shown, in either theme, at the size of a desk and of a phone."""
    found = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        page.wait_for_timeout(300)
        # So tall that nothing has to be scrolled into sight: of colours that are out of it axe says nothing.
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({**size, "height": max(height, size["height"])})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(
                """scheme => getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme === scheme
                    && document.getAnimations().every(one => !(one instanceof CSSTransition))""",
                arg=scheme,
            )
            found += [f"{size['width']} {scheme} {page.url} {words}" for words in broken(page)]
    assert not found, f"{len(found)} nodes\n" + "\n".join(found)


def expand(page: Page, name: str) -> None:
    page.locator("[data-testid=stExpander] summary", has_text=name).click()
    page.wait_for_timeout(500)
