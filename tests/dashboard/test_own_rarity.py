"""What is said of a picture of one's own: nothing flat about what is far from all that a model knows."""

import numpy as np
import pytest

from core.keep.runs import list_runs, usual_run
from dashboard.own_rarity import HowRare, how_rare, percent, says


def test_the_usual_gets_its_class():
    assert says(HowRare(0.3, 0.42), "a cluster of **Coat**") == (
        "puts it in a cluster of **Coat**; it is no rarer than the images it knows (58 % of the test images are as rare)."
    )


def test_the_rarer_of_both_decides():
    assert says(HowRare(0.96, 0.2), "a cluster of **Coat**") == (
        "puts it nearest to a cluster of **Coat**, and finds it **unusual**: it lies farther from other images than 96 % of the "
        "test images do."
    )
    assert says(HowRare(0.96, 0.998), "a cluster of **Coat**") == (
        "knows **nothing like it**: it is redrawn worse than 99.8 % of the test images. The nearest is a cluster of **Coat**, which says little."
    )


@pytest.mark.parametrize("group", [None, "cluster **3**"])
def test_what_is_far_away_never_gets_a_flat_class(group):
    words = says(HowRare(1, 0.1), group)
    assert words.startswith(
        "knows **nothing like it**: it lies farther from other images than all of the test images do."
    )
    assert ("which says little" in words) == (group is not None)


def test_no_cluster():
    assert says(HowRare(0.5, 0.1), None) == (
        "puts it in no cluster: it lies apart from all of them. It is rarer than 50 % of the test images."
    )


def test_shares_are_never_rounded_up_to_all():
    assert [percent(share) for share in (0, 0.5, 0.99, 0.9951, 0.99999, 1)] == [
        "0 %",
        "50 %",
        "99 %",
        "99.5 %",
        "99.9 %",
        "all",
    ]


def test_a_test_image_is_usual_and_a_chessboard_is_not(bundled_only):
    run = usual_run(list_runs()[0], "fashion_mnist", "mse", 10)
    from core.data import read_rows

    picture = read_rows("fashion_mnist", "test", np.array([2]))
    board = np.kron(np.indices((14, 14)).sum(axis=0) % 2, np.ones((2, 2)))[None, :, :, None].astype(np.uint8) * 255
    usual, odd = (how_rare(run, one, run.encode(one)) for one in (picture, board))
    assert max(usual.apart, usual.misdrawn) < 0.9
    assert max(odd.apart, odd.misdrawn) == 1
