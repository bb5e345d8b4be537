"""What only a browser shows of many classes: clicks and cards of a heat map, the legend, cards of a map, and what axe finds."""

from collections.abc import Iterator

import numpy as np
import pytest

from core import data
from core.analyse.clustering import Clustering
from core.analyse.confusion import class_matrix, mixups
from core.data.own import Adding, add_pictures
from core.settings import ClusteringConfig
from core.stages import cluster_run
from tests import linear_runs
from tests.browser.axe import held_by_axe
from tests.browser.conftest import POINT, Server, open_page, painted
from tests.browser.own_sets import letters

LETTERS, BLANK = "dataset=Letters&latent=8&losses=Pixel+MSE", "dataset=Blank&latent=8&losses=Pixel+MSE"
# Where on the screen a cell of a heat map is: called with [element key, row, column] by their names at the axes.
CELL = """([key, row, column]) => {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`), {xaxis, yaxis} = plot._fullLayout
    plot.scrollIntoView({block: 'center'})
    const box = plot.getBoundingClientRect()
    return [box.left + xaxis._offset + xaxis.d2p(column), box.top + yaxis._offset + yaxis.d2p(row)]
}"""


class Store:
    """Letters with their labels, and the same without; runs on both."""

    def __init__(self, artifacts, folder):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LATENT_LENS_ARTIFACTS", str(artifacts))
            for title, labels in (("Letters", "folder"), ("Blank", "none")):
                name = add_pictures(Adding(str(folder), title, labels=labels)).info.name
                found = data.load(name)
                run = linear_runs.write(found, "mse", latent=8)
                linear_runs.write(found, "bce", latent=8)
                if labels == "folder":
                    self.names, self.labels = found.info.class_names, found.test_labels
                    parts = {"train": found.train_labels, "test": found.test_labels}
                    self.found: Clustering = cluster_run(run, ClusteringConfig(), parts)
        self.server = Server(artifacts)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("store"), letters(tmp_path_factory.mktemp("letters")))
    yield store
    store.server.stop()


def test_a_cell_of_a_heat_map_says_what_it_is_and_opens_its_own_images(page, store):
    matrix = class_matrix(store.found, "test", 26)
    # A cell whose transposed one holds another number.
    cell = next(one for one in mixups(matrix) if matrix[one.said, one.true] != one.images)
    true, said = store.names[cell.true], store.names[cell.said]
    open_page(page, store.server, f"confusion?{LETTERS}")
    painted(page, "confusion_mse")
    x, y = page.evaluate(CELL, ["confusion_mse", true, said])
    page.mouse.move(x, y)
    card = page.locator(".st-key-confusion_mse .hovertext").first
    card.wait_for()
    assert f"true class: {true}" in card.text_content()
    assert f"cluster says: {said}" in card.text_content()
    assert f"({cell.images} images)" in card.text_content()
    page.mouse.click(x, y)
    page.wait_for_selector(f"h2:has-text('{true} in clusters named {said} ({cell.images} image')")
    assert page.locator(".ll-wrap img").count() == cell.images


def test_a_legend_is_searched_and_brings_out_what_is_chosen(page, store):
    open_page(page, store.server, f"embedding_map?{LETTERS}&map=PCA")
    painted(page, "map_mse")
    legend = page.locator(".st-key-legend_class")
    entries = legend.locator("button[aria-pressed]")
    assert entries.count() == 26
    legend.locator("input").fill("q")
    assert entries.locator("visible=true").locator("span").all_inner_texts() == ["Q"]
    entries.locator("visible=true").click()
    number = int((store.labels == store.names.index("Q")).sum())
    page.wait_for_selector(f"text={number} of {len(store.labels)} dots stand out")
    faded = page.evaluate("document.querySelector('.st-key-map_mse .js-plotly-plot')._fullData[0].selectedpoints")
    assert faded == np.flatnonzero(store.labels == store.names.index("Q")).tolist()
    legend.locator("button.all").click()
    page.wait_for_selector("text=Nothing chosen yet")


@pytest.mark.parametrize("index", [0, 7, 50])
def test_the_card_of_a_dot_is_that_of_its_image(page, store, index):
    open_page(page, store.server, f"embedding_map?{LETTERS}&map=PCA")
    painted(page, "map_mse")
    page.wait_for_timeout(1000)
    page.mouse.move(*page.evaluate(POINT, ["map_mse", index]))
    tip = page.locator(".latent-lens-tip")
    tip.wait_for(state="visible")
    found = int(tip.get_attribute("data-index"))  # of dots in one place the uppermost
    cluster = int(store.found.assignments["test"][found])
    majority = store.names[store.found.cluster_labels[cluster]]
    words = tip.locator("div").inner_text().split("\n")
    right = "✓ right" if store.found.cluster_labels[cluster] == store.labels[found] else "✗ wrong"
    assert words == [store.names[store.labels[found]], f"image {found}", f"cluster {cluster} · {majority} {right}"]


def test_a_name_typed_is_there_on_the_next_page(page, store):
    open_page(page, store.server, f"clusters?{BLANK}&cluster=mse.20.3")
    box = page.locator("[class*=st-key-name_] input")
    box.fill("curves")
    box.press("Enter")
    page.wait_for_selector("text=1 of 20 clusters have a name by hand")
    held_by_axe(page)
    open_page(page, store.server, f"confusion?{BLANK}")
    page.wait_for_selector("text=Labels are the names given by hand")
    open_page(page, store.server, f"clusters?{BLANK}")
    page.get_by_role("button", name="Take back").click()
    page.wait_for_selector("text=1 of 20 clusters have a name by hand", state="detached")


@pytest.mark.parametrize(
    "address",
    [f"confusion?{LETTERS}", f"clusters?{LETTERS}&cluster=mse.20.3", f"embedding_map?{LETTERS}&map=PCA",
     f"confusion?{BLANK}&losses=Cross-entropy", f"embedding_map?{BLANK}&map=PCA"],
)  # fmt: skip
def test_axe_finds_nothing(page, store, address):
    open_page(page, store.server, address)
    page.wait_for_timeout(1500)
    held_by_axe(page)
