"""The flow of images between clusters, counted by hand."""

import numpy as np
import pytest

from core.analyse.clusterers import NOISE
from core.analyse.flow import OTHER, Stream, central, flow

#                  b0  b1  b2 noise
TABLE = np.array([[5, 60, 0, 0],     # a0
                  [40, 1, 0, 2],     # a1
                  [0, 0, 0, 0],      # a2, which holds no image
                  [0, 0, 3, 7]])  # noise  # fmt: skip
MATCHED = [(0, 1), (1, 0)]


def test_pairs_stand_level_and_what_fits_is_known():
    found = flow(TABLE, MATCHED, 10, 10)
    assert (found.left, found.right) == ([0, 1, NOISE], [1, 0, 2, NOISE])
    assert (found.numbers_a, found.numbers_b) == ({0: 1, 1: 2}, {1: 1, 0: 2})
    assert found.streams == [
        Stream(0, 1, 60, True), Stream(1, 0, 40, True), Stream(NOISE, NOISE, 7, False), Stream(0, 0, 5, False),
        Stream(NOISE, 2, 3, False), Stream(1, NOISE, 2, False), Stream(1, 1, 1, False),
    ]  # fmt: skip
    assert (found.others, found.elsewhere, found.unseen) == ((0, 0), 0, (0, 0))


def test_of_many_clusters_the_largest_are_drawn_and_all_others_together():
    found = flow(TABLE, MATCHED, 1, 10)
    assert (found.left, found.right) == ([0, NOISE, OTHER], [1, NOISE, OTHER])
    assert set(found.streams) == {
        Stream(0, 1, 60, True), Stream(0, OTHER, 5, False), Stream(NOISE, NOISE, 7, False), Stream(NOISE, OTHER, 3, False),
        Stream(OTHER, 1, 1, False), Stream(OTHER, NOISE, 2, False),
    }  # fmt: skip
    assert found.others == (1 + 2, 5 + 3)
    assert found.elsewhere == 40  # between clusters that are not drawn
    assert found.numbers_a[1] == 2  # numbers do not depend on what is drawn


def test_streams_too_small_to_draw_are_counted():
    found = flow(TABLE, MATCHED, 10, 4)
    assert [one.images for one in found.streams] == [60, 40, 7, 5]
    assert found.unseen == (6, 3)


def test_nothing_flows_where_there_are_no_images():
    found = flow(np.zeros((3, 3), int), [], 10, 10)
    assert (found.left, found.right, found.streams, found.unseen) == ([], [], [], (0, 0))


def test_clusters_are_chosen_by_their_largest_stream_not_by_their_size():
    # a0 holds 12 images in streams of at most 4, a1 9 in one.
    table = np.array([[4, 4, 4, 0], [0, 0, 9, 0], [0, 0, 0, 0]])
    found = flow(table, [(1, 2), (0, 0)], 1, 10)
    assert (found.left, found.right) == ([1, OTHER], [2])
    assert found.streams == [Stream(1, 2, 9, True), Stream(OTHER, 2, 4, False)]
    assert (found.others, found.elsewhere) == ((4, 0), 8)


@pytest.mark.parametrize(("count", "expected"), [(2, {0: [3, 1], 1: [2]}), (1, {0: [3], 1: [2]})])
def test_typical_members_are_those_nearest_the_centre(count, expected):
    assigned = np.array([0, 0, 1, 0, NOISE, 1])
    distances = np.array([0.9, 0.5, 0.1, 0.2, np.nan, 0.05])
    inside = np.array([True, True, True, True, True, False])
    found = central(assigned, distances, inside, count)
    assert {cluster: rows.tolist() for cluster, rows in found.items() if cluster != NOISE} == expected
