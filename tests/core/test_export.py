"""What is taken away, read back with other tools' own readers: every number, name and picture in its place."""

import ast
import importlib.util
import io
import json
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core import export
from core.__main__ import main
from core.comparison import comparison_report, image_report
from core.data import sets
from core.errors import DataNotFoundError, InvalidInputError
from core.export import pictures
from core.export.pictures import pngs, sheet
from core.keep import namings
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import cluster_run, compute, kept
from tests.linear_runs import image_set, use, write

CONFIG, HDBSCAN = ClusteringConfig(6), ClusteringConfig(20, method="hdbscan")
MAPS = [ProjectionConfig("tsne"), ProjectionConfig("pca")]
TEST, TRAIN = 60, 200


@pytest.fixture
def shapes(monkeypatch):
    return use(monkeypatch, image_set(4, train=TRAIN, test=TEST, shape=(12, 16, 3)))


@pytest.fixture
def pair(shapes):
    return [write(shapes), write(shapes, seed=1)]


def labels(shapes):
    return {"train": shapes.train_labels, "test": shapes.test_labels}


def read(content: bytes) -> pd.DataFrame:
    """As Embedding Atlas reads a Parquet file."""
    return pd.read_parquet(io.BytesIO(content))


# --- the table -----------------------------------------------------------------------------------------------------


def test_the_table_holds_every_number_of_every_run(pair, shapes):
    table = read(export.parquet_bytes(export.embeddings_table(pair, CONFIG, MAPS)))
    assert table["id"].tolist() == [f"test.{row}" for row in range(TEST)]
    assert table["index"].tolist() == list(range(TEST))
    assert table["class"].tolist() == [f"shape {row % 4}" for row in range(TEST)]
    assert export.run_names(pair) == ["mse_z4_s0", "mse_z4_s1"]
    for run, name in zip(pair, export.run_names(pair), strict=True):
        found = cluster_run(run, CONFIG, labels(shapes))
        np.testing.assert_array_equal(table[f"{name}_cluster"], found.assignments["test"])
        assert table[f"{name}_class"].tolist() == [f"shape {label}" for label in found.predicted("test")]
        np.testing.assert_allclose(table[f"{name}_distance"], found.distances["test"], rtol=1e-6)
        np.testing.assert_array_equal(table[f"{name}_error"], run.test_errors)
        np.testing.assert_array_equal(np.stack(table[f"{name}_embedding"]), run.test_embeddings)
        for method, config in zip(("tsne", "pca"), MAPS, strict=True):
            points = kept(run, "map", config).arrays["points"]
            np.testing.assert_array_equal(table[[f"{name}_{method}_x", f"{name}_{method}_y"]], points)
        near = compute(run, "neighbours").arrays
        neighbours = table[f"{name}_neighbors"]
        assert all(one.keys() == {"ids", "distances"} for one in neighbours)
        np.testing.assert_array_equal(np.stack([one["ids"] for one in neighbours]), near["indices"])
        np.testing.assert_array_equal(np.stack([one["distances"] for one in neighbours]), near["distances"])


def test_the_pictures_are_png_files_by_name(pair, shapes):
    table = read(export.parquet_bytes(export.embeddings_table(pair, CONFIG, [])))
    for row in (0, 7, TEST - 1):
        image = table["image"][row]
        assert image["path"] == f"test.{row}.png"
        picture = Image.open(io.BytesIO(image["bytes"]))
        assert picture.format == "PNG"
        np.testing.assert_array_equal(np.asarray(picture), shapes.test_images[row])


def test_the_table_says_what_it_was_made_of(pair):
    file = io.BytesIO(export.parquet_bytes(export.embeddings_table(pair, CONFIG, MAPS)))
    made_of = json.loads(pq.read_schema(file).metadata[b"latent_lens"])
    assert made_of["runs"] == {"mse_z4_s0": pair[0].id, "mse_z4_s1": pair[1].id}
    assert ClusteringConfig(**made_of["clustering"]) == CONFIG
    assert ProjectionConfig(**made_of["maps"]["tsne"]) == MAPS[0]


def test_names_given_by_hand_go_along(pair, shapes):
    names = {pair[0].id: {2: "boats", 4: "<b>cars</b>"}}
    table = read(export.parquet_bytes(export.embeddings_table(pair, CONFIG, [], cluster_names=names)))
    clusters = cluster_run(pair[0], CONFIG, labels(shapes)).assignments["test"]
    given = names[pair[0].id]
    assert table["mse_z4_s0_cluster_name"].isna().tolist() == [cluster not in given for cluster in clusters.tolist()]
    assert set(table["mse_z4_s0_cluster_name"].dropna()) == set(given.values())
    assert "mse_z4_s1_cluster_name" not in table


def test_noise_has_neither_class_nor_distance(pair, shapes):
    table = read(export.parquet_bytes(export.embeddings_table(pair[:1], HDBSCAN, [])))
    outside = cluster_run(pair[0], HDBSCAN, labels(shapes)).assignments["test"] == -1
    assert outside.any()
    for column in ("class", "distance"):
        np.testing.assert_array_equal(table[f"mse_{column}"].isna(), outside)
    np.testing.assert_array_equal(table["mse_cluster"] == -1, outside)
    assert export.embeddings_table(pair[:1], HDBSCAN, [])["mse_distance"].null_count == outside.sum()


def test_without_labels_and_images_the_numbers_are_there(monkeypatch):
    plain = use(monkeypatch, image_set(4, labelled=False, train=TRAIN, test=TEST, shape=(12, 12, 1)))
    run = write(plain)

    def nowhere(split, indices):
        raise DataNotFoundError("no images")

    monkeypatch.setattr(sets.PUBLISHED["shapes"], "read_rows", nowhere)
    table = export.embeddings_table([run], CONFIG, MAPS[:1])
    assert {"image", "class", "mse_class"}.isdisjoint(table.column_names)
    assert {"mse_cluster", "mse_tsne_x", "mse_embedding"} <= set(table.column_names)
    with zipfile.ZipFile(io.BytesIO(export.projector_zip([run], CONFIG, []))) as archive:
        assert "sprite.png" not in archive.namelist()
        assert archive.read("metadata.tsv").decode().splitlines()[0] == "image\tmse cluster"
        assert "sprite" not in archive.read("projector_config.pbtxt").decode()


def test_runs_are_named_by_what_tells_them_apart(shapes):
    one, other, third = write(shapes), write(shapes, latent=3), write(shapes, loss="bce")
    assert export.run_names([one]) == ["mse"]
    assert export.run_names([one, third]) == ["mse", "bce"]
    assert export.run_names([one, other]) == ["mse_z4", "mse_z3"]


def test_what_cannot_go_together_is_told(pair, monkeypatch):
    other = write(use(monkeypatch, image_set(3, train=TRAIN, test=TEST, shape=(12, 12, 1), name="others")))
    for runs, words in (([], "no run"), ([pair[0], pair[0]], "twice"), ([pair[0], other], "runs of others, shapes")):
        with pytest.raises(InvalidInputError, match=f"{words} was to be exported. Expected one or several runs"):
            export.embeddings_table(runs, CONFIG, [])
    with pytest.raises(InvalidInputError, match=r"The map umap-n5-s0 .* --method umap` with `--neighbours 5 --seed 0`"):
        export.embeddings_table(pair, CONFIG, [ProjectionConfig("umap", 5)])


def test_embedding_atlas_is_told_which_columns_to_take(pair):
    command = export.atlas_command("a file.parquet", pair, MAPS[1:])
    assert command == (
        "embedding-atlas 'a file.parquet' --x mse_z4_s0_pca_x --y mse_z4_s0_pca_y --neighbors mse_z4_s0_neighbors"
    )
    columns = export.embeddings_table(pair, CONFIG, MAPS[1:]).column_names
    assert {"mse_z4_s0_pca_x", "mse_z4_s0_pca_y", "mse_z4_s0_neighbors"} <= set(columns)
    assert "--vector mse_z4_s0_embedding" in export.atlas_command("file", pair, [])


# --- the projector ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def projector_config():
    """The projector's own description of its configuration, which comes with TensorFlow; TensorFlow itself is not loaded."""
    place = Path(importlib.util.find_spec("tensorflow").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location(
        "projector_config_pb2", place / "python/keras/protobuf/projector_config_pb2.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ProjectorConfig


def test_the_projector_reads_its_files(pair, shapes, projector_config):
    from google.protobuf import text_format

    names = {pair[1].id: {2: "long\tboats\nand ships"}}
    content = export.projector_zip(pair, CONFIG, MAPS[:1], cluster_names=names)
    archive = zipfile.ZipFile(io.BytesIO(content))
    config = text_format.Parse(archive.read("projector_config.pbtxt").decode(), projector_config())
    expected = {
        "mse_z4_s0": pair[0].test_embeddings, "mse_z4_s1": pair[1].test_embeddings,
        "mse_z4_s0 tsne": kept(pair[0], "map", MAPS[0]).arrays["points"],
        "mse_z4_s1 tsne": kept(pair[1], "map", MAPS[0]).arrays["points"],
    }  # fmt: skip
    assert {one.tensor_name for one in config.embeddings} == expected.keys()
    for one in config.embeddings:
        rows = np.loadtxt(io.BytesIO(archive.read(one.tensor_path)), delimiter="\t", dtype=np.float32, ndmin=2)
        np.testing.assert_array_equal(rows, expected[one.tensor_name])
        assert list(one.tensor_shape) == list(rows.shape)
        assert one.metadata_path in archive.namelist()
        assert (one.sprite.image_path, list(one.sprite.single_image_dim)) == ("sprite.png", [16, 12])
    lines = [line.split("\t") for line in archive.read("metadata.tsv").decode().split("\n")[:-1]]
    assert lines[0] == [
        "image", "class", "mse_z4_s0 cluster", "mse_z4_s0 class", "mse_z4_s1 cluster", "mse_z4_s1 class", "mse_z4_s1 name",
    ]  # fmt: skip
    assert len(lines) == TEST + 1
    clusters = [cluster_run(run, CONFIG, labels(shapes)).assignments["test"] for run in pair]
    for row in (0, 33, TEST - 1):
        line = dict(zip(lines[0], lines[row + 1], strict=True))
        assert (line["image"], line["class"]) == (f"test.{row}", f"shape {row % 4}")
        assert [line[f"mse_z4_s{seed} cluster"] for seed in (0, 1)] == [str(one[row]) for one in clusters]
        assert line["mse_z4_s1 name"] == ("long boats and ships" if clusters[1][row] == 2 else "")
    sprite = np.asarray(Image.open(io.BytesIO(archive.read("sprite.png"))))
    assert sprite.shape == (8 * 12, 8 * 16, 3)  # 60 pictures in rows of eight
    np.testing.assert_array_equal(sprite[12 * 3 : 12 * 4, 16 * 2 : 16 * 3], shapes.test_images[3 * 8 + 2])
    assert content == export.projector_zip(pair, CONFIG, MAPS[:1], cluster_names=names)


def test_pictures_are_made_smaller_where_they_would_be_too_large(monkeypatch):
    wide = np.zeros((2, 50, 400, 1), np.uint8)
    assert Image.open(io.BytesIO(pngs(wide)[0])).size == (96, 12)
    content, size = sheet(wide)
    assert size == (96, 12)
    assert Image.open(io.BytesIO(content)).size == (192, 24)
    monkeypatch.setattr(pictures, "_SHEET", 100)
    content, size = sheet(np.zeros((50, 30, 30, 1), np.uint8))  # in rows of eight
    assert size == (12, 12)
    assert Image.open(io.BytesIO(content)).size == (96, 96)
    assert sheet(wide[:1])[1] == (96, 12)


# --- the notebook ----------------------------------------------------------------------------------------------------


def run_notebook(content: bytes) -> list[object]:
    """Run its cells one after the other; gives what each ends with."""
    made = json.loads(content)
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in made["cells"]}) == len(made["cells"])
    space, results = {}, []
    for cell in made["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), space)
        results.append(eval(compile(ast.Expression(last.value), "cell", "eval"), space) if last else None)
    return results


def test_the_notebook_rebuilds_the_view(pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # not among what the project needs
    content = export.notebook(pair, CONFIG, MAPS, split="train", image=5)
    _, scores, shapes_of_maps, _, compared, described = run_notebook(content)
    assert list(scores) == ["mse_z4_s0", "mse_z4_s1"]
    assert set(shapes_of_maps.values()) == {(TEST, 2)}
    assert shapes_of_maps.keys() == {(name, kind) for name in scores for kind in ("tsne", "pca")}
    assert compared == comparison_report(*pair, CONFIG, "train")
    assert described == {f"mse_z4_s{seed}": image_report(run, "train", 5, CONFIG) for seed, run in enumerate(pair)}


def test_a_notebook_of_one_run_has_neither_comparison_nor_image(pair):
    first, scores = run_notebook(export.notebook(pair[:1], HDBSCAN, []))
    assert (first, list(scores)) == (None, ["mse"])


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_writes_each_format(pair, tmp_path, capsys):
    ids = [run.id for run in pair]
    common = ["--clusters", "6", "--json", "--out"]
    assert main(["export", *ids, "--map", "pca", *common, str(tmp_path / "new" / "table.parquet")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["runs"], told["maps"]) == (ids, ["pca"])
    assert told["open_with"].startswith(f"embedding-atlas {tmp_path / 'new' / 'table.parquet'} --x mse_z4_s0_pca_x")
    expected = export.parquet_bytes(export.embeddings_table(pair, CONFIG, MAPS[1:]))
    assert (tmp_path / "new" / "table.parquet").read_bytes() == expected
    assert told["bytes"] == len(expected)
    assert main(["export", ids[0], "--format", "projector", *common, str(tmp_path / "files.zip")]) == 0
    assert json.loads(capsys.readouterr().out)["maps"] == [MAPS[0].name, "pca"]  # those that are kept
    assert (tmp_path / "files.zip").read_bytes() == export.projector_zip(pair[:1], CONFIG, MAPS)
    namings.change("shapes", ids[0], CONFIG, lambda naming: naming.named(2, "boats"))
    assert main(["export", ids[0], *common, str(tmp_path / "named.parquet")]) == 0
    assert set(pd.read_parquet(tmp_path / "named.parquet")["mse_cluster_name"].dropna()) == {"boats"}
    capsys.readouterr()
    assert main(["export", ids[0], "--format", "notebook", "--out", str(tmp_path / "view.ipynb")]) == 0
    assert "To open it: jupyter lab" in capsys.readouterr().out
    assert json.loads((tmp_path / "view.ipynb").read_bytes())["nbformat"] == 4


def test_what_a_link_leads_to_is_replaced_and_the_link_stays(pair, tmp_path, capsys):
    (tmp_path / "linked.ipynb").write_text("old")
    (tmp_path / "a link.ipynb").symlink_to("linked.ipynb")
    assert main(["export", pair[0].id, "--format", "notebook", "--out", str(tmp_path / "a link.ipynb")]) == 0
    assert capsys.readouterr().out.endswith(f"jupyter lab '{tmp_path}/a link.ipynb'\n")
    assert (tmp_path / "a link.ipynb").is_symlink()
    assert json.loads((tmp_path / "linked.ipynb").read_bytes())["nbformat"] == 4


def test_the_command_tells_what_it_cannot_do(pair, tmp_path, capsys):
    taken, pipe = tmp_path / "taken", tmp_path / "pipe"
    taken.write_text("")
    os.mkfifo(pipe)
    for arguments, words in (
        (
            [pair[0].id, "--format", "csv", "--out", "x"],
            "Unknown format 'csv'. Expected one of: notebook, parquet, projector",
        ),
        ([pair[0].id, pair[0].id, "--out", "x"], "twice was to be exported"),
        ([pair[0].id, "--map", "mds", "--out", "x"], "Unknown projection 'mds'"),
        (
            [pair[0].id, "--format", "notebook", "--out", str(tmp_path)],
            f"--out is '{tmp_path}', which is a folder. Expected the name of the file to write.",
        ),
        ([pair[0].id, "--out", str(pipe)], f"--out is '{pipe}', which is no regular file."),
        (
            [pair[0].id, "--format", "notebook", "--out", str(taken / "view.ipynb")],
            f"Cannot write {taken / 'view.ipynb'}: File exists. Something else lies in its place: move it away, or set --out",
        ),
    ):
        assert main(["export", *arguments]) == 1
        assert words in capsys.readouterr().err
    assert list(tmp_path.glob(".arriving*")) == []
