"""Everything of several runs as one table, a row a test image, with thumbnails: what Embedding Atlas and data frames open.

Embedding Atlas (Ren et al. 2025, https://apple.github.io/embedding-atlas) takes `image` for a picture, and `NAME_neighbors` for
neighbours: rows of this very table, from 0.
"""

import dataclasses
import io
import json
import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data import dataset_info, read_rows
from core.errors import DataError
from core.export.columns import ClusterNames, OfRun, class_names_of, gather, map_names, run_names
from core.export.pictures import pngs
from core.keep.run import Run
from core.settings import ClusteringConfig, ProjectionConfig

if TYPE_CHECKING:
    import pyarrow as pa


def embeddings_table(
    runs: Sequence[Run],
    config: ClusteringConfig,
    projections: Sequence[ProjectionConfig],
    *,
    cluster_names: ClusterNames | None = None,
) -> "pa.Table":
    """A row a test image, in their order.

    Columns:
        id, split, index: `test.12`, `test` and 12.
        image: a struct of `bytes`, a PNG, and `path`; left out where the images are not on this machine.
        class: the image's own; left out without labels.
        And of every run, by the names of `run_names`:
        NAME_cluster: int16, -1 for none; NAME_class: the class of the cluster, left out without labels; NAME_cluster_name: given by
            hand, left out without any; NAME_distance: to the middle of its cluster in scaled coordinates.
        NAME_error: mean squared pixel error of what is redrawn.
        NAME_MAP_x, NAME_MAP_y: its place on each map.
        NAME_embedding: list of float32, as stored.
        NAME_neighbors: a struct of `ids`, the rows of its nearest test images, and `distances` in the latent space.

    Args:
        projections: maps that are kept with every run; none for a table without.
        cluster_names: names given by hand, by run id and cluster.

    The metadata, under `latent_lens`, say as JSON what it was made of. Raises as `core.export.columns.gather`.
    """
    import pyarrow as pa

    found = gather(runs, config, projections, cluster_names)
    info = dataset_info(runs[0].config.dataset)
    count = info.test_size
    columns: dict[str, Any] = {
        "id": [f"test.{index}" for index in range(count)],
        "split": ["test"] * count,
        "index": np.arange(count, dtype=np.int32),
    }
    with suppress(DataError):  # the numbers serve without
        pictures = pngs(read_rows(info.name, "test", np.arange(count)))
        columns["image"] = [{"bytes": picture, "path": f"test.{index}.png"} for index, picture in enumerate(pictures)]
    if (labels := found[0].clusters.labels) is not None:
        columns["class"] = [info.class_names[label] for label in labels["test"].tolist()]
    for one in found:
        columns |= {f"{one.name}_{name}": values for name, values in _columns(one, info.class_names).items()}
    made_of = {
        "dataset": info.name,
        "runs": dict(zip((one.name for one in found), (run.id for run in runs), strict=True)),
        "clustering": dataclasses.asdict(config),
        "maps": {name: dataclasses.asdict(one) for name, one in map_names(projections).items()},
    }
    return pa.table(columns).replace_schema_metadata({"latent_lens": json.dumps(made_of)})


def parquet_bytes(table: "pa.Table") -> bytes:
    """The table as a Parquet file."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()


def atlas_command(file: str, runs: Sequence[Run], projections: Sequence[ProjectionConfig]) -> str:
    """What opens the table in Embedding Atlas with the first run's first map; without maps it computes one of its own."""
    name, maps = run_names(runs)[0], list(map_names(projections))
    place = ["--x", f"{name}_{maps[0]}_x", "--y", f"{name}_{maps[0]}_y"] if maps else ["--vector", f"{name}_embedding"]
    return shlex.join(["embedding-atlas", file, *place, "--neighbors", f"{name}_neighbors"])


def _columns(one: OfRun, classes: Sequence[str]) -> dict[str, Any]:
    """What is said of a run's images, by the end of the column's name."""
    import pyarrow as pa

    clusters = one.clusters.assignments["test"]
    columns: dict[str, Any] = {"cluster": clusters}
    if one.clusters.labelled:
        columns["class"] = class_names_of(one.clusters, classes)
    if one.names:
        columns["cluster_name"] = [one.names.get(cluster) for cluster in clusters.tolist()]
    columns["distance"] = pa.array(one.clusters.distances["test"].astype(np.float32), from_pandas=True)  # NaN: none
    columns["error"] = one.run.test_errors
    for name, points in one.maps.items():
        columns |= {f"{name}_x": points[:, 0], f"{name}_y": points[:, 1]}
    columns["embedding"] = _lists(one.run.test_embeddings)
    columns["neighbors"] = pa.StructArray.from_arrays(
        [_lists(one.indices), _lists(one.distances)], ["ids", "distances"]
    )
    return columns


def _lists(rows: np.ndarray) -> "pa.ListArray":
    """(n, m) as n lists."""
    import pyarrow as pa

    offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    return pa.ListArray.from_arrays(offsets, np.ascontiguousarray(rows).ravel())
