"""Images on which two models disagree, counted and ranked by hand."""

import numpy as np
import pytest

from core.analyse.compare import compare
from core.analyse.disagreement import Totals, in_common, ranked, totals
from core.analyse.margins import margins
from core.analyse.neighbours import overlap, shared_neighbours
from core.errors import InvalidInputError
from tests.core.analyse.test_compare import a, b, bare_a, bare_b


def test_images_are_counted_by_who_names_them_right():
    # Named differently: 3 and 6 (right under b), 7 (right under a), 9 (wrong under both).
    assert totals(compare(a, b, "test")) == Totals(
        images=10, different=4, right_only_a=1, right_only_b=2, both_right=6, both_wrong=1, astray=1
    )
    # Compared with itself, 3, 6 and 9 are wrong twice by the same name.
    assert totals(compare(a, a, "test")) == Totals(
        images=10, different=0, right_only_a=0, right_only_b=0, both_right=7, both_wrong=3, astray=0
    )


def test_without_labels_nothing_is_right_or_wrong():
    with pytest.raises(InvalidInputError, match="no labels"):
        totals(compare(bare_a, bare_b, "test"))


def test_neighbours_in_common_follow_from_the_index():
    random = np.random.default_rng(0)
    one, other = (np.array([random.permutation(30)[:15] for _ in range(200)]) for _ in range(2))
    assert in_common(overlap(one, other), 15).tolist() == shared_neighbours(one, other).tolist()
    assert in_common(np.float32([0, 1]), 15).tolist() == [0, 15]


def test_a_ranking_keeps_to_the_images_inside_and_puts_those_without_a_value_last():
    values = np.array([0.5, 0.1, np.nan, 0.5, 0.3])
    inside = np.array([True, True, True, True, False])
    assert ranked(values, inside).tolist() == [1, 0, 3, 2]
    assert ranked(values, inside, largest_first=True).tolist() == [0, 3, 1, 2]


def test_a_margin_says_how_much_nearer_the_own_centre_is():
    centroids = np.array([[0.0, 0], [4, 0], [0, 100]])
    rows = np.array([[0.0, 0], [1, 0], [2, 0], [-4, 0]])
    # Distances to the nearest and the next centre: 0 and 4, 1 and 3, 2 and 2, 4 and 8.
    assert margins(rows, centroids) == pytest.approx([1, 2 / 3, 0, 1 / 2])
    assert margins(rows, centroids[:1]).tolist() == [1, 1, 1, 1]
    assert margins(rows[:1], np.zeros((2, 2))).tolist() == [0]
