"""Write the results table and the screenshot of the README: `python -m tests.browser.readme`."""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from core.data import read_part
from core.keep.runs import list_runs
from core.paths import ROOT
from core.settings import LOSSES, ClusteringConfig
from core.stages import cluster_run, kept
from core.tables import format_table, percent
from tests.browser import provide
from tests.browser.conftest import FLAGS, Server, open_page, painted

README = ROOT / "README.md"
_BLOCK = re.compile(r"(<!-- results:[^\n]*-->\n).*?(<!-- end of results -->)", re.DOTALL)


def results_table() -> str:
    """A Markdown table of the bundled runs, from the store."""
    labels = {split: read_part("fashion_mnist", f"{split}_labels") for split in ("train", "test")}
    rows = []
    runs = [run for run in list_runs()[0] if run.bundled]
    for run in sorted(runs, key=lambda run: (run.config.latent, list(LOSSES).index(run.config.loss))):
        found = cluster_run(run, ClusteringConfig(), labels)
        scores = found.scores("test")
        rows.append(
            {
                "latent size": run.config.latent,
                "loss": LOSSES[run.config.loss].title,
                "right class": f"{percent(scores['accuracy'])} ± {196 * found.accuracy_error('test'):.1f}",
                "NMI": f"{scores['nmi']:.3f}",
                "ARI": f"{scores['ari']:.3f}",
                "k-NN": percent(run.metrics["knn_accuracy"]),
                "pixel MSE": f"{run.metrics['reconstruction_mse']:.4f}",
                "SSIM": f"{run.metrics['reconstruction_ssim']:.3f}",
                "SSIM, read-out": f"{kept(run, 'readout').values['ssim']:.3f}",
                "minutes": f"{sum(run.summary['timings'].values()) / 60:.1f}",
            }
        )
    return format_table(rows, markdown=True)


def screenshot(path: Path) -> None:
    """The overview page as it opens, wide, light."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=provide.find(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1360, "height": 1000})
            open_page(page, server)
            painted(page, "overview_accuracy")
            page.wait_for_timeout(1500)
            page.screenshot(path=path)
            browser.close()
        finally:
            server.stop()


def main() -> int:
    text = README.read_text()
    README.write_text(_BLOCK.sub(lambda found: f"{found[1]}{results_table()}\n{found[2]}", text))
    screenshot(ROOT / "artifacts" / "overview.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
