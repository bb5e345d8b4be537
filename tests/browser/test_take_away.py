"""What is taken away in a real browser: files are downloaded, opened and compared with what is stored."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from core.keep.runs import list_runs, usual_run
from tests.browser.axe import broken
from tests.browser.conftest import open_page


def test_the_offer_of_the_sidebar(page, server):
    open_page(page, server, "runs")
    assert page.get_by_role("button", name="Take it away").count() == 0
    open_page(page, server, "image?image=test.3")
    page.get_by_role("button", name="Take it away").click()
    page.wait_for_selector("text=One table (Parquet)")
    assert broken(page) == []

    def taken(button: str):
        with page.expect_download(timeout=120_000) as waiting:
            page.get_by_role("button", name=button).click()
        return waiting.value.suggested_filename, waiting.value.path()

    run = usual_run(list_runs()[0], "fashion_mnist", "perceptual", 10)
    name, path = taken("One table (Parquet)")
    assert name == "fashion_mnist-mse-perceptual-k20.parquet"
    table = parquet.read_table(path)
    assert table.num_rows == 10_000
    assert table["class"][0].as_py() == "Ankle boot"
    assert table["image"][0].as_py()["bytes"].startswith(b"\x89PNG")
    assert table["perceptual_embedding"][9].as_py() == pytest.approx(run.test_embeddings[9].tolist())
    name, path = taken("For TensorBoard’s projector")
    with zipfile.ZipFile(path) as archive:
        rows = np.loadtxt(archive.open("perceptual/tensors.tsv"), max_rows=10)
    np.testing.assert_allclose(rows, run.test_embeddings[:10], rtol=1e-6)
    name, path = taken("Notebook")
    notebook = json.loads(path.read_bytes())
    assert (name, notebook["nbformat"]) == ("fashion_mnist-mse-perceptual-k20.ipynb", 4)
    assert run.id in json.dumps(notebook)
    assert "Image test.3" in json.dumps(notebook)


def test_a_table_is_the_same_as_csv_and_as_parquet(page, server):
    open_page(page, server, "clusters?cluster_loss=Perceptual")

    def taken(button):
        with page.expect_download(timeout=60_000) as waiting:
            button.click()
        return waiting.value

    both = page.locator("[data-testid=stDownloadButton] button")
    text, packed = (taken(both.nth(place)) for place in (0, 1))
    name = f"{usual_run(list_runs()[0], 'fashion_mnist', 'perceptual', 10).id}-k20-test"
    assert (text.suggested_filename, packed.suggested_filename) == (f"{name}.csv", f"{name}.parquet")
    of_text = pd.read_csv(text.path()).fillna({"runner_up": ""})
    of_packed = parquet.read_table(packed.path()).to_pandas()
    assert len(of_text) == 20
    assert of_text["size"].sum() == 10_000
    pd.testing.assert_frame_equal(of_text, of_packed, rtol=1e-5, check_dtype=False)
