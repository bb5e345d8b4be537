import csv
import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
from pyarrow import parquet

from core.keep.namings import Naming
from core.settings import ClusteringConfig
from dashboard.exports import images_table
from dashboard.matrix_values import matrix_table
from dashboard.table_files import as_csv, as_parquet

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
    text = as_csv(images_table(clustering(True), NAMING.named(1, "hats, caps"), labels, ("a, b", "c")))
    assert rows(text) == [
        ["split", "index", "cluster", "distance", "label", "cluster_label", "name"],
        ["test", "0", "0", "0.25", "c", "c", "unnamed"],
        ["test", "1", "1", "1.5", "c", "a, b", "hats, caps"],
        ["test", "2", "-1", "", "a, b", "no cluster", "no cluster"],
        ["train", "0", "1", "2", "a, b", "a, b", "hats, caps"],
        ["train", "1", "1", "3", "c", "a, b", "hats, caps"],
    ]


def test_what_there_is_not_has_no_column():
    assert rows(as_csv(images_table(clustering(False), NAMING, None, ())))[:2] == [
        ["split", "index", "cluster", "distance"],
        ["test", "0", "0", "0.25"],
    ]


def test_a_table_is_read_back_from_parquet_with_its_types():
    table = pd.DataFrame(
        {
            "image": ["test.1", "test.2"],
            "cluster": np.array([3, -1], np.int16),
            "distance": [0.5, np.nan],
            "same": [1, 2],
        }
    )
    table.insert(4, "same", ["a", "b"], allow_duplicates=True)
    found = parquet.read_table(io.BytesIO(as_parquet(table)))
    assert found.column_names == ["image", "cluster", "distance", "same", "same (2)"]
    assert found.to_pydict() == {
        "image": ["test.1", "test.2"], "cluster": [3, -1], "distance": [0.5, None], "same": [1, 2], "same (2)": ["a", "b"],
    }  # fmt: skip
    assert str(found.schema.field("cluster").type) == "int16"


def test_matrices_are_one_table():
    matrices = {"MSE": np.array([[1, 2], [3, 4]]), "BCE": np.array([[5, 6], [7, 8]])}
    assert rows(as_csv(matrix_table(matrices, "true class", ("a", "b"), ("x, y", "z")))) == [
        ["model", "true class", "x, y", "z"], ["MSE", "a", "1", "2"], ["MSE", "b", "3", "4"], ["BCE", "a", "5", "6"], ["BCE", "b", "7", "8"],
    ]  # fmt: skip
