"""What the overview says: sentences and numbers, as plain functions. Sentences are Markdown, names that people gave escaped."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.analyse.clusterers import CLUSTERERS
from core.analyse.ranking import WITHIN_95, Sorted, best_and_worst, difference_error
from core.keep.run import Run
from core.settings import LOSSES, ClusteringConfig, unlike
from core.tables import percent
from dashboard.run_words import SCORES
from dashboard.told import plain

if TYPE_CHECKING:
    from dashboard.view import Shown

TITLE = "What does an autoencoder keep?"
STRIP_TITLE = "What each loss redraws"


def listed(names: Sequence[object], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, end = map(str, names)
    return f"{', '.join(most)} {last} {end}" if most else end


def accuracy(score: Mapping[str, float]) -> str:
    """An accuracy with its 95 % interval: `71.2 % ± 0.9`."""
    return f"{percent(score['accuracy'])} ± {100 * half_interval(score['error']):.1f}"


def half_interval(error: float) -> float:
    """How far the 95 % interval of a share reaches to either side: what ± means wherever it stands. `error`: a standard error."""
    return WITHIN_95 * error


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
        f"An **autoencoder** squeezes each picture of {pixels(shape)} into **{numbers(latents)}** and draws it again from them; "
        f"its **loss**, the thing that training punishes, decides what survives. {_trained(list(shown.values()))}"
    ).rstrip()


def _trained(shown: Sequence["Shown"]) -> str:
    losses = {one.run.config.loss for one in shown}
    if not shown:
        return ""
    if len(shown) == 1:
        return f"Below, one was trained with the loss {plain(LOSSES[losses.pop()].title)}. "
    if len(losses) < len(shown):
        return f"Below, one was trained {len(shown)} times: {plain('; '.join(one.title for one in shown))}. "
    return f"Below, one was trained with each loss{'; only the loss differs' if alike(shown) else ''}. "


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


def remark(shown: Mapping[str, "Shown"], drew: Collection[str]) -> str:
    """What is to be known of models that were trained by what a network sees; empty where none is compared with others.

    drew: keys of the models of which their own drawings are shown: why those look as they do. Without those that have collapsed.
    """
    seeing = {key: one for key, one in shown.items() if LOSSES[one.run.config.loss].teacher}
    if not seeing or len(seeing) == len(shown):
        return ""
    said = []
    if odd := dict.fromkeys(LOSSES[one.run.config.loss].title.lower() for key, one in seeing.items() if key in drew):
        said.append(
            f":material/lightbulb: **Looks worse, may sort better:** the {listed(list(odd))} model is not asked for a likeness, "
            "but for a picture in which a trained network sees the same thing."
        )
    if any(one.run.config.uses_labels for one in seeing.values()):
        titles = dict.fromkeys(LOSSES[one.run.config.loss].title.lower() for one in seeing.values())
        said.append(
            f":material/balance: **Not between equals:** the {listed(list(titles))} loss compares what a network sees that learnt from "
            "labels; the other losses never saw a label."
        )
    return "  \n".join(said)


def headline(models: Mapping[str, Sorted], shown: Mapping[str, "Shown"], collapsed: Collection[str] = ()) -> str:
    """What the numbers bear out, and no more. Models that have collapsed, by key, are not compared.

    models: those whose clusters did not give the labels.
    """
    judged = {key: model for key, model in models.items() if key not in collapsed}
    if not judged:
        return (
            "What has collapsed sorts nothing: its numbers say next to nothing of the images"
            if models
            else "The labels are names given to these clusters, so there is nothing to compare them with"
        )
    if len(judged) == 1:
        (key,) = judged
        return f"{shown[key].title} sorts {_shares(judged, [key])} of the images into clusters of their class"
    best, worst = best_and_worst(judged)
    if not best:
        titles = listed([shown[key].title for key in judged])
        return f"{titles} are level: each sorts {_shares(judged, judged)} of the images into groups of their own kind"
    return (
        f"{listed([shown[key].title for key in best])} sort{'s' if len(best) == 1 else ''} {_shares(judged, best)} of the images "
        f"into groups of their own kind, {listed([shown[key].title for key in worst])} {_shares(judged, worst)}"
    )


def _shares(models: Mapping[str, Sorted], keys: Collection[str]) -> str:
    """The shares of these models, as a range: `71 %`, `71 to 72 %`."""
    low, *_, high = sorted([round(100 * models[key].share) for key in keys] * 2)
    return f"{low}\u00a0%" if low == high else f"{low} to {high}\u00a0%"


def over_starts(models: Mapping[str, Sorted], shown: Mapping[str, "Shown"], method: str) -> str:
    """What other starts of the clusterer make of the shares, or that it is open; empty for one model of which it is not known.

    method: the clusterer's name.
    """
    known = {key: model.starts for key, model in models.items() if model.starts}
    clusterer = CLUSTERERS[method].title
    if len(known) < len(models) or not models:
        said = (
            f"{clusterer} starts at random: whether the order of these models holds with other starts is not tried yet."
        )
        return said if len(models) > 1 else ""
    count = min(map(len, known.values()))
    ranges = [
        f"{100 * min(shares):.1f} to {percent(max(shares))} for {plain(shown[key].title)}"
        for key, shares in known.items()
    ]
    return f"Over {count} starts of {clusterer}: {listed(ranges)}."


def headline_of_errors(errors: Mapping[str, np.ndarray], shown: Mapping[str, "Shown"]) -> str:
    """The same for images without labels. `errors`: by key, the mean squared pixel error of each redrawn image, (n,)."""
    means = {key: float(of_model.mean(dtype=np.float64)) for key, of_model in errors.items()}
    best, worst = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    if best == worst:
        return f"{shown[best].title} redraws the images with a pixel error of {means[best]:.4f}"
    if means[worst] - means[best] <= half_interval(difference_error(errors[worst], errors[best])):
        return f"These models redraw pixels about equally exactly: with an error of {means[best]:.4f}"
    return (
        f"{shown[best].title} redraws pixels most exactly: an error of {means[best]:.4f}, "
        f"{shown[worst].title} has {means[worst]:.4f}"
    )


def explanation(config: ClusteringConfig, split_words: str) -> str:
    """How the share of images in their right class comes about."""
    clusterer = CLUSTERERS[config.method]
    groups = f"{config.clusters} groups" if clusterer.takes_k else "groups"
    left_out = " An image that is in no group counts as wrong." if clusterer.has_noise else ""
    return (
        f"{clusterer.title} sorts the numbers of the training images into **{groups}** (clusters) without seeing any "
        "class. Each group is then named after the class most of its images have. An image lands in the **right class** when "
        f"its group carries its own name.{left_out} Counted on {split_words}; lines on the bars are 95 % intervals."
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
                "own. ± is the 95 % interval that comes from the number of images, as on the bars.",
            ),
            _kept(run, "knn_accuracy"),
            Number(
                "Agreement (NMI)", f"{score['nmi']:.3f}",
                "Normalised mutual information (NMI) of clusters and classes: 1 for perfect; not corrected for chance.",
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


def latent_title(points: Mapping[str, Sequence[tuple[int, float, float]]], shown: Mapping[str, "Shown"]) -> str:
    """What a chart of accuracy against the latent size shows. `points`: by key, (latent size, accuracy, error) in rising order."""
    sizes = {row[0] for rows in points.values() for row in rows}
    few, many = min(sizes), max(sizes)
    ends = {key: (rows[0], rows[-1]) for key, rows in points.items() if (rows[0][0], rows[-1][0]) == (few, many)}
    if few == many or not ends:
        return "Right class against latent size"
    changes = (
        f"from {100 * first[1]:.0f} to {100 * last[1]:.0f}\u00a0% under {shown[key].title}"
        for key, (first, last) in ends.items()
    )
    return f"With {many} numbers in place of {few}, right class goes {listed(list(changes))}"


def untrained(latent: int, trained: Sequence[int]) -> str:
    """That no model on an image set has this latent size, where models of these sizes are; empty where one has."""
    if not trained:
        return "Nothing trained on this image set yet"
    return (
        ""
        if latent in trained
        else f"Size {latent} is not trained; {listed(trained)} {'are' if len(trained) > 1 else 'is'}."
    )


def too_few_clusters(clusters: int, classes: int) -> str:
    """That some classes can have no cluster of their own; empty where each can."""
    if clusters >= classes:
        return ""
    return f"Of the {classes} classes at most {clusters} have a cluster named after them: images of the others count as wrong."
