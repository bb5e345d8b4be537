import csv
import io
from types import SimpleNamespace

import numpy as np

from core.keep.namings import Naming
from core.settings import ClusteringConfig
from dashboard.exports import images_csv

NAMING = Naming("shapes", "run", ClusteringConfig())


def clustering(labelled: bool):
    """Three test and two training images; the third test image is in no cluster."""
    said = {"test": np.array([1, 0, -1]), "train": np.array([0, 0])}
    return SimpleNamespace(
        assignments={"test": np.array([0, 1, -1]), "train": np.array([1, 1])},
        distances={"test": np.array([0.25, 1.5, np.nan]), "train": np.array([2.0, 3.0])},
        labelled=labelled,
        predicted=said.__getitem__,
    )


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_every_image_has_its_cluster_distance_label_and_name():
    labels = {"test": np.array([1, 1, 0]), "train": np.array([0, 1])}
    text = images_csv(clustering(True), NAMING.named(1, "hats, caps"), labels, ("a, b", "c"))
    assert rows(text) == [
        ["split", "index", "cluster", "distance", "label", "cluster_label", "name"],
        ["test", "0", "0", "0.25", "c", "c", "unnamed"],
        ["test", "1", "1", "1.5", "c", "a, b", "hats, caps"],
        ["test", "2", "-1", "", "a, b", "no cluster", "no cluster"],
        ["train", "0", "1", "2", "a, b", "a, b", "hats, caps"],
        ["train", "1", "1", "3", "c", "a, b", "hats, caps"],
    ]


def test_what_there_is_not_has_no_column():
    assert rows(images_csv(clustering(False), NAMING, None, ()))[:2] == [
        ["split", "index", "cluster", "distance"],
        ["test", "0", "0", "0.25"],
    ]
