"""Small real data, and two small runs that are trained once a session and copied into each test's own store."""

import dataclasses
import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

# Read when the libraries load. k-means' threads otherwise spin while they wait: 50 times slower beside other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# As `core.learn.layers` shares processors out, which it can only before TensorFlow has computed anything: the same training
# then gives the same bits in every process, whatever tests came before.
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "2")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, len(os.sched_getaffinity(0)) // 2)))

import core
from core import data
from core.keep import judges
from core.keep.files import lock


class Trained(NamedTuple):
    """A store with one run a loss, and what `train_run` told while each was made."""

    folder: Path
    configs: dict[str, core.RunConfig]
    events: dict[str, list[dict]]


def use_folder(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """From here on nothing outside `folder` is read or written: no run of the user's, none that is bundled."""
    patch.setenv("LATENT_LENS_ARTIFACTS", str(folder))
    patch.delenv("LATENT_LENS_DATA", raising=False)
    patch.delenv("LATENT_LENS_PRECISION", raising=False)
    for module in ("runs", "judges"):
        patch.setattr(f"core.keep.{module}.BUNDLED", folder / "bundled")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that needs `trained` at once comes first: while it trains, the other workers have tests that do not."""
    items.sort(key=lambda item: item.path.name != "test_pipeline.py")


def quick_extras(patch: pytest.MonkeyPatch) -> None:
    """What is trained beside a run is trained hardly at all: its read-out, and the judge of the images."""
    usual = judges.usual_judge

    def hardly_trained(info: data.ImageSetInfo, judge: str) -> core.LossNetworkConfig:
        found = usual(info, judge)
        return dataclasses.replace(found, epochs=1, images=100) if judge == judges.UNSEEN else found

    patch.setattr(judges, "usual_judge", hardly_trained)
    patch.setattr("core.stages.readout.usual_epochs", lambda info: 1)


@pytest.fixture(scope="session")
def trained(tmp_path_factory, worker_id) -> Trained:
    """Tests that run side by side share it: the first to need it trains, the others wait."""
    settings = {"dataset": "digits", "latent": 4, "epochs": 20}
    network = core.LossNetworkConfig("digits", epochs=20)
    configs = {
        "mse": core.RunConfig(loss="mse", **settings),
        "perceptual": core.RunConfig(loss="perceptual", loss_network=network, **settings),
    }
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "trained"
    folder.mkdir(exist_ok=True)
    trained, told = Trained(folder, configs, {}), folder / "events.json"
    with lock(folder / "lock", wait=True):
        if told.exists():
            return trained._replace(events=json.loads(told.read_text()))
        with pytest.MonkeyPatch.context() as patch:
            use_folder(patch, trained.folder)
            quick_extras(patch)
            for name, config in configs.items():
                trained.events[name] = []
                core.train_run(config, on_event=trained.events[name].append)
        told.write_text(json.dumps(trained.events))
    return trained


@pytest.fixture
def artifacts(tmp_path, monkeypatch) -> Path:
    """An empty artifacts folder that the whole package uses in this test."""
    use_folder(monkeypatch, tmp_path / "artifacts")
    return tmp_path / "artifacts"


@pytest.fixture
def store(trained, artifacts) -> Path:
    """An artifacts folder that holds the two runs."""
    for folder in ("runs", "results"):
        shutil.copytree(trained.folder / folder, artifacts / folder)
    return artifacts


@pytest.fixture
def runs(trained, store) -> dict[str, core.Run]:
    return {loss: core.get_run(config.run_id) for loss, config in trained.configs.items()}


@pytest.fixture
def mse_run(runs) -> core.Run:
    return runs["mse"]


@pytest.fixture
def perceptual_run(runs) -> core.Run:
    return runs["perceptual"]


@pytest.fixture(scope="session")
def digits() -> data.ImageSet:
    return data.load("digits")


@pytest.fixture
def digits_labels(digits) -> dict:
    return {"train": digits.train_labels, "test": digits.test_labels}


@pytest.fixture(scope="session")
def few_clothes() -> data.ImageSet:
    """300 training and 100 test images of Fashion-MNIST's test part, which comes with the project."""
    images = data.read_part("fashion_mnist", "test_images")[:400]
    labels = data.read_part("fashion_mnist", "test_labels")[:400]
    info = dataclasses.replace(data.dataset_info("fashion_mnist"), train_size=300, test_size=100, validation_size=44)
    return data.ImageSet(info, images[:300], labels[:300], images[300:], labels[300:])
