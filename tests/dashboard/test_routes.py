"""What every answer of the server carries, and that no request makes it fail."""

import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from core.paths import ROOT
from dashboard.headers import HEADERS, failed
from tests.dashboard.conftest import wait_for

SHEET = "/thumbnails/fashion_mnist/test/0.png"
PATHS = [
    "/",
    "/clusters",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/upload_file/a/b",
    "/media/nothing.png",
    "/static/nothing.js",
    "/plotly.min.js",
    SHEET,
    "/thumbnails/fashion_mnist/test/100.png",
    "/decode",
]


def carries_all(headers) -> bool:
    return {name: headers.get(name) for name in HEADERS} == HEADERS


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(served, path):
    for method in METHODS:
        answer = served.ask(method, path)
        assert answer.status < 500, method
        assert carries_all(answer.headers), method


def test_a_websocket_carries_them_accepted_or_refused(served):
    address = f"ws://127.0.0.1:{served.port}/_stcore"
    with connect(f"{address}/stream", subprotocols=["streamlit"], proxy=None) as line:
        assert carries_all(line.response.headers)
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{address}/stream", origin="http://elsewhere.example", proxy=None)
    assert refused.value.response.status_code == 403


def test_what_the_headers_say():
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["frame-ancestors"] == "'none'"
    assert HEADERS["X-Frame-Options"] == "DENY"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert not any(
        ":" in source and source not in ("data:", "blob:") for one in policy.values() for source in one.split()
    )


def test_an_unexpected_failure_carries_them_too():
    answer = wait_for(failed(None, RuntimeError("secret")))
    assert answer.status_code == 500
    assert carries_all(answer.headers)
    assert b"secret" not in answer.body


ODD = [
    "/thumbnails/fashion_mnist/test/" + "9" * 5000 + ".png",
    "/thumbnails/fashion_mnist/test/-1.png",
    "/thumbnails/fashion_mnist/test/%00.png",
    "/thumbnails/fashion_mnist/test/%D9%A1.png",
    "/thumbnails/fashion_mnist/test/%ff%fe.png",
    "/thumbnails/../../etc/passwd",
    "/thumbnails/%2e%2e/%2e%2e/etc/passwd",
    "/thumbnails/..%2f..%2fetc%2fpasswd",
    "/thumbnails/" + "a/" * 2000,
    "/thumbnails//fashion_mnist//test//0.png",
    "/%00",
    "/%ff",
    "/static/%00",
    "/static/..%2f..%2f..%2fREADME.md",
    "/media/%00",
    "/media/" + "a" * 5000,
    "/_stcore/bidi-components/%00/x",
    "/_stcore/component/%00/x",
    "/component/../../x",
    "/_stcore/upload_file/%00/%00",
    "//elsewhere.example/",
    "/?" + "k=9&" * 5000,
    "/?k=%00&latent=%ff",
]


@pytest.mark.parametrize("path", ODD)
def test_no_address_makes_the_server_fail_or_hands_out_a_file(served, path):
    for method in METHODS:
        answer = served.ask(method, path)
        assert answer.status < 500, method
        assert b"root:" not in answer.content
        assert b"# Latent Lens" not in answer.content
        if path.startswith("/thumbnails"):
            assert answer.status in (308, 400, 404, 405), method


@pytest.mark.parametrize(
    "place", ["bytes=0-9", "bytes=9-0", "bytes=-1", "bytes=" + "9" * 5000 + "-", "lines=1", "bytes=0-1,1-2", "\xff"]
)
@pytest.mark.parametrize("path", [SHEET, "/plotly.min.js", "/"])
def test_part_of_an_answer_may_be_asked_for(served, path, place):
    answer = served.ask("GET", path, Range=place)
    assert answer.status in (200, 206, 400, 416)
    if path == "/plotly.min.js" and place == "bytes=0-9":
        assert (answer.status, len(answer.content)) == (206, 10)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", SHEET, 200), ("HEAD", SHEET, 200), ("POST", SHEET, 405), ("DELETE", "/", 405), ("PUT", "/plotly.min.js", 405),
        ("GET", "/thumbnails/x", 404),
    ],
)  # fmt: skip
def test_methods_and_places_are_answered_as_is_usual(served, method, path, status):
    assert served.ask(method, path).status == status


def test_the_repository_is_not_handed_out(served):
    readme = (ROOT / "README.md").read_bytes()
    for path in ("/README.md", "/../README.md", "/app.py", "/.streamlit/config.toml"):
        assert readme[:40] not in served.ask("GET", path).content
        assert b"maxUploadSize" not in served.ask("GET", path).content


def test_what_is_no_http_is_refused_and_the_server_lives(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 400")
    assert served.ask("GET", "/_stcore/health").status == 200
