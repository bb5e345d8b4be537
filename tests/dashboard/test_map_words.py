"""What the embedding map says, in words and numbers."""

from types import SimpleNamespace

import numpy as np

from dashboard import map_words


def test_which_images_are_counted():
    assert map_words.counted([("test", 10_000)]) == "the 10,000 unseen test images"
    assert map_words.counted([("test", 360), ("train", 1437)]) == "all 1,797 images (360 test and 1,437 train)"


def test_the_share_in_a_cluster_of_their_class_or_how_many_clusters_there_are():
    found = SimpleNamespace(labelled=True)
    assert map_words.right_share(found, np.array([1, 2, 3]), np.array([1, 2, -1])) == "right class 66.7 %"
    found = SimpleNamespace(labelled=False, centroids=np.zeros((7, 2)))
    assert map_words.right_share(found, None, None) == "7 clusters"


def test_how_far_a_map_is_to_be_trusted():
    assert map_words.kept_by_map(0.32, 15, 0.9951) == "4.8 of 15 neighbours are true, trustworthiness 0.995"
    assert map_words.kept_by_map(0.0, 15, None) == "0.0 of 15 neighbours are true"
    assert map_words.kept_by_map(None, 15, 0.9951) == "trustworthiness 0.995"
    assert map_words.kept_by_map(None, 15, None) == ""


def test_the_neighbours_that_models_share_and_what_is_known_of_test_images_only():
    assert map_words.shared(np.array([4, 5]), 15, ["a*b"]) == r"shares 4.5 of 15 neighbours with a\*b"
    assert map_words.shared(np.array([4, 6]), 15, ["A", "B"]) == "shares 5.0 of 15 neighbours with the others"
    assert map_words.on_test_images("trustworthiness 0.995", True) == "of the test images: trustworthiness 0.995"
    assert map_words.on_test_images("trustworthiness 0.995", False) == "trustworthiness 0.995"
    assert map_words.on_test_images("", True) == ""


def test_what_is_chosen():
    assert map_words.chosen_title(1, "MSE") == "1 image chosen on the MSE map"
    assert map_words.chosen_title(1200, "a*b") == r"1,200 images chosen on the a\*b map"
    assert map_words.classes_listed(np.array([2, 0, 2, 2]), ["Bag", "Coat", "Dress"]) == "**Dress** 3, **Bag** 1"
    many = map_words.classes_listed(np.arange(14), [f"c{number}" for number in range(14)])
    assert many.startswith("**c0** 1, **c1** 1")
    assert many.endswith("**c11** 1 and 2 more")
    shares = {"MSE": 0.714, "Perceptual": 0.88}
    assert map_words.right_listed(shares) == "Right class: MSE **71 %**, Perceptual **88 %**"


def test_the_neighbours_of_a_pinned_image():
    assert map_words.neighbours_title("MSE", 10, 7) == "**MSE**: its 10 nearest, 7 of its class"
    assert map_words.neighbours_title("MSE", 10, None) == "**MSE**: its 10 nearest"


def test_what_stands_where_nothing_is_chosen():
    assert "30 of 10,000 dots stand out" in map_words.nothing_chosen(30, 10_000)
    assert "10,000 dots a map. Nothing chosen yet" in map_words.nothing_chosen(None, 10_000)
    assert map_words.not_inside("class", False).startswith("None of the chosen class lies")
    assert map_words.not_inside("cluster", True).startswith("None of the chosen clusters lies")
