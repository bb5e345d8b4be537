"""Neighbours against scikit-learn's and by hand: exact, whatever the magnitude, with many rows in one place, ties by index."""

import warnings

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.analyse import neighbours
from core.analyse.neighbours import NeighbourIndex, nearest, overlap, same_class
from core.errors import InvalidInputError

RANDOM = np.random.default_rng(0)
CLOUD = RANDOM.normal(size=(700, 10)).astype(np.float32)
# Each row's distances rank as they do; as near ones by index.
ROWS = {
    "a cloud": CLOUD,
    "one column": CLOUD[:, :1],
    "many columns": RANDOM.normal(size=(300, 256)).astype(np.float32),
    "half precision": CLOUD.astype(np.float16),
    "a grid, full of ties": np.float32(np.indices((12, 12)).reshape(2, -1).T),
    "twenty places": CLOUD[RANDOM.integers(0, 20, 700)],
    "one place": np.full((60, 3), 0.1),
    "far from zero": CLOUD.astype(np.float64) + 1e6,
    "farther": CLOUD.astype(np.float64) + 1e12,
    "small": CLOUD * np.float32(1e-30),
    "as large as can be": np.sign(CLOUD[:, :1]) * np.float32(3.4e38) * RANDOM.random((700, 1), np.float32),
    "as small as can be": np.float32(1e-45) * RANDOM.integers(0, 9, (200, 2)).astype(np.float32),
    "large": CLOUD * np.float32(1e30),
    "one far away": np.vstack([CLOUD, np.full((1, 10), 1e5, np.float32)]),
    "one very far away": np.vstack([CLOUD, np.full((1, 10), 1e9, np.float32)]),
    "nearly alike": 1 + CLOUD * np.float32(3e-6),
}


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def by_hand(queries, base, count, *, same=False):
    """All pairs compared in double precision, one after the other."""
    found, unit = [], 2.0 ** round(float(np.log2(np.abs(base).max())))  # a power of two, which rounds nothing
    for number, query in enumerate(queries.astype(np.float64)):
        away = np.sqrt((((base.astype(np.float64) - query) / unit) ** 2).sum(axis=1)) * unit
        if same:
            away[number] = np.inf
        order = np.argsort(away, kind="stable")[:count]
        found.append((order, away[order]))
    return map(np.array, zip(*found, strict=True))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("same", [True, False])
def test_the_nearest_are_those_of_comparing_every_pair(name, same):
    rows = ROWS[name]
    indices, distances = nearest(rows, rows, 15, same=same)
    expected, away = by_hand(rows, rows, 15, same=same)
    assert (indices.dtype, distances.dtype) == (np.int32, np.float32)
    single = np.finfo(np.float32)
    np.testing.assert_allclose(distances, np.minimum(away, single.max), rtol=1e-6, atol=single.smallest_subnormal)
    np.testing.assert_array_equal(indices, expected)
    if not same:
        assert not distances[:, 0].any()


def test_the_nearest_are_scikit_learns():
    base, queries = CLOUD[:500], CLOUD[500:]
    away, expected = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(base).kneighbors(queries)
    indices, distances = nearest(queries, base, 7)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(distances, away, rtol=1e-5)


def test_by_hand_the_nearest_first_and_of_as_near_ones_the_lower_index():
    base = np.array([[3.0, 0], [0, 0], [1, 0], [-1, 0], [1, 0]])
    indices, distances = nearest(np.array([[0.0, 0]]), base, 5)
    assert indices.tolist() == [[1, 2, 3, 4, 0]]
    assert distances.tolist() == [[0, 1, 1, 1, 3]]
    indices, distances = nearest(base, base, 2, same=True)
    assert indices.tolist() == [[2, 4], [2, 3], [4, 1], [1, 2], [2, 1]]
    assert distances[2].tolist() == [0, 1]


@pytest.mark.parametrize("count", [1, 2, 39, 99])
def test_as_many_as_are_asked_for_in_blocks_of_any_size(monkeypatch, count):
    rows = CLOUD[:100]
    expected = nearest(rows, rows, count, same=True)
    monkeypatch.setattr(neighbours, "_BLOCK", 700)
    for one, other in zip(nearest(rows, rows, count, same=True), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(expected[0], next(by_hand(rows, rows, count, same=True)))


def test_a_query_far_from_all_rows_finds_the_nearest():
    query = np.full((1, 10), 3e6)
    expected, _ = by_hand(query, CLOUD.astype(np.float64), 15)
    np.testing.assert_array_equal(nearest(query, CLOUD, 15)[0], expected)


def test_an_image_is_left_out_of_its_own_neighbours_wherever_it_stands():
    found, _ = NeighbourIndex(CLOUD).nearest(CLOUD[[600, 3]], 5, np.array([600, 3]))
    whole, _ = nearest(CLOUD, CLOUD, 5, same=True)
    np.testing.assert_array_equal(found, whole[[600, 3]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((CLOUD[:5], CLOUD[:5], 6), r"Number of neighbours is 6. Expected a whole number from 1 to 5"),
        ((CLOUD[:5], CLOUD[:5], 0), r"Number of neighbours is 0"),
        ((CLOUD[:5], CLOUD[:5, :3], 2), r"10 features, to be searched among rows with 3"),
        ((CLOUD[:5] * np.nan, CLOUD[:5], 2), r"not finite"),
        ((CLOUD[:5], CLOUD[:5] * np.nan, 2), r"not finite"),
    ],
)
def test_what_has_no_neighbours_is_told(arguments, words):
    with pytest.raises(InvalidInputError, match=words):
        nearest(*arguments)


def test_no_row_alone_is_its_own_neighbour():
    for rows, words in ((CLOUD[:1], "There is one row"), (CLOUD[:5], "from 1 to 4")):
        with pytest.raises(InvalidInputError, match=words):
            nearest(rows, rows, 5, same=True)
    with pytest.raises(InvalidInputError, match="Expected the same rows"):
        nearest(CLOUD[:4], CLOUD[:5], 2, same=True)


# --- what neighbours say -------------------------------------------------------------------------------------------


def test_overlap_by_hand():
    one = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 2, 3]])
    other = np.array([[3, 1, 2], [6, 7, 8], [1, 2, 3], [3, 4, 2]])
    # All of three; one of five; none of six; two of four.
    assert overlap(one, other).tolist() == pytest.approx([1, 1 / 5, 0, 2 / 4])
    assert overlap(one, other).dtype == np.float32
    assert overlap(one[:1], np.array([[3, 9]])).tolist() == [pytest.approx(1 / 4)]
    with pytest.raises(InvalidInputError, match="Expected a row each for the same images"):
        overlap(one, other[:3])


def test_the_share_of_the_own_class_by_hand():
    labels = np.array([0, 0, 1, 2])
    found = same_class(np.array([[1, 2], [3, 2], [0, 1]]), labels, np.array([0, 1, 2]))
    assert found.tolist() == [0.5, 0.5, 0]
