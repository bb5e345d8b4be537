"""Where names stand on a map."""

import numpy as np

from core.analyse.map_names import MOST_NAMED, name_places


def cloud(x, y, count, spread=0.5, seed=0):
    return np.random.default_rng(seed).uniform(-spread, spread, (count, 2)) + np.array([x, y])


def test_a_name_stands_in_the_densest_part_of_its_group():
    # Most of group 0 is around (10, 90), a third of it elsewhere; group 1 is around (80, 20).
    points = np.concatenate([cloud(10, 90, 60), cloud(90, 90, 30), cloud(80, 20, 40), [[0, 0], [100, 100]]])
    groups = np.repeat([0, 0, 1, -1], [60, 30, 40, 2])
    found = name_places(points, groups, 2)
    assert [one.group for one in found] == [0, 1]
    assert np.allclose([found[0][1:], found[1][1:]], [[10, 90], [80, 20]], atol=0.3)


def test_numbers_of_a_byte_name_the_same_places():
    points = np.concatenate([cloud(10 * group, 90 - 20 * (group % 2), 30) for group in range(10)])
    groups = np.repeat(range(10), 30)
    found = name_places(points, groups.astype(np.uint8), 10)
    assert found == name_places(points, groups, 10)
    assert [one.group for one in found] == list(range(10))
    assert np.allclose([one.x for one in found], np.arange(0, 100, 10), atol=0.5)


def test_a_group_that_is_all_over_the_map_has_no_name():
    everywhere = np.random.default_rng(0).uniform(0, 100, (500, 2))
    points, groups = np.concatenate([everywhere, cloud(50, 50, 50)]), np.repeat([0, 1], [500, 50])
    assert [one.group for one in name_places(points, groups, 2)] == [1]


def test_of_names_that_would_cover_each_other_the_larger_group_keeps_its_own():
    points = np.concatenate([cloud(50, 50, 20), cloud(52, 51, 40), cloud(50, 60, 10), [[0, 0], [100, 100]]])
    groups = np.repeat([0, 1, 2, -1], [20, 40, 10, 2])
    assert [one.group for one in name_places(points, groups, 3)] == [1, 2]


def test_neither_few_points_nor_many_groups_are_named():
    points, groups = cloud(5, 5, 5), np.array([0, 0, 0, 1, 1])
    assert [one.group for one in name_places(points, groups, 2)] == [0]
    assert len(name_places(points, groups, MOST_NAMED)) == 1
    assert name_places(points, groups, MOST_NAMED + 1) == []
    assert name_places(points[:0], groups[:0], 2) == []
    assert name_places(points, np.full(5, -1), 2) == []


def test_one_place_is_enough_for_a_name():
    assert name_places(np.full((4, 2), 7.0), np.zeros(4, int), 1) == [(0, 7.0, 7.0)]
