import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from core.keep.runs import Run, delete_run, write_run
from core.settings import LOSSES, ClusteringConfig, RunConfig
from dashboard import queries, words
from tests.dashboard.conftest import PAGES, as_shown, open_page, texts


def copy_of(run: Run, config: RunConfig) -> Run:
    """The same files under other settings."""

    def fill(path):
        for name in {file.name for file in run.path.iterdir()} - {"config.json", "manifest.json"}:
            shutil.copy(run.path / name, path)

    return write_run(config, fill)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_the_bundled_runs(page, bundled_only):
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert app.title[0].value
    assert app.sidebar.selectbox(key="dataset").value == "fashion_mnist"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_a_store_of_another_dataset(page, digits_store):
    app = open_page(page, dataset="Digits (small)", latent="4")
    assert not app.exception
    assert not app.error
    assert "Not trained yet" not in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_store(page, artifacts, monkeypatch):
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    app = open_page(page)
    assert not app.exception
    assert not app.error
    assert app.sidebar.selectbox(key="dataset").value == "fashion_mnist"


@pytest.mark.parametrize("page", PAGES)
def test_one_and_all_losses_can_be_compared(page, bundled_only):
    app = open_page(page)
    for chosen in ([LOSSES["bce"].title], [choice.title for choice in LOSSES.values()]):
        app.button_group(key="losses").set_value(
            [name for name, choice in LOSSES.items() if choice.title in chosen]
        ).run()
        assert not app.exception


def test_a_link_reproduces_the_view(bundled_only):
    app = open_page("overview", k="7", scaling="None", split="Train", latent="5", losses="Cross-entropy")
    assert app.number_input(key="k").value == 7
    assert app.select_slider(key="k_slider").value == 7
    assert "5 numbers" in texts(app)
    assert LOSSES["bce"].title in texts(app)
    assert "● Pixel MSE" not in texts(app).replace("</span>", "")


def test_a_link_opens_a_cluster_s_members_and_a_cell_s_images(bundled_only):
    assert "Cluster 4:" in texts(open_page("clusters", cluster="mse.20.4"))
    assert "Cluster 4:" not in texts(open_page("clusters", cluster="mse.21.4"))
    assert "in clusters named Pullover" in texts(open_page("confusion", cell="mse.6.2"))
    for nonsense in ("mse.6", "mse.6.99", "x.6.2", "mse.-1.2", "<b>"):
        app = open_page("confusion", cell=nonsense)
        assert not app.exception
        assert "in clusters named" not in texts(app)


def test_nonsense_in_a_link_falls_back_to_the_defaults(bundled_only):
    app = open_page("overview", k="9999", scaling="x", dataset="../../etc/passwd", latent="-3", losses="")
    assert not app.exception
    assert "10 numbers" in texts(app)
    assert "k was 9999. Expected a whole number from 2 to 250" in texts(app)


def test_slider_and_box_of_k_follow_each_other(bundled_only):
    app = open_page("clusters")
    app.number_input(key="k").set_value(7).run()
    assert app.select_slider(key="k_slider").value == 7
    app.select_slider(key="k_slider").set_value(35).run()
    assert app.number_input(key="k").value == 35


def test_a_change_of_k_changes_the_table(bundled_only):
    app = open_page("clusters")
    assert len(app.dataframe[0].value) == 20
    app.number_input(key="k").set_value(13).run()
    assert len(app.dataframe[0].value) == 13
    assert app.dataframe[0].value["size"].sum() == 10_000


def test_the_split_changes_what_is_counted(bundled_only):
    app = open_page("clusters", split="Train")
    assert app.dataframe[0].value["size"].sum() == 60_000


@pytest.mark.parametrize("split", ["Test", "Train"])
def test_the_maps_say_which_images_they_count_whatever_the_sidebar_says(digits_store, runs, split):
    app = open_page("embedding_map", dataset="Digits (small)", latent="4", split=split)
    found = {key: queries.clustering(run, ClusteringConfig()) for key, run in runs.items()}
    for one in found.values():
        assert f"right class {100 * one.accuracy('test'):.1f} % of the 360 unseen test images" in texts(app)
    app.button_group(key="dots").set_value("all").run()
    for one in found.values():
        share = (360 * one.accuracy("test") + 1437 * one.accuracy("train")) / 1797
        assert f"right class {100 * share:.1f} % of all 1,797 images (360 test and 1,437 train)" in texts(app)


def test_a_card_says_the_95_percent_interval_and_no_number_twice(digits_store, runs):
    app = open_page("overview", dataset="Digits (small)", latent="4", losses="Pixel MSE")
    run = runs["mse"]
    share = queries.clustering(run, ClusteringConfig()).accuracy("test")
    images = len(queries.labels("digits", "test"))
    cards = {metric.label: metric.value for metric in app.metric}
    assert cards["Right class"] == f"{100 * share:.1f} % ± {196 * np.sqrt(share * (1 - share) / images):.1f}"
    assert cards["k-NN"] == f"{100 * run.metrics['knn_accuracy']:.1f} %"
    assert set(cards) == {"Right class", "k-NN", "Agreement (NMI)", "Pixel error"}


@pytest.mark.parametrize(
    ("dataset", "split", "words"),
    [
        ("Digits (small)", "Test", "**Unseen test images**: 360 pictures that were used neither"),
        ("Digits (small)", "Train", "**Training images**: 1,437 pictures by which"),
    ],
)
def test_the_images_that_are_counted_are_those_of_the_dataset(digits_store, dataset, split, words):
    assert words in texts(open_page("overview", dataset=dataset, latent="4", split=split))


def test_the_introduction_claims_no_more_than_is_so(runs):
    def said(shown: dict[str, Run]) -> str:
        return words.introduction((28, 28, 1), [10], as_shown(shown))

    assert "only the loss differs" in said(runs)
    assert "each loss" not in said({"mse": runs["mse"]})
    assert "with the loss Pixel MSE" in said({"mse": runs["mse"]})
    assert "was trained" not in said({})
    runs["mse"].summary["precision"] += ", another"
    assert said(runs).endswith("with each loss.")


def test_a_missing_combination_offers_to_train_it(bundled_only):
    app = open_page("overview", latent="3")
    assert not app.exception
    assert "Not trained yet: Pixel MSE and Perceptual" in texts(app)
    assert app.button(key="train_missing").label.startswith("Train")


def test_a_damaged_run_is_named_and_the_others_stay_usable(digits_store, mse_run):
    (mse_run.path / "summary.json").write_text("{")
    app = open_page("runs")
    assert not app.exception
    assert "summary.json" in texts(app)
    assert len(app.dataframe[0].value) == 1


def test_damage_found_while_looking_is_told_in_words(digits_store, mse_run):
    path = mse_run.path / "test_embeddings.npy"
    path.write_bytes(path.read_bytes()[:-7])
    st.cache_resource.clear()  # the same run, whole, was read by other tests
    app = open_page("clusters", dataset="Digits (small)", latent="4")
    assert not app.exception
    assert "test_embeddings.npy" in texts(app)


def test_k_above_the_number_of_images_is_told_in_words(digits_store):
    app = open_page("clusters", dataset="Digits (small)", latent="4", k="250")
    assert not app.exception


def test_perceptual_scores_are_marked_as_label_informed(bundled_only):
    assert "Label-informed" in texts(open_page("overview"))
    assert "Label-informed" not in texts(open_page("overview", losses="Pixel MSE"))


def test_training_estimate_and_known_run(bundled_only):
    app = open_page("train")
    assert "About" in texts(app)
    assert not app.button(key="train_start").disabled
    app.number_input(key="train_latent").set_value(10).run()
    assert "nothing to train" in texts(app)
    assert app.button(key="train_start").disabled


def test_fewer_images_to_learn_from_is_another_run(bundled_only):
    app = open_page("train")
    app.number_input(key="train_latent").set_value(10).run()
    app.number_input(key="train_images_fashion_mnist").set_value(20_000).run()
    assert "About" in texts(app)
    assert not app.button(key="train_start").disabled


def test_models_that_differ_in_more_than_the_loss_are_not_shown_as_like_with_like(digits_store, runs):
    assert "only the loss differs" in texts(open_page("overview", dataset="Digits (small)", latent="4"))
    run = runs["mse"]
    copy_of(run, replace(run.config, images=500))
    delete_run(run.id)
    app = open_page("overview", dataset="Digits (small)", latent="4")
    assert "only the loss differs" not in texts(app)
    assert "also in their images to learn from" in texts(app)


def test_every_model_that_the_queue_has_made_can_be_looked_at(digits_store, runs):
    run = runs["mse"]
    other = copy_of(run, replace(run.config, images=500))
    for one in (run, other):
        job = digits_store / "jobs" / one.id
        job.mkdir(parents=True)
        (job / "request.json").write_text(json.dumps(one.config.to_json()))
        (job / "events.jsonl").write_text(json.dumps({"event": "done", "time": 0}) + "\n")
    app = open_page("train")
    assert not app.exception
    assert "20 epochs of 500 images · done" in texts(app)
    assert sorted(button.key for button in app.button if button.label == "Look at it") == sorted(
        [f"open_{run.id}", f"open_{other.id}"]
    )
    usual = queries.runs().find("digits", "mse", 4)
    for one in (run, other):
        state = open_page("train").button(key=f"open_{one.id}").click().run().session_state
        assert (state.runs or usual.id) == one.id
        assert (state.dataset, state.latent) == ("digits", 4)


def test_the_train_form_starts_a_job_and_the_queue_shows_it(artifacts, monkeypatch):
    started = []
    monkeypatch.setattr("core.jobs.queue.submit", started.append)
    monkeypatch.setattr("dashboard.queries.stored.BUNDLED", artifacts / "bundled")
    app = open_page("train", dataset="Digits (small)")
    app.button(key="train_start").click().run()
    assert not app.exception
    assert [config.dataset for config in started] == ["digits"]
