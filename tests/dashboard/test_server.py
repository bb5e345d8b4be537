import gc
import gzip
import io

import numpy as np
import pytest
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from core.data import own, read_part
from core.errors import DataCorruptError, StoreError
from core.settings import RunConfig
from dashboard import server
from dashboard.components.live_chart import PLOTLY_FILE, plotly_address
from dashboard.first_sight import FirstSight
from tests.dashboard.conftest import open_page, texts, wait_for

PAGE = '<html><head><title>Streamlit</title></head><body><div id="root"></div></body></html>'


def visit(*, page=PAGE, status=200, headers=None, **asked) -> tuple[Response, list[str]]:
    """The answer through the middleware, and the names of the headers with which Streamlit was asked."""
    wanted = {"host": "x", "accept-encoding": "gzip", "if-none-match": "1", "range": "bytes=0-1"}
    raw = [(name.encode(), value.encode()) for name, value in wanted.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw, **asked}
    answer, sent = Response(), []

    async def streamlit(scope, receive, send):
        sent.extend(name.decode() for name, _ in scope["headers"])
        given = [(name.encode(), value.encode()) for name, value in (headers or {"content-type": "text/html"}).items()]
        body = page.encode(errors="surrogateescape")
        await send({"type": "http.response.start", "status": status, "headers": given})
        await send({"type": "http.response.body", "body": body[:20], "more_body": True})
        await send({"type": "http.response.body", "body": body[20:]})

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status_code, answer.raw_headers = message["status"], message["headers"]
        answer.body += message.get("body", b"")

    wait_for(FirstSight(streamlit)(scope, None, send))
    return answer, sent


def first_answer(**asked) -> str:
    return visit(**asked)[0].body.decode()


def get(path):
    return wait_for(server.thumbnails(Request({"type": "http", "path_params": {"path": path}})))


def test_a_sheet_holds_a_hundred_images_in_order():
    answer = get("fashion_mnist/test/42.png")
    assert answer.status_code == 200
    assert answer.media_type == "image/png"
    sheet = np.array(Image.open(io.BytesIO(answer.body)))
    images = read_part("fashion_mnist", "test_images")[4200:4300, ..., 0]
    assert np.array_equal(sheet, np.hstack(images))


@pytest.mark.parametrize(
    "path",
    [
        "fashion_mnist/test/100.png",
        "nonsense/test/0.png",
        "fashion_mnist/secret/0.png",
        "fashion_mnist/test/-1.png",
        "fashion_mnist/test/1.5.png",
        "fashion_mnist/test/\u0661.png",
        "fashion_mnist/test/0.png\n",
        "fashion_mnist/test/0.gif",
        "fashion_mnist/test/.png",
        "fashion_mnist/test",
        "../fashion_mnist/test/0.png",
        "fashion_mnist/test/" + "9" * 5000 + ".png",
        "",
    ],
)
def test_what_is_not_there_is_not_found(path):
    assert get(path).status_code == 404


def test_damaged_images_are_not_found(monkeypatch):
    def damaged(*place):
        raise DataCorruptError("truncated")

    monkeypatch.setattr("dashboard.queries.thumbnail_sheet", damaged)
    assert get("fashion_mnist/test/0.png").status_code == 404


def test_getting_ready_copes_with_an_empty_store(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    monkeypatch.setattr("streamlit.get_option", lambda name: True)

    async def start():
        async with server.lifespan(None):
            pass

    left = artifacts / "checkpoints" / RunConfig().run_id
    left.mkdir(parents=True)
    monkeypatch.setattr("core.keep.leftovers._is_stored", lambda name: name == left.name)
    wait_for(start())
    assert not left.exists()  # what a training that was killed after storing left
    gc.unfreeze()


@pytest.mark.parametrize("error", [RecursionError("deep"), KeyError("bytes"), DataCorruptError("truncated")])
def test_whatever_is_wrong_with_what_is_stored_the_server_starts_and_answers(error, monkeypatch):
    def wrong():
        raise error

    monkeypatch.setattr("dashboard.first_sight.overview", wrong)
    server.read_ahead()
    assert first_answer() == PAGE


def test_a_first_visit_is_answered_with_the_scores_and_pictures_that_the_page_shows(bundled_only):
    text = first_answer()
    assert text.startswith("<html><head><title>Latent Lens</title>")
    assert text.endswith("</body></html>")
    app = open_page("overview")
    shares = [metric.value.split()[0] for metric in app.metric if metric.label == "Right class"]
    assert len(shares) == 2
    assert all(f"{share} %" in text for share in shares)
    assert f"<link rel='prefetch' as='script' href='{plotly_address()}'>" in text  # for the pages that draw with it
    assert text.count("data:image/png") == 13  # an image, and six most like it under each of two losses


@pytest.mark.parametrize(
    "asked",
    [
        {"query_string": b"k=30"},  # other choices
        {"path": "/clusters"},
        {"path": "/static/js/index.js"},
        {"method": "HEAD"},
    ],
)
def test_other_requests_are_answered_as_streamlit_does(asked):
    assert first_answer(**asked) == PAGE


@pytest.mark.parametrize(
    ("status", "headers", "page"),
    [
        (200, {"content-type": "text/html"}, "<html>A page of a later Streamlit"),
        (200, {"content-type": "text/html"}, "\udcff</body>"),
        (200, {"content-type": "text/plain"}, PAGE),
        (200, {"content-type": "text/html", "content-encoding": "gzip"}, PAGE),
        (404, {"content-type": "text/html"}, PAGE),
        (304, {}, ""),
    ],
)
def test_an_answer_that_cannot_be_added_to_is_passed_on_as_it_is(bundled_only, status, headers, page):
    answer = visit(status=status, headers=headers, page=page)[0]
    assert answer.status_code == status
    assert answer.body == page.encode(errors="surrogateescape")
    assert {name: answer.headers[name] for name in headers} == headers


def test_what_is_asked_of_streamlit_is_a_whole_page_and_what_is_said_of_it_is_true(bundled_only):
    answer, sent = visit(page=PAGE, headers={"content-type": "text/html", "etag": "1", "content-length": "3"})
    assert sent == ["host"]
    assert "etag" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.body) > len(PAGE)


def test_without_runs_the_first_answer_is_the_plain_page(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    assert first_answer() == PAGE


@pytest.mark.parametrize("name", ["overview", "clusters"])
def test_what_the_sidebar_cannot_read_is_told_and_the_page_is_shown(bundled_only, monkeypatch, name):
    def unreadable(place):
        raise StoreError("The folder <b> cannot be read.")

    monkeypatch.setattr("dashboard.sidebar.sidebar", unreadable)
    app = open_page(name)
    assert not app.exception
    assert "The folder <b> cannot be read." in texts(app)
    assert app.title


def test_plotly_comes_packed_to_those_who_can_unpack_it():
    def ask(*headers):
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/plotly.min.js",
            "query_string": b"",
            "headers": list(headers),
        }
        return wait_for(server.plotly_script(Request(scope)))

    packed = ask((b"accept-encoding", b"gzip, deflate, br"))
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == PLOTLY_FILE.read_bytes()
    assert len(packed.body) < PLOTLY_FILE.stat().st_size / 3
    plain = ask()
    assert "content-encoding" not in plain.headers
    assert plain.path == PLOTLY_FILE


def test_a_sheet_of_a_users_own_set_is_in_colour_and_holds_what_is_there(artifacts, tmp_path):
    for number in range(150):
        pixels = np.full((28, 28, 3), (number, 255 - number, 128), np.uint8)
        pixels[10:] = 255
        (tmp_path / "colours").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "colours" / f"{number}.png")
    info = own.add_pictures(own.Adding(str(tmp_path / "colours"), "Colours")).info
    images = read_part(info.name, "test_images")
    assert images.shape == (30, 28, 28, 3)
    answer = get(f"{info.name}/test/0.png")
    assert np.array_equal(np.array(Image.open(io.BytesIO(answer.body))), np.hstack(images))
    train = np.array(Image.open(io.BytesIO(get(f"{info.name}/train/2.png").body)))
    assert np.array_equal(train, np.hstack(read_part(info.name, "train_images")[84:120]))  # 42 on a sheet
    assert get(f"{info.name}/train/3.png").status_code == 404
    own.remove(info.name)
    assert get(f"{info.name}/test/1.png").status_code == 404
