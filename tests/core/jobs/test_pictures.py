"""The job that adds a user's own pictures, in its real process."""

import time

import numpy as np
import pytest
from PIL import Image

from core.data import image_sets, read_part
from core.data.own import Adding
from core.errors import InvalidInputError
from core.jobs import queue as jobs
from core.keep.files import ARRIVING
from core.paths import pictures_folder, uploads_folder


@pytest.fixture
def uploaded(artifacts):
    """A folder of 160 uploaded pictures in two classes, no two of them alike."""
    folder = uploads_folder() / f"{ARRIVING}0123" / "shades"
    for number in range(160):
        place = folder / ("dark" if number < 80 else "light")
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.full((28, 28), number, np.uint8)
        pixels[:, :14] = 255
        Image.fromarray(pixels).save(place / f"{number}.png")
    return folder


def ended(job: jobs.Job, within: float = 60) -> jobs.Job:
    deadline = time.monotonic() + within
    while jobs.Job(job.path).state in jobs.ACTIVE:
        assert time.monotonic() < deadline, jobs.Job(job.path).events
        time.sleep(0.05)
    return jobs.Job(job.path)


def sets_on_disk() -> list[str]:
    return [path.name for path in pictures_folder().glob("*")]


def test_pictures_are_added_and_what_was_uploaded_for_it_goes(uploaded):
    job = ended(jobs.submit(Adding(str(uploaded), "Shades")))
    assert job.state == jobs.DONE, job.message
    info = image_sets()[job.made]
    assert (info.title, info.class_names, info.shape) == ("Shades", ("dark", "light"), (28, 28, 1))
    assert len(read_part(job.made, "train_images")) + len(read_part(job.made, "test_images")) == 160
    assert list(uploads_folder().iterdir()) == []
    assert job.stage == "storing"


def test_what_cannot_be_added_is_told_and_the_upload_stays_for_another_try(uploaded):
    for path in uploaded.rglob("*.png"):
        path.write_bytes(b"no picture")
    job = ended(jobs.submit(Adding(str(uploaded), "Shades")))
    assert job.state == jobs.FAILED
    assert "picture" in job.message
    assert uploaded.is_dir()
    assert sets_on_disk() == []


def test_cancelled_nothing_half_added_stays(uploaded):
    shade = np.tile(np.arange(250, dtype=np.uint8), (6000, 24))
    for number in range(12):  # a quarter of a second each, on a fast machine
        Image.fromarray(shade + np.uint8(number)).save(uploaded / "dark" / f"more {number}.png", compress_level=1)
    job = jobs.submit(Adding(str(uploaded), "Shades", size=64))
    while jobs.Job(job.path).state == jobs.QUEUED:
        time.sleep(0.02)
    jobs.cancel(job)
    assert ended(job).state == jobs.CANCELLED
    assert [name for name in sets_on_disk() if not name.startswith(ARRIVING)] == []
    assert uploaded.is_dir()
    again = ended(jobs.resume(jobs.Job(job.path)))
    assert again.state == jobs.DONE, again.message


def test_the_same_request_twice_is_one_job_and_without_a_name_or_source_none(uploaded, tmp_path):
    job = jobs.submit(Adding(str(uploaded), "Shades"))
    assert jobs.submit(Adding(str(uploaded), "Shades")).id == job.id
    ended(job)
    with pytest.raises(InvalidInputError, match="name"):
        jobs.submit(Adding(str(uploaded)))
    with pytest.raises(InvalidInputError, match="is not there"):
        jobs.submit(Adding(str(tmp_path / "nothing"), "Nothing"))
