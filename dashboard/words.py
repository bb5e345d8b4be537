"""What the overview says: sentences and numbers, as plain functions. Sentences are Markdown, names that people gave escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.analyse.clusterers import CLUSTERERS
from core.keep.run import Run
from core.settings import LOSSES, ClusteringConfig, unlike
from core.tables import percent
from dashboard.run_words import SCORES
from dashboard.told import plain

if TYPE_CHECKING:
    from dashboard.view import Shown

TITLE = "What does an autoencoder keep?"


def listed(names: Sequence[object], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, end = map(str, names)
    return f"{', '.join(most)} {last} {end}" if most else end


def accuracy(score: Mapping[str, float]) -> str:
    """An accuracy with two standard errors: `71.2 % ± 0.9`."""
    return f"{percent(score['accuracy'])} ± {200 * score['error']:.1f}"


def pixels(shape: tuple[int, int, int]) -> str:
    """How much a picture of this shape (h, w, c) holds: `784 pixels`, `4,096 pixels in 3 colours`."""
    height, width, channels = shape
    return f"{height * width:,} pixels" + (f" in {channels} colours" if channels > 1 else "")


def numbers(latents: Sequence[int]) -> str:
    """What embeddings of these latent sizes are: `1 number`, `10 numbers`, `5 or 10 numbers`."""
    sizes = sorted(set(latents))
    return f"{listed(sizes, 'or')} number{'s' if sizes != [1] else ''}"


def introduction(shape: tuple[int, int, int], latents: Sequence[int], shown: Mapping[str, "Shown"]) -> str:
    """What an autoencoder is, and which ones are shown. `latents`: of those that are shown, or would be."""
    return (
        f"An **autoencoder** squeezes each picture of {pixels(shape)} into **{numbers(latents)}** and draws it again from "
        f"them. What survives depends on its **loss**: the thing that training punishes. {_trained(list(shown.values()))}"
        "Choose in the sidebar what to compare."
    )


def _trained(shown: Sequence["Shown"]) -> str:
    losses = {one.run.config.loss for one in shown}
    if not shown:
        return ""
    if len(shown) == 1:
        return f"Below, such a network was trained with the loss {plain(LOSSES[losses.pop()].title)}. "
    if len(losses) < len(shown):
        return f"Below, such a network was trained {len(shown)} times: {plain('; '.join(one.title for one in shown))}. "
    return f"Below, such a network was trained with each loss{'; only the loss differs' if alike(shown) else ''}. "


def alike(shown: Sequence["Shown"]) -> bool:
    """Whether these models differ in nothing but the loss and what belongs to it."""
    found = [one.run for one in shown]
    current = all(run.id == run.config.run_id for run in found)  # not of an older recipe
    made = {(run.summary["precision"], run.summary.get("backend"), run.config.latent) for run in found}
    return current and len(made) == 1 and not unlike([run.config for run in found])


def strip_caption(shown: int, classes: int) -> str:
    """What the strip shows: so many images, of so many classes, 0 without labels."""
    which = "One unseen test image of each class" if classes else "Some unseen test images"
    if shown < classes:
        which = f"One unseen test image of each of {shown} classes, of {classes:,}"
    return f"{which}, and what each model redraws from its numbers."


def remark(shown: Mapping[str, "Shown"]) -> str:
    """Why pictures of models look as they do that were trained by what a network sees; empty where none is compared with them."""
    seeing = [one for one in shown.values() if LOSSES[one.run.config.loss].teacher]
    if not seeing or len(seeing) == len(shown):
        return ""
    titles = dict.fromkeys(LOSSES[one.run.config.loss].title.lower() for one in seeing)
    words = (
        f":material/lightbulb: **Looks worse, may sort better:** the {listed(list(titles))} model is not asked for a likeness, "
        "but for a picture in which a trained network sees the same thing."
    )
    if any(one.run.config.uses_labels for one in seeing):
        words += " That network learnt from labels, so the comparison is not between equals: the other losses never saw a label."
    return words


def headline(scores: Mapping[str, Mapping[str, float]], shown: Mapping[str, "Shown"]) -> str:
    """What the numbers bear out, and no more. `scores`: of models whose clusters did not give the labels."""
    if not scores:
        return "The labels are names given to these clusters, so there is nothing to compare them with"
    ranked = sorted(scores, key=lambda key: scores[key]["accuracy"], reverse=True)
    best, worst = ranked[0], ranked[-1]
    if best == worst:
        return f"{shown[best].title} sorts {100 * scores[best]['accuracy']:.0f} % of the images into clusters of their class"
    gap = scores[best]["accuracy"] - scores[worst]["accuracy"]
    noise = 2 * np.hypot(scores[best]["error"], scores[worst]["error"])
    if gap < noise:
        return "These models sort the images about equally well: the difference is within the noise"
    return (
        f"{shown[best].title} sorts {100 * scores[best]['accuracy']:.0f}\u00a0% of the images into groups of their own kind, "
        f"{shown[worst].title} {100 * scores[worst]['accuracy']:.0f}\u00a0%"
    )


def headline_of_errors(errors: Mapping[str, float], shown: Mapping[str, "Shown"]) -> str:
    """The same for images without labels: by the mean squared pixel errors of the redrawn images."""
    best, worst = min(errors, key=errors.__getitem__), max(errors, key=errors.__getitem__)
    if best == worst:
        return f"{shown[best].title} redraws the images with a pixel error of {errors[best]:.4f}"
    return (
        f"{shown[best].title} redraws pixels most exactly: an error of {errors[best]:.4f}, "
        f"{shown[worst].title} has {errors[worst]:.4f}"
    )


def explanation(config: ClusteringConfig, split_words: str) -> str:
    """How the share of images in their right class comes about."""
    clusterer = CLUSTERERS[config.method]
    groups = f"{config.clusters} groups" if clusterer.takes_k else "groups"
    left_out = " An image that is in no group counts as wrong." if clusterer.has_noise else ""
    return (
        f"{clusterer.title} sorts the numbers of the training images into **{groups}** (clusters) without seeing any "
        "class. Each group is then named after the class most of its images have. An image lands in the **right class** when "
        f"its group carries its own name.{left_out} Counted on {split_words}."
    )


LABEL_INFORMED = (
    ":material/info: Label-informed: its loss compares what a trained network sees, and that network learnt from class "
    "labels. Pixel losses never see a label."
)
NAMED_BY_HAND = ":material/label: By definition: the labels are the names given by hand to these very clusters."


@dataclass(frozen=True)
class Number:
    """A number on a card, as text, with what it means."""

    title: str
    text: str
    help: str


def card(run: Run, score: Mapping[str, float], silhouette: float | None) -> list[Number]:
    """The numbers of a run's card, the most important first. `score`: of its clusters, see `queries.scores`; without labels it is
    empty, and their silhouette is told.
    """
    ssim = SCORES[("reconstruction_ssim",)]
    found = []
    if score:
        found = [
            Number(
                "Right class", accuracy(score),
                "Cluster accuracy: the share of images whose cluster's majority class, taken from training images, is their "
                "own. ± is two standard errors from the number of images, as on the bars.",
            ),
            _kept(run, "knn_accuracy"),
            Number(
                "Agreement (NMI)", f"{score['nmi']:.3f}",
                "Normalised mutual information (NMI) of clusters and classes: 0 for chance, 1 for perfect.",
            ),
        ]  # fmt: skip
    else:
        found = [
            Number(
                "Silhouette",
                SCORES[("clustering", "silhouette")].text(silhouette),
                "How far the clusters lie apart: 1 is far, 0 is not at all; on a sample of the images.",
            )
        ]
    error = _kept(run, "reconstruction_mse")
    kept = run.score("reconstruction_ssim")
    told = f" Structural similarity (SSIM): {ssim.text(kept)}." if kept is not None else ""
    return [*found, Number(error.title, error.text, error.help + told)]


def _kept(run: Run, *path: str) -> Number:
    return Number(SCORES[path].title, SCORES[path].text(run.score(*path)), SCORES[path].help)


def glossary(config: ClusteringConfig, split: str, images: int) -> str:
    """What the words of the overview mean, as a list. `images`: of the split that is counted."""
    unseen = "that were used neither for training nor for naming clusters."
    seen = "by which the clusters are found and named, so that new pictures may fare worse."
    what = "Unseen test images" if split == "test" else "Training images"
    return (
        "- **Latent size**: how many numbers the autoencoder may keep of a picture. Those numbers are its *embedding*.\n"
        f"- **Cluster**: a group of similar embeddings, found by *{CLUSTERERS[config.method].title}* without looking at "
        "classes.\n"
        "- **Right class**: each cluster is named after the class most of its training images have; an image counts as "
        "right when its cluster carries its own class.\n"
        f"- **{what}**: {images:,} pictures {unseen if split == 'test' else seen}"
    )


def too_few_clusters(clusters: int, classes: int) -> str:
    """That some classes can have no cluster of their own; empty where each can."""
    if clusters >= classes:
        return ""
    return f"Of the {classes} classes at most {clusters} have a cluster named after them: images of the others count as wrong."
