"""The dashboard in AppTest: on the bundled runs, or on a store of small runs."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.testing.v1 import AppTest

from core.keep.run import Run
from core.paths import ROOT
from core.settings import LOSSES
from dashboard import queries
from dashboard.palette import loss_colour
from dashboard.view import Shown
from tests.dashboard.serving import STREAMLIT, Started, foreign_folder, starting

PAGES = (
    "overview",
    "reconstructions",
    "embedding_map",
    "clusters",
    "confusion",
    "disagreement",
    "across",
    "image",
    "train",
    "runs",
)


def open_page(name: str, **query: str | list[str]) -> AppTest:
    """A page as it opens from a link with these query parameters."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    return app if name == "overview" else app.switch_page(f"app_pages/{name}.py").run()


def as_shown(runs: Mapping[str, Run | None]) -> dict[str, Shown]:
    """The usual runs of these losses, as pages give them to charts."""
    return {loss: Shown(run, loss, LOSSES[loss].title, loss_colour(loss)) for loss, run in runs.items()}


def texts(app: AppTest) -> str:
    """Everything a reader finds in words on the page; text that `plain` has escaped as it is shown."""
    kinds = (app.title, app.header, app.markdown, app.caption, app.info, app.error, app.warning, app.success)
    markdown = "\n".join(element.value for kind in kinds for element in kind)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.replace(":gray[]", ""))


@pytest.fixture(autouse=True)
def _nothing_remembered_of_a_set():
    """Several tests make sets and judges of the same name, which nobody else's ever have."""
    for one in (queries.classes._own_labels, queries.drawings._judge, queries.thumbnail_sheet):
        one.clear()


@pytest.fixture
def bundled_only(tmp_path, monkeypatch):
    """The bundled runs and nothing that a user trained."""
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "artifacts"))
    return tmp_path / "artifacts"


@pytest.fixture
def digits_store(store, monkeypatch):
    """Only the two small runs on digits."""
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", store / "bundled")
    return store


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Started]:
    """A server started through a link from a folder that, like the home, has other settings."""
    folder = foreign_folder(tmp_path_factory.mktemp("elsewhere") / "folder")
    artifacts, script = tmp_path_factory.mktemp("artifacts"), "repository/dashboard/app.py"
    with starting(folder, *STREAMLIT, script, artifacts=artifacts, HOME=str(folder)) as server:
        yield server


def wait_for(coroutine):
    """Its result; in a thread of its own, because the browser tests keep an event loop in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()
