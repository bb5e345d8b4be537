"""Points of a map: inside an outline, in cells, in fewer bytes, and new ones placed on it."""

import numpy as np

from core.analyse import map_geometry


def test_points_inside_a_square():
    points = np.array([[0.5, 0.5], [1.5, 0.5], [-0.1, 0.5], [0.5, 0.99]])
    assert map_geometry.inside(points, [0, 1, 1, 0], [0, 0, 1, 1]).tolist() == [True, False, False, True]


def test_a_concave_outline_leaves_its_bay_out():
    points = np.array([[1, 1], [1, 3], [3, 3]])
    x, y = [0, 4, 4, 0, 0, 2, 2, 0], [0, 0, 4, 4, 3.5, 3.5, 2, 2]
    assert map_geometry.inside(points, x, y).tolist() == [True, False, True]


def test_an_outline_of_two_points_holds_nothing():
    assert not map_geometry.inside(np.random.default_rng(0).random((50, 2)), [0, 1], [0, 1]).any()


def test_quantised_points_keep_their_places_to_a_screen_s_width():
    points = np.random.default_rng(0).normal(size=(500, 2)) * [30, 3] + [100, -7]
    quantised = map_geometry.quantise(points)
    assert quantised.dtype == np.int16
    back = (quantised / 64_000) * np.ptp(points[:, 0])
    assert np.allclose(back - back.mean(axis=0), points - points.mean(axis=0), atol=np.ptp(points[:, 0]) / 30_000)


def test_points_in_one_place_can_be_quantised():
    assert map_geometry.quantise(np.full((3, 2), 7.0)).tolist() == [[0, 0]] * 3


def test_every_point_in_view_is_counted_once_and_the_most_frequent_kind_prevails():
    points = np.array([[0, 0], [1, 1], [2, 2], [9, 0], [9.9, 9.9], [10, 10], [11, 5]])
    kinds = np.array([0, 700, 700, 1, 5, 2, 0])
    counts, most = map_geometry.prevailing_kinds(points, kinds, (0, 10, 0, 10), (2, 2))
    assert counts.tolist() == [[3, 1], [0, 2]]
    assert most.tolist() == [[700, 1], [0, 2]]  # of two as frequent the lower


def test_prevailing_kinds_are_those_of_a_full_table():
    random = np.random.default_rng(0)
    points, kinds = random.random((5000, 2)), random.integers(0, 7, 5000)
    counts, most = map_geometry.prevailing_kinds(points, kinds, (0, 1, 0, 1), (6, 9))
    table = np.zeros((6, 9, 7), int)
    np.add.at(table, ((points[:, 1] * 6).astype(int), (points[:, 0] * 9).astype(int), kinds), 1)
    np.testing.assert_array_equal(counts, table.sum(axis=-1))
    np.testing.assert_array_equal(most, table.argmax(axis=-1))


def test_a_view_without_points_has_no_counts():
    counts, most = map_geometry.prevailing_kinds(np.ones((3, 2)), np.zeros(3, int), (5, 6, 5, 6), (2, 2))
    assert not counts.any()
    assert not most.any()


def test_cells_have_the_mean_of_their_values():
    points = np.array([[1, 1], [2, 2], [9, 9]])
    counts, means = map_geometry.mean_cells(points, np.array([1.0, 3.0, 5.0]), (0, 10, 0, 10), (2, 2))
    assert counts.tolist() == [[2, 0], [0, 1]]
    assert means.tolist() == [[2, 0], [0, 5]]


def test_an_image_lies_where_the_mapped_ones_like_it_lie():
    random = np.random.default_rng(0)
    mapped = np.concatenate([random.normal(0, 0.1, (50, 8)), random.normal(5, 0.1, (50, 8))])
    points = np.concatenate([random.normal(-20, 1, (50, 2)), random.normal(20, 1, (50, 2))])
    placed = map_geometry.place(mapped, points, np.concatenate([mapped[:1], np.full((1, 8), 5.0)]))
    assert np.allclose(placed[0], points[0], atol=0.05)
    assert np.allclose(placed[1], [20, 20], atol=3)
