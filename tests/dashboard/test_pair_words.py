"""What *Disagreement* and *Clusters across models* say of two clusterings of ten images, counted by hand."""

import numpy as np
import pytest

from core.analyse.compare import compare
from core.analyse.disagreement import totals
from core.analyse.flow import flow
from dashboard import across_words, disagreement_words, pair_charts
from tests.core.analyse.test_compare import a, b, bare_a, bare_b

FOUND = compare(a, b, "test")
NAMES = ("coat", "shirt", "bag*")


def test_how_many_images_are_named_differently_and_who_is_right():
    assert disagreement_words.naming(totals(FOUND), "A*", "B") == (
        "A\\* and B name **4 of 10** unseen test images differently: 1 is right only under A\\*, 2 only under B, and 1 under neither. "
        "Of the 6 that both name alike, 6 are right and 0 wrong."
    )
    assert disagreement_words.naming(totals(compare(a, a, "test")), "A", "B") == (
        "A and B name **0 of 10** unseen test images differently. Of the 10 that both name alike, 7 are right and 3 wrong."
    )


def test_neighbours_in_common_are_averaged_over_images():
    shared = np.array([0, 3, 3, 10])
    said = disagreement_words.neighbourhoods(shared, np.array([0, 1 / 9, 1 / 9, 0.5]), 15)
    assert said.startswith(
        "On average **4.0 of an image's 15 nearest** are the same under both (overlap 0.181); 25.0 % of"
    )
    assert disagreement_words.alike_by_chance(10_000, 15) == "By chance it would be 0.023 of 15."


@pytest.mark.parametrize(
    ("shown", "total", "narrowed", "said"),
    [
        (range(20, 40), 2769, ["Coat"], "**2,769** images, Coat; here are 21 to 40. Fewest neighbours in common."),
        (range(0, 1), 1, [], "**1** image. Fewest neighbours in common."),
        (range(0), 0, ["Coat", "a*b"], "No image is left, Coat, a\\*b. Take a choice back to see more."),
    ],
)
def test_which_images_are_listed(shown, total, narrowed, said):
    assert disagreement_words.listed(shown, total, "overlap", narrowed) == said


def test_a_verdict_is_said_in_words_and_signs():
    assert disagreement_words.verdict("Coat", True) == "✓ Coat"
    assert disagreement_words.verdict("Coat", False) == "✗ Coat"
    assert disagreement_words.verdict(None, False) == "✗ in no cluster"
    assert disagreement_words.verdict(None, None) == ""


def test_how_many_images_stay_in_matched_clusters():
    # a 0 shares 2 with b 3, a 1 shares 2 with b 0, a 2 shares 1 with b 2.
    assert FOUND.matched == [(0, 3), (1, 0), (2, 2)]
    said = across_words.together(FOUND, "A", "B", "unseen test images")
    assert "**5 of 10** unseen test images (50.0 %) are in matched clusters; the others" in said
    assert "no cluster" not in said


def test_measures_of_agreement_that_are_none_are_a_dash():
    ari, nmi, v = across_words.agreement({"ari": 0.1234, "nmi": 0.5, "v_measure": float("nan")})
    assert (ari.text, nmi.text, v.text) == ("0.123", "0.500", "–")
    # One image of ten is in no cluster of b.
    said = "How far they agree on the 9 images that both put in a cluster: ARI **0.123** · NMI **0.500**"
    assert across_words.agree(FOUND, [ari, nmi]) == said
    assert across_words.agree(compare(a, a, "test"), [ari]) == "How far they agree: ARI **0.123**"


def test_measures_of_shared_clusters_say_what_their_ends_mean():
    said = (
        "ARI **0.12** (0 is chance, 1 the same clusters) · NMI **0.50** (1 the same clusters; not corrected for chance)"
    )
    assert across_words.shared_clusters(0.1234, 0.5) == said


def test_colours_that_repeat_are_told():
    assert across_words.colours_repeat(12, 12) == ""
    assert across_words.colours_repeat(13, 12).startswith(" After pair 12 the colours begin anew")


def test_gains_and_losses_are_told_by_class():
    gains = FOUND.gains
    assert [across_words.shares(one) for one in gains] == ["67 % → 100 %", "75 % → 100 %", "67 % → 33 %"]
    assert across_words.gains_headline(gains, NAMES, "A", "B") == (
        "Under B 2 images are right that were not under A, and 1 are no longer. **shirt** gains most (67 % → 100 %), **bag\\*** loses "
        "most (67 % → 33 %)."
    )
    assert (
        across_words.gain(gains[2], "bag", "A", "B")
        == "bag: 67 % right under A, 33 % under B; 0 of 3 images gained, 1 lost"
    )


def test_what_became_of_a_mix_up():
    said = across_words.change("Shirt", "Pullover", (191, 30, 12), "A", "B")
    assert said == "**Shirt** put with **Pullover**: 221 under A, 42 under B. B puts 191 of those 221 elsewhere."
    said = across_words.change("Shirt", "Shirt", (1, 2, 3), "A", "B")
    assert said == "**Shirt** rightly found: 3 under A, 5 under B. 3 gained, 1 lost."
    assert (
        across_words.change("Shirt", "Coat", (0, 0, 3), "A", "B")
        == "**Shirt** put with **Coat**: 0 under A, 3 under B."
    )


def test_classes_of_a_list_are_counted_the_most_first():
    labels = np.array([1, 1, 1, 0, 0, 2])
    assert across_words.mix(labels, NAMES) == "3 shirt, 2 coat and 1 bag\\*"
    many = tuple(f"c{number}" for number in range(7))
    assert across_words.mix(np.arange(7), many) == "1 c0, 1 c1, 1 c2, 1 c3 and 3 of 3 other classes"


def test_what_is_not_drawn_is_told():
    table = compare(bare_a, bare_b, "test").table
    matched = compare(bare_a, bare_b, "test").matched
    assert across_words.drawn(flow(table, matched, 9, 99), (3, 4)) == ""
    # Of a the pair (0, 3) alone, of b likewise.
    said = across_words.drawn(flow(table, matched, 1, 99), (3, 4))
    # Images 3, 4, 5, 7 and 8: the others are in cluster 0 of a, in cluster 3 of b, or in none.
    assert said == (
        "The 1 of 3 and 1 of 4 clusters that the largest streams join are drawn, all others of a side together; 5 images between "
        "those are not drawn."
    )
    images, streams = flow(table, matched, 9, 2).unseen
    assert across_words.drawn(flow(table, matched, 9, 2), (3, 4)) == (
        f"{streams} more streams with {images} images in all are too small to draw."
    )


def test_bars_count_images_by_neighbours_in_common():
    (bars,) = pair_charts.shared_neighbours(np.array([0, 0, 2]), 3, marked=2)["data"]
    assert bars["y"].tolist() == [2, 0, 1, 0]
    assert bars["marker"]["color"][2] != bars["marker"]["color"][0]


def test_the_difference_of_matrices_is_in_percent_of_the_class_on_a_scale_even_both_ways():
    sizes = np.array([4, 3, 3])
    drawn = pair_charts.difference_matrix(
        FOUND.confusion_difference, sizes, NAMES, titles=("A", "B"), part=np.arange(3), marked=(1, 0)
    )
    (cells,) = drawn["data"]
    # Class 0: one of four more is right, one less is called 1. Class 1: one of three. Class 2: one moves from 2 to 1, one from 1 to none.
    assert cells["z"].tolist() == [[25, -25, 0], [-33.33, 33.33, 0], [0, 0, -33.33]]
    assert cells["zmax"] == -cells["zmin"] == pytest.approx(100 / 3)
    texts = {(one["y"], one["x"]): one["text"] for one in drawn["layout"]["annotations"]}
    assert texts["shirt", "coat"] == "−33"
    assert texts["coat", "coat"] == "+25"
    assert len(drawn["layout"]["shapes"]) == 1
