import csv
import io
from types import SimpleNamespace

import numpy as np
import pytest

from core.data import read_part
from core.keep.namings import Naming
from core.settings import ClusteringConfig
from dashboard.map_dots import Dots, chosen_images

TEST, ALL = Dots("fashion_mnist", ("test",)), Dots("fashion_mnist", ("test", "train"))
SQUARE = {"x": [-1, 1, 1, -1], "y": [-1, -1, 1, 1]}


@pytest.fixture
def maps():
    """Every dot far away but three: two of test images, one of a training image."""
    points = np.full((70_000, 2), 9.0, np.float32)
    points[[5, 800, 10_003]] = 0
    return {"mse": points, "perceptual": points + 100}


def around_the_middle(loss):
    return {"chart": f"map_{loss}", **SQUARE}


def test_an_outline_chooses_what_lies_inside_on_its_map(maps):
    loss, members = chosen_images({}, around_the_middle("mse"), maps, ALL)
    assert (loss, members.tolist()) == ("mse", [5, 800, 10_003])


def test_an_outline_around_nothing_chooses_nothing(maps):
    assert chosen_images({}, around_the_middle("perceptual"), maps, ALL) == (None, None)


def test_a_choice_stays_while_the_map_changes_and_goes_with_its_outline(maps):
    state = {}
    chosen_images(state, around_the_middle("mse"), maps, ALL)
    moved = {loss: points + 50 for loss, points in maps.items()}
    assert chosen_images(state, around_the_middle("mse"), moved, ALL)[1].tolist() == [5, 800, 10_003]
    assert chosen_images(state, None, moved, ALL) == (None, None)


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


def clustering(assignments, said=None):
    """A stand-in: by split the cluster of each image, and perhaps the class that each cluster says."""
    found = SimpleNamespace(assignments=assignments, labelled=said is not None)
    if found.labelled:
        found.predicted = lambda split: np.append(said, -1)[assignments[split]]
    return found


def test_the_list_names_each_image_by_split_and_place():
    labels = {split: read_part("fashion_mnist", f"{split}_labels") for split in ("test", "train")}
    names = [f"class, {digit}" for digit in range(10)]
    assigned = {"test": np.full(10_000, -1), "train": np.ones(60_000, int)}
    naming = Naming("fashion_mnist", "run", ClusteringConfig()).named(1, "boats")
    listing = ALL.listing(np.array([3, 10_000]), names, {"Mine": clustering(assigned, [4, 7])}, {"Mine": naming})
    rows = list(csv.DictReader(io.StringIO(listing)))
    assert [(row["split"], row["index"], row["class"]) for row in rows] == [
        ("test", "3", f"class, {labels['test'][3]}"),
        ("train", "0", f"class, {labels['train'][0]}"),
    ]
    assert [row["Mine cluster"] for row in rows] == ["-1", "1"]
    assert [row["Mine cluster says"] for row in rows] == ["no cluster", "class, 7"]
    assert [row["Mine name"] for row in rows] == ["no cluster", "boats"]


def test_the_list_of_images_without_labels_has_no_classes(monkeypatch):
    monkeypatch.setattr("dashboard.queries.labels", lambda dataset, split: None)
    naming = Naming("fashion_mnist", "run", ClusteringConfig())
    listing = TEST.listing(np.array([3]), (), {"Mine": clustering({"test": np.arange(10_000)})}, {"Mine": naming})
    assert list(csv.DictReader(io.StringIO(listing))) == [{"split": "test", "index": "3", "Mine cluster": "3"}]


def test_pictures_of_dots_come_from_their_own_split():
    dots = Dots("digits", ("test", "train"))
    members = np.array([0, 359, 360, 1796, 5])
    test, train = read_part("digits", "test_images"), read_part("digits", "train_images")
    wanted = [test[0], test[359], train[0], train[1436], test[5]]
    assert np.array_equal(dots.pictures(members), wanted)


def test_without_the_images_of_a_split_no_pictures_are_shown(monkeypatch):
    monkeypatch.setattr("dashboard.queries.pictures", lambda dataset, split, rows: None)
    assert TEST.pictures(np.array([3])) is None
