"""The user's own sets: listed, renamed, removed, damaged, gone."""

import os

import numpy as np
import pytest

from core.data import damaged_sets, dataset_info, image_sets, load, read_part, read_rows, source
from core.data.own import Adding, add_pictures, remove, rename, runs_on
from core.data.own.library import own_sets
from core.errors import DataCorruptError, DataNotFoundError, InvalidInputError, JobConflictError, SetNotFoundError
from core.keep import namings
from core.keep.files import lock
from core.paths import checkpoints_folder, locks_folder, loss_networks_folder, pictures_folder, runs_folder
from core.settings import ClusteringConfig
from tests.core.data.own import makers
from tests.core.data.own.makers import added, labels, pictures


@pytest.fixture
def info(tmp_path):
    return added(makers.as_npz(tmp_path / "set", pictures(), labels()), "Birds").info


@pytest.fixture
def other(tmp_path):
    return added(makers.as_npz(tmp_path / "other", pictures(seed=1), None), "apes").info


def titles():
    return [info.title for info in image_sets().values()]


def test_own_sets_are_listed_after_the_published_by_title(info, other):
    assert titles() == ["Fashion-MNIST", "MNIST", "Digits (small)", "apes", "Birds"]
    assert list(image_sets())[3:] == [other.name, info.name]
    assert source(info.name).where() == str(pictures_folder() / info.name)


def test_a_renamed_set_is_the_same_set(info, other):
    assert rename(info.name, " Ants ").title == "Ants"
    assert titles()[3:] == ["Ants", "apes"]
    assert dataset_info(info.name).title == "Ants"
    assert rename(info.name, "ANTS").title == "ANTS"  # its own title is no other's
    with pytest.raises(InvalidInputError, match="'apes' already"):
        rename(info.name, "Apes")
    with pytest.raises(InvalidInputError, match="The name is '  '"):
        rename(info.name, "  ")
    assert len(load(info.name).train_images) == info.train_size


def test_a_damaged_title_gives_way_to_the_first_one(info):
    rename(info.name, "Ants")
    (pictures_folder() / f"{info.name}.title.json").write_text("{}")
    assert dataset_info(info.name).title == "Birds"


def test_a_set_is_removed_with_all_that_was_made_of_it(info, other):
    rename(info.name, "Ants")
    made = [place / f"{info.name}-default-1" for place in (loss_networks_folder(), checkpoints_folder())]
    for folder in made:
        folder.mkdir(parents=True)
    namings.change(info.name, "run", ClusteringConfig(), lambda naming: naming.named(0, "bees"))
    assert remove(info.name) == []
    assert titles()[3:] == ["apes"]
    assert sorted(path.name for path in pictures_folder().iterdir()) == [other.name]
    assert not any(folder.exists() for folder in made)
    assert namings.active(info.name) is None


def test_a_set_with_runs_goes_only_together_with_them(info):
    for run in (f"{info.name}-mse-z2-0123456789", "digits-mse-z2-0123456789"):
        (runs_folder() / run).mkdir(parents=True)
    run_id = f"{info.name}-mse-z2-0123456789"
    assert runs_on(info.name) == [run_id]
    with pytest.raises(InvalidInputError, match=f"1 run was trained on {info.name}: {run_id}.*--runs"):
        remove(info.name)
    assert info.name in image_sets()
    assert remove(info.name, runs=True) == [run_id]
    assert [path.name for path in runs_folder().iterdir()] == ["digits-mse-z2-0123456789"]
    assert info.name not in image_sets()


def test_a_set_that_is_being_trained_on_stays(info):
    with lock(locks_folder() / f"{info.name}-mse-z2-0123456789.lock", wait=False), pytest.raises(JobConflictError):
        remove(info.name, runs=True)
    assert info.name in image_sets()
    remove(info.name)


@pytest.mark.parametrize(
    "ask", [dataset_info, load, remove, lambda name: read_rows(name, "test", [0]), lambda name: rename(name, "x")]
)
def test_a_set_that_is_gone_is_told_with_the_way_to_get_it_again(info, ask):
    remove(info.name)
    with pytest.raises(SetNotFoundError, match=f"{info.name}' is not here.*Add the same pictures") as caught:
        ask(info.name)
    assert isinstance(caught.value, (InvalidInputError, DataNotFoundError))


def test_adding_it_again_gives_the_name_that_its_runs_know(info, tmp_path):
    remove(info.name)
    assert add_pictures(Adding(str(tmp_path / "set.npz"), "Fowl")).info.name == info.name


def test_a_set_removed_while_it_is_looked_at_is_told(info):
    one = source(info.name)
    remove(info.name)
    with pytest.raises(SetNotFoundError, match="is not here"):
        one.read_rows("test", np.array([0]))


@pytest.mark.parametrize("name", ["../runs", "own-1", "own-0000000000000000/..", "digits"])
def test_only_own_sets_are_removed(info, name):
    with pytest.raises(SetNotFoundError):
        remove(name)


# --- damage --------------------------------------------------------------------------------------------------------

DAMAGES = {
    "cut": lambda path: os.truncate(path, path.stat().st_size - 5000),
    "emptied": lambda path: os.truncate(path, 0),
    "changed": lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
    "longer": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"....."),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_pictures_are_told_and_never_shown(info, damage):
    one = source(info.name)
    last = read_part(info.name, "test_images")[-1]
    DAMAGES[damage](pictures_folder() / info.name / "test.npy")
    for read in (lambda: one.read_rows("test", np.array([info.test_size - 1])), lambda: one.read_part("test_images")):
        with pytest.raises(DataCorruptError, match=r"pictures/own-.*data remove own-"):
            read()
    assert last.any()
    assert len(read_part(info.name, "train_images")) == info.train_size


def test_a_sound_block_beside_a_damaged_one_is_still_shown(info):
    path = pictures_folder() / info.name / "train.npy"
    first = read_rows(info.name, "train", [0])
    os.truncate(path, path.stat().st_size - 5000)
    np.testing.assert_array_equal(read_rows(info.name, "train", [0]), first)
    with pytest.raises(DataCorruptError, match="block"):
        read_rows(info.name, "train", [0, info.train_size - 1])


@pytest.mark.parametrize("file", ["train-labels.npy", "train-blocks.npy"])
def test_damaged_labels_and_checksums_are_told(info, file):
    DAMAGES["changed"](pictures_folder() / info.name / file)
    with pytest.raises(DataCorruptError, match=f"{file} has sha256"):
        load(info.name)


@pytest.mark.parametrize("damage", ["cut", "emptied", "changed", "missing"])
@pytest.mark.parametrize("file", ["set.json", "manifest.json"])
def test_a_damaged_set_is_told_and_the_others_stay(info, other, damage, file):
    path = pictures_folder() / info.name / file
    (os.truncate(path, 20) if damage == "cut" else DAMAGES[damage](path))
    os.utime(path.parent)  # a folder whose content changes has a new time
    assert titles()[3:] == ["apes"]
    (one,) = damaged_sets()
    assert one.name == info.name
    assert file in one.reason
    with pytest.raises(SetNotFoundError, match=file):
        dataset_info(info.name)
    remove(info.name)
    assert damaged_sets() == []


def test_a_link_to_nothing_hides_no_set(info):
    (pictures_folder() / "own-0123456789abcdef").symlink_to("nowhere")
    assert info.name in own_sets()
    assert [one.name for one in damaged_sets()] == ["own-0123456789abcdef"]
