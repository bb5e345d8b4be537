import gc
import gzip
import io

import numpy as np
import pytest
from PIL import Image
from starlette.requests import Request

from core.data.imagesets import read_part
from core.errors import DataCorruptError, StoreError
from core.settings import RunConfig
from dashboard import server
from dashboard.components.live_chart import PLOTLY_FILE, plotly_address
from tests.dashboard.conftest import open_page, texts, wait_for


def visit(query):
    return Request({"type": "http", "query_string": query})


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
    monkeypatch.setattr("dashboard.queries.BUNDLED", artifacts / "bundled")
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
    def wrong(selection):
        raise error

    monkeypatch.setattr("dashboard.first_sight._overview", wrong)
    server.read_ahead()
    answer = wait_for(server.index(visit(b"")))
    assert answer.status_code == 200
    assert '<div id="root">' in answer.body.decode()


def test_a_first_visit_is_answered_with_the_scores_and_pictures_that_the_page_shows(bundled_only):
    answer = wait_for(server.index(visit(b"")))
    text = answer.body.decode()
    assert '<div id="root">' in text
    app = open_page("overview")
    shares = [metric.value.split()[0] for metric in app.metric if metric.label == "Right class"]
    assert len(shares) == 2
    assert all(f"{share} %" in text for share in shares)
    assert f"<link rel='prefetch' as='script' href='{plotly_address()}'>" in text  # for the pages that draw with it
    assert text.count("data:image/png") == 30  # ten originals, ten redrawn by each of two losses


def test_a_link_to_other_choices_shows_no_other_overview_first():
    assert "first-sight" not in wait_for(server.index(visit(b"k=30"))).body.decode()


def test_without_runs_the_first_answer_is_the_plain_page(artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.BUNDLED", artifacts / "bundled")
    text = wait_for(server.index(visit(b""))).body.decode()
    assert "first-sight" not in text
    assert '<div id="root">' in text


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
