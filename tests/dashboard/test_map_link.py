import numpy as np

from dashboard.components.map_link import points_inside


def test_points_inside_a_square():
    points = np.array([[0.5, 0.5], [1.5, 0.5], [-0.1, 0.5], [0.5, 0.99]])
    assert points_inside(points, [0, 1, 1, 0], [0, 0, 1, 1]).tolist() == [True, False, False, True]


def test_a_concave_outline_leaves_its_bay_out():
    points = np.array([[1, 1], [1, 3], [3, 3]])
    x, y = [0, 4, 4, 0, 0, 2, 2, 0], [0, 0, 4, 4, 3.5, 3.5, 2, 2]
    assert points_inside(points, x, y).tolist() == [True, False, True]


def test_an_outline_of_two_points_holds_nothing():
    assert not points_inside(np.random.default_rng(0).random((50, 2)), [0, 1], [0, 1]).any()
