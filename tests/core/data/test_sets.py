"""What holds for every image set, and the small digits."""

import numpy as np
import pytest

from core.data import PUBLISHED, dataset_info, find, image_sets, load, read_part, read_rows
from core.data.digits import parts
from core.errors import InvalidInputError, UnknownNameError


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_registry_says_what_people_need_to_know(name):
    info = dataset_info(name)
    assert info.name == name
    assert len(info.class_names) == len(set(info.class_names)) == 10
    assert info.licence
    assert 0 < info.validation_size < info.train_size
    assert info.mirror == (name == "fashion_mnist")  # a mirrored digit is no digit


def test_digits_have_the_shape_of_the_others(digits):
    assert digits.train_images.shape == (1437, 28, 28, 1)
    assert digits.test_images.shape == (360, 28, 28, 1)
    assert digits.train_images.dtype == digits.train_labels.dtype == np.uint8
    assert digits.train_images.min() == 0
    assert digits.train_images.max() == 255


def test_digits_split_is_always_the_same(digits):
    again = parts.__wrapped__()  # not those that are kept
    np.testing.assert_array_equal(again["train_images"], digits.train_images)
    np.testing.assert_array_equal(again["test_labels"], digits.test_labels)
    assert digits.test_labels[:12].tolist() == [7, 6, 3, 7, 7, 3, 2, 8, 9, 3, 2, 6]


def test_digits_split_holds_a_fifth_of_every_class(digits):
    test, train = np.bincount(digits.test_labels), np.bincount(digits.train_labels)
    np.testing.assert_allclose(test, (test + train) / 5, atol=1)
    both = np.concatenate([digits.train_images, digits.test_images]).reshape(1797, -1)
    assert len(np.unique(both, axis=0)) == 1797  # nothing is in both parts


def test_validation_images_are_the_last_training_images(digits):
    assert digits.fit_slice == slice(0, 1437 - 180)
    assert digits.validation_slice == slice(1437 - 180, 1437)


def test_a_part_of_digits_can_be_read_alone(digits):
    np.testing.assert_array_equal(read_part("digits", "test_labels"), digits.test_labels)


@pytest.mark.parametrize("call", [lambda: load("cifar10"), lambda: dataset_info(None), lambda: find("Mnist", "x")])
def test_an_unknown_dataset_lists_the_known_ones(call):
    with pytest.raises(UnknownNameError, match="digits, fashion_mnist, mnist"):
        call()


def test_an_unknown_part_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"'labels'.*test_images, test_labels"):
        read_part("digits", "labels")


def test_the_sets_are_listed_with_the_bundled_one_first(artifacts):
    assert list(image_sets()) == ["fashion_mnist", "mnist", "digits"]


@pytest.mark.parametrize("name", ["fashion_mnist", "digits"])
def test_rows_are_those_images_of_the_part_in_the_order_asked_for(name):
    rows = read_rows(name, "test", [5, 0, 5, 359])
    np.testing.assert_array_equal(rows, read_part(name, "test_images")[[5, 0, 5, 359]])
    assert read_rows(name, "test", []).shape == (0, 28, 28, 1)


@pytest.mark.parametrize(("index", "words"), [(-1, "Image -1"), (360, "Image 360.*0 to 359")])
def test_a_row_that_is_not_there_is_told(index, words):
    with pytest.raises(InvalidInputError, match=words):
        read_rows("digits", "test", [0, index])
