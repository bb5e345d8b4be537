"""What is added, skipped, drawn for testing and told, and what can be chosen."""

import tracemalloc

import numpy as np
import pytest

from core.data import read_part
from core.data.framing import to_grey
from core.data.own import Adding, add_pictures, preview, splitting
from core.errors import InvalidInputError
from tests.core.data.own import makers
from tests.core.data.own.makers import added, content, labels, pictures


@pytest.fixture
def source(tmp_path):
    return makers.as_folder(tmp_path / "source", pictures(), labels())


def reasons(told):
    return {one.reason: (one.count, one.first) for one in told.skipped}


# --- what is skipped -----------------------------------------------------------------------------------------------


@pytest.fixture
def messy(source):
    """The source with a damaged file, an equal one, one of one shade, and a text."""
    (source / "kind 0" / "bad.png").write_bytes(makers.png(pictures(1)[0])[:60])
    (source / "kind 0" / "again.png").write_bytes(makers.png(pictures()[4]))
    (source / "kind 1" / "twin.bmp").write_bytes(makers.png(pictures()[4], "BMP"))
    (source / "kind 2" / "blank.png").write_bytes(makers.png(np.full((9, 9, 3), 200, np.uint8)))
    (source / "kind 3" / "notes.txt").write_text("hello")
    return source


def test_what_is_skipped_is_counted_and_named_in_preview_and_result(messy):
    told, result = preview(Adding(str(messy))), added(messy)
    assert reasons(told) == reasons(result)
    count, (bad,) = reasons(told)["damaged"]
    assert count == 1
    assert bad.startswith("kind 0/bad.png: The picture is damaged")
    assert reasons(told)["equal to another picture at this size"] == (
        2,
        ("kind 0/again.png (as kind 0/4.png)", "kind 1/twin.bmp (as kind 0/4.png, which is of another class)"),
    )
    assert reasons(told)["of one shade: nothing would be seen"] == (1, ("kind 2/blank.png",))
    assert reasons(told)["other files"] == (1, ("kind 3/notes.txt",))
    assert told.class_counts == dict.fromkeys(["kind 0", "kind 1", "kind 2", "kind 3"], 40)
    assert result.info.train_size + result.info.test_size == 160


def test_only_the_first_names_of_many_are_told(source):
    for number in range(12):
        (source / f"{number}.txt").write_text("")
    count, first = reasons(preview(Adding(str(source))))["other files"]
    assert count == 12
    assert first == ("0.txt", "1.txt", "2.txt", "3.txt", "4.txt")


def test_equal_pictures_never_lie_on_both_sides_of_the_split(tmp_path):
    images = pictures(150)
    twice = np.concatenate([images, images])
    np.savez(tmp_path / "set.npz", images=twice, labels=np.arange(300) % 3)
    result = added(tmp_path / "set.npz")
    found = content(result.info.name)
    assert not found["train"].keys() & found["test"].keys()
    assert len(found["train"]) + len(found["test"]) == 150 == result.info.train_size + result.info.test_size


def test_a_given_test_picture_that_is_learnt_from_is_left_out(tmp_path):
    images = pictures(160)
    np.savez(tmp_path / "set.npz", x_train=images[:130], x_test=images[120:])
    result = added(tmp_path / "set.npz")
    assert reasons(result)["equal to another picture at this size"][0] == 10
    assert (result.info.train_size, result.info.test_size) == (130, 30)


def test_pictures_that_only_colour_told_apart_are_equal_in_grey(tmp_path):
    images = pictures(150)
    images = np.concatenate([images, np.repeat(to_grey(images[:5]), 3, -1)])
    np.save(tmp_path / "set.npy", images)
    assert added(tmp_path / "set.npy", name="colour").info.train_size == 124
    assert (
        reasons(added(tmp_path / "set.npy", name="grey", colour=False))["equal to another picture at this size"][0] == 5
    )


# --- what becomes of it --------------------------------------------------------------------------------------------


def test_colour_and_size_are_the_pictures_own_unless_chosen(tmp_path):
    grey = makers.as_folder(tmp_path / "grey", np.repeat(pictures(150, 32, 1), 3, -1), None)
    assert added(grey).info.shape == (32, 32, 1)
    large = makers.as_folder(tmp_path / "large", pictures(150, 40), None)
    assert added(large, name="large").info.shape == (28, 28, 3)
    assert added(large, name="larger", size=48, colour=False).info.shape == (48, 48, 1)


def test_grey_judged_and_grey_asked_for_are_the_same_set(tmp_path):
    source = makers.as_folder(tmp_path / "grey", np.repeat(pictures(150, 28, 1), 3, -1), None)
    assert added(source, colour=False).info.name == added(source, name="again").info.name


def test_transparent_parts_get_the_ground_that_is_told(tmp_path):
    images = pictures(150, 28, 4)
    images[..., :3] = np.random.default_rng(0).integers(0, 256, (150, 28, 28, 3))
    images[..., 3] = 255
    images[:, :14, :, 3] = 0
    np.save(tmp_path / "set.npy", images)
    told = preview(Adding(str(tmp_path / "set.npy"), ground="Navy"))
    assert "Transparent parts become #000080." in told.notes
    assert (told.samples[:, :14] == (0, 0, 128)).all()
    info = added(tmp_path / "set.npy", ground="black").info
    assert info.framing.ground == "#000000"
    assert (read_part(info.name, "train_images")[:, :14] == 0).all()


def test_the_preview_shows_the_very_pictures_that_are_added(messy):
    told, info = preview(Adding(str(messy))), added(messy).info
    assert told.samples.shape == (12, 28, 28, 3)
    assert sorted(told.sample_labels) == [f"kind {kind}" for kind in range(4) for _ in range(3)]
    found = content(info.name)
    for picture, label, name in zip(told.samples, told.sample_labels, told.sample_names, strict=True):
        assert (found["train"] | found["test"])[picture.tobytes()] == label == name.partition("/")[0]
    assert (told.train_size, told.validation_size, told.test_size) == (128, 12, 32)
    assert (told.shape, told.epochs, told.found, told.exact) == (info.shape, info.epochs, 164, True)
    assert told.kinds == {"PNG, colour, 8 bits": 162, "BMP, colour, 8 bits": 1}
    assert (told.smallest, told.largest) == ((9, 9), (28, 28))


def test_of_a_large_source_names_are_counted_and_some_pictures_unpacked(tmp_path):
    images, names = pictures(1500, 28, 1), [f"kind {index % 3}" for index in range(1500)]
    told = preview(Adding(str(makers.as_zip(tmp_path / "many", images, names))))
    assert (told.found, told.looked_at, told.exact) == (1500, 500, False)
    assert told.class_counts == dict.fromkeys(["kind 0", "kind 1", "kind 2"], 500)
    assert told.train_size + told.test_size == 1500


@pytest.mark.parametrize("count", [200, 1500])
def test_pictures_of_which_none_can_be_used_are_refused_with_the_reason(tmp_path, count):
    np.save(tmp_path / "set.npy", np.full((count, 9, 9), 7, np.uint8))
    words = {
        200: "None of the 200 pictures can be used: 200 of one shade",
        1500: "None of the 500 pictures looked at can",
    }
    with pytest.raises(InvalidInputError, match=words[count]):
        preview(Adding(str(tmp_path / "set.npy")))
    with pytest.raises(InvalidInputError, match=f"None of the {count:,} pictures can be used: {count:,} of one shade"):
        added(tmp_path / "set.npy")


# --- the split -----------------------------------------------------------------------------------------------------


def test_every_part_holds_its_share_of_every_class():
    codes = np.repeat([0, 1, 2, 3], [500, 100, 20, 1]).astype(np.int32)
    split = splitting.split_up(codes, None, len(codes), 0.2, seed=0)
    assert np.bincount(codes[split.test], minlength=4).tolist() == [100, 20, 4, 0]
    fit, validation = split.train[: -split.validation_size], split.train[-split.validation_size :]
    assert np.bincount(codes[validation], minlength=4).tolist() == [40, 8, 2, 0]
    assert np.bincount(codes[fit], minlength=4).tolist() == [360, 72, 14, 1]
    assert sorted([*split.train, *split.test]) == list(range(621))
    assert (np.diff(split.train) < 0).any()  # shuffled: the first thousand of a part stand for it


def test_the_split_follows_its_seed(source):
    first, again = added(source).info, added(source, name="again").info
    other = added(source, name="other", seed=1).info
    assert first.name == again.name != other.name
    assert content(first.name)["test"].keys() != content(other.name)["test"].keys()


@pytest.mark.parametrize(("fit", "epochs"), [(1257, 60), (60_000, 10), (100, 600), (640, 120)])
def test_a_small_set_is_trained_for_about_as_many_steps_as_digits(fit, epochs):
    assert splitting.Split(np.arange(fit + 10), np.arange(5), 10).epochs == epochs


# --- choices -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"size": 27}, "Size is 27. Expected one of: 28, 32, 48, 64"),
        ({"split": 0.7}, r"testing is 0\.7\. Expected a number from 0\.05 to 0\.5\."),
        ({"split": float("nan")}, "testing is nan"),
        ({"ground": "no colour"}, "Ground is 'no colour'"),
        ({"fit": "stretch"}, "Fit is 'stretch'. Expected one of: fit, crop"),
        ({"name": "two\nlines"}, r"name is 'two\\nlines'"),
        ({"name": "x" * 61}, "1 to 60"),
        ({"seed": -1}, r"Seed is -1\. Expected a whole number from 0 to 2147483647\."),
        ({"seed": True}, "Seed is True"),
        ({"source": " "}, "Source is ' '"),
        ({"colour": "red"}, "Colour is 'red'"),
    ],
)
def test_choices_that_cannot_be_are_quoted(choices, words):
    with pytest.raises(InvalidInputError, match=words):
        Adding(**{"source": "somewhere", **choices})


def test_choices_survive_being_stored():
    adding = Adding("somewhere", "Mine", size=32, colour=True, labels="none", ground="red", fit="crop", mirror=True)
    assert Adding.from_json(adding.to_json()) == adding
    with pytest.raises(InvalidInputError, match="'zoom': 2"):
        Adding.from_json({"source": "x", "zoom": 2})


def test_a_set_without_a_name_is_not_added(source):
    with pytest.raises(InvalidInputError, match="has no name"):
        add_pictures(Adding(str(source)))


def test_a_set_whose_mirrored_pictures_count_is_another_one(source):
    plain, mirrored = added(source).info, added(source, name="mirrored", mirror=True).info
    assert (plain.mirror, mirrored.mirror) == (False, True)
    assert plain.name != mirrored.name


def test_memory_does_not_grow_with_the_pictures(tmp_path):
    images = pictures(3000, 64)  # 37 MB
    np.save(tmp_path / "set.npy", images)
    adding = Adding(str(tmp_path / "set.npy"), "Mine")
    preview(Adding(str(makers.as_npz(tmp_path / "few", images[:200], None))))  # what is loaded once is no growth
    del images
    tracemalloc.start()
    try:
        told, result = preview(adding), add_pictures(adding)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (told.found, result.info.train_size + result.info.test_size) == (3000, 3000)
    assert peak < 20_000_000
