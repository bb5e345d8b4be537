"""The overview in Streamlit's first answer: seen at once, until the live page stands in the same place.

Streamlit's own start takes a browser more than a second. On a first visit its page gets the overview's words, pictures and bars
as plain HTML that lies over it. Of Streamlit only `</body>` is asked for: where an answer has none, or is no page, it stays as it
is; and what lies over the page goes when the live page is drawn, at any touch, and after some seconds.
"""

import asyncio
import html
import logging
import re
from collections.abc import Iterator, Mapping

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import LatentLensError
from dashboard import alike, alike_words, queries, words
from dashboard.addresses import address
from dashboard.components.alike import alike_html
from dashboard.components.bars import bars_html
from dashboard.components.live_chart import plotly_address
from dashboard.view import Selection, Shown, looked_at

_LOG = logging.getLogger(__name__)

# The live page's last part, by which the browser knows that it is drawn.
DRAWN = "<i class='ll-drawn'></i>"
# Places and sizes as Streamlit has them, so that nothing moves when its page takes over; with others something would.
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
#first-sight .choices, #first-sight .steps {display:flex; flex-wrap:wrap; align-items:center; gap:1rem}
#first-sight .choices {margin:16px 0}
#first-sight .button {box-sizing:border-box; min-width:2.5rem; min-height:2.5rem; padding:4px 12px; border:1px solid rgba(128,128,128,.4);
  border-radius:.5rem; line-height:1.9}
@media (min-width:768px) {#first-sight {padding:84px 80px 0 380px} #first-sight::before {display:block}}
"""
_SCRIPT = """
const first = document.getElementById("first-sight")
const done = () => { watcher.disconnect(); first.remove() }
const watcher = new MutationObserver(() => {
  if (document.querySelector(".ll-drawn")) requestAnimationFrame(() => requestAnimationFrame(done))
})
watcher.observe(document.body, {childList: true, subtree: true})
for (const touch of ["pointerdown", "keydown", "wheel"]) addEventListener(touch, done, {once: true, passive: true})
setTimeout(done, 20000)
"""


class FirstSight:
    """ASGI middleware that adds the overview to the answer to a first visit: to the start page, without choices in its link."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]
        if not first or scope["path"].rstrip("/") != address("/").rstrip("/"):
            await self.app(scope, receive, send)
            return
        # The whole page, unpacked: no other answer can be added to.
        unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in unwanted]
        await self.app({**scope, "headers": headers}, receive, _Added(send))


class _Added:
    """Sends an answer on, if it is a page with what is added to it."""

    def __init__(self, send: Send):
        self.send = send
        self.start: Message | None = None  # of a page, kept until its length is known
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self.start = message
        elif self.start is None or message["type"] != "http.response.body":
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                body = await asyncio.to_thread(with_overview, self.body)
                headers = MutableHeaders(scope=self.start)
                headers["Content-Length"] = str(len(body))
                for name in ("ETag", "Last-Modified"):  # of the page without the addition
                    if name in headers:
                        del headers[name]
                await self.send(self.start)
                await self.send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start.get("headers", []))
    kind = headers.get("content-type", "")
    return start["status"] == 200 and kind.startswith("text/html") and "content-encoding" not in headers


def with_overview(page: bytes) -> bytes:
    """Streamlit's page with the overview over it; as it is where there is nothing to show, or no place for it."""
    try:
        text = page.decode()
        before, end, after = text.rpartition("</body>")
        added = _addition(text) if end else ""
    except LatentLensError:  # the live page tells what is wrong
        return page
    except Exception:  # of whatever kind: the live page has its own chance
        _LOG.exception("The overview could not be shown ahead of the live page.")
        return page
    before = before.replace("<title>Streamlit</title>", "<title>Latent Lens</title>")
    return f"{before}{added}{end}{after}".encode() if added else page


def _addition(page: str) -> str:
    """What is added to the page; empty where there is nothing to show."""
    shown = overview()
    if not shown:
        return ""
    # For the pages that draw with it; fetched when the browser has nothing else to fetch.
    ahead = f"<link rel='prefetch' as='script' href='{plotly_address()}'>"
    style = f"<style>{_font(page)}{_colours()}{_STYLE}</style>"
    return f"{ahead}{style}<div id='first-sight' inert>{shown}</div><script>{_SCRIPT}</script>"


def overview() -> str:
    """The upper part of the overview as HTML; empty where a run or the images are missing."""
    selection = Selection()
    runs, missing = looked_at(selection)
    if missing or not queries.have_images(selection.dataset, "test"):
        return ""
    scores = {key: queries.scores(one.run, selection.clustering, selection.split) for key, one in runs.items()}
    judged = {key: queries.sorted_by(one.run, selection.clustering, selection.split) for key, one in runs.items()}
    collapsed = {key for key, one in runs.items() if queries.collapsed(one.run)}
    explained = words.explanation(selection.clustering, selection.split_words)
    return "".join(
        (
            f"<h1>{words.TITLE}</h1>",
            _paragraph(words.introduction(selection.info.shape, [selection.latent], runs)),
            *_alike(selection, runs),
            f"<h2>{html.escape(words.headline(judged, runs, collapsed))}</h2>",
            _paragraph(f"{explained} {words.over_starts(judged, runs, selection.method)}"),
            bars_html(scores, runs),
        )
    )


def _alike(selection: Selection, runs: Mapping[str, Shown]) -> Iterator[str]:
    """More like this, with what stands in the place of its buttons."""
    found = alike.of_selection(selection, runs)
    here = alike.chosen("", found)
    asked, lines = alike.pictures(selection, runs, found, here.image)
    yield f"<h2>{alike_words.TITLE}</h2>{_paragraph(alike_words.question(selection.info.test_size, bool(found.same)))}"
    yield alike_html(asked, lines)
    titles = [title for title, _ in alike.order_titles(runs, found).values()]
    buttons = "".join(map(_button, (alike_words.ANOTHER, *titles)))
    place = alike_words.place(here.rank, here.images)
    steps = f"{_button(alike_words.PREVIOUS)}{place}{_button(alike_words.NEXT)}" if here.order else ""
    yield f"<div class='choices'>{buttons}<span class='steps'>{steps}</span></div>{_paragraph(alike.honestly(runs, found))}"


def _button(title: str) -> str:
    """What is as large as a button with an icon."""
    return f"<span class='button'><i class='icon'></i>{title}</span>"


def _paragraph(markdown: str) -> str:
    """The little Markdown that these texts use: bold, emphasis, and icons, whose font is not there yet."""
    told = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)  # see `told.plain`
    text = re.sub(r":material/\w+: ", "<span class='icon'></span>", html.escape(told, quote=False))
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\*(.+?)\*", r"<em>\1</em>", text)
    return f"<p>{text}</p>"


def _font(page: str) -> str:
    """The font that the page fetches ahead; without one the browser's own stands in."""
    found = re.search(r"\./static/media/SourceSans[^\"]+\.woff2", page)
    return f'@font-face {{font-family:"Source Sans"; src:url("{found[0]}"); font-weight:200 900}}' if found else ""


def _colours() -> str:
    """The theme's, light or dark as the visitor's system is."""

    def rule(theme: str) -> str:
        ground, text = (st.get_option(f"theme.{theme}.{name}") for name in ("backgroundColor", "textColor"))
        side = st.get_option(f"theme.{theme}.sidebar.backgroundColor")
        return f"#first-sight {{--ground:{ground}; --text:{text}; --side:{side}}}"

    return f"{rule('light')} @media (prefers-color-scheme:dark) {{{rule('dark')}}}"
