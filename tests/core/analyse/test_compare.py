"""Two clusterings of the same ten images compared, counted by hand; with other numbers of clusters, with noise, without labels."""

import math

import numpy as np
import pytest
import sklearn.metrics

from core.analyse import compare
from core.analyse.clustering import Clustering, contingency
from core.analyse.compare import BOTH, NEITHER, ONLY_A, ONLY_B
from core.errors import InvalidInputError, UnknownNameError
from core.settings import ClusteringConfig

#         image  0  1  2  3  4  5  6  7  8  9
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
A = np.array([0, 0, 0, 1, 1, 1, 0, 2, 2, 1])  # clusters 0, 1, 2 are named 0, 1, 2
B = np.array([3, 3, 1, 1, 0, 0, 0, 0, 2, -1])  # of five clusters, one empty, named 1, 0, 2, 0, 2; one image in none


def clustering(assignments, names, labels=LABELS):
    k, labelled = len(names), labels is not None
    return Clustering(
        config=ClusteringConfig(max(2, k)), model={"centroids": np.zeros((k, 2), np.float32)},
        assignments={"test": np.int16(assignments)}, distances={"test": np.zeros(len(assignments))}, inertia=0.0,
        labels={"test": labels} if labelled else None,
        counts=dict.fromkeys(("train", "test"), contingency(np.array(assignments), labels, k, 3)) if labelled else {},
        cluster_labels=np.array(names if labelled else [], np.int64),
    )  # fmt: skip


a, b = clustering(A, [0, 1, 2]), clustering(B, [1, 0, 2, 0, 2])
bare_a, bare_b = clustering(A, [0, 1, 2], None), clustering(B, [1, 0, 2, 0, 2], None)
# What is said:  a  0 0 0 1 1 1 0 2 2 1      right: y y y n y y n y y n
#                b  0 0 0 0 1 1 1 1 2 -             y y y y y y y n y n


def test_images_named_differently_are_those_that_get_another_name():
    assert np.flatnonzero(compare.named_differently(a, b, "test")).tolist() == [3, 6, 7, 9]
    assert not compare.named_differently(b, b, "test").any()


def test_who_is_right():
    expected = [BOTH, BOTH, BOTH, ONLY_B, BOTH, BOTH, ONLY_B, ONLY_A, BOTH, NEITHER]
    assert compare.verdicts(a, b, "test").tolist() == expected
    assert np.flatnonzero(compare.right_only(a, b, "test")).tolist() == [7]
    assert np.flatnonzero(compare.right_only(b, a, "test")).tolist() == [3, 6]


def test_images_of_one_class_that_lie_in_clusters_of_another():
    assert np.flatnonzero(compare.put_with(a, "test", 1, 0)).tolist() == [6]
    assert np.flatnonzero(compare.put_with(b, "test", 2, 1)).tolist() == [7]
    assert not compare.put_with(b, "test", 1, 0).any()


def test_what_each_class_gains_and_loses():
    first, second, third = compare.class_gains(a, b, "test")
    assert first == (1, 3, 2 / 3, 1, 1, 0)  # a third of its images
    assert second == (0, 4, 3 / 4, 1, 1, 0)  # a quarter
    assert third == (2, 3, 2 / 3, 1 / 3, 0, 1)
    assert third.difference == pytest.approx(-1 / 3)
    assert [one.label for one in compare.class_gains(b, a, "test")] == [2, 0, 1]


def test_a_class_without_images_gains_nothing():
    labels = np.where(LABELS == 1, 3, LABELS)
    found = compare.class_gains(clustering(A, [0, 1, 2], labels), clustering(B, [1, 0, 2, 0, 2], labels), "test")
    assert sorted(one.label for one in found) == [0, 2, 3]


def test_the_difference_of_the_confusion_matrices():
    # a: class 0 as 0 3 times, as 1 once; 1 as 1 twice, as 0 once; 2 as 2 twice, as 1 once. b: 4, 0; 3, 0; 1, 1 and one in none.
    assert compare.confusion_difference(a, b, "test").tolist() == [[1, -1, 0], [-1, 1, 0], [0, 0, -1]]


def test_the_table_counts_noise_in_the_last_row_and_column():
    expected = [[1, 1, 0, 2, 0, 0], [2, 1, 0, 0, 0, 1], [1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]]
    assert compare.table(a, b, "test").tolist() == expected
    assert compare.table(b, a, "test").tolist() == np.transpose(expected).tolist()
    assert compare.noise(a, b, "test") == {"a": 0, "b": 1, "both": 0}
    assert compare.noise(b, b, "test") == {"a": 1, "b": 1, "both": 1}


def test_clusters_are_matched_so_that_most_images_are_shared():
    # 0 with 3 and 1 with 0 share two each, 2 with 2 one; clusters 1 and 4 of b have no partner.
    assert compare.matched(a, b, "test") == [(0, 3), (1, 0), (2, 2)]
    assert compare.matched(b, a, "test") == [(0, 1), (3, 0), (2, 2)]
    assert compare.matched(bare_a, bare_b, "test") == compare.matched(a, b, "test")


def test_not_every_cluster_gets_the_one_it_shares_most_with():
    one = clustering(np.repeat([0, 0, 1], [4, 3, 3]), [0, 0])
    other = clustering(np.repeat([0, 1, 0], [4, 3, 3]), [0, 0])
    # Both share most with 0, the first of them four; but three and three are more than four and none.
    assert compare.matched(one, other, "test") == [(0, 1), (1, 0)]


def test_clusters_that_share_no_image_are_not_matched():
    one, other = clustering([0, 0, 1] + [0] * 7, [0, 0, 0]), clustering([1, 1, 1] + [1] * 7, [0, 0, 0])
    assert compare.matched(one, other, "test") == [(0, 1)]


def test_images_whose_cluster_does_not_fit_have_moved():
    assert np.flatnonzero(compare.moved(a, b, "test")).tolist() == [2, 3, 6, 7, 9]
    assert not compare.moved(b, b, "test").any()  # noise stays noise
    assert np.flatnonzero(compare.moved(b, a, "test")).tolist() == [2, 3, 6, 7, 9]


def test_agreement_is_scikit_learns_of_what_is_in_a_cluster_of_both():
    found = compare.agreement(bare_a, bare_b, "test")
    inside = B >= 0
    assert found == {
        "ari": pytest.approx(sklearn.metrics.adjusted_rand_score(A[inside], B[inside])),
        "nmi": pytest.approx(sklearn.metrics.normalized_mutual_info_score(A[inside], B[inside])),
        "v_measure": pytest.approx(sklearn.metrics.v_measure_score(A[inside], B[inside])),
    }
    assert found["ari"] < 0 < found["nmi"] < 1
    assert compare.agreement(b, b, "test") == dict.fromkeys(found, pytest.approx(1))
    nothing = clustering(np.full(10, -1), [0, 1])
    assert all(math.isnan(value) for value in compare.agreement(a, nothing, "test").values())
    assert compare.matched(a, nothing, "test") == []


def test_all_at_once_is_what_each_says():
    near = np.arange(30).reshape(10, 3)
    found = compare.compare(a, b, "test", (near, near + 1))
    np.testing.assert_array_equal(found.named_differently, compare.named_differently(a, b, "test"))
    np.testing.assert_array_equal(found.right_only_a, compare.right_only(a, b, "test"))
    np.testing.assert_array_equal(found.right_only_b, compare.right_only(b, a, "test"))
    np.testing.assert_array_equal(found.moved, compare.moved(a, b, "test"))
    assert found.overlap.tolist() == [0.5] * 10  # two of four
    assert (found.images, found.matched) == (10, compare.matched(a, b, "test"))
    assert found.gains == compare.class_gains(a, b, "test")


def test_without_labels_there_is_all_but_names():
    found = compare.compare(bare_a, bare_b, "test")
    named = (
        "named_differently",
        "right_only_a",
        "right_only_b",
        "verdicts",
        "gains",
        "confusion_difference",
        "overlap",
    )
    assert [getattr(found, name) for name in named] == [None] * len(named)
    assert found.matched == compare.matched(a, b, "test")
    for ask in (compare.named_differently, compare.right_only, compare.verdicts, compare.class_gains):
        with pytest.raises(InvalidInputError, match="no labels"):
            ask(bare_a, bare_b, "test")


def test_clusterings_of_other_images_are_told():
    with pytest.raises(InvalidInputError, match="Clusterings of 10 and 4 test images"):
        compare.matched(a, clustering(B[:4], [0, 1, 2, 0], LABELS[:4]), "test")
    with pytest.raises(UnknownNameError, match="'validation'"):
        compare.agreement(a, b, "validation")
