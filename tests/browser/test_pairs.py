"""What only a browser shows of two models: streams, gains and cells that open their images, bars that filter, rows that open."""

import pytest

from core import data
from core.analyse import compare
from core.analyse.clustering import Clustering
from core.keep.runs import get_run
from core.settings import ClusteringConfig, RunConfig
from core.stages import cluster_run
from tests.browser.axe import held_by_axe
from tests.browser.conftest import no_errors, open_page, painted, settled
from tests.browser.test_many_classes import CELL

NAMES = data.dataset_info("fashion_mnist").class_names


@pytest.fixture(scope="module")
def found() -> tuple[Clustering, Clustering]:
    """The clusters of the usual pair of bundled runs, which the pages show."""
    labels = {split: data.read_part("fashion_mnist", f"{split}_labels") for split in ("train", "test")}
    runs = [get_run(RunConfig(loss=loss).run_id) for loss in ("mse", "perceptual")]
    a, b = (cluster_run(run, ClusteringConfig(), labels) for run in runs)
    return a, b


def test_a_stream_opens_its_images_beside_the_chart_by_click_and_by_key(page, server, found):
    a, b = (one.assignments["test"] for one in found)
    open_page(page, server, "across")
    chart = page.locator(".st-key-flow_chart")
    stream = chart.locator("path[data-name]").last  # the largest are drawn last, above the others
    left, right = map(int, stream.get_attribute("data-name").split("."))
    assert (left, right) == compare.matched(*found, "test")[0]
    images = int(((a == left) & (b == right)).sum())
    stream.click()
    beside = page.locator(".st-key-flow_images")
    beside.locator(f"text={images:,} images").wait_for()
    assert f"flow=mse.{left}.perceptual.{right}" in page.url
    # Beside the chart, not below it.
    assert beside.bounding_box()["x"] >= chart.bounding_box()["x"] + chart.bounding_box()["width"]
    shown = beside.locator("[data-image]").first.get_attribute("data-image")
    row = int(shown.removeprefix("test."))
    assert (a[row], b[row]) == (left, right)
    assert stream.get_attribute("aria-pressed") == "true"
    stream.focus()
    page.keyboard.press("ArrowDown")
    second = chart.locator("path[data-name]:focus")
    name = second.get_attribute("data-name")
    page.keyboard.press("Enter")
    page.wait_for_function("name => location.href.includes(`flow=mse.${name.replace('.', '.perceptual.')}`)", arg=name)
    settled(page)
    no_errors(page)


def test_a_cluster_lets_go_by_a_second_click(page, server, found):
    open_page(page, server, "across")
    node = page.locator(".st-key-flow_chart button[data-name$='.-']").first
    cluster = int(node.get_attribute("data-name").split(".")[0])
    node.click()
    size = int((found[0].assignments["test"] == cluster).sum())
    page.locator(".st-key-flow_images").locator(f"text={size:,} images").wait_for()
    node.click()
    page.wait_for_selector("text=its images come here")
    assert "flow=" not in page.url


def test_what_one_model_mixes_up_and_the_other_does_not_is_a_click_on_a_cell_away(page, server, found):
    shirt, pullover = NAMES.index("Shirt"), NAMES.index("Pullover")
    a, b = (compare.put_with(one, "test", shirt, pullover) for one in found)
    open_page(page, server, "across")
    painted(page, "change_matrix")
    x, y = page.evaluate(CELL, ["change_matrix", "Shirt", "Pullover"])
    page.mouse.click(x, y)
    page.wait_for_selector(f"text=Perceptual puts {(a & ~b).sum()} of those {a.sum()} elsewhere.")
    page.locator(".st-key-gain_chart button.line", has_text="Coat").click()
    coat = NAMES.index("Coat")
    right = [int(compare.put_with(one, "test", coat, coat).sum()) for one in found]
    page.wait_for_selector(f"text=rightly found: {right[0]} under Pixel MSE, {right[1]} under Perceptual.")
    page.wait_for_selector(
        "button[kind=segmented_controlActive]:has-text('Only B'), [aria-checked=true]:has-text('Only B')"
    )
    no_errors(page)


def test_a_bar_filters_and_pages_turn(page, server):
    open_page(page, server, "disagreement")
    painted(page, "shared_neighbours")
    page.wait_for_selector(".ll-card")
    x, y = page.evaluate(
        """() => {
            const plot = document.querySelector('.st-key-shared_neighbours .js-plotly-plot'), {xaxis, yaxis} = plot._fullLayout
            const box = plot.getBoundingClientRect()
            window.__images = plot._fullData[0].y[9]
            return [box.left + xaxis._offset + xaxis.d2p(9), box.top + yaxis._offset + yaxis.d2p(window.__images / 2)]
        }"""
    )
    images = page.evaluate("window.__images")
    assert images > 20
    page.mouse.click(x, y)
    page.wait_for_selector(f"text={images} images, 9 of 15 in common; here are 1 to 20")
    assert page.locator(".ll-card").count() == 20
    assert all("9 of 15 in common" in words for words in page.locator(".ll-card .of").all_inner_texts())
    first = page.locator(".ll-card [data-image]").first.get_attribute("data-image")
    page.locator("[data-testid=stPagination] button", has_text="2").first.click()
    page.wait_for_selector("text=here are 21 to 40")
    assert page.locator(".ll-card [data-image]").first.get_attribute("data-image") != first
    assert "shared=9" in page.url
    assert "sheet=2" in page.url


def test_a_row_of_clusters_opens_by_a_click_anywhere_in_it(page, server, found):
    open_page(page, server, "clusters")
    box = page.locator("[data-testid=stDataFrame]").first.bounding_box()
    # In its middle, far from the box at its left; rows are 40 pixels high, below a head.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 36 + 2.5 * 40)
    size = int((found[0].assignments["test"] == 2).sum())
    page.wait_for_selector(f"h2:has-text('Cluster 2: {size:,} unseen test images')")
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + 36 + 1.5 * 40)
    page.wait_for_selector("h2:has-text('Cluster 1:')")
    assert "cluster=mse.20.1" in page.url
    assert page.locator("h2:has-text('Cluster 2:')").count() == 0
    for cluster in (2, 3):  # the place in the table stays, so that arrow keys go on from it
        page.keyboard.press("ArrowDown")
        page.wait_for_selector(f"h2:has-text('Cluster {cluster}:')")


@pytest.mark.parametrize(
    "address", ["across?flow=mse.0.perceptual.-&change=mse.perceptual.6.2", "disagreement?only=A+right%2C+B+wrong"]
)
def test_axe_finds_nothing(page, server, address):
    open_page(page, server, address)
    page.wait_for_timeout(1500)
    held_by_axe(page)
