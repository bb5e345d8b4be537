"""What a notebook may have set in NumPy, pandas, scikit-learn and warnings changes no value."""

import contextlib
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn

from core.analyse import map_geometry, metrics
from core.analyse.clustering import assign, cluster_table, fit
from core.analyse.kmeans import MajorityLabelClassifier, ScaledKMeans, sweep
from core.analyse.maps import project
from core.analyse.steady import steady
from core.data.digits import parts
from core.settings import PROJECTIONS, SCALINGS, ClusteringConfig, ProjectionConfig

LABELS = np.arange(120) % 3
# Some values so small that their squares underflow, which the strictest settings take for an error.
POINTS = (np.random.default_rng(0).normal(size=(120, 4)) * [1, 1, 1, 1e-30] + 6 * np.eye(3, 4)[LABELS]).astype(
    np.float32
)
# Made here, where nothing is set yet.
PICTURES = np.random.default_rng(1).random((3, 14, 14, 1))
DARK, TINY, SMALL = PICTURES * 1e-200, POINTS * np.float32(1e-25), POINTS[:, :2] * np.float32(1e-40)
OUTLINE = np.array([[-5, 5, 5], [-5, -5, 5]]) * 1e-200
PARTS = {"train": POINTS, "test": POINTS[:60]}
PART_LABELS = {"train": LABELS, "test": LABELS[:60]}


@contextlib.contextmanager
def errors_of_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextlib.contextmanager
def everything():
    with contextlib.ExitStack() as stack:
        for name, setting in SETTINGS.items():
            if name != "everything":
                stack.enter_context(setting())
        yield


SETTINGS = {
    "data frames": lambda: sklearn.config_context(transform_output="pandas"),
    "nothing checked": lambda: sklearn.config_context(assume_finite=True, skip_parameter_validation=True),
    "metadata": lambda: sklearn.config_context(enable_metadata_routing=True),
    "little memory": lambda: sklearn.config_context(working_memory=1, pairwise_dist_chunk_size=50),
    "sparse arrays": lambda: sklearn.config_context(sparse_interface="sparray", display="text"),
    "numpy raises": lambda: np.errstate(all="raise"),
    "numpy prints as long ago": lambda: np.printoptions(legacy="1.13"),
    "errors of warnings": errors_of_warnings,
    "pandas": lambda: pd.option_context("mode.string_storage", "python", "display.precision", 1),
    "everything": everything,
}


def clusterings() -> dict[str, np.ndarray]:
    values = {}
    for scaling in SCALINGS:
        kmeans = ScaledKMeans(5, scaling=scaling, random_state=0)
        values[f"{scaling} labels"] = kmeans.fit_predict(POINTS)
        values[f"{scaling} distances"] = np.asarray(kmeans.transform(POINTS))
        values[f"{scaling} predicted"] = kmeans.predict(POINTS)
        values[f"{scaling} sweep"] = np.vstack(
            [one.cluster_centers_ for one in sweep(POINTS, [3, 40], scaling=scaling)]
        )
        classifier = MajorityLabelClassifier(5, scaling=scaling, random_state=0).fit(POINTS, LABELS)
        values[f"{scaling} classified"] = classifier.predict(POINTS)
        values[f"{scaling} score"] = np.asarray(classifier.score(POINTS, LABELS))
        config = ClusteringConfig(5, scaling)
        found = assign(fit(POINTS, config), config, PARTS, PART_LABELS)
        values[f"{scaling} scores"] = np.asarray([*found.scores("test").values(), found.inertia])
        values[f"{scaling} clusters"] = found.cluster_of(POINTS, POINTS)
        values[f"{scaling} typical"] = found.typical_embeddings(POINTS, "train")
        values[f"{scaling} table"] = np.asarray(cluster_table(found, "test", tuple("abc"))["entropy"])
        values[f"{scaling} silhouette"] = np.asarray(metrics.silhouette(POINTS, found.assignments["train"]))
    # Fewer different rows than clusters, of which scikit-learn warns.
    values["alike"] = ScaledKMeans(4, random_state=0).fit(np.repeat(POINTS[:2], 9, axis=0)).labels_
    return values


def scores() -> dict[str, np.ndarray]:
    flat = POINTS[:, :2]
    return {
        "scores": np.asarray(list(metrics.clustering_scores(LABELS, LABELS[::-1]).values())),
        "trustworthiness": np.asarray([metrics.trustworthiness(POINTS, flat), metrics.trustworthiness(TINY, flat)]),
        "knn": np.asarray(metrics.knn_accuracy(POINTS[:60], LABELS[:60], POINTS[60:], LABELS[60:])),
        "linear": np.asarray(metrics.linear_probe_accuracy(POINTS[:60], LABELS[:60], POINTS[60:], LABELS[60:])),
        "ssim": metrics.ssim(DARK, PICTURES),
        "entropy": metrics.entropy(np.array([[3, 0], [1, 2]])),
        "placed": map_geometry.place(POINTS[:60], flat[:60], POINTS[60:]),
        "quantised": map_geometry.quantise(SMALL),
        "cells": map_geometry.mean_cells(flat, POINTS[:, 3], (-5, 5, -5, 5), (3, 4))[1],
        "kinds": np.stack(map_geometry.prevailing_kinds(flat, LABELS, (-5, 5, -5, 5), (3, 4))),
        "outlined": map_geometry.inside(SMALL, *OUTLINE),
        "pca": project(POINTS, ProjectionConfig("pca")),
    }


@pytest.fixture(scope="module")
def usual():
    return {compute: compute() for compute in (clusterings, scores)}


@pytest.mark.parametrize("compute", [clusterings, scores])
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_values_are_those_of_the_usual_settings(usual, compute, name):
    before = sklearn.get_config(), np.geterr(), list(warnings.filters)
    with SETTINGS[name]():
        values = compute()
    assert (sklearn.get_config(), np.geterr(), list(warnings.filters)) == before
    for what, value in values.items():
        np.testing.assert_array_equal(value, usual[compute][what], err_msg=what)


@pytest.mark.parametrize("method", PROJECTIONS)
def test_maps_are_those_of_the_usual_settings(method):
    config = ProjectionConfig(method, 8)
    usual = project(POINTS, config)
    with everything():
        np.testing.assert_array_equal(project(POINTS, config), usual)


def test_digits_are_those_of_the_usual_settings(digits):
    with everything():
        again = parts.__wrapped__()  # not those that are kept
    np.testing.assert_array_equal(again["train_images"], digits.train_images)
    np.testing.assert_array_equal(again["test_labels"], digits.test_labels)


def test_the_caller_s_random_numbers_are_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    ScaledKMeans(5, random_state=0).fit(POINTS)
    list(sweep(POINTS, [3, 40]))
    for method in ("pca", "tsne"):
        project(POINTS, ProjectionConfig(method, 8))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_transform_gives_a_data_frame_to_those_who_ask_for_one():
    kmeans = ScaledKMeans(3, random_state=0).fit(POINTS)
    frame = kmeans.set_output(transform="pandas").transform(POINTS)
    assert list(frame.columns) == ["scaledkmeans0", "scaledkmeans1", "scaledkmeans2"]
    with sklearn.config_context(transform_output="pandas"):
        others = ScaledKMeans(3, random_state=0).fit_transform(pd.DataFrame(POINTS, index=np.arange(120) + 7))
    assert others.index[0] == 7
    np.testing.assert_allclose(others.to_numpy(), frame.to_numpy())


def test_filters_of_warnings_come_back_when_threads_leave_in_any_order():
    before = list(warnings.filters)
    with errors_of_warnings():
        inside, leave = threading.Event(), threading.Event()

        def compute():
            with steady():
                inside.set()
                leave.wait(10)

        thread = threading.Thread(target=compute)
        with steady():
            thread.start()
            inside.wait(10)
        leave.set()
        thread.join()
        with pytest.raises(UserWarning):
            warnings.warn("as the caller wants it", UserWarning, stacklevel=1)
    assert list(warnings.filters) == before
