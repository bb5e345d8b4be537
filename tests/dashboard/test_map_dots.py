import csv
import io
from types import SimpleNamespace

import numpy as np

from core.data import read_part
from core.keep.namings import Naming
from core.settings import ClusteringConfig
from dashboard.map_dots import Dots
from dashboard.table_files import as_csv

TEST, ALL = Dots("fashion_mnist", ("test",)), Dots("fashion_mnist", ("test", "train"))


def clustering(assignments, said=None):
    """A stand-in: by split the cluster of each image, and perhaps the class that each cluster says."""
    distances = {split: np.arange(len(part)) / 4 for split, part in assignments.items()}
    found = SimpleNamespace(assignments=assignments, labelled=said is not None, distances=distances)
    if found.labelled:
        found.predicted = lambda split: np.append(said, -1)[assignments[split]]
    return found


def test_the_list_names_each_image_by_split_and_place():
    labels = {split: read_part("fashion_mnist", f"{split}_labels") for split in ("test", "train")}
    names = [f"class, {digit}" for digit in range(10)]
    assigned = {"test": np.full(10_000, -1), "train": np.ones(60_000, int)}
    naming = Naming("fashion_mnist", "run", ClusteringConfig()).named(1, "boats")
    points = np.arange(140_000).reshape(-1, 2)
    listing = ALL.listing(
        np.array([3, 10_000]), names, {"Mine": clustering(assigned, [4, 7])}, {"Mine": naming}, maps={"Mine": points},
        errors={"Mine": np.arange(10_000) / 8}, kept=["", "odd"],
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(as_csv(listing))))
    assert [(row["image"], row["split"], row["index"], row["class"]) for row in rows] == [
        ("test.3", "test", "3", f"class, {labels['test'][3]}"),
        ("train.0", "train", "0", f"class, {labels['train'][0]}"),
    ]
    assert [row["Mine cluster"] for row in rows] == ["-1", "1"]
    assert [row["Mine cluster says"] for row in rows] == ["no cluster", "class, 7"]
    assert [row["Mine name"] for row in rows] == ["no cluster", "boats"]
    columns = ("Mine distance", "Mine x", "Mine y", "Mine pixel error", "kept as")
    assert [[row[column] for column in columns] for row in rows] == [
        ["0.75", "6", "7", "0.375", ""],
        ["0", "20000", "20001", "", "odd"],
    ]


def test_the_list_of_images_without_labels_has_no_classes(monkeypatch):
    monkeypatch.setattr("dashboard.queries.labels", lambda dataset, split: None)
    naming = Naming("fashion_mnist", "run", ClusteringConfig())
    listing = TEST.listing(np.array([3]), (), {"Mine": clustering({"test": np.arange(10_000)})}, {"Mine": naming})
    assert list(csv.DictReader(io.StringIO(as_csv(listing)))) == [
        {"image": "test.3", "split": "test", "index": "3", "Mine cluster": "3", "Mine distance": "0.75"}
    ]


def test_pictures_of_dots_come_from_their_own_split():
    dots = Dots("digits", ("test", "train"))
    members = np.array([0, 359, 360, 1796, 5])
    test, train = read_part("digits", "test_images"), read_part("digits", "train_images")
    wanted = [test[0], test[359], train[0], train[1436], test[5]]
    assert np.array_equal(dots.pictures(members), wanted)


def test_without_the_images_of_a_split_no_pictures_are_shown(monkeypatch):
    monkeypatch.setattr("dashboard.queries.pictures", lambda dataset, split, rows: None)
    assert TEST.pictures(np.array([3])) is None
