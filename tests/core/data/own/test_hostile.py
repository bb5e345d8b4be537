"""Sources made to harm: nothing outside is touched, memory stays bounded, and the rest is still read."""

import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from core.data.own import Adding, preview
from core.data.own.library import own_sets
from core.data.own.sources import files
from core.errors import InvalidInputError
from tests.core.data.own import makers
from tests.core.data.own.makers import added, pictures


def zip_of(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def test_a_zip_never_writes_anywhere(tmp_path):
    names = ["../../up.png", "/root.png", "..\\back.png", "a/../../b.png", "new\nline.png", "C:\\x.png"]
    names += [f"p/{index}.png" for index in range(160)]
    images = pictures(len(names))
    path = zip_of(tmp_path / "set.zip", [(name, makers.png(image)) for name, image in zip(names, images, strict=True)])
    before = sorted(tmp_path.rglob("*"))
    told = preview(Adding(str(path), labels="none"))
    assert told.found == 166
    assert sorted(tmp_path.rglob("*")) == before
    assert all(name.isprintable() for name in told.sample_names)


def test_a_zip_that_unpacks_to_more_than_pictures_can_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_LEAST_UNPACKED", 1_000_000)
    path = zip_of(tmp_path / "bomb.zip", [("a.png", bytes(2_000_000))])
    with pytest.raises(InvalidInputError, match=r"unpack to .* GB"):
        preview(Adding(str(path)))


def test_a_member_that_lies_about_its_size_is_skipped(tmp_path):
    """Its header says ten bytes; the data behind unpack to a thousand times more."""
    path = zip_of(tmp_path / "set.zip", [(f"{index}.png", makers.png(image)) for index, image in enumerate(pictures())])
    content = zlib.compress(bytes(10_000_000))[2:-4]
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("liar.png", b"0123456789")
        member = archive.getinfo("liar.png")
    raw = bytearray(path.read_bytes())
    assert len(content) > member.compress_size
    start = member.header_offset + 30 + len("liar.png")
    raw[start : start + member.compress_size] = content[: member.compress_size]
    path.write_bytes(raw)
    (skipped,) = preview(Adding(str(path))).skipped
    assert (skipped.reason, skipped.count) == ("damaged", 1)
    assert skipped.first[0].startswith("liar.png: It cannot be unpacked")


def test_an_encrypted_member_is_skipped(tmp_path):
    path = zip_of(tmp_path / "set.zip", [(f"{index}.png", makers.png(image)) for index, image in enumerate(pictures())])
    raw = bytearray(path.read_bytes())
    central = raw.rindex(b"PK\1\2")
    raw[central + 8] |= 1  # the flag of encryption
    path.write_bytes(raw)
    (skipped,) = preview(Adding(str(path))).skipped
    assert "159.png: It cannot be unpacked" in skipped.first[0]
    assert "encrypted" in skipped.first[0] or "password" in skipped.first[0]


def test_a_picture_of_too_many_pixels_is_skipped_unseen(tmp_path):
    source = makers.as_folder(tmp_path / "set", pictures(), None)
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    idat = zlib.compress(bytes(1000))
    rest = struct.pack(">I", len(idat)) + b"IDAT" + idat + struct.pack(">I", zlib.crc32(b"IDAT" + idat))
    (source / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + rest)
    (skipped,) = preview(Adding(str(source))).skipped
    assert skipped.first[0].startswith("huge.png: The picture is too large")


def test_pickled_objects_are_never_read(tmp_path):
    class Harm:
        def __reduce__(self):
            return pytest.fail, ("was run",)

    # Only written with pickle, as an attacker does: reading it back would run `Harm`.
    np.save(tmp_path / "set.npy", np.array([Harm()], object), allow_pickle=True)
    with pytest.raises(InvalidInputError, match="holds object"):
        preview(Adding(str(tmp_path / "set.npy")))
    np.savez(tmp_path / "set.npz", x_train=np.array([Harm()], object))
    with pytest.raises(InvalidInputError, match="holds object"):
        preview(Adding(str(tmp_path / "set.npz")))


@pytest.mark.parametrize(
    "shape", [(10**12, 28, 28), (100, 10**9, 10**9), (5, 28, 28), (-1, 28, 28), (2, 2, 2, 2, 2), ()], ids=str
)
def test_an_array_that_says_more_than_it_holds_is_told_at_once(tmp_path, shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    (tmp_path / "set.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + bytes(3000))
    with pytest.raises(InvalidInputError):
        preview(Adding(str(tmp_path / "set.npy")))


def test_a_truncated_array_is_told(tmp_path):
    np.save(tmp_path / "set.npy", pictures())
    raw = (tmp_path / "set.npy").read_bytes()
    (tmp_path / "set.npy").write_bytes(raw[:-1000])
    with pytest.raises(InvalidInputError, match=r"set\.npy cannot be read: it ends after"):
        added(tmp_path / "set.npy")


@pytest.mark.parametrize("at", [-300, -20])
def test_a_damaged_parquet_file_is_told(tmp_path, at):
    path = makers.as_hugging_face(tmp_path / "set", pictures(), None)
    raw = bytearray(path.read_bytes())
    raw[at : at + 16] = b"\xff" * 16
    path.write_bytes(raw)
    with pytest.raises(InvalidInputError, match="Parquet file cannot be read"):
        preview(Adding(str(path)))


def test_parquet_rows_without_a_picture_are_skipped(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"bytes": makers.png(image), "path": None} for image in pictures()]
    rows[3], rows[5] = None, {"bytes": None, "path": "elsewhere.png"}
    pq.write_table(pa.table({"image": rows}), tmp_path / "set.parquet")
    (skipped,) = preview(Adding(str(tmp_path / "set.parquet"))).skipped
    assert (skipped.count, skipped.first[0]) == (2, "picture 4: It has no bytes of an image file.")


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path):
    source = makers.as_folder(tmp_path / "set", pictures(), None)
    os.mkfifo(source / "pipe.png")
    (source / "zero.png").symlink_to("/dev/zero")
    (source / "broken.png").symlink_to("nowhere")
    told = preview(Adding(str(source)))
    assert [(one.reason, one.count) for one in told.skipped] == [("damaged", 3)]
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError):
        preview(Adding(str(tmp_path / "pipe")))


def test_labels_too_many_for_the_pictures_are_told(tmp_path):
    np.savez(tmp_path / "set.npz", images=pictures(), labels=np.arange(159))
    with pytest.raises(InvalidInputError, match="159 labels for 160 pictures"):
        preview(Adding(str(tmp_path / "set.npz")))


def test_metadata_of_a_table_may_be_anything(tmp_path):
    import pyarrow.parquet as pq

    path = makers.as_hugging_face(tmp_path / "set", pictures(), makers.labels())
    for told in (b"[" * 100_000, b'{"info": 3}', b"\xff", b'{"info": {"features": {"label": {"names": "abc"}}}}'):
        table = pq.read_table(path).replace_schema_metadata({b"huggingface": told})
        pq.write_table(table, path)
        assert preview(Adding(str(path))).class_counts == {"0": 40, "1": 40, "2": 40, "3": 40}


@pytest.mark.parametrize(
    ("given", "classes"),
    [
        (["a", "a ", "b", "b"], {"a": 80, "b": 80}),
        (["a\nb", "a b", "c\t", "c"], {"a b": 80, "c": 80}),
        (["\u00e9", "e\u0301", "E", "E"], {"E": 80, "\u00e9": 80}),
        (["\ud800", "x\x00y", "\u202ez", "z"], {"x\\x00y": 40, "z": 40, "\\u202ez": 40, "\\ud800": 40}),
        (["a", "b", "a", "b", "a", "b", "a", " "], {"a": 80, "b": 60}),
    ],
)
def test_names_of_classes_that_look_alike_are_one_and_all_can_be_shown(tmp_path, given, classes):
    np.savez(tmp_path / "set.npz", images=pictures(), labels=np.array(given * (160 // len(given))))
    told = preview(Adding(str(tmp_path / "set.npz")))
    assert told.class_counts == classes
    assert added(tmp_path / "set.npz").info.class_names == tuple(classes)


def test_a_name_given_to_two_numbers_is_one_class(tmp_path):
    np.savez(
        tmp_path / "set.npz", images=pictures(), labels=np.arange(160) % 4, class_names=["cat", "dog", "cat", "owl"]
    )
    assert preview(Adding(str(tmp_path / "set.npz"))).class_counts == {"cat": 80, "dog": 40, "owl": 40}


def test_a_name_that_no_page_can_show_is_refused(tmp_path):
    np.savez(tmp_path / "set.npz", images=pictures(), labels=np.array(["x" * 5000, "y"] * 80))
    with pytest.raises(InvalidInputError, match=r"'x{40}' and so on, 5,000 characters\. Expected at most 200"):
        preview(Adding(str(tmp_path / "set.npz")))


def test_names_that_are_no_text_are_stored_as_escapes_and_the_set_is_read_back(tmp_path):
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    source = makers.as_folder(root, pictures(), None)
    (source / os.fsdecode(b"\xfe.png")).symlink_to("nowhere")
    result = added(source)
    assert result.skipped[0].first[0].startswith("\\udcfe.png: ")
    assert own_sets()[result.info.name].facts["source"] == "\\udcff"


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_member_is_skipped_however_it_was_packed(tmp_path, packing):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for index, image in enumerate(pictures()):
            archive.writestr(f"{index}.png", makers.png(image))
        member = archive.getinfo("3.png")
    raw = bytearray(path.read_bytes())
    middle = member.header_offset + 35 + member.compress_size // 2
    raw[middle : middle + 8] = b"\xff" * 8
    path.write_bytes(raw)
    (skipped,) = preview(Adding(str(path))).skipped
    assert (skipped.reason, skipped.count, skipped.first[0].partition(":")[0]) == ("damaged", 1, "3.png")


@pytest.mark.parametrize("kind", ["zip", "npz"])
@pytest.mark.parametrize(("at", "byte"), [(6, 255), (46, 0)])  # the version needed; the first letter of a member's name
def test_an_archive_of_an_unknown_version_or_with_a_nameless_member_is_told_or_read(tmp_path, kind, at, byte):
    if kind == "zip":
        path = zip_of(tmp_path / "set.zip", [(f"{index}.png", makers.png(one)) for index, one in enumerate(pictures())])
    else:
        path = makers.as_npz(tmp_path / "set", pictures(), None)
    raw = bytearray(path.read_bytes())
    raw[raw.find(b"PK\1\2") + at] = byte
    path.write_bytes(raw)
    if (kind, at) == ("zip", 46):
        assert preview(Adding(str(path))).found == 159
    else:
        with pytest.raises(InvalidInputError):
            preview(Adding(str(path)))


def test_labels_of_no_length_are_told(tmp_path):
    np.save(tmp_path / "set.npy", pictures())
    header = b"{'descr': '<U0', 'fortran_order': False, 'shape': (160,), }".ljust(117) + b"\n"
    (tmp_path / "labels.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header)
    with pytest.raises(InvalidInputError, match="holds <U0"):
        preview(Adding(str(tmp_path / "set.npy"), labels=str(tmp_path / "labels.npy")))


@pytest.mark.parametrize("change", [-10, 10])
def test_a_table_of_fewer_or_more_rows_than_it_says_is_told(tmp_path, monkeypatch, change):
    from core.data.own.sources import tables

    path = makers.as_bytes_column(tmp_path / "set", pictures(), None)
    group_sizes = tables._group_sizes
    monkeypatch.setattr(tables, "_group_sizes", lambda file: [size - change for size in group_sizes(file)])
    with pytest.raises(InvalidInputError, match=f"10 rows {'fewer' if change < 0 else 'more'} than it says"):
        preview(Adding(str(path)))


def test_a_table_with_two_columns_of_a_name_is_told(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = pa.array([makers.png(image) for image in pictures()])
    pq.write_table(pa.Table.from_arrays([column, column], names=["image", "image"]), tmp_path / "set.parquet")
    with pytest.raises(InvalidInputError, match="several columns called 'image'"):
        preview(Adding(str(tmp_path / "set.parquet")))
