"""Every kind of source gives the pictures that were put in, each with its label."""

import struct
import zipfile

import numpy as np
import pytest

from core.data import dataset_info, read_part
from core.data.own import Adding, preview
from core.data.own.sources.labels import read_table
from core.errors import InvalidInputError
from tests.core.data.own import makers
from tests.core.data.own.makers import added, content, expected, labels, pictures

WRITERS = {
    "folder": (makers.as_folder, 3),
    "zip": (makers.as_zip, 3),
    "Hugging Face": (makers.as_hugging_face, 3),
    "bytes": (makers.as_bytes_column, 1),
    "pixels": (makers.as_pixel_columns, 1),
    "npz": (makers.as_npz, 3),
    "IDX": (makers.as_idx, 1),
}


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("kind", WRITERS)
def test_every_source_gives_each_picture_with_its_label(tmp_path, kind, labelled):
    write, channels = WRITERS[kind]
    images, names = pictures(channels=channels), labels() if labelled else None
    result = added(write(tmp_path / "source", images, names))
    info = result.info
    assert info.shape == (28, 28, channels)
    found = content(info.name)
    if kind == "IDX" and labelled:
        names = [name[-1] for name in names]
    assert found["train"] | found["test"] == expected(images, names)
    assert not found["train"].keys() & found["test"].keys()
    assert (info.train_size, info.test_size, info.validation_size) == (128, 32, 12 if labelled else 13)
    assert info.class_names == (tuple(sorted(set(names))) if labelled else ())
    assert result.is_new
    assert result.skipped == ()


@pytest.mark.parametrize(("classes", "side", "channels"), [(12, 28, 1), (81, 64, 3), (2, 32, 1)])
def test_any_number_of_classes_size_and_channels(tmp_path, classes, side, channels):
    images, names = pictures(400, side, channels), labels(400, classes)
    info = added(makers.as_folder(tmp_path / "source", images, names)).info
    assert info.shape == (side, side, channels)
    assert len(info.class_names) == classes
    assert list(info.class_names[:3]) == ["kind 0", "kind 1", "kind 2"][: len(info.class_names)]  # 10 comes after 9
    found = content(info.name)
    assert found["train"] | found["test"] == expected(images, names)
    assert set(found["test"].values()) == set(names)  # a share of every class


def test_labels_come_from_a_table_of_file_names(tmp_path):
    images, names = pictures(), labels()
    source = makers.as_folder(tmp_path / "source", images, None)
    names[7] = ""
    info = added(source, labels=str(makers.as_csv(tmp_path / "names.csv", names))).info
    found = content(info.name)
    kept = np.arange(len(images)) != 7
    assert found["train"] | found["test"] == expected(images[kept], [name for name in names if name])


@pytest.mark.parametrize(
    "text", ["0;a\n1;b\n", "label\timage_id\na\t0\nb\t1.png\n", "\ufefffilename,class\nx/0.png,a\n1.png,b"]
)
def test_tables_are_read_however_they_are_written(tmp_path, text):
    path = tmp_path / "names.csv"
    path.write_text(text)
    table = read_table(path, ["0.png", "some/1.png", "2.png"])
    assert [table.label("0.png"), table.label("some/1.png"), table.label("2.png")] == ["a", "b", None]


def test_a_label_may_hold_what_divides_other_tables(tmp_path):
    (tmp_path / "names.csv").write_text('0.png;"cat, big, fat"\n1.png;"dog, big, fat"\n')
    table = read_table(tmp_path / "names.csv", ["0.png", "1.png"])
    assert [table.label("0.png"), table.label("1.png")] == ["cat, big, fat", "dog, big, fat"]


def test_a_picture_that_several_rows_could_mean_has_no_label(tmp_path):
    (tmp_path / "names.csv").write_text(
        "all/a/1.png,one\nall/b/1.png,two\nall/b/2.jpg,two\nall/b/2.png,three\nc/3.png,four\n"
    )
    table = read_table(tmp_path / "names.csv", ["a/1.png"])
    asked = {"a/1.png": "one", "x/b/1.png": "two", "c/1.png": None, "2.png": "three", "2.gif": None, "3.bmp": "four"}
    assert {name: table.label(name) for name in asked} == asked


def test_a_table_that_says_two_things_of_a_picture_is_refused(tmp_path):
    source = makers.as_folder(tmp_path / "source", pictures(), None)
    (tmp_path / "names.csv").write_text("0.png,cat\n1.png,dog\n0.png,dog\n")
    with pytest.raises(InvalidInputError, match=r"^The labels name '0\.png' twice, as 'cat' and as 'dog'"):
        preview(Adding(str(source), labels=str(tmp_path / "names.csv")))


@pytest.mark.parametrize("kind", ["npz", "npy", "Parquet", "npy and Parquet", "IDX"])
def test_the_parts_of_a_set_have_one_black_and_one_white(tmp_path, kind):
    """Train runs from -2 to 2, test from -1 to 1: a pixel of 1 is three quarters of the way in both."""
    random = np.random.default_rng(0)
    train, test = random.uniform(-2, 2, (130, 28, 28)), random.uniform(-1, 1, (30, 28, 28))
    train[0, 0, :2], test[0, 0, :2] = (-2, 2), (-1, 1)
    if kind == "npz":
        np.savez(tmp_path / "set.npz", x_train=train, x_test=test)
        result = added(tmp_path / "set.npz")
    elif kind == "IDX":
        for name, images in (("train", train), ("t10k", test)):
            head = struct.pack(">HBB3I", 0, 0x0E, 3, *images.shape)
            (tmp_path / f"{name}-images-idx3").write_bytes(head + images.astype(">f8").tobytes())
        result = added(tmp_path)
    else:
        np.save(tmp_path / "train.npy", train)
        np.save(tmp_path / "test.npy", test)
        suffixes = {"npy": ("npy", "npy"), "Parquet": ("parquet", "parquet")}.get(kind, ("npy", "parquet"))
        if "parquet" in suffixes:
            makers.as_pixel_columns(tmp_path / "train", train, None)
            makers.as_pixel_columns(tmp_path / "test", test, None)
        result = added(tmp_path / f"train.{suffixes[0]}", test=str(tmp_path / f"test.{suffixes[1]}"))
    assert read_part(result.info.name, "test_images").max() == 191  # 3/4 of 255
    assert read_part(result.info.name, "train_images").max() == 255
    assert all("-2 is taken for black, 2 for white" in note for note in result.notes)
    assert result.notes


def test_a_table_that_names_none_of_the_pictures_quotes_both(tmp_path):
    source = makers.as_folder(tmp_path / "source", pictures(), None)
    (tmp_path / "names.csv").write_text("dog.png,dog\n")
    with pytest.raises(InvalidInputError, match=r"'dog\.png'.*'0\.png'"):
        added(source, labels=str(tmp_path / "names.csv"))


@pytest.mark.parametrize("keys", ["Keras", "MedMNIST"])
def test_an_archive_with_a_test_part_keeps_it(tmp_path, keys):
    images, names = pictures(channels=1), np.arange(160) % 3
    if keys == "Keras":
        parts = {
            "x_train": images[:120, ..., 0],
            "y_train": names[:120],
            "x_test": images[120:, ..., 0],
            "y_test": names[120:],
        }
    else:
        parts = {"train_images": images[:110], "train_labels": names[:110, None], "val_images": images[110:120],
                 "val_labels": names[110:120, None], "test_images": images[120:], "test_labels": names[120:, None]}  # fmt: skip
    np.savez(tmp_path / "set.npz", **parts)
    found = content(added(tmp_path / "set.npz").info.name)
    text = [str(name) for name in names]
    assert found == {"train": expected(images[:120], text[:120]), "test": expected(images[120:], text[120:])}


def test_labels_of_an_array_lie_in_another(tmp_path):
    images, names = pictures(), np.arange(160) % 3
    np.save(tmp_path / "pictures.npy", images)
    np.save(tmp_path / "labels.npy", names)
    found = content(added(tmp_path / "pictures.npy", labels=str(tmp_path / "labels.npy")).info.name)
    assert found["train"] | found["test"] == expected(images, [str(name) for name in names])
    with pytest.raises(InvalidInputError, match="names of folders, but pictures in an array lie in none"):
        preview(Adding(str(tmp_path / "pictures.npy"), labels="folder"))


@pytest.mark.parametrize("held_out", ["test", "val"])
def test_folders_named_train_and_test_are_the_split(tmp_path, held_out):
    images, names = pictures(), labels()
    makers.as_folder(tmp_path / "set" / "train", images[:120], names[:120])
    makers.as_folder(tmp_path / "set" / held_out, images[120:], names[120:])
    info = added(tmp_path / "set").info
    assert content(info.name) == {
        "train": expected(images[:120], names[:120]),
        "test": expected(images[120:], names[120:]),
    }


def test_test_pictures_may_lie_elsewhere_and_in_another_form(tmp_path):
    images, names = pictures(), labels()
    source = makers.as_folder(tmp_path / "set", images[:120], names[:120])
    test = makers.as_zip(tmp_path / "more", images[120:], names[120:])
    found = content(added(source, test=str(test)).info.name)
    assert found == {"train": expected(images[:120], names[:120]), "test": expected(images[120:], names[120:])}


def test_classes_of_the_test_pictures_are_told_by_their_names(tmp_path):
    images, names = pictures(), labels()
    source = makers.as_folder(tmp_path / "set", images[:120], names[:120])
    held_out = ["kind 3", "another", "kind 1", "kind 2"] * 10
    test = makers.as_folder(tmp_path / "more", images[120:], held_out)
    found = content(added(source, test=str(test)).info.name)
    assert found == {"train": expected(images[:120], names[:120]), "test": expected(images[120:], held_out)}


def test_idx_files_of_a_folder_are_one_set(tmp_path):
    images, numbers = pictures(channels=1)[..., 0], (np.arange(160) % 3).astype(np.uint8)
    for part, rows in (("train", slice(0, 120)), ("t10k", slice(120, 160))):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(makers.idx(images[rows]))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(makers.idx(numbers[rows]))
    found = content(added(tmp_path).info.name)
    assert found["test"] == expected(images[120:], [str(number) for number in numbers[120:]])


def test_parquet_files_of_a_folder_are_one_set_with_its_test_part(tmp_path):
    images, names = pictures(), labels()
    (tmp_path / "data").mkdir()
    makers.as_hugging_face(tmp_path / "data" / "train-00000", images[:60], names[:60])
    makers.as_hugging_face(tmp_path / "data" / "train-00001", images[60:120], names[60:120])
    makers.as_hugging_face(tmp_path / "data" / "test-00000", images[120:], names[120:])
    found = content(added(tmp_path).info.name)
    assert found == {"train": expected(images[:120], names[:120]), "test": expected(images[120:], names[120:])}


@pytest.mark.parametrize(
    ("make", "low", "high"),
    [
        (lambda images: images.astype(np.uint16) * 257, 0, 65535),
        (lambda images: images / np.float32(255), 0, 1),
        (lambda images: images.astype(np.float64), 0, 255),
        (lambda images: images / 127.5 - 1, -1, 1),
        (lambda images: images.astype(">i4"), 0, 255),
        (lambda images: np.moveaxis(images, -1, 1), 0, 255),
    ],
)
def test_numbers_of_any_type_and_order_give_the_same_pictures(tmp_path, make, low, high):
    images = pictures()
    np.save(tmp_path / "pictures.npy", make(images))
    result = added(tmp_path / "pictures.npy")
    found = content(result.info.name)
    assert found["train"] | found["test"] == expected(images, None)
    told = f"{low} is taken for black, {high} for white"
    assert (high == 255 and make(images).dtype == np.uint8) or any(told in note for note in result.notes)


def test_black_and_white_arrays_are_read(tmp_path):
    images = np.random.default_rng(0).random((150, 28, 28)) > 0.5
    np.save(tmp_path / "pictures.npy", images)
    found = content(added(tmp_path / "pictures.npy").info.name)
    assert found["train"] | found["test"] == expected(images.astype(np.uint8) * 255, None)


def test_a_parquet_column_may_be_named_for_labels(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    images = pictures()
    table = pa.table(
        {"img": [makers.png(image) for image in images], "label": labels(), "shade": ["dark", "light"] * 80}
    )
    pq.write_table(table, tmp_path / "t.parquet")
    assert preview(Adding(str(tmp_path / "t.parquet"), labels="shade")).class_counts == {"dark": 80, "light": 80}
    with pytest.raises(InvalidInputError, match=r"'colour'.*img, label, shade"):
        preview(Adding(str(tmp_path / "t.parquet"), labels="colour"))


def test_one_class_is_told_and_no_label(tmp_path):
    images = pictures()
    makers.as_npz(tmp_path / "one", images, ["cat"] * 160)
    result = added(tmp_path / "one.npz")
    assert dataset_info(result.info.name).class_names == ()
    assert any("one class, 'cat'" in note for note in result.notes)


def test_a_class_without_a_usable_picture_is_left_out_and_the_others_keep_theirs(tmp_path):
    images, names = pictures(200), labels(200)
    source = makers.as_folder(tmp_path / "set", images, names)
    for file in (source / "kind 1").iterdir():
        file.write_bytes(b"no picture")
    result = added(source)
    assert result.info.class_names == ("kind 0", "kind 2", "kind 3")
    assert "Classes without a usable picture are left out: kind 1." in result.notes
    found = content(result.info.name)
    kept = np.array([name != "kind 1" for name in names])
    assert found["train"] | found["test"] == expected(images[kept], [name for name in names if name != "kind 1"])


def test_more_than_a_thousand_classes_are_refused_with_the_way_out(tmp_path):
    makers.as_npz(tmp_path / "many", pictures(1300, 4, 1), [str(index % 1001) for index in range(1300)])
    with pytest.raises(InvalidInputError, match=r"1,001 classes.*without labels"):
        preview(Adding(str(tmp_path / "many.npz")))
    assert preview(Adding(str(tmp_path / "many.npz"), labels="none")).class_counts == {}


def test_too_few_pictures_are_refused_with_their_number(tmp_path):
    source = makers.as_folder(tmp_path / "few", pictures(100), None)
    with pytest.raises(InvalidInputError, match="Of 100 usable pictures 72 would be learnt from and 20 tested"):
        preview(Adding(str(source)))


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("a.png", makers.png(pictures(1)[0]), "starts with bytes '89 50 4e 47"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "Expected a folder or a zip"),
        ("empty.zip", b"", "starts with bytes ''"),
        ("text.zip", b"PK\3\4 and then nothing", "cannot be read as a zip"),
        ("a.parquet", b"PAR1 and then nothing PAR1", "Parquet file cannot be read"),
        ("a.npy", b"\x93NUMPY\x01\x00", "a.npy cannot be read"),
    ],
)
def test_what_holds_no_pictures_is_told(tmp_path, name, raw, words):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(InvalidInputError, match=words):
        preview(Adding(str(tmp_path / name)))


def test_a_place_that_is_not_there_is_quoted(tmp_path):
    with pytest.raises(InvalidInputError, match=r"nowhere.*No such file"):
        preview(Adding(str(tmp_path / "nowhere")))
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as archive:
        archive.writestr("read me.txt", "hello")
    with pytest.raises(InvalidInputError, match="1 files and no pictures"):
        preview(Adding(str(tmp_path / "texts.zip")))
