"""How latent numbers are spread, and paths between embeddings: values worked out by hand."""

import numpy as np
import pytest

from core.analyse.latent_numbers import BINS, describe, mean_of, path
from core.errors import InvalidInputError


def test_numbers_are_described_by_percentiles_and_ordered_by_spread():
    count = np.arange(101, dtype=np.float32)
    found = describe(np.stack([count / 100, np.full(101, 7, np.float32), -3 * count], axis=1))
    assert found.order.tolist() == [2, 0, 1]
    np.testing.assert_allclose(found.low, [0.01, 7, -297])
    np.testing.assert_allclose(found.high, [0.99, 7, -3])
    assert found.counts.shape == (3, BINS)
    # Of 101 evenly spaced values one lies beyond either percentile.
    assert found.counts.sum(axis=1).tolist() == [99, 0, 99]
    assert found.counts[0].max() - found.counts[0].min() <= 1


def test_an_outlier_does_not_stretch_the_range():
    values = np.append(np.linspace(0, 1, 999), 1000).astype(np.float32)[:, None]
    assert describe(values).high[0] == pytest.approx(0.991, abs=0.001)


def test_of_no_embeddings_nothing_is_said():
    with pytest.raises(InvalidInputError, match="at least one row"):
        describe(np.empty((0, 3), np.float32))


def test_a_path_leads_straight_from_stop_to_stop():
    found = path(np.array([[0, 0], [4, 8], [4, 0]], np.float32), 4)
    expected = [[0, 0], [1, 2], [2, 4], [3, 6], [4, 8], [4, 6], [4, 4], [4, 2], [4, 0]]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_a_path_of_one_stop_stays_there():
    np.testing.assert_array_equal(path(np.array([[1.5, -2]]), 8), [[1.5, -2]])


def test_a_path_ends_exactly_at_its_stops():
    stops = np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)
    np.testing.assert_array_equal(path(stops, 3)[::3], stops)


def test_the_middle_of_some_embeddings():
    rows = np.array([[0, 1], [2, 3], [100, 100]], np.float32)
    np.testing.assert_array_equal(mean_of(rows, np.array([True, True, False])), [1, 2])
    assert np.isnan(mean_of(rows, np.zeros(3, bool))).all()
