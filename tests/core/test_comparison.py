"""Two runs compared and one image described: the reports and commands against what is counted here; without labels, with noise."""

import json

import numpy as np
import pytest
import sklearn.manifold
import sklearn.metrics

from core.__main__ import main
from core.analyse.compare import matched
from core.comparison import comparison_report, image_report
from core.errors import InvalidInputError, StorageWriteError
from core.settings import ClusteringConfig, ProjectionConfig
from core.stages import STAGES, cluster_run, compute, compute_anyway, kept, missing
from core.stages.neighbours import NeighboursConfig, nearest_images
from tests.linear_runs import image_set, use, write

CONFIG = ClusteringConfig(6)
TEST, TRAIN, SHAPE = 60, 200, (12, 12, 1)


@pytest.fixture
def shapes(monkeypatch):
    return use(monkeypatch, image_set(4, train=TRAIN, test=TEST, shape=SHAPE))


@pytest.fixture
def pair(shapes):
    return write(shapes), write(shapes, seed=1)


@pytest.fixture
def unlabelled(monkeypatch):
    plain = use(monkeypatch, image_set(4, labelled=False, train=TRAIN, test=TEST, shape=SHAPE))
    return write(plain), write(plain, seed=1)


def labels(shapes):
    return {"train": shapes.train_labels, "test": shapes.test_labels}


def by_distance(run, split, index):
    """All other images as (split, index), nearest first."""
    everything = np.concatenate([run.test_embeddings, run.train_embeddings]).astype(np.float64)
    own = index if split == "test" else TEST + index
    away = np.sqrt(((everything - everything[own]) ** 2).sum(axis=1))
    away[own] = np.inf
    order = np.argsort(away, kind="stable")[:-1]
    return [("test", row) if row < TEST else ("train", row - TEST) for row in order.tolist()], away[order]


# --- the stages ----------------------------------------------------------------------------------------------------


def test_neighbours_are_computed_when_they_are_asked_for_and_kept(pair):
    run, _ = pair
    assert not {"neighbours", "map-trust"} & {name for name, _ in missing(run)}
    assert kept(run, "neighbours") is None
    found = compute(run, "neighbours")
    assert found.arrays["indices"].shape == (TEST, 15)
    own = run.test_embeddings.astype(np.float64)
    away = np.linalg.norm(own[:, None] - own, axis=2)
    np.fill_diagonal(away, np.inf)
    np.testing.assert_array_equal(found.arrays["indices"], np.argsort(away, axis=1, kind="stable")[:, :15])
    np.testing.assert_allclose(found.arrays["distances"], np.sort(away, axis=1)[:, :15], rtol=1e-5)
    assert kept(run, "neighbours").arrays.keys() == {"indices", "distances"}
    np.testing.assert_array_equal(kept(run, "neighbours").arrays["indices"], found.arrays["indices"])
    assert compute(run, "neighbours", NeighboursConfig(100)).arrays["indices"].shape == (TEST, TEST - 1)
    with pytest.raises(InvalidInputError, match="Number of neighbours is 0"):
        NeighboursConfig(0)


def test_the_trust_in_a_map_is_that_of_its_points(pair):
    run, _ = pair
    config = ProjectionConfig("pca")
    found = compute(run, "map-trust", config)
    points = kept(run, "map", config).arrays["points"]
    value = found.values
    assert value["invented"] == pytest.approx(
        sklearn.manifold.trustworthiness(run.test_embeddings, points, n_neighbors=15)
    )
    assert value["lost"] == pytest.approx(sklearn.manifold.trustworthiness(points, run.test_embeddings, n_neighbors=15))
    assert (value["neighbours"], value["images"]) == (15, TEST)
    for name in ("true", "invented", "lost"):
        array = kept(run, "map-trust", config).arrays[name]
        assert (array.dtype, array.shape) == (np.float32, (TEST,))
        assert value[name] == pytest.approx(array.mean(), abs=1e-6)
    assert STAGES["map-trust"].version > STAGES["map"].version  # another map's trust is another


def test_what_cannot_be_kept_is_computed_for_this_once(pair, monkeypatch):
    run, _ = pair
    assert compute_anyway(run, "neighbours", keep=False).arrays["indices"].shape == (TEST, 15)
    assert kept(run, "neighbours") is None

    def refuse(*arguments, **settings):
        raise StorageWriteError("read-only")

    monkeypatch.setattr("core.keep.results.check_writable", refuse)
    np.testing.assert_array_equal(
        compute_anyway(run, "neighbours").arrays["indices"],
        compute_anyway(run, "neighbours", keep=False).arrays["indices"],
    )
    assert kept(run, "neighbours") is None
    config = ProjectionConfig("tsne", 5)
    monkeypatch.setattr("core.analyse.maps.project", lambda rows, *more, **others: rows[:, :2].astype(np.float32))
    assert compute_anyway(run, "map-trust", config).arrays["true"].shape == (TEST,)  # nor is the map there, or kept
    assert kept(run, "map", config) is kept(run, "map-trust", config) is None


@pytest.mark.parametrize(("split", "index"), [("test", 0), ("test", TEST - 1), ("train", 0), ("train", TRAIN - 1)])
def test_the_nearest_images_are_looked_for_in_both_parts(pair, split, index):
    run, _ = pair
    expected, away = by_distance(run, split, index)
    found = nearest_images(run, split, index, 12)
    assert [one[:2] for one in found] == expected[:12]
    np.testing.assert_allclose([one.distance for one in found], away[:12], rtol=1e-5)
    assert len(nearest_images(run, split, index, 999)) == TEST + TRAIN - 1


# --- two runs ------------------------------------------------------------------------------------------------------


def test_the_report_counts_what_two_runs_say(pair, shapes):
    a, b = (cluster_run(run, CONFIG, labels(shapes)) for run in pair)
    report = comparison_report(*pair, CONFIG)
    own = shapes.test_labels
    said = a.predicted("test"), b.predicted("test")
    right = said[0] == own, said[1] == own
    assert report["named_differently"] == int((said[0] != said[1]).sum()) > 0
    assert report["right_only_a"] == int((right[0] & ~right[1]).sum())
    assert report["right_only_b"] == int((right[1] & ~right[0]).sum())
    assert report["right_both"] == int((right[0] & right[1]).sum())
    assert sum(report[f"right_{who}"] for who in ("only_a", "only_b", "both", "none")) == report["images"] == TEST
    assert report["right_only_a"] != report["right_only_b"]
    near = [compute(run, "neighbours").arrays["indices"] for run in pair]
    shared = [len(set(one) & set(other)) for one, other in zip(*(rows.tolist() for rows in near), strict=True)]
    assert report["neighbour_overlap"] == pytest.approx(np.mean([one / (30 - one) for one in shared]), abs=1e-6)
    for name, indices in zip("ab", near, strict=True):
        of_own = np.mean([sum(own[other] == own[row] for other in indices[row][:10]) for row in range(TEST)])
        assert report["neighbours_same_class"][name] == pytest.approx(of_own)
    clusters = a.assignments["test"], b.assignments["test"]
    assert report["ari"] == pytest.approx(sklearn.metrics.adjusted_rand_score(*clusters))
    assert report["nmi"] == pytest.approx(sklearn.metrics.normalized_mutual_info_score(*clusters))
    assert report["v_measure"] == pytest.approx(sklearn.metrics.v_measure_score(*clusters))
    shares = [np.sum((clusters[0] == mine) & (clusters[1] == theirs)) for mine, theirs in report["matched"]]
    assert shares == sorted(shares, reverse=True)
    assert report["matched"] == [list(pair) for pair in matched(a, b, "test")]
    assert {one["class"]: one["share_b"] - one["share_a"] for one in report["classes"]} == {
        name: pytest.approx(right[1][own == label].mean() - right[0][own == label].mean())
        for label, name in enumerate(shapes.info.class_names)
    }
    assert "noise" not in report
    turned = comparison_report(*pair[::-1], CONFIG)
    assert (turned["right_only_a"], turned["right_only_b"]) == (report["right_only_b"], report["right_only_a"])


def test_training_images_are_counted_without_neighbours(pair, shapes):
    report = comparison_report(*pair, CONFIG, "train")
    a, b = (cluster_run(run, CONFIG, labels(shapes)) for run in pair)
    assert report["named_differently"] == int((a.predicted("train") != b.predicted("train")).sum())
    assert (report["images"], report["neighbour_overlap"], report["neighbours_same_class"]) == (TRAIN, None, None)


def test_without_labels_what_needs_them_is_null(unlabelled, capsys):
    a, b = unlabelled
    assert main(["compare", a.id, b.id, "--clusters", "6", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    named = (
        "named_differently",
        "right_only_a",
        "right_only_b",
        "right_both",
        "right_none",
        "neighbours_same_class",
        "classes",
    )
    assert [report[name] for name in named] == [None] * len(named)
    assert 0 < report["neighbour_overlap"] < 1
    assert report["matched"] == [
        list(pair) for pair in matched(*(cluster_run(run, CONFIG, None) for run in unlabelled), "test")
    ]
    assert main(["compare", a.id, b.id, "--clusters", "6"]) == 0
    told = capsys.readouterr().out
    assert "overlap of the 15 nearest" in told
    assert "named" not in told


def test_noise_is_counted_by_itself(pair, shapes, capsys):
    command = ["compare", pair[0].id, pair[1].id, "--clusterer", "hdbscan", "--clusters", "20", "--json"]
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    a, b = (cluster_run(run, ClusteringConfig(20, method="hdbscan"), labels(shapes)) for run in pair)
    noise = [one.assignments["test"] == -1 for one in (a, b)]
    assert report["noise"] == {"a": noise[0].sum(), "b": noise[1].sum(), "both": (noise[0] & noise[1]).sum()}
    inside = ~(noise[0] | noise[1])
    clusters = [one.assignments["test"][inside] for one in (a, b)]
    assert report["ari"] == pytest.approx(sklearn.metrics.adjusted_rand_score(*clusters))


def test_the_command_prints_the_report(pair, capsys):
    a, b = pair
    arguments = ["compare", a.id, b.id, "--clusters", "6", "--scaling", "none"]
    assert main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads(json.dumps(comparison_report(a, b, ClusteringConfig(6, "none"))))
    assert main(arguments) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"named differently, of 60 {report['named_differently']}" in told
    assert f"of own class among the 10 nearest, A {report['neighbours_same_class']['a']:.2f}" in told
    assert f"{report['matched'][0][0]} {report['matched'][0][1]}" in told


def test_runs_of_different_sets_and_unknown_ones_are_told(pair, monkeypatch, capsys):
    other = write(use(monkeypatch, image_set(3, train=TRAIN, test=TEST, shape=SHAPE, name="others")))
    assert main(["compare", pair[0].id, other.id, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["error"] == "InvalidInputError"
    assert told["message"].startswith("Runs of 'shapes' and 'others'. Expected runs of one image set")
    assert main(["image", "3", "--run", pair[0].id, "--run", other.id]) == 1
    assert "Runs of 'shapes' and 'others'. Expected runs of one image set" in capsys.readouterr().err
    for arguments, words in (
        (["compare", pair[0].id, "nothing"], "nothing"),
        (["compare", pair[0].id, pair[1].id, "--split", "validation"], "Unknown split 'validation'"),
        (["compare", pair[0].id, pair[1].id, "--clusters", "1"], "Number of clusters is 1"),
    ):
        assert main(arguments) == 1
        assert words in capsys.readouterr().err


# --- one image -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("split", "index"), [("test", 7), ("train", 150)])
def test_an_image_is_described_under_every_run(pair, shapes, capsys, split, index):
    command = ["image", str(index), "--run", pair[0].id, "--run", pair[1].id, "--split", split, "--clusters", "6"]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == [run.id for run in pair]
    names = shapes.info.class_names
    for run in pair:
        one, found = report[run.id], cluster_run(run, CONFIG, labels(shapes))
        cluster = found.assignments[split][index]
        rows = (run.test_embeddings if split == "test" else run.train_embeddings).astype(np.float64)
        unit = rows[index] / np.linalg.norm(rows[index])
        away = np.linalg.norm(found.centroids - unit, axis=1)
        assert (one["image"], one["class"]) == (f"{split}.{index}", names[index % 4])
        assert (one["cluster"], one["label"]) == (cluster, names[found.cluster_labels[cluster]])
        assert (one["distance"], one["second_distance"]) == pytest.approx(sorted(away)[:2], rel=1e-5)
        expected, distances = by_distance(run, split, index)
        assert [near["image"] for near in one["neighbours"]] == [f"{part}.{place}" for part, place in expected[:10]]
        assert [near["class"] for near in one["neighbours"]] == [names[place % 4] for _, place in expected[:10]]
        assert [near["distance"] for near in one["neighbours"]] == pytest.approx(distances[:10], rel=1e-5)
    assert main(command) == 0
    told = capsys.readouterr().out
    assert f"{split}.{index}, {names[index % 4]}: in cluster {report[pair[0].id]['cluster']}" in told
    assert report[pair[1].id]["neighbours"][9]["image"] in told


def test_an_image_in_no_cluster_has_no_middle(pair):
    config = ClusteringConfig(20, method="hdbscan")
    found = cluster_run(pair[0], config, None)
    outside = int(np.flatnonzero(found.assignments["test"] == -1)[0])
    one = image_report(pair[0], "test", outside, config)
    assert (one["cluster"], one["label"], one["distance"]) == (-1, None, None)
    row = pair[0].test_embeddings[outside].astype(np.float64)
    assert one["second_distance"] == pytest.approx(
        np.linalg.norm(found.centroids - row / np.linalg.norm(row), axis=1).min(), rel=1e-5
    )


def test_an_image_without_a_label_has_no_class(unlabelled, capsys):
    run, _ = unlabelled
    one = image_report(run, "test", 3, CONFIG)
    assert (one["class"], one["label"], one["neighbours"][0]["class"]) == (None, None, None)
    assert one["cluster"] >= 0
    assert main(["image", "3", "--run", run.id, "--clusters", "6"]) == 0
    told = capsys.readouterr().out
    assert f"test.3: in cluster {one['cluster']}\n" in told
    assert "class" not in told


@pytest.mark.parametrize("index", ["60", "-1"])
def test_an_image_that_is_not_there_is_told(pair, capsys, index):
    assert main(["image", index, "--run", pair[0].id, "--clusters", "6", "--json"]) == 1
    message = json.loads(capsys.readouterr().out)["message"]
    assert message == f"Image {index} of Shapes (test) was asked for. Expected a number from 0 to 59."


def test_the_command_needs_a_run_and_a_number(capsys):
    assert main(["image", "3"]) == 2
    assert main(["image", "third", "--run", "some"]) == 2
    assert "INDEX: invalid int value: 'third'" in capsys.readouterr().err
