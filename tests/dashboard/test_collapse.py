"""A model that has collapsed is named as such on the pages."""

import shutil

import numpy as np
import pytest

import core
from core.keep.runs import write_run
from core.paths import BUNDLED
from tests.dashboard.conftest import open_page, texts

BUNDLED_RUN = "fashion_mnist-mse-z10-7f067ef94d"


@pytest.fixture
def run_with(artifacts, monkeypatch):
    """Make the one run in the store: a bundled one, with other embeddings."""
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    monkeypatch.setattr("core.keep.runs.BUNDLED", BUNDLED)
    bundled = core.get_run(BUNDLED_RUN)
    monkeypatch.setattr("core.keep.runs.BUNDLED", artifacts / "bundled")

    def make(change):
        def fill(path):
            for name in {file.name for file in bundled.path.iterdir()} - {"config.json", "manifest.json"}:
                shutil.copy(bundled.path / name, path)
            for split in ("train", "test"):
                name = f"{split}_embeddings.npy"
                np.save(path / name, change(np.load(bundled.path / name)).astype(np.float16))

        return write_run(bundled.config, fill)

    return make


@pytest.mark.parametrize("page", ["overview", "clusters", "reconstructions", "embedding_map", "confusion"])
def test_a_model_with_one_embedding_for_all_images_is_named(page, run_with):
    run_with(lambda rows: np.ones_like(rows))
    app = open_page(page, losses="Pixel MSE")
    assert not app.exception
    assert not app.error
    (warning,) = [one for one in app.warning if "collapsed" in one.proto.title]
    assert warning.proto.title == "Pixel MSE: this model has collapsed"
    assert "nearly the same embedding" in warning.value


def test_a_model_that_draws_one_picture_for_all_images_is_named(run_with):
    run_with(lambda rows: rows / 2000)
    app = open_page("reconstructions", losses="Pixel MSE")
    assert not app.exception
    assert "draws nearly the same picture" in texts(app)


def test_a_model_that_tells_images_apart_is_not(run_with):
    run_with(lambda rows: rows)
    assert "nearly the same" not in texts(open_page("overview", losses="Pixel MSE"))
