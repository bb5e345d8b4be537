"""Uploads at a real server: what a visitor may have kept there, and what is refused in words."""

import asyncio
import http.client
import tomllib
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from core.paths import ROOT
from dashboard import upload_limits
from dashboard.upload_limits import UploadLimits


def path(session, name):
    return f"/base/_stcore/upload_file/{session}/{name}"


class Visitors:
    """Stands in for Streamlit: its sessions, its files, and a server that keeps what is sent when `go` is set."""

    def __init__(self):
        self.sessions = {"one", "two", *map(str, range(20))}
        self.files = MemoryUploadedFileManager("/upload")
        self.uploaded_file_mgr = self.files
        self.go = asyncio.Event()
        self.app = UploadLimits(self.keep)

    def is_active_session(self, session):
        return session in self.sessions

    async def keep(self, scope, receive, send):
        await self.go.wait()
        session, name = scope["path"].split("/")[-2:]
        self.files.add_file(session, UploadedFileRec(name, name, "image/png", (await receive())["body"]))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def put(self, session, name, body=b"picture", method="PUT", announced=-1):
        """Status and words of the answer. `announced`: what it says of its size; None for nothing, -1 for the truth."""
        said = []
        size = len(body) if announced == -1 else announced
        headers = [] if size is None else [(b"content-length", str(size).encode())]

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            said.append(message)

        scope = {"type": "http", "method": method, "path": path(session, name), "headers": headers}
        await self.app(scope, receive, send)
        return said[0]["status"], said[-1].get("body", b"").decode()

    def names(self, session):
        return [file.name for file in self.files.file_storage.get(session, {}).values()]


def with_visitors(monkeypatch, what):
    async def go():
        visitors = Visitors()
        monkeypatch.setattr(upload_limits.runtime, "get_instance", lambda: visitors)
        await what(visitors)

    with ThreadPoolExecutor(1) as threads:  # the browser tests keep an event loop in this one
        threads.submit(asyncio.run, go()).result()


def test_a_session_keeps_its_newest_files_whatever_their_names(monkeypatch):
    monkeypatch.setattr(upload_limits, "ADDING", replace(upload_limits.ADDING, files=3))

    async def upload(visitors):
        visitors.go.set()
        for number in range(30):
            assert await visitors.put("one", f"made-up-{number}") == (204, "")
        await visitors.put("two", "other")
        assert visitors.names("one") == ["made-up-27", "made-up-28", "made-up-29"]
        assert visitors.names("two") == ["other"]
        monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
        await visitors.put("one", "made-up-30")
        assert visitors.names("one") == ["made-up-29", "made-up-30"]

    with_visitors(monkeypatch, upload)


def test_more_uploads_at_once_are_refused_in_words_by_session_and_in_all(monkeypatch):
    async def upload(visitors):
        async def begin(*asked):
            begun = asyncio.create_task(visitors.put(*asked))
            await asyncio.sleep(0)
            return begun

        arriving = [await begin("one", str(number)) for number in range(6)]
        status, words = await visitors.put("one", "seventh")
        assert status == 429
        assert "at once" in words
        arriving += [await begin(str(number), "file") for number in range(18)]
        assert (await visitors.put("two", "one more"))[0] == 429
        visitors.go.set()
        assert {await one for one in arriving} == {(204, "")}
        assert await visitors.put("two", "one more") == (204, "")  # the places are free again
        assert visitors.app._announced == 0
        assert visitors.app._arriving.total() == 0

    with_visitors(monkeypatch, upload)


def test_a_full_server_refuses_in_words_until_others_have_left(monkeypatch):
    async def upload(visitors):
        visitors.go.set()
        for session in range(16):
            assert (await visitors.put(str(session), "large", bytes(4_000_000)))[0] == 204
        assert (await visitors.put("one", "small"))[0] == 204
        monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
        status, words = await visitors.put("two", "small")
        assert status == 429
        assert "keeps 64 MB" in words
        assert visitors.names("two") == []
        visitors.files.remove_session_files("3")
        assert (await visitors.put("two", "small"))[0] == 204


@pytest.mark.parametrize(("look_only", "most"), [("0", 200), ("1", 5)])
def test_a_file_too_large_is_refused_before_it_is_read_or_as_soon_as_it_is_seen(monkeypatch, look_only, most):
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", look_only)

    async def upload(visitors):
        visitors.go.set()
        assert (await visitors.put("one", "fits", announced=most << 20))[0] == 204
        status, words = await visitors.put("one", "announced", announced=(most + 2) << 20)
        assert (status, f"at most {most} MB" in words) == (413, True)
        if most < 100:  # what does not say how large it is
            assert (await visitors.put("one", "unannounced", bytes((most + 2) << 20), announced=None))[0] == 413
        assert visitors.names("one") == ["fits"]
        assert visitors.app._announced == 0

    with_visitors(monkeypatch, upload)


def test_those_that_arrive_count_with_all_they_announce(monkeypatch):
    async def upload(visitors):
        arriving = [asyncio.create_task(visitors.put(name, "large", announced=200_000_000)) for name in ("one", "two")]
        await asyncio.sleep(0)
        refused = asyncio.wait_for(visitors.put("3", "large", announced=100_000_000), 5)
        assert (await refused)[0] == 429
        visitors.go.set()
        assert {(await one)[0] for one in arriving} == {204}
        assert (await visitors.put("3", "large", announced=100_000_000))[0] == 204

    with_visitors(monkeypatch, upload)


def test_what_arrives_for_a_session_that_has_gone_meanwhile_is_not_kept(monkeypatch):
    async def upload(visitors):
        arriving = asyncio.create_task(visitors.put("one", "late"))
        await asyncio.sleep(0)
        visitors.sessions.remove("one")
        visitors.go.set()
        await arriving
        assert visitors.names("one") == []

    with_visitors(monkeypatch, upload)


def test_a_body_that_does_not_come_is_given_up_in_words_and_its_place_is_free(monkeypatch):
    async def upload(visitors):
        monkeypatch.setattr(upload_limits, "SECONDS", 0.01)
        status, words = await visitors.put("one", "slow")
        assert status == 408
        assert "took longer than" in words
        assert visitors.app._arriving.total() == 0

    with_visitors(monkeypatch, upload)


def test_an_upload_that_fails_frees_its_place(monkeypatch):
    async def upload(visitors):
        async def fail(scope, receive, send):
            raise RuntimeError

        visitors.app.app = fail
        with pytest.raises(RuntimeError):
            await visitors.put("one", "file")
        assert visitors.app._arriving.total() == 0

    with_visitors(monkeypatch, upload)


def test_other_requests_pass_untouched(monkeypatch):
    async def ask(visitors):
        visitors.go.set()
        visitors.app._arriving.update({"one": 100})
        assert (await visitors.put("one", "file", method="DELETE"))[0] == 204

    with_visitors(monkeypatch, ask)


# --- at a real server ----------------------------------------------------------------------------------------------


@pytest.fixture
def visitor(served):
    """A visitor's open line, and the id of its session."""
    address = f"ws://127.0.0.1:{served.port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, close_timeout=1, proxy=None) as line:
        question = BackMsg()
        question.rerun_script.query_string = ""
        line.send(question.SerializeToString())
        message = ForwardMsg.FromString(line.recv(timeout=60))
        while message.WhichOneof("type") != "new_session":
            message = ForwardMsg.FromString(line.recv(timeout=60))
        yield SimpleNamespace(line=line, session=message.new_session.initialize.session_id)


def upload(served, session, name, size, chunked=False):
    """Status and words of the answer to an upload, with the protection against other sites satisfied."""
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="f"; filename="p.png"\r\n\r\n'.encode()
    body = head + bytes(size) + f"\r\n--{edge}--\r\n".encode()
    cookie = served.ask("GET", "/_stcore/health").headers.get_all("Set-Cookie", [])
    token = next((one.split(";")[0].split("=", 1)[1] for one in cookie if one.startswith("_streamlit_xsrf")), "")
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}", "X-Xsrftoken": token}
    headers["Cookie"] = f"_streamlit_xsrf={token}"
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    sent = iter([body]) if chunked else body
    line.request("PUT", f"/_stcore/upload_file/{session}/{name}", sent, headers, encode_chunked=chunked)
    answer = line.getresponse()
    words = answer.read().decode()
    line.close()
    return answer.status, words


@pytest.mark.parametrize("chunked", [False, True])
def test_a_real_upload_is_taken_and_one_too_large_is_not(served, visitor, chunked):
    assert upload(served, visitor.session, "a", 100_000, chunked) == (204, "")
    assert upload(served, visitor.session, "b", 7_000_000, chunked) == (204, "")
    if not chunked:  # refused before it is sent
        line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        line.putrequest("PUT", f"/_stcore/upload_file/{visitor.session}/c")
        line.putheader("Content-Length", str((upload_limits.SET_MB + 2) << 20))
        line.endheaders()
        answer = line.getresponse()
        assert (answer.status, "too large" in answer.read().decode()) == (413, True)
        line.close()


def test_the_bounds_of_a_file_are_those_that_streamlit_is_told():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["maxUploadSize"] == upload_limits.SET_MB


def test_a_session_that_does_not_exist_is_refused(served):
    assert upload(served, "made-up", "a", 1000)[0] == 400


def test_a_message_larger_than_any_page_sends_is_not_read(visitor):
    question = BackMsg()
    question.rerun_script.query_string = "x" * 21_000_000
    with pytest.raises(ConnectionClosed):  # noqa: PT012 - while it is sent, or after it
        visitor.line.send(question.SerializeToString())
        while ForwardMsg.FromString(visitor.line.recv(timeout=60)).WhichOneof("type") != "script_finished":
            pass
