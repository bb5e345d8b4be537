"""Images as a model is fed with them: which, in what order, beside which targets."""

import numpy as np

from core.learn.batches import Batches, as_float

IMAGES = np.random.default_rng(0).integers(0, 256, (100, 28, 28, 1), np.uint8)


def batches(**settings):
    return Batches(
        **{"images": IMAGES, "target": lambda _, fed: fed, "batch_size": 32, "seed": 0, "mirror": False} | settings
    )


def used(epoch, **settings):
    """The image numbers of an epoch's batches, read off the targets."""
    return [targets.tolist() for _, targets in batches(target=lambda indices, _: indices, **settings).epoch(epoch)]


def test_an_epoch_uses_no_image_twice_and_leaves_out_the_odd_rest():
    numbers = used(0)
    assert [len(batch) for batch in numbers] == [32] * 3
    assert len({number for batch in numbers for number in batch}) == 96


def test_every_image_has_its_turn_in_some_epoch():
    assert {number for epoch in range(10) for batch in used(epoch) for number in batch} == set(range(100))


def test_the_order_depends_on_seed_and_epoch_alone():
    assert used(1) == used(1)
    assert used(1) != used(2)
    assert used(1, seed=0) != used(1, seed=1)


def test_images_are_fed_as_floats_beside_their_own_targets():
    for fed, numbers in batches(target=lambda indices, _: indices).epoch(0):
        assert fed.dtype == np.float32
        np.testing.assert_array_equal(fed, (IMAGES[numbers] / 255).astype(np.float32))


def test_mirroring_turns_about_half_of_the_images_left_to_right_and_never_their_numbers():
    turned = total = 0
    for epoch in range(5):
        for fed, numbers in batches(target=lambda indices, _: indices, mirror=True).epoch(epoch):
            for image, original in zip(fed, as_float(IMAGES[numbers]), strict=True):
                is_turned = np.array_equal(image, np.fliplr(original))
                assert is_turned or np.array_equal(image, original)
                turned, total = turned + is_turned, total + 1
    assert 0.4 < turned / total < 0.6


def test_targets_are_turned_with_the_images():
    for fed, target in batches(mirror=True).epoch(0):
        np.testing.assert_array_equal(fed, target)


def test_images_become_floats_from_0_to_1():
    np.testing.assert_array_equal(as_float(np.array([0, 51, 255], np.uint8)), np.array([0, 0.2, 1], np.float32))
