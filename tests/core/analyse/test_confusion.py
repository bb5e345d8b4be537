"""Mix-ups of classes, and how clusters of two models fit together, counted by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.analyse import confusion

#            said: 0  1  2  3
MATRIX = np.array([[5, 3, 0, 0],
                   [1, 6, 0, 3],
                   [0, 0, 9, 0],
                   [0, 4, 0, 0]])  # fmt: skip


def test_the_largest_mixups_come_first_with_their_share_of_the_true_class():
    found = confusion.mixups(MATRIX)
    assert [one[:3] for one in found] == [(3, 1, 4), (0, 1, 3), (1, 3, 3), (1, 0, 1)]
    assert [one.share for one in found] == pytest.approx([1, 3 / 8, 3 / 10, 1 / 10])
    assert confusion.mixups(np.eye(4, dtype=int)) == []
    assert MATRIX[0, 0] == 5  # what was given stays


def test_the_classes_confused_most_are_those_with_most_mixups_both_ways():
    assert confusion.most_confused(MATRIX, 2).tolist() == [1, 3]
    assert confusion.most_confused(MATRIX, 9).tolist() == [0, 1, 2, 3]


def test_a_class_stands_with_those_it_is_mixed_up_with():
    assert confusion.confused_with(MATRIX, 3, 9).tolist() == [1, 3]
    assert confusion.confused_with(MATRIX, 1, 2).tolist() == [1, 3]
    assert confusion.confused_with(MATRIX, 2, 9).tolist() == [2]


def test_classes_that_no_image_has_have_a_place_in_the_matrix():
    found = SimpleNamespace(confusion=lambda split: np.array([[2, 1], [0, 3]]))
    assert confusion.class_matrix(found, "test", 3).tolist() == [[2, 1, 0], [0, 3, 0], [0, 0, 0]]


def test_clusters_of_two_models_are_counted_in_their_cells_and_noise_in_the_last():
    table = confusion.cross_table(np.array([0, 0, 1, -1, -1]), np.array([2, 2, 0, -1, 1], np.int16), 2, 3)
    assert table.tolist() == [[0, 0, 2, 0], [1, 0, 0, 0], [0, 1, 0, 1]]


def test_clusters_that_fit_together_lie_near_the_diagonal():
    table = np.array([[0, 0, 4, 0], [9, 0, 1, 0], [0, 0, 0, 0], [0, 7, 0, 0]])
    rows, columns = confusion.largest_first(table, 9)
    assert rows.tolist() == [1, 3, 0]
    assert columns.tolist() == [0, 1, 2]
    assert [part.tolist() for part in confusion.largest_first(table, 1)] == [[1], [0]]
