"""Trust in maps: the means are scikit-learn's trustworthiness, the terms by hand, memory bounded."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from core.analyse import map_trust as module
from core.analyse import metrics
from core.analyse.map_trust import map_trust, ranks
from core.errors import InvalidInputError

RANDOM = np.random.default_rng(0)
LATENT = RANDOM.normal(size=(400, 10)).astype(np.float32)
POINTS = (LATENT[:, :2] + 0.3 * RANDOM.normal(size=(400, 2))).astype(np.float32)


def test_the_means_of_the_terms_are_trustworthiness_and_continuity():
    found = map_trust(LATENT, POINTS)
    assert found.neighbours == 15
    assert found.invented.mean() == pytest.approx(trustworthiness(LATENT, POINTS, n_neighbors=15), abs=1e-12)
    assert found.lost.mean() == pytest.approx(trustworthiness(POINTS, LATENT, n_neighbors=15), abs=1e-12)
    assert 0.5 < found.invented.mean() < found.lost.mean() < 1  # told apart


def test_with_five_neighbours_it_is_the_score_of_the_map():
    found = map_trust(LATENT, POINTS, neighbours=5)
    assert found.invented.mean() == pytest.approx(metrics.trustworthiness(LATENT, POINTS), abs=1e-12)


def test_terms_by_hand():
    # On a line A, B, C, D; the map brings D beside A. One neighbour of each counts, which can be at most two ranks off on average.
    latent, points = np.array([[0.0], [1], [3], [7]]), np.array([[0.0, 0], [10, 0], [12, 0], [1, 0]])
    found = map_trust(latent, points)
    assert found.neighbours == 1
    # On the map A's neighbour is D, its third in truth; B's is C, its second; C's is B, its first; D's is A, its third.
    assert found.invented.tolist() == [1 - 2 / 2, 1 - 1 / 2, 1, 1 - 2 / 2]
    # In truth A's neighbour is B, the second on the map; B's is A, the third; C's is B, the first; D's is C, the third.
    assert found.lost.tolist() == [1 - 1 / 2, 1 - 2 / 2, 1, 1 - 2 / 2]
    assert found.true.tolist() == [0, 0, 1, 0]


def test_a_perfect_map_invents_and_loses_nothing():
    found = map_trust(LATENT[:, :2], 3 * LATENT[:, :2] + 1)
    for terms in found[:3]:
        np.testing.assert_array_equal(terms, 1)


def test_as_near_rows_share_a_rank():
    rows = np.array([[0.0], [0], [0], [1], [1], [5]])
    assert ranks(rows, np.array([0, 5]), np.array([[1, 2, 3, 4, 5], [3, 4, 0, 1, 2]])).tolist() == [
        [1, 1, 3, 3, 5],
        [1, 1, 3, 3, 3],
    ]


def test_rounding_tears_no_rows_apart_that_are_as_near():
    rows = RANDOM.integers(0, 4, (61, 3)).astype(np.float32)  # their mean is no number that floats hold
    others = RANDOM.permuted(np.tile(np.arange(61), (61, 1)), axis=1)[:, :20]
    squared = ((rows[:, None] - rows) ** 2).sum(axis=2)
    expected = [
        [1 + np.sum(np.delete(squared[own], own) < squared[own, other]) for other in others[own]] for own in range(61)
    ]
    np.testing.assert_array_equal(ranks(rows, np.arange(61), others), expected)


@pytest.mark.parametrize("rows", [np.ones((30, 4)), np.full((30, 4), 0.1) * np.float32(1e-3)])
def test_where_all_are_alike_nothing_is_invented(rows):
    found = map_trust(rows, POINTS[:30])
    np.testing.assert_array_equal(found.invented, 1)


def test_of_few_points_fewer_neighbours_are_looked_at():
    for count, neighbours in ((4, 1), (9, 3), (32, 15), (31, 14)):
        found = map_trust(LATENT[:count], POINTS[:count])
        assert found.neighbours == neighbours
        expected = trustworthiness(LATENT[:count], POINTS[:count], n_neighbors=neighbours)
        assert found.invented.mean() == pytest.approx(expected, abs=1e-12)


def test_of_very_many_points_a_sample_is_judged_at_its_exact_values(monkeypatch):
    whole = map_trust(LATENT, POINTS)
    monkeypatch.setattr(module, "_MOST_PAIRS", 400 * 90)
    monkeypatch.setattr(module, "_BLOCK", 1500)
    found = map_trust(LATENT, POINTS)
    judged = np.isfinite(found.invented)
    assert judged.sum() == np.isfinite(found.lost).sum() == 90
    np.testing.assert_array_equal(found.invented[judged], whole.invented[judged])
    np.testing.assert_array_equal(found.lost[judged], whole.lost[judged])
    np.testing.assert_array_equal(found.true, whole.true)


@pytest.mark.parametrize("points", [POINTS[:399], POINTS[:3]])
def test_points_of_other_images_and_too_few_are_told(points):
    with pytest.raises(InvalidInputError, match="Expected as many, and at least 4"):
        map_trust(LATENT if len(points) > 3 else LATENT[:3], points)
