"""Maps laid over each other: by hand, and what a median forgives that a mean does not."""

import numpy as np
import pytest

from core.analyse.map_alignment import align, displacements, overlaid, radius
from core.errors import InvalidInputError

L_SHAPE = np.array([[0, 0], [1, 0], [2, 0], [0, 4]], float)


@pytest.mark.parametrize("robust", [True, False])
@pytest.mark.parametrize("mirrored", [1, -1])
def test_a_turned_mirrored_scaled_and_shifted_map_comes_to_lie_on_its_own(robust, mirrored):
    # A quarter turn, (x, y) to (-y, x), of the perhaps mirrored shape; three times as large, elsewhere.
    moving = 3 * np.column_stack([-L_SHAPE[:, 1], mirrored * L_SHAPE[:, 0]]) + [50, -7]
    found = align(moving, L_SHAPE, robust=robust)
    assert np.allclose(found(moving), L_SHAPE, atol=1e-5)
    assert np.linalg.det(found.matrix) == pytest.approx(mirrored / 9)
    assert found(moving).dtype == np.float32


def test_least_squares_and_its_scale_by_hand():
    # On a line: 0 and 2 go to 0 and 1, half as far apart, with the middles in one place.
    found = align(np.array([[0, 0], [2, 0]], float), np.array([[0, 0], [1, 0]], float), robust=False)
    assert np.allclose(found(np.array([[0, 0], [2, 0], [4, 0]])), [[0, 0], [1, 0], [2, 0]])


def test_what_stayed_stays_although_a_cloud_moved_far():
    random = np.random.default_rng(0)
    fixed = random.normal(size=(400, 2))
    moving = fixed.copy()
    moving[:60] += [3, 1]
    moved = displacements(align(moving, fixed)(moving), fixed)
    assert moved[60:].max() < 0.02
    squared = displacements(align(moving, fixed, robust=False)(moving), fixed)
    assert np.median(moved) < 0.02 < 0.1 < np.median(squared)


def test_displacements_are_told_in_radii():
    square = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], float)
    assert radius(square) == pytest.approx(np.sqrt(2))
    assert displacements(square + np.array([np.sqrt(2), 0]), square) == pytest.approx(np.ones(4))


def test_maps_in_one_place_are_only_shifted():
    moving = np.full((3, 2), 7.0)
    assert np.allclose(align(moving, L_SHAPE[:3])(moving), [[1, 0]] * 3)
    fixed = np.full((4, 2), 7.0)
    assert np.allclose(align(L_SHAPE, fixed)(L_SHAPE).mean(axis=0), [7, 7])


def test_maps_of_other_numbers_of_points_are_refused():
    with pytest.raises(InvalidInputError, match=r"\(4, 2\) and \(3, 2\)"):
        align(L_SHAPE, L_SHAPE[:3])


def test_maps_are_laid_over_the_first_by_their_first_rows():
    extra = np.array([[2.0, 2.0]])  # a training image, which goes along
    first, turned = np.concatenate([L_SHAPE, extra]), np.concatenate([-L_SHAPE, -extra])
    turned[-1] = [0, -4]
    one, other = overlaid([first, 5 * turned], 4)
    assert one.dtype == np.int16
    # 4 high: 0 and 4 lie 16,000 steps below and above the middle.
    assert one.tolist() == [[-8000, -16000], [0, -16000], [8000, -16000], [-8000, 16000], [8000, 0]]
    assert other.tolist() == [*one[:4].tolist(), [-8000, 16000]]
    (alone,) = overlaid([first], 4)
    assert np.array_equal(alone, one)


def test_a_wide_map_makes_all_smaller_in_place_of_leaving_the_range():
    far = np.concatenate([L_SHAPE, [[400.0, 0.0]]])
    one, other = overlaid([np.concatenate([L_SHAPE, [[0.0, 0.0]]]), far], 4)
    assert other.max() == 32767
    assert np.allclose(one[:4], other[:4], atol=1)
