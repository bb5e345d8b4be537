"""Names given to clusters: as labels, taken back, kept, shared."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from core.errors import FileDamagedError, InvalidInputError
from core.keep import namings
from core.keep.namings import Naming
from core.settings import ClusteringConfig

RUN, TWENTY = "digits-mse-z10-0123456789", ClusteringConfig()
EMPTY = Naming("digits", RUN, TWENTY)


def name(cluster, words, config=TWENTY):
    return namings.change("digits", RUN, config, lambda naming: naming.named(cluster, words))


def test_names_become_labels_and_equal_names_one_class():
    naming = EMPTY.named(2, "boat").named(0, "hat").named(3, "boat")
    classes, labels = naming.labels({"train": np.array([0, 1, 2, 3, 3]), "test": np.array([2, -1, 0])})
    assert classes == ("boat", "hat", "unnamed", "no cluster")
    assert labels["train"].tolist() == [1, 2, 0, 0, 0]
    assert labels["test"].tolist() == [0, 3, 1]
    assert labels["test"].dtype == np.int16


def test_only_classes_that_images_can_have_are_listed():
    naming = EMPTY.named(0, "hat").named(1, "boat").named(7, "empty")
    classes, labels = naming.labels({"train": np.array([0, 1]), "test": np.array([1, 1])})
    assert classes == ("hat", "boat", "empty")
    assert labels["train"].tolist() == [0, 1]


def test_a_cluster_named_unnamed_joins_those_without_a_name():
    classes, labels = EMPTY.named(1, "unnamed").named(0, "hat").labels({"test": np.array([0, 1, 2])})
    assert classes == ("unnamed", "hat")
    assert labels["test"].tolist() == [1, 0, 0]


def test_each_change_can_be_taken_back():
    named = EMPTY.named(1, "hat").named(2, "boat").named(1, "cap")
    assert named.names == {1: "cap", 2: "boat"}
    cleared = named.cleared()
    assert cleared.names == {}
    back = [cleared.undone()]
    while back[-1].undo:
        back.append(back[-1].undone())
    assert [dict(one.names) for one in back] == [{1: "cap", 2: "boat"}, {1: "hat", 2: "boat"}, {1: "hat"}, {}]
    assert back[-1].undone() is back[-1]


def test_an_empty_name_takes_the_name_away_and_the_same_name_changes_nothing():
    named = EMPTY.named(1, "hat")
    assert named.named(1, "  ").names == {}
    assert named.named(1, " hat ") is named
    assert EMPTY.cleared() is EMPTY


@pytest.mark.parametrize(("words", "told"), [("a" * 61, "61 characters"), ("a\x07b", "cannot be shown")])
def test_a_name_that_cannot_be_used_is_told(words, told):
    with pytest.raises(InvalidInputError, match=told):
        EMPTY.named(0, words)
    with pytest.raises(InvalidInputError, match="-1"):
        EMPTY.named(-1, "hat")


def test_a_naming_is_kept_for_its_run_and_clustering_alone(artifacts):
    name(3, "boats, small & <large>")
    other = ClusteringConfig(7, "none")
    name(3, "hats", other)
    assert namings.get("digits", RUN, TWENTY).names == {3: "boats, small & <large>"}
    assert namings.get("digits", RUN, other).names == {3: "hats"}
    assert namings.get("digits", RUN, ClusteringConfig(8)).names == {}
    assert namings.get("digits", "another run", TWENTY).names == {}
    assert namings.change("digits", RUN, TWENTY, Naming.undone).names == {}
    assert namings.get("digits", RUN, TWENTY) == EMPTY


def test_a_setting_added_later_changes_no_key():
    assert EMPTY.key == f"{RUN}-{hashlib.sha256(b'{}').hexdigest()[:10]}"
    other = Naming("digits", RUN, ClusteringConfig(7)).key
    settings = b'{"clusters": 7}'
    assert other == f"{RUN}-{hashlib.sha256(settings).hexdigest()[:10]}"


def test_the_first_naming_is_active_until_another_is_or_it_is_switched_off(artifacts):
    assert namings.active("digits") is None
    first, other = name(3, "boats"), name(1, "hats", ClusteringConfig(7))
    assert namings.active("digits") == first
    namings.activate("digits", other)
    assert namings.active("digits") == other
    namings.activate("digits", None)
    name(4, "cats")
    assert namings.active("digits") is None
    assert namings.active("mnist") is None


def test_a_naming_without_names_labels_nothing(artifacts):
    name(3, "boats")
    namings.change("digits", RUN, TWENTY, Naming.cleared)
    assert namings.active("digits") is None
    namings.change("digits", RUN, TWENTY, Naming.undone)
    assert namings.active("digits").names == {3: "boats"}


def test_every_change_of_names_or_of_the_active_naming_changes_the_state(artifacts):
    seen = [namings.state("digits")]
    for step in (
        lambda: name(3, "boats"),
        lambda: name(3, "hats"),
        lambda: namings.activate("digits", None),
        lambda: namings.change("digits", RUN, TWENTY, Naming.undone),
    ):
        step()
        seen.append(namings.state("digits"))
    assert len(set(seen)) == 5
    assert namings.state("digits") == seen[-1]


def test_damage_is_told_and_a_new_name_sets_the_damaged_file_aside(artifacts):
    name(3, "boats")
    (path,) = (artifacts / "namings" / "digits").glob("digits-*.json")
    path.write_text(path.read_text().replace("boats", "coats"))
    with pytest.raises(FileDamagedError, match=path.name):
        namings.get("digits", RUN, TWENTY)
    with pytest.raises(FileDamagedError, match=path.name):
        namings.active("digits")
    assert name(4, "hats").names == {4: "hats"}
    assert namings.active("digits").names == {4: "hats"}
    assert len(list(path.parent.glob(".damaged-*"))) == 1


def test_names_for_a_clustering_of_another_version_are_told(artifacts):
    name(3, "boats")
    (path,) = (artifacts / "namings" / "digits").glob("digits-*.json")
    record = json.loads(path.read_text())
    del record["sha256"]
    path.write_text(namings.seal({**record, "clustering": {**record["clustering"], "shape": "round"}}))
    with pytest.raises(FileDamagedError, match="shape"):
        namings.get("digits", RUN, TWENTY)


def test_names_given_at_once_are_all_kept(artifacts):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda cluster: name(cluster, f"name {cluster}"), range(20)))
    assert namings.get("digits", RUN, TWENTY).names == {cluster: f"name {cluster}" for cluster in range(20)}


def test_a_full_naming_with_all_its_steps_can_be_read_again(artifacts):
    naming = EMPTY
    for cluster in range(250):
        naming = naming.named(cluster, f"{cluster:03d}" + "ж" * 57)
    for _ in range(60):
        naming = naming.cleared().undone().cleared().undone().named(0, "a").named(0, "b").cleared().undone()
    kept = namings.change("digits", RUN, TWENTY, lambda _: naming)
    assert namings.get("digits", RUN, TWENTY) == kept == replace(naming)


def test_a_link_to_nothing_hides_no_change_of_names(artifacts):
    namings.change("digits", "run", ClusteringConfig(), lambda naming: naming.named(0, "boats"))
    (namings.namings_folder() / "digits" / "left.json").symlink_to("nowhere")
    before = namings.state("digits")
    namings.change("digits", "other", ClusteringConfig(), lambda naming: naming.named(0, "boats"))
    assert len(namings.state("digits")) == len(before) + 1 == 3  # two namings, and which of them is active


@pytest.mark.parametrize("cluster", [-1, 32768, 10**12])
def test_a_cluster_that_cannot_be_has_no_name(cluster):
    with pytest.raises(InvalidInputError, match=rf"Cluster is {cluster}\. Expected a number from 0 to 32767"):
        Naming("digits", "run", ClusteringConfig()).named(cluster, "boats")
