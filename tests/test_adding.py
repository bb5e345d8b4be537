"""What ARCHITECTURE.md shows by its diff can be added by that diff: each is applied to a copy of the project, and used."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.paths import ROOT
from tests.core import small_runs

DOCUMENT = (ROOT / "ARCHITECTURE.md").read_text()
DIFFS = {
    heading: re.findall(r"^```diff\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    for heading, section in re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
}
USES = {
    "A pixel loss": """
        import numpy as np
        from core.data import load
        from core.learn import autoencoder
        from core.learn.objectives import OBJECTIVES
        config = core.RunConfig("digits", "mae", latent=2, epochs=1, images=100)
        assert not config.uses_labels and config.run_id.startswith("digits-mae-z2-")
        half = np.array([0.0, 0.5]).reshape(1, 1, 2, 1)
        assert float(OBJECTIVES["mae"].loss(np.zeros_like(half), half)[0]) == 0.25
        place = {name: folder / name for name in ("checkpoint", "networks", "precision_cache")}
        trained = autoencoder.prepare(config, load("digits"), **place, on_event=print).train(print)
        assert 0 < trained.history[0]["validation_loss"] < 0.5
        from dashboard.palette import loss_colour
        assert loss_colour("mae") == "#cc79a7"
    """,
    "A teacher": """
        import numpy as np
        from pathlib import Path
        from core.data import load
        from core.learn.teachers.kept import get_loss_network
        config = core.LossNetworkConfig("digits", teacher="rotations", epochs=1, images=100)
        assert not core.RunConfig("digits", "perceptual", loss_network=config).uses_labels
        assert core.RunConfig("digits", "perceptual").uses_labels
        kept = get_loss_network(
            config, load("digits"), folder=folder / "networks", checkpoint=folder / "checkpoint", precision="float32", on_event=print,
        )
        assert kept.model.output_shape == (None, 4)
    """,
    "An architecture": """
        from core.learn.models import build_decoder, build_encoder
        from core.__main__ import main
        config = core.RunConfig("digits", "mse", architecture="dense")
        encoder = build_encoder(config.architecture, (32, 32, 3), 7, "float32")
        assert encoder.count_params() == 32 * 32 * 3 * 128 + 128 + 128 * 7 + 7
        assert build_decoder(config.architecture, (32, 32, 3), 7, "float32").output_shape == (None, 32, 32, 3)
    """,
    "An image set": """
        import numpy as np
        from core.data import image_sets, load, read_rows
        stripes = load("stripes")
        assert image_sets()["stripes"] == stripes.info and core.RunConfig("stripes", "mse").epochs == 20
        assert stripes.train_images.shape == (400, 32, 32, 3) and stripes.test_labels.tolist() == [0, 1] * 50
        level = (stripes.test_images == stripes.test_images[:, :, :1]).all(axis=(1, 2, 3))
        assert (level == (stripes.test_labels == 0)).all()
        assert np.array_equal(read_rows("stripes", "test", np.array([5])), stripes.test_images[[5]])
    """,
    "A score": """
        from core.__main__ import main
        from core.stages import STAGES
        for name in ("readout", "verdicts"):  # which train
            type(STAGES[name]).usual = lambda stage, info: []
        assert "silent_numbers" not in core.get_run(run).metrics
        assert main(["refresh", run]) == 0
        assert core.get_run(run).metrics["silent_numbers"] == 0.5
        from dashboard.run_words import score_columns
        column, values = score_columns([core.get_run(run)])["silent_numbers"]  # of the table under Runs
        assert (column.title, values) == ("Silent latent numbers", [0.5])
        assert main(["show", run]) == 0
    """,
    "A map method": """
        import numpy as np
        from core import stages
        config = core.ProjectionConfig("random_plane", seed=3)
        points = core.project_run(core.get_run(run), config)
        assert points.shape == (360, 2) and np.linalg.matrix_rank(points) == 1  # of embeddings on a line
        assert np.array_equal(stages.kept(core.get_run(run), "map", config).arrays["points"], points)
        from dashboard.page_choices import maps
        from dashboard.view import Selection
        assert maps(Selection())["random_plane"] == "Random plane"  # a button of the page
    """,
    "A clusterer without centroids": """
        import numpy as np
        from core.analyse import clustering
        rings = np.array([[r * np.cos(a), r * np.sin(a)] for r in (1, 5) for a in np.linspace(0, 6.2, 60)], np.float32)
        config = core.ClusteringConfig(2, "none", method="chained")
        found = clustering.assign(clustering.fit(rings, config), config, {"train": rings, "test": rings + 0.01}, None)
        for split in ("train", "test"):
            inner, outer = found.assignments[split].reshape(2, 60)
            assert len(set(inner)) == len(set(outer)) == 1 and inner[0] != outer[0]
    """,
    "A page": """
        from streamlit.testing.v1 import AppTest
        app = AppTest.from_file("dashboard/app.py", default_timeout=60).run()
        app.switch_page("app_pages/numbers.py").run()
        assert not app.exception and app.title[0].value == "Latent numbers"
        assert len([one for one in app.markdown if "of 10 differs most" in one.value]) == 2
    """,
}


def apply(diff: str, root: Path) -> None:
    """Make the changes of a diff. Each hunk's old lines must be there exactly once."""
    for old, new, body in re.findall(r"^--- (\S+)\n\+\+\+ (\S+)\n(.*?)(?=^--- |\Z)", diff, re.DOTALL | re.MULTILINE):
        hunks = [hunk.splitlines() for hunk in re.split(r"^@@.*\n", body, flags=re.MULTILINE) if hunk]
        path = root / new
        if old == "/dev/null":
            assert not path.exists()
            path.write_text("".join(f"{line[1:]}\n" for line in hunks[0]))
            continue
        text = path.read_text()
        for hunk in hunks:
            before = "".join(f"{line[1:]}\n" for line in hunk if line[0] in " -")
            after = "".join(f"{line[1:]}\n" for line in hunk if line[0] in " +")
            assert text.count(before) == 1, f"{new} no longer has these lines once:\n{before}"
            text = text.replace(before, after)
        path.write_text(text)


def test_each_way_to_add_something_is_used():
    assert DIFFS.keys() == USES.keys()
    assert all(DIFFS.values())


@pytest.mark.parametrize("what", USES)
def test_what_the_document_shows_can_be_added_by_its_diff(what, tmp_path, artifacts):
    project = tmp_path / "project"
    for folder in ("core", "dashboard", ".streamlit"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "artifacts").mkdir()
    (project / "artifacts" / "bundled").symlink_to(ROOT / "artifacts" / "bundled")
    for diff in DIFFS[what]:
        apply(diff, project)
    line = np.column_stack(
        [np.linspace(-1, 1, small_runs.TEST), np.ones(small_runs.TEST)]
    )  # one lively number, one silent
    run = small_runs.write(test_embeddings=line.astype(np.float16))
    lines = [f"import core; from pathlib import Path; run, folder = {run.id!r}, Path({str(tmp_path)!r})"]
    lines += [line.removeprefix(" " * 8) for line in USES[what].splitlines()]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=project,
        env={**os.environ, "LATENT_LENS_PRECISION": "float32"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_every_file_that_the_document_names_is_there():
    text = re.sub(r"^```.*?^```", "", DOCUMENT, flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`((?:core|dashboard|tests)/[\w./]*)`", text))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
