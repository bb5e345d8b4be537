"""Text that is not the project's own, as a browser shows it."""

from core.paths import ROOT
from tests.browser.conftest import Server, open_page

TEXT = r"""# heading ![x](http://127.0.0.1:1/x.png) <img src=x onerror="document.title='hit'"> <b>bold</b> <!-- c --> &amp;
$x^2$ $$y$$ :red[x] :blue-background[y] :smile: :+1: :material/home: :streamlit: :help[x] <http://a.b>
[a](javascript:alert(1)) [b][c] [^1] ~~gone~~ *em* **strong** _u_ `code` ``co`` ```
http://example.com https://a.b/c?d=e www.example.com me@example.com mailto:me@example.com
- item
* [ ] task
1. one
> quote
---
| a | b |
| --- | --- |

    indented
[c]: http://example.com
:::note
a -> b <- c <-> d -- e >= f <= g ~= h
C:\dir\file ends in \ """
SCRIPT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from dashboard.told import plain
st.title("Told")
st.error(plain({TEXT!r}), title=plain({TEXT!r}))
st.markdown(plain({TEXT!r}))
"""


def test_foreign_text_is_shown_as_it_is_and_loads_nothing(page, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    server = Server(tmp_path, script=str(tmp_path / "script.py"))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        open_page(page, server)
        main = page.locator("[data-testid=stMain]")
        shown = [text.split() for text in main.locator("[data-testid=stMarkdownContainer]").all_inner_texts()]
        assert shown == [["Told"], *3 * [TEXT.split()]]
        rendered = main.locator(
            "[data-testid=stMarkdownContainer] :is(a[target], img, code, pre, li, table, blockquote, hr, strong, em, .katex)"
        )
        assert rendered.evaluate_all("found => found.map(one => one.outerHTML)") == []
        assert all(url.startswith((server.url, "data:", "blob:")) for url in asked), asked
    finally:
        server.stop()
