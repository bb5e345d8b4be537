"""The set that an adding stores, under the name of its content, and that nothing half-added stays."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest

from core.data import dataset_info, image_sets, load, read_rows
from core.data.own import Adding, add_pictures, stored
from core.data.own.library import one_at_a_time
from core.data.own.scratch import scratch_folder
from core.errors import InvalidInputError, StorageWriteError
from core.keep.files import ARRIVING
from core.paths import ROOT, locks_folder, pictures_folder
from tests.core.data.own import makers
from tests.core.data.own.makers import added, labels, pictures


@pytest.fixture
def source(tmp_path):
    return makers.as_folder(tmp_path / "source", pictures(), labels())


# --- the stored set ------------------------------------------------------------------------------------------------


def test_the_same_pictures_are_one_set_whatever_they_are_called(source):
    first = added(source, name="First")
    second = added(source, name="Second")
    assert second.info == first.info
    assert not second.is_new
    assert "'First'" in second.notes[-1]
    assert [info.title for info in image_sets().values() if info.own] == ["First"]


def test_another_set_of_the_same_name_is_refused_and_nothing_stays(source, tmp_path):
    first = added(source, name="Birds")
    with pytest.raises(InvalidInputError, match="'Birds' already"):
        added(makers.as_folder(tmp_path / "other", pictures(seed=1), None), name="birds")
    assert [path.name for path in pictures_folder().iterdir()] == [first.info.name]
    with pytest.raises(InvalidInputError, match="'Fashion-MNIST' already"):
        added(makers.as_folder(tmp_path / "other", pictures(seed=1), None), name="Fashion-MNIST")


def test_rows_are_those_of_the_part(source):
    info = added(source).info
    whole = load(info.name)
    rows = np.array([100, 3, 3, 127, 0])
    np.testing.assert_array_equal(read_rows(info.name, "train", rows), whole.train_images[rows])
    assert whole.train_labels.dtype == np.uint16
    assert not whole.train_images.flags.writeable
    assert whole.info == dataset_info(info.name) == info


def test_the_name_is_that_of_the_content(source):
    """As it is said to be: a sha256 of shape, classes, sizes, labels and the checksums of blocks of pixels."""
    info = added(source).info
    whole = load(info.name)

    def part(images, codes):
        length = 65536 // (28 * 28 * 3)
        blocks = [images[start : start + length] for start in range(0, len(images), length)]
        return stored.Part(len(images), lambda: iter(blocks), codes)

    parts = {"train": part(whole.train_images, whole.train_labels), "test": part(whole.test_images, whole.test_labels)}
    assert stored.identify(info.shape, info.class_names, False, info.validation_size, parts)[0] == info.name
    other = whole.test_labels.copy()
    other[0] = (other[0] + 1) % 4
    assert (
        stored.identify(
            info.shape, info.class_names, False, info.validation_size, {**parts, "test": part(whole.test_images, other)}
        )[0]
        != info.name
    )
    assert stored.identify(info.shape, (*info.class_names[:3], "x"), False, info.validation_size, parts)[0] != info.name


# --- interrupted ---------------------------------------------------------------------------------------------------


class Stop(Exception):  # noqa: N818 - as a person's Cancel
    pass


@pytest.mark.parametrize("at", ["pictures", "storing"])
def test_a_cancelled_adding_leaves_nothing(source, at):
    def stop(event):
        if event["event"] == "stage" and event["stage"] == at:
            raise Stop

    with pytest.raises(Stop):
        add_pictures(Adding(str(source), "Mine"), on_event=stop)
    assert list(pictures_folder().iterdir()) == []
    assert [info for info in image_sets().values() if info.own] == []


KILLED = """
import os
from core.data.own.scratch import scratch_folder

with scratch_folder() as folder:
    (folder / "pictures").write_bytes(bytes(1000))
    os._exit(9)
"""


def test_what_a_killed_adding_left_goes_when_the_next_one_begins_and_nothing_of_one_at_work(source):
    assert subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, check=False).returncode == 9
    (left,) = pictures_folder().iterdir()
    assert (left / "pictures").stat().st_size == 1000
    with scratch_folder() as at_work:
        assert not left.exists()
        info = added(source).info
        assert sorted(pictures_folder().iterdir()) == sorted([at_work, pictures_folder() / info.name])
    assert [path.name for path in pictures_folder().iterdir()] == [info.name]
    assert [path.name for path in locks_folder().iterdir()] == ["pictures.lock"]


def test_a_set_that_was_half_stored_goes_unless_one_is_being_stored(artifacts):
    left = pictures_folder() / f"{ARRIVING}own-0123456789abcdef-01234567"
    left.mkdir(parents=True)
    with one_at_a_time(), scratch_folder():
        assert left.exists()
    with scratch_folder():
        assert not left.exists()


def test_events_tell_how_far_it_is(source, monkeypatch):
    monkeypatch.setattr("core.data.own.reading._SECONDS_BETWEEN_EVENTS", 0)
    events = []
    add_pictures(Adding(str(source), "Mine"), on_event=events.append)
    assert [event["stage"] for event in events if event["event"] == "stage"] == ["pictures", "storing"]
    progress = [event for event in events if event["event"] == "progress"]
    assert [event["done"] for event in progress] == list(range(160))
    assert {event["total"] for event in progress} == {160}
    assert progress[-1]["seconds_left"] == pytest.approx(1 / progress[-1]["images_per_second"], abs=0.2)


def test_a_full_disk_is_told_and_leaves_nothing(source, monkeypatch):
    def refuse(*arguments, **settings):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "save", refuse)
    with pytest.raises(StorageWriteError, match="disk is full"):
        added(source)
    assert list(pictures_folder().iterdir()) == []


def test_too_little_space_is_told_before_anything_is_read(source, monkeypatch):
    monkeypatch.setattr("core.data.own.adding._SPARE_BYTES", 10**18)
    with pytest.raises(StorageWriteError, match="MB free, expected at least"):
        add_pictures(Adding(str(source), "Mine"), on_event=pytest.fail)
