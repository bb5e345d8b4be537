"""Settings are checked and keep their ids, those of bundled runs too."""

import dataclasses
import json
import math

import numpy as np
import pytest

from core.data import dataset_info
from core.errors import InvalidInputError, LatentLensError, UnknownNameError
from core.settings import (
    ARCHITECTURES,
    DEFAULT_TAP,
    LOSSES,
    PROJECTIONS,
    SCALINGS,
    TAPS,
    TEACHERS,
    ClusteringConfig,
    LossNetworkConfig,
    ProjectionConfig,
    RunConfig,
)

CONFIGS = [
    RunConfig(),
    RunConfig(dataset="mnist", loss="bce", latent=256, architecture="study_b", epochs=40, batch_size=64, seed=7),
    RunConfig(tap="last_map", loss_network=LossNetworkConfig(architecture="study_a", epochs=2)),
]
OTHER_SETTINGS = {
    "dataset": "mnist",
    "loss": "mse",
    "latent": 11,
    "epochs": 11,
    "seed": 1,
    "architecture": "study_a",
    "batch_size": 64,
    "learning_rate": 1e-3,
    "tap": "layers",
    "loss_network": LossNetworkConfig(seed=1),
    "images": 20_000,
}


@pytest.mark.parametrize("config", CONFIGS)
def test_a_configuration_survives_json_with_its_id(config):
    read = RunConfig.from_json(json.loads(json.dumps(config.to_json())))
    assert read == config
    assert read.run_id == config.run_id


def test_the_same_settings_give_the_same_id_however_they_are_written():
    assert RunConfig().run_id == RunConfig(tap=DEFAULT_TAP, loss_network=LossNetworkConfig()).run_id
    assert RunConfig(learning_rate=1).run_id == RunConfig(learning_rate=1.0).run_id


def test_epochs_are_the_datasets_own_unless_told_otherwise():
    assert RunConfig() == RunConfig(epochs=dataset_info("fashion_mnist").epochs)
    digits = RunConfig(dataset="digits")
    assert digits.epochs == digits.loss_network.epochs == dataset_info("digits").epochs > RunConfig().epochs


def test_all_images_are_learnt_from_unless_told_otherwise():
    assert RunConfig() == RunConfig(images=55_000)
    assert RunConfig(dataset="digits").images == LossNetworkConfig("digits").images == 1437 - 180


@pytest.mark.parametrize("value", [0, 99, 55_001, 1000.0, True])
def test_images_to_learn_from_leave_the_validation_images_out(value):
    for make in (RunConfig, LossNetworkConfig):
        with pytest.raises(InvalidInputError, match=r"Images to learn from is .* from 100 to 55000"):
            make(images=value)


def test_runs_stored_before_images_could_be_chosen_keep_their_id():
    stored = RunConfig().to_json()
    del stored["images"], stored["loss_network"]["images"]
    assert RunConfig.from_json(stored).run_id == RunConfig().run_id == "fashion_mnist-perceptual-z10-a1e4b59ca3"


BUNDLED = {
    "mse": {2: "12cbf9df99", 5: "f6a310c5f1", 10: "7f067ef94d", 20: "ed485285a7"},
    "bce": {2: "30210dab9b", 5: "331f905db0", 10: "7ae329ad1c", 20: "fbf831bb6e"},
    "perceptual": {2: "cb4092b3a1", 5: "2856873594", 10: "a1e4b59ca3", 20: "e348377567"},
}


@pytest.mark.parametrize(("loss", "latent"), [(loss, latent) for loss in BUNDLED for latent in (2, 5, 10, 20)])
def test_the_runs_that_come_with_the_project_keep_their_ids(loss, latent):
    config = RunConfig(loss=loss, latent=latent)
    assert config.run_id == f"fashion_mnist-{loss}-z{latent}-{BUNDLED[loss][latent]}"
    assert LossNetworkConfig().network_id == "fashion_mnist-default-c48796fa11"


@dataclasses.dataclass(frozen=True)
class LaterRunConfig(RunConfig):
    """Settings of a later version."""

    beta: float = 1.0


@dataclasses.dataclass(frozen=True)
class LaterLossNetworkConfig(LossNetworkConfig):
    noise: float | None = None


def test_a_setting_that_is_added_later_changes_an_id_only_where_it_is_not_at_its_default():
    assert LaterRunConfig(latent=3).run_id == RunConfig(latent=3).run_id
    assert LaterRunConfig(latent=3, beta=2.0).run_id != RunConfig(latent=3).run_id
    assert LaterLossNetworkConfig().network_id == LossNetworkConfig().network_id
    assert LaterLossNetworkConfig(noise=0.1).network_id != LossNetworkConfig().network_id
    # Also where it is a setting of the network within.
    assert RunConfig(loss_network=LaterLossNetworkConfig()).run_id == RunConfig().run_id
    assert RunConfig(loss_network=LaterLossNetworkConfig(noise=0.1)).run_id != RunConfig().run_id


def test_the_teacher_says_whether_labels_were_used(monkeypatch):
    assert [RunConfig(loss=loss).uses_labels for loss in ("mse", "bce", "perceptual")] == [False, False, True]
    monkeypatch.setattr(type(TEACHERS["classifier"]), "uses_labels", False)
    assert not RunConfig(loss="perceptual").uses_labels
    monkeypatch.setitem(TEACHERS, "another", TEACHERS["classifier"])
    assert LossNetworkConfig(teacher="another").network_id != LossNetworkConfig().network_id


@pytest.mark.parametrize("setting", [field.name for field in dataclasses.fields(RunConfig)])
def test_every_setting_changes_the_id(setting):
    assert RunConfig(**{setting: OTHER_SETTINGS[setting]}).run_id != RunConfig().run_id


@pytest.mark.parametrize(
    "setting", ["dataset", "architecture", "epochs", "batch_size", "learning_rate", "seed", "images"]
)
def test_every_setting_of_the_loss_network_changes_its_id(setting):
    assert LossNetworkConfig(**{setting: OTHER_SETTINGS[setting]}).network_id != LossNetworkConfig().network_id


def test_ids_tell_people_what_the_run_is():
    assert RunConfig(dataset="mnist", loss="bce", latent=2).run_id.startswith("mnist-bce-z2-")
    assert LossNetworkConfig("digits").network_id.startswith("digits-default-")


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunConfig().latent = 3


def test_a_perceptual_run_gets_the_loss_network_of_its_dataset():
    config = RunConfig(dataset="mnist")
    assert config.tap == DEFAULT_TAP
    assert config.loss_network == LossNetworkConfig(dataset="mnist")


@pytest.mark.parametrize(
    ("setting", "registry"), [("loss", LOSSES), ("architecture", ARCHITECTURES), ("tap", TAPS), ("dataset", ["digits"])]
)
@pytest.mark.parametrize("name", ["nonsense", 3, ["mse"]])
def test_an_unknown_name_is_quoted_and_the_known_ones_are_listed(setting, registry, name):
    with pytest.raises(UnknownNameError) as caught:
        RunConfig(**{setting: name})
    assert all(text in str(caught.value) for text in [repr(name), *registry])


@pytest.mark.parametrize("setting", ["latent", "epochs", "batch_size"])
@pytest.mark.parametrize("value", [0, -1, 10**6, 2.5, 10.0, "10", True, math.nan])
def test_counts_must_be_whole_numbers_in_range(setting, value):
    with pytest.raises(InvalidInputError, match=r"Expected a whole number from 1 to \d+"):
        RunConfig(**{setting: value})


@pytest.mark.parametrize("value", [0, -1e-3, 1.5, math.nan, math.inf, "1e-3", True])
def test_learning_rate_must_be_a_small_positive_number(value):
    with pytest.raises(InvalidInputError, match="Learning rate"):
        RunConfig(learning_rate=value)
    with pytest.raises(InvalidInputError, match="Learning rate"):
        LossNetworkConfig(learning_rate=value)


@pytest.mark.parametrize("make", [RunConfig, LossNetworkConfig, ClusteringConfig, ProjectionConfig])
@pytest.mark.parametrize("seed", [-1, 2**31, 0.5])
def test_seeds_must_suit_every_library(make, seed):
    with pytest.raises(InvalidInputError, match="Seed"):
        make(seed=seed)


@pytest.mark.parametrize("latent", [1, 256])
def test_the_limits_of_latent_size_are_allowed(latent):
    assert RunConfig(latent=latent).latent == latent


def test_a_loss_network_of_another_dataset_is_refused():
    with pytest.raises(InvalidInputError, match=r"'mnist'.*'fashion_mnist'"):
        RunConfig(loss_network=LossNetworkConfig(dataset="mnist"))


@pytest.mark.parametrize("settings", [{"tap": "pooled"}, {"loss_network": LossNetworkConfig()}])
def test_a_pixel_loss_with_loss_network_settings_is_refused(settings):
    with pytest.raises(InvalidInputError, match="uses no loss network"):
        RunConfig(loss="mse", **settings)


@pytest.mark.parametrize("data", [{"colour": "red"}, {"loss_network": "default"}, {"latent": 0}, [1], None])
def test_what_is_no_configuration_is_refused(data):
    with pytest.raises(InvalidInputError):
        RunConfig.from_json(data)


@pytest.mark.parametrize("clusters", [1, 251, 20.0])
def test_cluster_counts_out_of_range_are_refused(clusters):
    with pytest.raises(InvalidInputError, match="from 2 to 250"):
        ClusteringConfig(clusters)


def test_an_unknown_scaling_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match=", ".join(sorted(SCALINGS))):
        ClusteringConfig(scaling="log")


def test_projection_names_tell_maps_apart():
    configs = [ProjectionConfig(method, n, s) for method in PROJECTIONS for n in (None, 5) for s in (0, 1)]
    names = {config.name for config in configs}
    assert names == {
        "pca",
        *(f"tsne-n{n}-s{s}" for n in (30, 5) for s in (0, 1)),
        *(f"umap-n{n}-s{s}" for n in (15, 5) for s in (0, 1)),
    }


@pytest.mark.parametrize("settings", [("isomap",), ("tsne", 1), ("umap", 201)])
def test_unusable_projections_are_refused(settings):
    with pytest.raises(InvalidInputError):
        ProjectionConfig(*settings)


def test_refusals_are_value_errors_and_errors_of_this_package():
    assert issubclass(UnknownNameError, ValueError)
    assert issubclass(UnknownNameError, LatentLensError)


def test_numpys_numbers_are_the_same_settings_as_pythons():
    config = RunConfig(latent=np.int64(7), epochs=np.int32(3), seed=np.uint8(2), learning_rate=np.float32(0.5))
    assert config == RunConfig(latent=7, epochs=3, seed=2, learning_rate=0.5)
    assert config.run_id == RunConfig(latent=7, epochs=3, seed=2, learning_rate=0.5).run_id
    assert json.loads(json.dumps(config.to_json()))["latent"] == 7
    assert type(ClusteringConfig(clusters=np.int64(5)).clusters) is int
    assert ProjectionConfig("umap", np.int64(15)) == ProjectionConfig("umap")
