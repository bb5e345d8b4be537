"""The page Add pictures, from choosing to removing."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import image_sets, own
from core.data.own import Adding
from core.jobs import queue as jobs
from core.paths import pictures_folder, uploads_folder
from tests.dashboard.conftest import open_page, texts


def picture(number: int) -> bytes:
    """A PNG in colour, no two of them alike."""
    pixels = np.full((20, 30, 3), 255, np.uint8)
    pixels[4:16, 4:26] = (number, 90, 200 - number)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def folder(bundled_only, tmp_path) -> Path:
    """160 pictures in the folders cat and dog, and a file that is none."""
    folder = tmp_path / "my_pets"
    for number in range(160):
        place = folder / ("cat" if number < 100 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(picture(number))
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def pets(folder) -> str:
    """They are a set already."""
    return own.add_pictures(Adding(str(folder), "Pets")).info.name


def choose(app, path):
    app.button_group(key="pictures_way").set_value("path").run()
    return app.text_input(key="pictures_source_path_0").set_value(str(path)).run()


def ended(app):
    deadline = time.monotonic() + 60
    while any(job.state in jobs.ACTIVE for job in jobs.list_jobs()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return app.run()


def button(app, label: str):
    return next(one for one in app.button if one.label == label)


def test_a_newcomer_is_told_what_can_be_added(bundled_only):
    app = open_page("add_pictures")
    assert not app.exception
    assert "A folder for each class" in texts(app)
    assert "Your picture sets" not in texts(app)


def test_pictures_are_seen_before_they_are_added_and_are_then_a_set_to_train_on(folder):
    app = choose(open_page("add_pictures"), folder)
    words = texts(app)
    assert "160 pictures in 2 classes" in words
    assert "cat 100 · dog 60" in words.replace("*", "")
    assert app.text_input(key="pictures_name").value == "My pets"
    assert [expander.label for expander in app.expander if "left out" in expander.label] == ["1 left out"]
    assert image_sets().keys() == {"fashion_mnist", "mnist", "digits"}  # nothing is added yet
    app.button_group(key="pictures_labels").set_value("none").run()
    assert "160 pictures without labels" in texts(app)
    app.button_group(key="pictures_labels").set_value("auto").run()
    app.button(key="pictures_add").click().run()
    ended(app)
    assert "My pets is there: 160 pictures." in texts(app).replace("*", "")
    (info,) = (info for info in image_sets().values() if info.own)
    assert (info.title, info.class_names, info.shape[2]) == ("My pets", ("cat", "dog"), 3)
    button(app, "Train on it").click().run()
    assert not app.exception
    assert app.title[0].value == "Train"
    assert app.selectbox(key="train_dataset").value == info.name


def test_an_uploaded_zip_is_taken_up_and_gone_once_it_is_added(folder):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*.png"):
            archive.write(path, path.relative_to(folder))
    app = open_page("add_pictures")
    app.file_uploader(key="pictures_source_files_0").set_value(
        [("shapes.zip", packed.getvalue(), "application/zip")]
    ).run()
    assert not app.exception
    assert "160 pictures in 2 classes" in texts(app)
    assert len(list(uploads_folder().iterdir())) == 1
    app.button(key="pictures_add").click().run()
    ended(app)
    assert "Shapes is there" in texts(app).replace("*", "")
    assert list(uploads_folder().iterdir()) == []


def test_other_pictures_may_be_chosen_and_the_upload_is_let_go(bundled_only):
    app = open_page("add_pictures")
    app.file_uploader(key="pictures_source_files_0").set_value(
        [("shapes.zip", b"PK no archive", "application/zip")]
    ).run()
    (error,) = app.error
    assert "shapes" in error.value
    app.button(key="pictures_anew").click().run()
    assert not app.error
    assert "A folder for each class" in texts(app)
    assert list(uploads_folder().iterdir()) == []


def test_a_path_that_is_not_there_is_told_and_can_be_mended_in_its_place(folder):
    app = choose(open_page("add_pictures"), folder.with_name("nothing"))
    (error,) = app.error
    assert "No such file or directory" in error.value
    app.text_input(key="pictures_source_path_0").set_value("~nobodyhere/pictures").run()
    assert "nobodyhere" in app.error[0].value
    assert not app.exception
    app.text_input(key="pictures_source_path_0").set_value(str(folder)).run()
    assert not app.error
    assert "160 pictures in 2 classes" in texts(app)


def test_other_pictures_are_not_read_by_what_was_chosen_for_those_before(folder):
    app = choose(open_page("add_pictures"), folder)
    app.button_group(key="pictures_colour").set_value("grey").run()
    app.button_group(key="pictures_labels").set_value("folder").run()
    app.color_picker(key="pictures_ground").set_value("#00ff00").run()
    app.button(key="pictures_anew").click().run()
    flat = folder.with_name("flat")
    flat.mkdir()
    for path in folder.rglob("*.png"):
        path.rename(flat / path.name)
    app.text_input(key="pictures_source_path_1").set_value(str(flat)).run()
    assert not app.error
    assert "160 pictures without labels" in texts(app)
    assert "in colour" in texts(app)
    assert app.color_picker(key="pictures_ground").value == Adding.ground


def test_the_button_counts_what_is_going_to_be_added(folder):
    (folder / "cat" / "again.png").write_bytes(picture(3))
    app = choose(open_page("add_pictures"), folder)
    assert "161 pictures in 2 classes" in texts(app)
    assert app.button(key="pictures_add").label == "Add 160 pictures"


def test_two_sets_of_one_name_are_refused_before_anything_is_read(folder, pets):
    app = choose(open_page("add_pictures"), folder)
    app.text_input(key="pictures_name").set_value("PETS").run()
    assert "There is a set PETS already" in texts(app).replace("*", "")
    assert app.button(key="pictures_add").disabled
    app.text_input(key="pictures_name").set_value("Others").run()
    app.button(key="pictures_add").click().run()
    ended(app)
    assert "The very same pictures are there already, as Pets." in texts(app).replace("*", "")


def test_a_set_is_listed_with_what_it_holds(pets):
    app = open_page("add_pictures")
    words = texts(app)
    assert "160 pictures (32 of them for testing) · 28×28 colour · 2 classes" in words
    assert "no runs" in words


def test_a_link_to_a_set_holds_when_the_set_is_renamed(pets):
    app = open_page("add_pictures", dataset="Pets")
    assert app.query_params == {"dataset": pets}
    own.rename(pets, "MNIST at home")
    again = open_page("add_pictures", **app.query_params)
    assert not again.exception
    assert "dataset was" not in texts(again)
    box = again.sidebar.selectbox(key="dataset_box")
    assert box.format_func(box.value) == "MNIST at home"
    assert "Nothing trained on this image set yet" in texts(again)
    box.set_value("fashion_mnist").run()
    assert "dataset" not in again.query_params


def test_what_goes_with_a_set_is_named_before_it_is_removed(pets, bundled_only):
    run = bundled_only / "runs" / f"{pets}-mse-z10-0123456789"
    run.mkdir(parents=True)
    app = open_page("add_pictures")
    app.button(key=f"remove_{pets}").click().run()
    assert run.name in texts(app)
    assert pets in image_sets()
    assert run.exists()


def test_a_damaged_set_is_told_and_the_others_stay(folder, pets):
    own.add_pictures(Adding(str(folder), "Grey pets", colour=False))
    (pictures_folder() / pets / "set.json").write_text("{}")
    app = open_page("add_pictures")
    assert not app.exception
    (warning,) = (one.value for one in app.warning)
    assert "set.json" in warning.replace("\\", "")
    assert "Grey pets" in texts(app)
    assert app.button(key=f"remove_{pets}")


def test_a_server_for_looking_only_shows_the_sets_and_changes_nothing(folder, pets, monkeypatch):
    app = choose(open_page("add_pictures"), folder)
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    app.button(key="pictures_add").click().run()  # a page from before
    assert "for looking only" in texts(app)
    assert jobs.list_jobs() == []
    app = open_page("add_pictures")
    assert "python -m core data add" in texts(app)
    assert "Pets" in texts(app)
    assert {one.label for one in app.button} == {"Train on it", "Look at the pictures"}
