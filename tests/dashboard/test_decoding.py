"""The route that draws embeddings: what it answers, and what it refuses in words."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from starlette.requests import Request

from core.errors import RunCorruptError
from dashboard import decoding, queries
from dashboard.components.gallery import as_bytes
from tests import linear_runs
from tests.dashboard.conftest import wait_for


def ask(question, *, raw: bytes | None = None, kind: bytes = b"application/json"):
    """The answer of the route to a question, or to a body as it is."""
    body = json.dumps(question).encode() if raw is None else raw
    parts = [
        {"type": "http.request", "body": body[at : at + 1000], "more_body": True} for at in range(0, len(body), 1000)
    ]
    parts.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        return parts.pop(0)

    return wait_for(
        decoding.decode(
            Request(
                {"type": "http", "method": "POST", "path": "/decode", "headers": [(b"content-type", kind)]}, receive
            )
        )
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path_factory.mktemp("artifacts")))
        found = linear_runs.use(patch, linear_runs.image_set(3, shape=(20, 32, 3), train=200, test=60))
        yield linear_runs.write(found)


def question(run, rows=(0,), **more):
    vectors = [[float(value) for value in row] for row in run.test_embeddings[list(rows)]]
    return {"run": run.id, "drawing": "own", "vectors": vectors, **more}


def pictures(answer, width=32) -> np.ndarray:
    sheet = np.asarray(Image.open(io.BytesIO(answer.body)))
    return np.stack(np.split(sheet, sheet.shape[1] // width, axis=1))


def test_it_draws_what_the_decoder_does_and_names_the_nearest_images(run):
    answer = ask(question(run, [7, 30, 2]))
    assert answer.status_code == 200
    assert answer.media_type == "image/png"
    np.testing.assert_array_equal(pictures(answer), as_bytes(run.decode(run.test_embeddings[[7, 30, 2]])))
    assert answer.headers[decoding.NEAREST] == "7,30,2"
    far = ask({**question(run), "vectors": [[1000.0, 0, 0, 0]]})
    assert far.headers[decoding.RARITY] == "1.0000"
    assert 0 <= float(answer.headers[decoding.RARITY].split(",")[1]) < 1


def test_a_path_is_drawn_step_by_step(run):
    answer = ask(question(run, [7, 30], steps=4))
    ends = run.test_embeddings[[7, 30]]
    between = ends[0] + (ends[1] - ends[0]) * np.arange(5, dtype=np.float32)[:, None] / 4
    np.testing.assert_allclose(pictures(answer).astype(int), as_bytes(run.decode(between)).astype(int), atol=1)
    nearest = answer.headers[decoding.NEAREST].split(",")
    assert (len(nearest), nearest[0], nearest[-1]) == (5, "7", "30")


def test_what_overflows_is_still_a_picture(run):
    vectors = [[1e6, -1e6, 1e6, -1e6]]
    assert ask({**question(run), "vectors": vectors}).status_code == 200


REFUSED = {
    "no object": [1],
    "no vectors": {"vectors": None},
    "none": {"vectors": []},
    "too many": {"vectors": [[0, 0, 0, 0]] * (decoding.MOST_PICTURES + 1)},
    "too short": {"vectors": [[0, 0, 0]]},
    "ragged": {"vectors": [[0, 0, 0, 0], 5]},
    "words": {"vectors": [["1", 0, 0, 0]]},
    "truth": {"vectors": [[True, 0, 0, 0]]},
    "not a number": {"vectors": [[float("nan"), 0, 0, 0]]},
    "infinite": {"vectors": [[float("inf"), 0, 0, 0]]},
    "huge": {"vectors": [[10**400, 0, 0, 0]]},
    "no steps": {"steps": 0},
    "half steps": {"steps": 1.5},
    "long path": {"vectors": [[0, 0, 0, 0]] * 3, "steps": 60},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_in_words(run, change):
    answer = ask({**question(run), **change} if isinstance(change, dict) else change)
    assert answer.status_code == 400
    assert b"xpected" in answer.body


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"run": ' + b"9" * 5000 + b"}"])
def test_what_is_no_question_is_refused(run, raw):
    answer = ask(None, raw=raw)
    assert answer.status_code in (400, 404)
    assert len(answer.body) < 300


def test_a_run_or_drawing_that_is_not_there_is_told(run):
    for change in (
        {"run": "../../etc"},
        {"run": "gone"},
        {"run": None},
        {"drawing": "teacher"},
        {"drawing": None},
        {"drawing": []},
    ):
        answer = ask({**question(run), **change})
        assert answer.status_code == 404, change


def test_too_long_a_question_is_refused_before_it_is_read(run):
    answer = ask(None, raw=b" " * (decoding.MOST_BYTES + 1))
    assert answer.status_code == 413


def test_what_a_page_from_elsewhere_can_send_is_refused(run):
    for kind in (b"text/plain", b"application/x-www-form-urlencoded", b""):
        assert ask(question(run), kind=kind).status_code == 415
    assert ask(question(run), kind=b"application/json; charset=utf-8").status_code == 200


def test_many_at_once_are_refused(run, monkeypatch):
    monkeypatch.setattr(decoding, "_waiting", decoding.MOST_WAITING)
    assert ask(question(run)).status_code == 503
    monkeypatch.setattr(decoding, "_waiting", decoding.MOST_WAITING - 1)
    assert ask(question(run)).status_code == 200
    assert decoding._waiting == decoding.MOST_WAITING - 1


def test_a_damaged_run_is_told(run, monkeypatch):
    def refuse(run):
        raise RunCorruptError("decoder.onnx is damaged.")

    monkeypatch.setattr(queries, "decoders", refuse)
    answer = ask(question(run))
    assert answer.status_code == 404
    assert b"decoder.onnx" in answer.body


def test_the_largest_embeddings_have_room(run):
    row = [f"{value:.6g}" for value in np.random.default_rng(0).normal(0, 1e5, 256)]
    assert len(json.dumps([[float(value) for value in row]] * decoding.MOST_PICTURES)) < decoding.MOST_BYTES


def test_queries_of_an_embedding_find_the_image_itself(run):
    assert queries.nearest_test(run, run.test_embeddings[[3, 50]] + 1e-4).tolist() == [3, 50]
