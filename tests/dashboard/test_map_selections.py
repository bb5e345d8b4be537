"""What outlines choose, one after the other, and what is kept of it."""

import numpy as np
import pytest

from core.errors import InvalidInputError
from dashboard.map_dots import Dots
from dashboard.map_selections import MOST_KEPT, chosen_images, clear, keep, kept_choices, kept_names, remove

TEST, ALL = Dots("fashion_mnist", ("test",)), Dots("fashion_mnist", ("test", "train"))
SQUARE = {"x": [-1, 1, 1, -1], "y": [-1, -1, 1, 1]}


@pytest.fixture
def maps():
    """Every dot far away but three: two of test images, one of a training image."""
    points = np.full((70_000, 2), 9.0, np.float32)
    points[[5, 800, 10_003]] = 0
    return {"mse": points, "perceptual": points + 100}


def around(x, y, mode, count, loss="mse"):
    return {
        "chart": f"map_{loss}", "x": [x - 1, x + 1, x + 1, x - 1], "y": [y - 1, y - 1, y + 1, y + 1], "mode": mode, "count": count,
    }  # fmt: skip


def around_the_middle(loss):
    return {"chart": f"map_{loss}", **SQUARE}


def test_an_outline_chooses_what_lies_inside_on_its_map(maps):
    loss, members = chosen_images({}, around_the_middle("mse"), maps, ALL)
    assert (loss, members.tolist()) == ("mse", [5, 800, 10_003])


def test_an_outline_around_nothing_chooses_nothing(maps):
    assert chosen_images({}, around_the_middle("perceptual"), maps, ALL) == (None, None)


def test_outlines_add_to_and_subtract_from_what_is_chosen(maps):
    maps["mse"][[7, 800]] = 20
    state, steps = {}, []
    for count, (place, mode) in enumerate(
        [(0, "new"), (20, "add"), (0, "subtract"), (0, "add"), (20, "new"), (50, "add"), (20, "subtract"), (0, "subtract")]
    ):  # fmt: skip
        members = chosen_images(state, around(place, place, mode, count), maps, ALL)[1]
        steps.append(None if members is None else members.tolist())
    everything = [5, 7, 800, 10_003]
    assert steps == [[5, 10_003], everything, [7, 800], everything, [7, 800], [7, 800], None, None]


def test_the_same_outline_drawn_again_counts_again(maps):
    state = {}
    chosen_images(state, around(0, 0, "new", 1), maps, ALL)
    clear(state)
    assert chosen_images(state, around(0, 0, "new", 1), maps, ALL) == (None, None)  # the page runs again
    assert chosen_images(state, around(0, 0, "add", 2), maps, ALL)[1].tolist() == [5, 800, 10_003]


def test_a_choice_stays_while_the_map_changes_or_another_page_is_seen_until_it_is_let_go_of(maps):
    state = {}
    chosen_images(state, around_the_middle("mse"), maps, ALL)
    moved = {loss: points + 50 for loss, points in maps.items()}
    assert chosen_images(state, around_the_middle("mse"), moved, ALL)[1].tolist() == [5, 800, 10_003]
    assert chosen_images(state, None, moved, ALL)[1].tolist() == [5, 800, 10_003]  # the page is opened again
    assert chosen_images(state, {"mode": "clear", "count": "1"}, moved, ALL) == (None, None)


def test_only_test_images_of_a_choice_stay_when_only_they_are_shown(maps):
    state = {}
    chosen_images(state, around_the_middle("mse"), maps, ALL)
    assert chosen_images(state, around_the_middle("mse"), maps, TEST)[1].tolist() == [5, 800]


def test_a_choice_of_training_images_alone_is_none_when_they_are_not_shown(maps):
    maps["mse"][:10_000] = 9
    state = {}
    assert chosen_images(state, around_the_middle("mse"), maps, ALL)[1].tolist() == [10_003]
    assert chosen_images(state, around_the_middle("mse"), maps, TEST) == (None, None)


def test_a_choice_belongs_to_its_dataset_and_to_a_map_that_is_shown(maps):
    state = {}
    chosen_images(state, around_the_middle("mse"), maps, ALL)
    assert chosen_images(state, around_the_middle("mse"), maps, Dots("digits", ("test",))) == (None, None)
    assert chosen_images(state, around_the_middle("mse"), {"bce": maps["mse"]}, ALL) == (None, None)


def test_choices_are_kept_by_name_each_with_a_look_of_its_own():
    state = {}
    for number in range(MOST_KEPT):
        keep(state, "" if number else "  odd   shirts ", np.array([number, 90]), "digits")
    found = kept_choices(state, "digits")
    assert [one.name for one in found] == ["odd shirts", *(f"Choice {number}" for number in range(1, MOST_KEPT))]
    assert len({one.look.mark for one in found}) == len({one.look.colour for one in found}) == MOST_KEPT
    with pytest.raises(InvalidInputError, match="8 choices are kept"):
        keep(state, "one more", np.array([1]), "digits")
    keep(state, "odd shirts", np.array([3]), "digits")  # in its place
    assert kept_choices(state, "digits")[0].members.tolist() == [3]
    remove(state, "Choice 2", "digits")
    keep(state, "new", np.array([4]), "digits")
    assert kept_choices(state, "digits")[-1].look == found[2].look  # which is free again
    assert kept_choices(state, "mnist") == []
    with pytest.raises(InvalidInputError, match="has 31 letters"):
        keep(state, "x" * 31, np.array([1]), "mnist")


def test_an_image_in_two_kept_choices_has_both_names():
    state = {}
    keep(state, "a", np.array([1, 2]), "digits")
    keep(state, "b", np.array([2, 3]), "digits")
    assert kept_names(kept_choices(state, "digits"), np.array([2, 0, 1, 3])) == ["a; b", "", "a", "b"]
