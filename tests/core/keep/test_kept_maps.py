import errno
import os
import shutil

import numpy as np
import pytest

import core
from core.errors import (
    StorageWriteError,
)
from core.keep.runs import get_run
from core.settings import ProjectionConfig
from tests.core.small_runs import (
    TEST,
    bundled,
    closed,
    contents,
    flip,
    flips,
    write,
)

# --- maps made later -----------------------------------------------------------------------------------------------


def test_maps_made_later_join_those_of_the_run(artifacts):
    run = write()
    before = contents(run.path)
    settings = ProjectionConfig("tsne", 5, seed=1)
    assert run.projection(settings) is None
    points = np.random.default_rng(0).random((TEST, 2))
    run.add_projection(settings, points)
    np.testing.assert_allclose(get_run(run.id).projection(settings), points, rtol=1e-6)
    assert run.projection(ProjectionConfig("tsne", 5, seed=2)) is None
    assert run.projections() == ["pca", "tsne-n5-s1"]
    assert contents(run.path) == before  # a finished run never changes


def test_each_changed_byte_of_a_kept_map_is_noticed_and_the_map_set_aside(artifacts):
    run, settings = write(), ProjectionConfig("umap")
    points = np.random.default_rng(0).random((TEST, 2)).astype(np.float32)
    run.add_projection(settings, points)
    folder = artifacts / "cache" / "projections" / run.id / "projection-umap-n15-s0"
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "points.npy"]
    for file in folder.iterdir():
        raw = file.read_bytes()
        for changed in list(flips(raw))[:: max(1, len(raw) // 120)]:
            file.write_bytes(changed)
            assert run.projection(settings) is None, file.name
            assert not folder.exists()
            (aside,) = folder.parent.iterdir()
            aside.rename(folder)
            file.write_bytes(raw)
    np.testing.assert_array_equal(run.projection(settings), points)


def test_a_map_of_another_run_or_of_other_settings_is_not_taken_for_this_one(artifacts):
    run, other = write(seed=1), write(seed=2)
    other.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    maps = artifacts / "cache" / "projections"
    shutil.copytree(maps / other.id, maps / run.id)
    assert run.projection(ProjectionConfig("umap")) is None
    shutil.copytree(maps / other.id / "projection-umap-n15-s0", maps / other.id / "projection-umap-n30-s0")
    assert other.projection(ProjectionConfig("umap", 30)) is None
    assert other.projection(ProjectionConfig("umap")) is not None


def test_a_map_set_aside_is_computed_anew(artifacts, caplog):
    run, settings = write(), ProjectionConfig("umap")
    run.add_projection(settings, np.zeros((TEST, 2)))
    flip(next((artifacts / "cache").rglob("points.npy")))
    assert run.projection(settings) is None
    assert "points.npy has sha256" in caplog.text
    run.add_projection(settings, np.ones((TEST, 2)))
    assert run.projection(settings).sum() == 2 * TEST


@pytest.mark.parametrize("points", [np.zeros((TEST, 3)), np.zeros((TEST - 1, 2)), np.full((TEST, 2), np.nan)])
def test_a_map_of_another_shape_is_computed_anew(artifacts, points):
    run = write()
    run.add_projection(ProjectionConfig("umap"), points)
    assert run.projection(ProjectionConfig("umap")) is None


def test_a_map_in_a_folder_that_cannot_be_entered_is_as_good_as_none(artifacts, monkeypatch):
    run = write()
    run.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    (kept,) = (artifacts / "cache" / "projections" / run.id).iterdir()
    closed(monkeypatch, kept)
    assert run.projection(ProjectionConfig("umap")) is None
    assert run.projections() == ["pca"]


def test_a_map_that_cannot_be_kept_says_so_and_leaves_nothing(artifacts, failing):
    run = write()
    before = contents(artifacts)
    failing(os, "replace", errno.ENOSPC)
    with pytest.raises(StorageWriteError, match="make room"):
        run.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    assert contents(artifacts) == before


def test_maps_of_a_bundled_run_go_elsewhere(artifacts):
    run = write(folder=bundled(artifacts))
    before = contents(bundled(artifacts))
    run.add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
    assert contents(bundled(artifacts)) == before
    assert get_run(run.id).projection(ProjectionConfig("umap")).shape == (TEST, 2)


def test_a_file_in_the_place_of_the_artifacts_folder_is_a_storage_error(artifacts, tmp_path, monkeypatch):
    run = write()
    shutil.move(run.path, tmp_path / "run")
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path / "taken"))
    with pytest.raises(StorageWriteError, match="taken"):
        core.Run(tmp_path / "run", bundled=False).add_projection(ProjectionConfig("umap"), np.zeros((TEST, 2)))
