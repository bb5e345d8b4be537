"""Published image sets: where they are found, what is passed over, downloads, and what is said of a missing one."""

import dataclasses
import errno
import functools
import gzip
import hashlib
import http.server
import logging
import os
import struct
import threading

import numpy as np
import pytest

from core.__main__ import main
from core.data import PUBLISHED, find, load, published, read_part
from core.data.idx import read_idx
from core.errors import DataCorruptError, DataNotFoundError

FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
NOWHERE = "http://127.0.0.1:9/"  # nothing listens on the discard port


def idx(array):
    """An array of bytes in the IDX format, as LeCun's page describes it."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


RANDOM = np.random.default_rng(0)
# The four unpacked files of a very small dataset.
CONTENTS = {
    "train_images": idx(RANDOM.integers(0, 256, (6, 28, 28), np.uint8)),
    "train_labels": idx(np.arange(6, dtype=np.uint8)),
    "test_images": idx(RANDOM.integers(0, 256, (3, 28, 28), np.uint8)),
    "test_labels": idx(np.arange(3, dtype=np.uint8)),
}
PACKED = {part: gzip.compress(raw) for part, raw in CONTENTS.items()}
GOOD = CONTENTS["test_images"]
# Bytes of a packed test image file by what is wrong with them, each with words of the error.
DAMAGES = {
    "half of a gzip file": (PACKED["test_images"][:1000], "Cannot unpack"),
    "gzip with a wrong checksum": (PACKED["test_images"][:-5] + b"????" + PACKED["test_images"][-1:], "Cannot unpack"),
    "not gzip": (b"<html>Not Found</html>", "starts with bytes '3c 68 74 6d'"),
    "empty": (b"", "starts with bytes"),
    "truncated array": (gzip.compress(GOOD[:-100]), "truncated"),
    "bytes too many": (gzip.compress(GOOD + b"."), "bytes too many"),
    "truncated header": (gzip.compress(GOOD[:9]), "ends inside its header"),
    "wrong magic": (gzip.compress(b"\0\0\x0d\x03" + GOOD[4:]), "starts with bytes '00 00 0d 03'"),
    "one byte changed": (gzip.compress(GOOD[:-1] + bytes([GOOD[-1] ^ 1])), "has sha256 .* expected"),
    "another file": (PACKED["test_labels"], "has sha256 .* expected"),
}


def put(folder, suffix=".gz"):
    folder.mkdir(parents=True, exist_ok=True)
    for part, name in FILES.items():
        (folder / (name + suffix)).write_bytes(PACKED[part] if suffix else CONTENTS[part])


@pytest.fixture
def small(tmp_path, monkeypatch):
    """`fashion_mnist` stands for that dataset in this test, and is neither installed nor bundled nor downloadable."""
    source = PUBLISHED["fashion_mnist"]
    source = dataclasses.replace(
        source,
        info=dataclasses.replace(source.info, train_size=6, test_size=3, validation_size=2),
        sha256={part: hashlib.sha256(raw).hexdigest() for part, raw in CONTENTS.items()},
        urls=(NOWHERE,),
        debian=("dataset-fashion-mnist", str(tmp_path / "debian")),
    )
    monkeypatch.setitem(PUBLISHED, "fashion_mnist", source)
    monkeypatch.setattr(published, "BUNDLED", tmp_path / "bundled")
    monkeypatch.setattr(published, "_said", set())
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return source


@pytest.fixture
def published_folder(small, tmp_path, monkeypatch):
    """A folder that a local server gives out, and which the registry names as the dataset's only address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    folder = tmp_path / "published"
    folder.mkdir()
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        urls = (f"http://127.0.0.1:{server.server_port}/",)
        monkeypatch.setitem(PUBLISHED, "fashion_mnist", dataclasses.replace(small, urls=urls))
        yield folder
        server.shutdown()


def cache(artifacts):
    return artifacts / "cache" / "datasets" / "fashion_mnist"


# --- what the real ones hold ---------------------------------------------------------------------------------------


def test_fashion_mnist_test_part_is_the_published_one():
    images, labels = read_part("fashion_mnist", "test_images"), read_part("fashion_mnist", "test_labels")
    assert images.shape == (10_000, 28, 28, 1)
    assert images.dtype == labels.dtype == np.uint8
    assert np.bincount(labels).tolist() == [1000] * 10
    names = [PUBLISHED["fashion_mnist"].info.class_names[label] for label in labels[:4]]
    assert names == ["Ankle boot", "Pullover", "Trouser", "Trouser"]


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_packed_and_unpacked_files_read_alike(small, artifacts, suffix):
    put(cache(artifacts), suffix)
    dataset = load("fashion_mnist", download=False)
    assert dataset.train_images.shape == (6, 28, 28, 1)
    assert dataset.test_labels.tolist() == [0, 1, 2]
    assert dataset.test_images.tobytes() == CONTENTS["test_images"][16:]


@pytest.mark.parametrize(
    "spell",
    [
        lambda name: name + ".gz",
        lambda name: name.replace("-idx", ".idx"),
        lambda name: name.replace("-idx", ".idx") + ".gz",
        lambda name: name.upper() + ".GZ",
    ],
)
@pytest.mark.parametrize("contents", [CONTENTS, PACKED])
def test_what_a_file_holds_decides_and_not_how_its_name_is_spelled(small, artifacts, spell, contents):
    cache(artifacts).mkdir(parents=True)
    for part, name in FILES.items():
        (cache(artifacts) / spell(name)).write_bytes(contents[part])
    dataset = load("fashion_mnist", download=False)
    assert dataset.train_images.tobytes() == CONTENTS["train_images"][16:]
    assert dataset.test_labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_with_what_is_wrong(small, artifacts, damage):
    put(cache(artifacts))
    path = cache(artifacts) / (FILES["test_images"] + ".gz")
    content, words = DAMAGES[damage]
    path.write_bytes(content)
    with pytest.raises(DataCorruptError, match=words) as caught:
        load("fashion_mnist", download=False)
    assert str(path) in str(caught.value)
    assert "python -m core data fetch --dataset fashion_mnist" in str(caught.value)


# --- passing over --------------------------------------------------------------------------------------------------


def fifo(path):
    os.mkfifo(path)


def broken_link(path):
    path.symlink_to("nowhere")


# What may stand where a file should, by its name; each makes it.
UNUSABLE = {
    **{name: (lambda path, content=content: path.write_bytes(content)) for name, (content, _) in DAMAGES.items()},
    "a folder": lambda path: path.mkdir(),
    "a pipe that nobody writes to": fifo,
    "a link to nowhere": broken_link,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a device": lambda path: path.symlink_to("/dev/zero"),
}
PLACES = (
    "given/fashion_mnist",
    "artifacts/cache/datasets/fashion_mnist",
    "home/.keras/datasets/fashion-mnist",
    "debian",
)


@pytest.fixture
def places(small, artifacts, tmp_path, monkeypatch):
    """Every place that is searched, in order; the last holds a good copy."""
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "given"))
    for place in PLACES:
        (tmp_path / place).mkdir(parents=True)
    put(tmp_path / "bundled" / "data" / "fashion_mnist")
    return [tmp_path / place for place in PLACES]


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_cannot_be_used_in_earlier_places_is_said_once_and_passed_over(places, tmp_path, caplog, kind, suffix):
    unusable = [place / (FILES["test_images"] + suffix) for place in places]
    for path in unusable:
        UNUSABLE[kind](path)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert read_part("fashion_mnist", "test_images").tobytes() == GOOD[16:]
            found = find("fashion_mnist", "test_images")
            assert found == tmp_path / "bundled" / "data" / "fashion_mnist" / (FILES["test_images"] + ".gz")
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(unusable)
    for path, text in zip(unusable, said, strict=True):
        assert text.startswith("Passed over: ")
        assert str(path) in text


def test_a_good_copy_beside_a_damaged_one_serves(places):
    (places[0] / FILES["test_images"]).write_bytes(b"half")
    put(places[0])
    assert find("fashion_mnist", "test_images") == places[0] / (FILES["test_images"] + ".gz")


def test_the_list_names_the_place_that_serves(places, capsys):
    put(places[0])
    put(places[1])
    (places[0] / (FILES["train_images"] + ".gz")).write_bytes(b"half")
    assert main(["data", "list"]) == 0
    assert str(places[1]) in capsys.readouterr().out


def test_a_file_is_read_once_to_be_found_again(places, monkeypatch):
    put(places[0])
    times = []
    monkeypatch.setattr(
        published, "read_idx", lambda *given, **expected: times.append(1) or read_idx(*given, **expected)
    )
    load("fashion_mnist")
    assert find("fashion_mnist", "train_images") == find("fashion_mnist", "train_images")
    assert len(times) == 4
    (places[0] / (FILES["train_images"] + ".gz")).write_bytes(PACKED["train_images"][:99])
    assert find("fashion_mnist", "train_images").parent != places[0]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_a_folder_that_cannot_be_read_is_said_and_passed_over(places, monkeypatch, caplog, number):
    listed = type(places[0]).iterdir

    def refuse(folder):
        if folder in places:
            raise OSError(number, os.strerror(number))
        return listed(folder)

    monkeypatch.setattr(type(places[0]), "iterdir", refuse)
    assert len(read_part("fashion_mnist", "test_images")) == 3
    assert [os.strerror(number) in record.getMessage() for record in caplog.records] == [True] * 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("~nosuchuser/data", "home directory"),
        ("/no/such/folder", "No such file"),
        ("x" * 5000, "File name too long"),
        ("/dev/null", "Not a directory"),
        (__file__, "Not a directory"),
        ("two\nlines", "No such file"),
        ("no unicode \udcff", "No such file"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_and_the_next_place_serves(places, monkeypatch, caplog, given, words):
    monkeypatch.setenv("LATENT_LENS_DATA", given)
    for _ in range(2):
        assert len(read_part("fashion_mnist", "test_images")) == 3
    (record,) = caplog.records
    assert f"LATENT_LENS_DATA is {given!r}" in record.getMessage()
    assert words in record.getMessage()
    record.getMessage().encode()


def test_without_a_home_the_other_places_serve(small, places, monkeypatch):
    def nobody():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.home", nobody)
    assert not [folder for folder, _ in small.search_places() if ".keras" in str(folder)]
    assert len(read_part("fashion_mnist", "test_images")) == 3


def test_nothing_usable_tells_each_file_and_ways_that_then_work(places, published_folder, tmp_path):
    for place in [*places, tmp_path / "bundled" / "data" / "fashion_mnist"]:
        (place / (FILES["test_images"] + ".gz")).write_bytes(PACKED["test_images"][:99])
    with pytest.raises(DataCorruptError) as caught:
        read_part("fashion_mnist", "test_images")
    for place in places:
        assert f"Cannot unpack {place / FILES['test_images']}.gz" in str(caught.value)
    assert "apt-get install --reinstall dataset-fashion-mnist" in str(caught.value)
    put(published_folder)
    assert main(["data", "fetch", "--dataset", "fashion_mnist"]) == 0
    assert len(read_part("fashion_mnist", "test_images")) == 3
    # The damaged file in the project's cache is replaced.
    assert find("fashion_mnist", "test_images") == places[1] / (FILES["test_images"] + ".gz")


# --- finding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["fashion_mnist", "fashion-mnist"])
def test_the_given_folder_comes_first_in_either_spelling(small, artifacts, tmp_path, monkeypatch, spelling):
    given = tmp_path / "given"
    for folder in (given / spelling, cache(artifacts), tmp_path / "debian"):
        put(folder)
    monkeypatch.setenv("LATENT_LENS_DATA", str(given))
    assert find("fashion_mnist", "test_labels").parent == given / spelling


def test_places_are_searched_from_the_users_own_to_the_bundled(small, artifacts, tmp_path, monkeypatch):
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "given"))
    folders = [folder for folder, _ in small.search_places()]
    assert folders == [
        tmp_path / "given" / "fashion_mnist",
        tmp_path / "given" / "fashion-mnist",
        cache(artifacts),
        tmp_path / "home" / ".keras" / "datasets" / "fashion-mnist",
        tmp_path / "debian",
        tmp_path / "bundled" / "data" / "fashion_mnist",
    ]
    for folder in reversed(folders):
        put(folder)
        assert find("fashion_mnist", "train_images").parent == folder


def test_debian_has_fashion_mnist():
    assert PUBLISHED["fashion_mnist"].debian == ("dataset-fashion-mnist", "/usr/share/datasets/fashion-mnist")


@pytest.mark.parametrize("download", [True, False])
def test_data_found_nowhere_tells_files_places_and_ways(small, artifacts, tmp_path, monkeypatch, download):
    monkeypatch.setenv("LATENT_LENS_DATA", str(tmp_path / "given"))
    with pytest.raises(DataNotFoundError) as caught:
        load("fashion_mnist", download=download)
    text = str(caught.value)
    for expected in [
        *(name + ".gz" for name in FILES.values()),
        str(tmp_path / "given" / "fashion-mnist"),
        str(cache(artifacts)),
        str(tmp_path / "debian"),
        "apt-get install dataset-fashion-mnist",
        "python -m core data fetch --dataset fashion_mnist",
        "LATENT_LENS_DATA",
    ]:
        assert expected in text
    assert (NOWHERE in text) == download


# --- downloading ---------------------------------------------------------------------------------------------------


def test_a_download_is_verified_kept_and_not_repeated(published_folder, artifacts):
    put(published_folder)
    dataset = load("fashion_mnist")
    assert dataset.train_labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert sorted(path.name for path in cache(artifacts).iterdir()) == sorted(name + ".gz" for name in FILES.values())
    for path in published_folder.iterdir():
        path.unlink()
    np.testing.assert_array_equal(load("fashion_mnist").train_images, dataset.train_images)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_corrupt_download_never_takes_the_files_name(published_folder, artifacts, damage):
    put(published_folder)
    name = FILES["test_images"] + ".gz"
    (published_folder / name).write_bytes(DAMAGES[damage][0])
    with pytest.raises(DataNotFoundError, match=f"Downloading failed:\n.*{name}"):
        load("fashion_mnist")
    assert not [path for path in cache(artifacts).iterdir() if path.name.startswith(FILES["test_images"])]


def test_the_next_address_serves_where_one_fails(published_folder, monkeypatch):
    put(published_folder)
    source = PUBLISHED["fashion_mnist"]
    monkeypatch.setitem(PUBLISHED, "fashion_mnist", dataclasses.replace(source, urls=(NOWHERE, *source.urls)))
    assert len(load("fashion_mnist").test_images) == 3


def test_the_rest_of_a_killed_download_does_not_pass_unverified(published_folder, artifacts):
    put(published_folder)
    cache(artifacts).mkdir(parents=True)
    (cache(artifacts) / (FILES["train_images"] + ".gz.arriving")).write_bytes(b"half a file")
    assert len(load("fashion_mnist").train_images) == 6
