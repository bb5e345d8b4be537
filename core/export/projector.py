"""The files that TensorBoard's embedding projector opens (Smilkov et al. 2016): `tensorboard --logdir FOLDER` after unpacking."""

import io
import json
import zipfile
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from core.data import dataset_info, read_rows
from core.errors import DataError
from core.export.columns import ClusterNames, OfRun, class_names_of, gather
from core.export.pictures import sheet
from core.keep.run import Run
from core.settings import ClusteringConfig, ProjectionConfig

_METADATA, _SPRITE = "metadata.tsv", "sprite.png"
_FIXED = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes


def projector_zip(
    runs: Sequence[Run],
    config: ClusteringConfig,
    projections: Sequence[ProjectionConfig] = (),
    *,
    cluster_names: ClusterNames | None = None,
) -> bytes:
    """A zip of the test images' embeddings under every run, and of its maps, as tensors of the projector.

    NAME/tensors.tsv, NAME/MAP.tsv: a row an image, numbers as stored.
    metadata.tsv: image, class (with labels), and of every run the cluster (-1 for none), its class and its name given by hand.
    sprite.png: the images; left out where they are not on this machine.
    projector_config.pbtxt: which belongs to which.

    Raises as `core.export.columns.gather`.
    """
    found = gather(runs, config, projections, cluster_names)
    info = dataset_info(runs[0].config.dataset)
    sprite = None
    with suppress(DataError):  # the numbers serve without
        sprite = sheet(read_rows(info.name, "test", np.arange(info.test_size)))
    tensors = {f"{one.name}/tensors.tsv": (one.name, one.run.test_embeddings) for one in found}
    for one in found:
        tensors |= {f"{one.name}/{name}.tsv": (f"{one.name} {name}", points) for name, points in one.maps.items()}
    config_text = "".join(
        _embedding(name, path, rows.shape, sprite[1] if sprite else None) for path, (name, rows) in tensors.items()
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: str | bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, _FIXED), content, zipfile.ZIP_DEFLATED)

        add("projector_config.pbtxt", config_text)
        add(_METADATA, _metadata(found, info.class_names))
        if sprite:
            add(_SPRITE, sprite[0])
        for path, (_, rows) in tensors.items():
            add(path, _tsv(rows))
    return file.getvalue()


def _embedding(name: str, path: str, shape: tuple[int, ...], picture: tuple[int, int] | None) -> str:
    """One entry of the configuration, in protobuf's text format."""
    lines = [
        f"tensor_name: {json.dumps(name)}",
        *(f"tensor_shape: {number}" for number in shape),
        f"tensor_path: {json.dumps(path)}",
        f'metadata_path: "{_METADATA}"',
    ]
    if picture:
        width, height = picture
        lines.append(f'sprite {{ image_path: "{_SPRITE}" single_image_dim: {width} single_image_dim: {height} }}')
    return "embeddings {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _metadata(found: Sequence[OfRun], classes: Sequence[str]) -> str:
    """A header and a row an image; tabs and line breaks in names become spaces."""
    first = found[0].clusters
    columns: dict[str, Sequence[object]] = {
        "image": [f"test.{index}" for index in range(len(first.assignments["test"]))]
    }
    if first.labels is not None:
        columns["class"] = [classes[label] for label in first.labels["test"].tolist()]
    for one in found:
        clusters = one.clusters.assignments["test"].tolist()
        columns[f"{one.name} cluster"] = clusters
        if one.clusters.labelled:
            columns[f"{one.name} class"] = [name or "none" for name in class_names_of(one.clusters, classes)]
        if one.names:
            columns[f"{one.name} name"] = [one.names.get(cluster, "") for cluster in clusters]
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    return "".join("\t".join(" ".join(str(cell).split()) for cell in row) + "\n" for row in rows)


def _tsv(rows: np.ndarray) -> str:
    """Numbers with as many digits as single precision needs."""
    return "".join("\t".join(f"{value:.9g}" for value in row) + "\n" for row in rows.tolist())
