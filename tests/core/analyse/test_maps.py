"""Each way to draw a map keeps groups apart, gives the same map again, and says what it cannot draw."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from core.analyse.maps import project
from core.analyse.metrics import trustworthiness
from core.errors import InvalidInputError
from core.paths import ROOT
from core.progress import listening
from core.settings import PROJECTIONS, ProjectionConfig

SMALL = {"tsne": 10, "umap": 8, "pca": None}


def groups(count=90, latent=6):
    """Points in three groups that lie apart, and the group of each."""
    labels = np.arange(count) % 3
    centres = 8 * np.eye(3, latent)
    return (centres[labels] + np.random.default_rng(0).normal(size=(count, latent))).astype(np.float32), labels


def make(points, method, seed=0):
    return project(points, ProjectionConfig(method, SMALL[method], seed))


@pytest.mark.parametrize("method", PROJECTIONS)
def test_groups_stay_apart_on_the_map(method):
    points, labels = groups()
    flat = make(points, method)
    assert flat.shape == (90, 2)
    assert flat.dtype == np.float32
    distances = np.linalg.norm(flat[:, None] - flat, axis=-1) + 1e9 * np.eye(90)
    assert (labels[distances.argmin(axis=1)] == labels).mean() > 0.95


@pytest.mark.parametrize("method", PROJECTIONS)
def test_the_same_seed_gives_the_same_map(method):
    points, _ = groups()
    np.testing.assert_array_equal(make(points, method, seed=3), make(points, method, seed=3))


def test_a_tsne_map_is_about_as_trustworthy_as_scikit_learns(mse_run):
    points = mse_run.test_embeddings[:2000].astype(np.float32)
    plain = TSNE(random_state=0).fit_transform(points)
    assert trustworthiness(points, project(points, ProjectionConfig("tsne"))) > trustworthiness(points, plain) - 0.002


def test_images_that_are_alike_do_not_spoil_a_tsne_map():
    points = np.repeat(groups()[0], 3, axis=0)
    assert np.isfinite(make(points, "tsne")).all()


def test_another_seed_gives_another_map():
    points, _ = groups()
    assert not np.allclose(make(points, "umap", seed=1), make(points, "umap", seed=2))


@pytest.mark.parametrize("latent", [1, 2])
@pytest.mark.parametrize("method", PROJECTIONS)
def test_one_or_two_latent_features_are_enough(method, latent):
    flat = make(groups(latent=3)[0][:, :latent], method)
    assert flat.shape == (90, 2)
    assert np.isfinite(flat).all()
    assert len(np.unique(flat, axis=0)) == 90


@pytest.mark.parametrize("method", PROJECTIONS)
def test_half_precision_embeddings_are_accepted(method):
    assert np.isfinite(make(groups()[0].astype(np.float16), method)).all()


def test_pca_is_scikit_learns():
    points, _ = groups()
    np.testing.assert_allclose(make(points, "pca"), PCA(2).fit_transform(points), atol=1e-4)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_too_few_images_for_the_neighbours_are_refused(method):
    points, _ = groups()
    with pytest.raises(InvalidInputError, match="30 neighbours needs more than 90 images, but there are 90"):
        project(points, ProjectionConfig(method, 30))


@pytest.mark.parametrize("method", PROJECTIONS)
def test_embeddings_that_are_not_finite_are_refused(method):
    points, _ = groups()
    points[3, 0] = np.nan
    with pytest.raises(InvalidInputError, match="not finite"):
        make(points, method)


def test_umap_is_imported_without_tensorflow_and_its_map_is_as_good_as_usual():
    code = """
import json, sys
import numpy as np
from core.settings import ProjectionConfig
from core.analyse.maps import project
from core.analyse.metrics import trustworthiness
points = np.random.default_rng(0).normal(size=(400, 6)).astype(np.float32)
ours = project(points, ProjectionConfig("umap", 8))
loaded = "tensorflow" in sys.modules
import numba, umap
plain = umap.UMAP(n_neighbors=8, random_state=0, n_jobs=1, n_epochs=200).fit_transform(points)
print(json.dumps([loaded, trustworthiness(points, ours), trustworthiness(points, plain)]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tensorflow, ours, plain = json.loads(done.stdout.splitlines()[-1])
    assert not tensorflow
    assert ours > plain - 0.02


def test_a_tsne_map_tells_how_far_it_is():
    told = []
    with listening(lambda done, total: told.append((done, total))):
        make(groups()[0], "tsne")
    assert told == [(done, 425) for done in (75, 125, 175, 210, 310, 385, 425)]
