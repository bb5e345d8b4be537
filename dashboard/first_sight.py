"""The server's first answer: the overview as plain HTML, seen until Streamlit's page stands in the same place.

Streamlit's own start takes a browser more than a second. This shows the same words, pictures and bars meanwhile.
"""

import html
import logging
import re
from pathlib import Path

import streamlit as st
from streamlit import file_util

from core.errors import LatentLensError
from dashboard import overview_content, queries
from dashboard.components.bars import bars_html
from dashboard.components.gallery import rows_html
from dashboard.components.live_chart import plotly_address
from dashboard.view import Selection, looked_at

_LOG = logging.getLogger(__name__)

# Where Streamlit puts the same elements, so that nothing moves when its page takes over.
_STYLE = """
#first-sight {position:fixed; inset:0; z-index:999999; overflow:hidden; box-sizing:border-box; padding:84px 1rem 0;
  font:16px/1.6 "Source Sans",sans-serif; background:var(--ground); color:var(--text)}
#first-sight * {box-sizing:border-box}
#first-sight b {font-weight:600}
#first-sight .icon {display:inline-block; width:1.25em}
#first-sight::before {content:""; position:absolute; inset:0 auto 0 0; width:300px; background:var(--side); display:none}
#first-sight h1 {font-size:2.75rem; line-height:1.2; font-weight:700; margin:0; padding:1.25rem 0 1rem}
#first-sight h2 {font-size:1.75rem; line-height:1.2; font-weight:600; margin:16px 0 0; padding:1rem 0; letter-spacing:-.005em}
#first-sight p {margin:0 0 16px}
#first-sight .caption {font-size:14px; margin:16px 0; opacity:.6}
@media (min-width:768px) {#first-sight {padding:84px 80px 0 380px} #first-sight::before {display:block}}
"""
# Gone when the live page has drawn its last part of the same, or says that something is wrong; after 20 s in any case.
_SCRIPT = """
const first = document.getElementById("first-sight")
const done = () => { watcher.disconnect(); first.remove() }
const watcher = new MutationObserver(() => {
  if (document.querySelector("#root .ll-gallery img, #root [data-testid=stAlert], #root [data-testid=stException]"))
    requestAnimationFrame(() => requestAnimationFrame(done))
})
watcher.observe(document.getElementById("root"), {childList: true, subtree: true})
setTimeout(done, 20000)
"""


def plain() -> str:
    """The page that starts Streamlit in a browser, as it comes with Streamlit."""
    return (Path(file_util.get_static_dir()) / "index.html").read_text()


def page() -> str:
    """The same, with the first visit's overview in it where there is something to show."""
    index = plain()
    try:
        shown = _overview(Selection())
    except LatentLensError:  # the live page tells what is wrong
        return index
    except Exception:  # of whatever kind: the server starts, and the live page has its own chance
        _LOG.exception("The overview could not be shown ahead of the live page.")
        return index
    if not shown:
        return index
    added = (
        f"<style>{_font(index)}{_colours()}{_STYLE}</style><div id='first-sight' inert>{shown}</div>"
        f"<script>{_SCRIPT}</script>"
    )
    # For the pages that draw with it; fetched when the browser has nothing else to fetch.
    ahead = f"<link rel='prefetch' as='script' href='{plotly_address()}'>"
    index = index.replace("<title>Streamlit</title>", f"<title>Latent Lens</title>{ahead}")
    return index.replace("</body>", f"{added}</body>")


def _overview(selection: Selection) -> str:
    """The upper part of the overview; empty where a run or the images are missing."""
    runs, missing = looked_at(selection)
    if missing or not queries.have_images(selection.dataset, "test"):
        return ""
    scores = overview_content.scores_of(selection, runs)
    return "".join(
        (
            f"<h1>{overview_content.TITLE}</h1>",
            _paragraph(overview_content.introduction(selection, runs)),
            rows_html(overview_content.strip(selection, runs)),
            f"<p class='caption'>{overview_content.STRIP_CAPTION}</p>",
            _paragraph(overview_content.remark(runs)),
            f"<h2>{html.escape(overview_content.headline(scores, runs))}</h2>",
            _paragraph(overview_content.explanation(selection)),
            bars_html(scores, runs),
        )
    )


def _paragraph(markdown: str) -> str:
    """The little Markdown that these texts use: bold, emphasis, and icons, whose font is not there yet."""
    text = re.sub(r":material/\w+: ", "<span class='icon'></span>", html.escape(markdown, quote=False))
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\*(.+?)\*", r"<em>\1</em>", text)
    return f"<p>{text}</p>"


def _font(index: str) -> str:
    """The font that the index page fetches ahead."""
    found = re.search(r"\./static/media/SourceSans[^\"]+\.woff2", index)
    return f'@font-face {{font-family:"Source Sans"; src:url("{found[0]}"); font-weight:200 900}}' if found else ""


def _colours() -> str:
    """The theme's, light or dark as the visitor's system is."""

    def rule(theme: str) -> str:
        ground, text = (st.get_option(f"theme.{theme}.{name}") for name in ("backgroundColor", "textColor"))
        side = st.get_option(f"theme.{theme}.sidebar.backgroundColor")
        return f"#first-sight {{--ground:{ground}; --text:{text}; --side:{side}}}"

    return f"{rule('light')} @media (prefers-color-scheme:dark) {{{rule('dark')}}}"
