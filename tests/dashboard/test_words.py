"""What the pages say, to the digit."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.settings import ClusteringConfig, RunConfig
from dashboard import words
from dashboard.run_words import SCORES, facts, score_columns
from dashboard.view import Shown

# Each number is another's only once, so that one in the place of another is noticed.
METRICS = {
    "reconstruction_mse": 0.01234, "reconstruction_ssim": 0.6543, "knn_accuracy": 0.8767, "linear_probe_accuracy": 0.4321,
    "trustworthiness": {"pca": 0.91}, "stability": 0.2222,
    "clustering": {"accuracy": 0.7111, "nmi": 0.5666, "silhouette": 0.1333, "clusters": 20},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch):
    """The runs here are on no disk."""
    monkeypatch.setattr("dashboard.run_words.kept", lambda run, stage: None)


def a_run(metrics=METRICS, gentler=None, **settings) -> SimpleNamespace:
    def score(*path):
        found = metrics
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    config = RunConfig(**settings)
    summary = {"precision": "float32", "backend": "x", "timings": {"data": 90.0}, "libraries": {"keras": "3"}}
    history = [{"epoch": 1, "loss": 0.5} | ({"gentler": gentler} if gentler else {})]
    return SimpleNamespace(
        config=config, id=config.run_id, metrics=metrics, score=score, summary=summary, history=history
    )


def shown(*runs) -> dict[str, Shown]:
    return {run.config.loss: Shown(run, run.config.loss, run.config.loss.upper(), "#000000") for run in runs}


def test_a_card_says_each_number_in_its_place():
    score = {"accuracy": 0.7123, "error": 0.00452, "nmi": 0.5555, "purity": 0.1, "ari": 0.2, "hungarian": 0.3}
    numbers = words.card(a_run(), score, None)
    assert {one.title: one.text for one in numbers} == {
        "Right class": "71.2 % ± 0.9", "k-NN": "87.7 %", "Agreement (NMI)": "0.555", "Pixel error": "0.0123",
    }  # fmt: skip
    assert "Structural similarity (SSIM): 0.654." in numbers[-1].help


def test_a_card_without_labels_says_what_needs_none():
    numbers = words.card(a_run(), {}, 0.3456)
    assert [(one.title, one.text) for one in numbers] == [("Silhouette", "0.346"), ("Pixel error", "0.0123")]


def test_the_columns_of_runs_hold_each_score_in_its_place():
    other = a_run({"reconstruction_mse": 0.5, "clustering": {"silhouette": 0.9}}, seed=1)
    columns = {score.title: values for score, values in score_columns([a_run(), other]).values()}
    assert columns == {
        "Right class": [pytest.approx(71.11), None], "NMI": [0.5666, None], "Silhouette": [0.1333, 0.9],
        "k-NN": [pytest.approx(87.67), None], "Pixel error": [0.01234, 0.5], "SSIM": [0.6543, None], "Stability": [0.2222, None],
    }  # fmt: skip


def test_a_score_that_is_added_is_a_column_and_one_that_no_run_has_is_none():
    columns = score_columns([a_run({"reconstruction_mse": 0.5, "roundness_of_shapes": 0.25, "made": {"of": 1}})])
    assert {name: (score.title, values) for name, (score, values) in columns.items()} == {
        "reconstruction_mse": ("Pixel error", [0.5]),
        "roundness_of_shapes": ("Roundness of shapes", [0.25]),
    }


def test_scores_are_said_in_their_own_form():
    assert SCORES[("knn_accuracy",)].text(0.8512) == "85.1 %"
    assert SCORES[("reconstruction_mse",)].text(0.01126) == "0.0113"
    assert SCORES[("reconstruction_ssim",)].text(None) == "–"


def test_the_facts_of_a_run_hold_each_number_by_its_name():
    known = facts(a_run(images=20_000))
    assert known["Images learnt from"] == 20_000
    assert known["Loss"] == "Perceptual"
    assert known["k-NN"] == "87.7 %"
    assert known["Linear probe accuracy"] == "43.2 %"
    assert known["Clusters: right class"] == "71.1 %"
    assert known["Clusters: NMI"] == 0.5666
    assert known["Loss network: Epochs"] == 10
    assert known["Minutes: data"] == 1.5
    assert "Begun again more gently" not in known


@pytest.mark.parametrize(("times", "words"), [(1, "once"), (2, "2 times")])
def test_the_facts_of_a_run_tell_that_its_training_began_again_more_gently(times, words):
    assert facts(a_run(gentler=times))["Begun again more gently"] == words


def test_names_are_listed_as_people_do():
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"]) == "a and b"
    assert words.listed([5, 10, 20], "or") == "5, 10 or 20"


def test_a_headline_without_labels_names_the_lowest_error_first():
    runs = shown(a_run(loss="mse"), a_run(loss="perceptual"), a_run(loss="bce"))
    errors = {
        "perceptual": np.array([0.0808, 0.09]),
        "mse": np.array([0.0102, 0.0122]),
        "bce": np.array([0.0104, 0.0124]),
    }
    assert words.headline_of_errors(errors, runs) == (
        "MSE redraws pixels most exactly: an error of 0.0112, PERCEPTUAL has 0.0854"
    )
    assert words.headline_of_errors({"mse": errors["mse"]}, runs) == (
        "MSE redraws the images with a pixel error of 0.0112"
    )


def test_a_headline_without_labels_tells_a_difference_only_beyond_its_95_percent_interval():
    runs = shown(a_run(loss="mse"), a_run(loss="bce"))
    # Differences 0 and .0002: .0001 on average, with a standard error of .0001 / sqrt(2), of which 1.96 are .00014.
    errors = {"mse": np.array([0.01, 0.01]), "bce": np.array([0.01, 0.0102])}
    assert words.headline_of_errors(errors, runs) == (
        "These models redraw pixels about equally exactly: with an error of 0.0100"
    )
    more = {
        key: np.tile(of_model, 2) for key, of_model in errors.items()
    }  # of four images .00005, 1.96 of which are .000098
    assert words.headline_of_errors(more, runs) == (
        "MSE redraws pixels most exactly: an error of 0.0100, BCE has 0.0101"
    )


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([], ""),
        ([a_run(loss="mse")], "Below, one was trained with the loss Pixel MSE."),
        ([a_run(loss="mse"), a_run(loss="bce")], "with each loss; only the loss differs."),
        ([a_run(loss="mse", latent=5), a_run(loss="bce", latent=10)], "with each loss."),
        ([a_run(loss="mse", seed=1), a_run(loss="bce")], "with each loss."),
    ],
)
def test_an_introduction_claims_no_more_than_is_so(runs, said):
    text = words.introduction((28, 28, 1), [10], shown(*runs))
    assert said in text
    assert ("was trained" in text) == bool(runs)


def test_runs_of_one_loss_are_introduced_by_their_titles():
    runs = {
        "a": Shown(a_run(), "a", "Perceptual", "#000000"),
        "b": Shown(a_run(seed=1), "b", "Perceptual, seed 1", "#0"),
    }
    text = words.introduction((28, 28, 1), [10], runs).replace("\\", "")
    assert "was trained 2 times: Perceptual; Perceptual, seed 1." in text


def test_a_remark_is_made_where_a_loss_that_sees_is_compared_with_one_that_does_not():
    both = shown(a_run(loss="mse"), a_run(loss="perceptual"))
    assert "the perceptual model is not asked for a likeness" in words.remark(both, ["perceptual"])
    assert "learnt from labels" in words.remark(both, ["perceptual"])
    # Its read-out, or a collapsed model, is not excused.
    assert "likeness" not in words.remark(both, ["mse"])
    assert "learnt from labels" in words.remark(both, [])
    assert words.remark(shown(a_run(loss="perceptual")), ["perceptual"]) == ""
    assert words.remark(shown(a_run(loss="mse"), a_run(loss="bce")), ["mse", "bce"]) == ""


def test_plus_or_minus_is_a_95_percent_interval():
    assert words.half_interval(0.01) == pytest.approx(0.0196)
    assert words.accuracy({"accuracy": 0.5, "error": 0.02}) == "50.0 % ± 3.9"


def test_the_chart_over_the_latent_size_says_what_it_shows():
    points = {
        "mse": [(2, 0.58, 0), (10, 0.9, 0), (20, 0.721, 0)],
        "bce": [(10, 0.7, 0)],
        "perceptual": [(2, 0.83, 0), (20, 0.79, 0)],
    }
    runs = shown(*(a_run(loss=loss) for loss in points))
    assert words.latent_title(points, runs).replace("\u00a0", " ") == (
        "With 20 numbers in place of 2, right class goes from 58 to 72 % under MSE and from 83 to 79 % under PERCEPTUAL"
    )
    assert words.latent_title({"bce": points["bce"]}, runs) == "Right class against latent size"


def test_what_is_counted_is_explained_by_how_it_is_clustered():
    usual = words.explanation(ClusteringConfig(7), "unseen test images")
    assert usual.startswith("k-means sorts the numbers of the training images into **7 groups**")
    assert usual.endswith("Counted on unseen test images; lines on the bars are 95 % intervals.")
    assert "counts as wrong" not in usual
    dense = words.explanation(ClusteringConfig(7, method="hdbscan"), "training images")
    assert dense.startswith("HDBSCAN sorts the numbers of the training images into **groups**")
    assert "An image that is in no group counts as wrong." in dense


def test_the_glossary_counts_the_images_of_the_split():
    assert "**Unseen test images**: 360 pictures that were used neither" in words.glossary(
        ClusteringConfig(), "test", 360
    )
    assert "**Training images**: 1,437 pictures by which" in words.glossary(ClusteringConfig(), "train", 1437)


def test_silhouettes_are_a_column_only_where_a_run_has_no_classes():
    assert "Silhouette" not in [score.title for score, _ in score_columns([a_run(), a_run()]).values()]


def test_the_strip_says_of_how_many_classes_it_shows_an_image():
    assert words.strip_caption(10, 10).startswith("One unseen test image of each class, and")
    assert words.strip_caption(10, 1600).startswith("One unseen test image of each of 10 classes, of 1,600, and")
    assert words.strip_caption(10, 0).startswith("Some unseen test images, and")


def test_too_few_clusters_for_the_classes_are_told():
    assert words.too_few_clusters(20, 26) == (
        "Of the 26 classes at most 20 have a cluster named after them: images of the others count as wrong."
    )
    assert words.too_few_clusters(26, 26) == words.too_few_clusters(2, 0) == ""
