"""What is looked at, taken away: the files are read back, and what is said of them is held."""

import io
import json
import zipfile

import pytest
from pyarrow import parquet

from dashboard import take_away, take_away_words
from dashboard.view import Selection
from tests import linear_runs
from tests.dashboard.conftest import open_page

SELECTION = Selection(dataset="shapes", losses=("mse", "bce"), latent=4, clusters=4)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LENS_ARTIFACTS", str(tmp_path_factory.mktemp("artifacts")))
        found = linear_runs.use(patch, linear_runs.image_set(3, shape=(20, 32, 3), train=200, test=60))
        yield [linear_runs.write(found, loss) for loss in ("mse", "bce")]


@pytest.fixture
def files(runs, monkeypatch):
    monkeypatch.setattr("streamlit.session_state", {"image": "test.7"})
    return {one.name: one for one in take_away.files(SELECTION, runs)}


def test_the_table_holds_every_run(files, runs):
    made = files["shapes-mse-bce-k4.parquet"].make()
    table = parquet.read_table(io.BytesIO(made))
    assert table.num_rows == 60
    assert {"class", "image", "mse_cluster", "bce_cluster", "mse_tsne_x", "bce_pca_y", "mse_embedding"} <= set(
        table.column_names
    )
    assert table["bce_embedding"][7].as_py() == pytest.approx(runs[1].test_embeddings[7].tolist())


def test_the_projector_s_files_are_complete(files):
    archive = zipfile.ZipFile(io.BytesIO(files["shapes-mse-bce-k4-projector.zip"].make()))
    assert {"projector_config.pbtxt", "metadata.tsv", "sprite.png", "mse/tensors.tsv", "bce/tensors.tsv"} <= set(
        archive.namelist()
    )
    assert len(archive.read("mse/tensors.tsv").splitlines()) == 60


def test_the_notebook_names_runs_and_the_image_looked_at(files, runs):
    notebook = json.loads(files["shapes-mse-bce-k4.ipynb"].make())
    source = "".join(line for cell in notebook["cells"] for line in cell["source"])
    assert all(run.id in source for run in runs)
    assert "Image test.7" in source


def test_what_is_said_of_the_files(files):
    assert files["shapes-mse-bce-k4.parquet"].words == (
        "A row an image, 60 in all, about 1 MB. For data frames, and for Embedding Atlas: `embedding-atlas shapes-mse-bce-k4.parquet "
        "--x mse_tsne_x --y mse_tsne_y --neighbors mse_neighbors`"
    )
    assert take_away_words.megabytes(12_400_000) == "12 MB"
    # Of the bundled runs with ten numbers they were 8.1 and 5.8 MB.
    assert take_away_words.sizes((28, 28, 1), 10_000, [10, 10]) == (10_088_000, 8_088_000)


def test_it_is_offered_where_models_are_shown(runs):
    link = {"dataset": "Shapes", "losses": ["Pixel MSE"], "latent": "4"}
    offered = {
        page: any(
            button.proto.label == "One table (Parquet)" for button in open_page(page, **link).get("download_button")
        )
        for page in ("overview", "train")
    }
    assert offered == {"overview": True, "train": False}
