"""What the pages say: sentences and numbers, as plain functions. Sentences are Markdown, in which names people gave are escaped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.analyse.clusterers import CLUSTERERS
from core.errors import LatentLensError
from core.keep.run import Run
from core.settings import ARCHITECTURES, LOSSES, ClusteringConfig, RunConfig, unlike
from core.tables import percent
from dashboard.told import plain

if TYPE_CHECKING:
    from dashboard.view import Shown

TITLE = "What does an autoencoder keep?"


# --- runs ---

# How settings are said in a run's title; others by their name and value.
_SETTINGS = {
    "latent": "latent size {}", "epochs": "{} epochs", "images": "{:,} images", "learning_rate": "learning rate {:g}",
    "batch_size": "batches of {}", "tap": "features {}", "loss_network.epochs": "loss network of {} epochs",
    "loss_network.images": "loss network of {:,} images", "loss_network.architecture": "loss network {}",
}  # fmt: skip
_TOLD_ALREADY = ("loss", "dataset")  # by the title's first word and by the page


def run_titles(runs: Sequence[Run], unsaid: Sequence[str] = ()) -> list[str]:
    """A title for each: its loss and those of its settings in which they differ, but for the usual ones; of one run those in
    which it differs from the usual. `unsaid` settings are left out.
    """
    settings = [_flat(run.config.to_json()) for run in runs]
    usual = [_usual(run.config) for run in runs]
    among = settings if len(runs) > 1 else settings + usual
    differing = [
        name
        for name in dict.fromkeys(key for one in among for key in one)
        if name not in unsaid and _differs(name, among)
    ]
    titles = []
    for one, its_usual in zip(settings, usual, strict=True):
        # No latent size is more usual than another: where they differ all are said.
        said = [name for name in differing if name == "latent" or one.get(name) not in (None, its_usual.get(name))]
        titles.append(", ".join([LOSSES[one["loss"]].title, *(_setting(name, one[name]) for name in said)]))
    twice = {title for title, count in Counter(titles).items() if count > 1}
    return [f"{title} ({run.id[-4:]})" if title in twice else title for title, run in zip(titles, runs, strict=True)]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings by name, those of a teacher as `loss_network.epochs`."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def _usual(config: RunConfig) -> dict[str, Any]:
    """The usual settings of this image set, loss and latent size."""
    try:
        return _flat(RunConfig(dataset=config.dataset, loss=config.loss, latent=config.latent).to_json())
    except LatentLensError:  # this loss has no usual teacher for this image set
        return {"latent": config.latent}


def _differs(name: str, among: Sequence[Mapping[str, Any]]) -> bool:
    return name.rpartition(".")[2] not in _TOLD_ALREADY and len({str(one.get(name)) for one in among}) > 1


def _setting(name: str, value: object) -> str:
    if name == "architecture":
        return f"architecture {ARCHITECTURES[str(value)].title}"
    return _SETTINGS.get(name, name.replace(".", " ").replace("_", " ") + " {}").format(value)


def listed(names: Sequence[object], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, end = map(str, names)
    return f"{', '.join(most)} {last} {end}" if most else end


# --- scores ---


@dataclass(frozen=True)
class Score:
    """How a score of `Run.metrics` is said. `form`: of its number, in which shares are percentages."""

    title: str
    help: str
    form: str

    @property
    def share(self) -> bool:
        return self.form.endswith("%%")

    def text(self, value: float | None) -> str:
        return "–" if value is None else self.form % self.number(value)

    def number(self, value: float) -> float:
        """The number as it is shown."""
        return 100 * value if self.share else value


_KEPT = "Unseen test images, 20 clusters, unit-length scaling."
# By where it is in `Run.metrics`.
SCORES = {
    ("clustering", "accuracy"): Score("Right class", _KEPT, "%.1f %%"),
    ("clustering", "nmi"): Score("NMI", f"Normalised mutual information of clusters and classes. {_KEPT}", "%.3f"),
    ("clustering", "silhouette"): Score(
        "Silhouette", f"How far clusters lie apart: 1 is far, 0 is not at all. {_KEPT}", "%.3f"
    ),
    ("knn_accuracy",): Score(
        "k-NN",
        "Share of unseen test images whose class most of their five nearest neighbours among the embeddings of training "
        "images have: what the numbers tell apart without any clustering.",
        "%.1f %%",
    ),
    ("reconstruction_mse",): Score(
        "Pixel error",
        "Mean squared error per pixel (pixels from 0 to 1) of the redrawn test images. Lower is better.",
        "%.4f",
    ),
    ("reconstruction_ssim",): Score("SSIM", "Structural similarity of redrawn test images: 1 is the same.", "%.3f"),
}


def score_columns(runs: Sequence[Run]) -> dict[str, tuple[Score, list[float | None]]]:
    """The scores of runs as columns of a table, by name: those of `SCORES`, then others that the runs have, such as one that was
    added. A column that would be empty, as accuracy without labels, is left out.
    """
    metrics = [run.metrics for run in runs]
    found = dict(SCORES)
    for one in metrics:
        for name, value in one.items():
            plainly = isinstance(value, float | int) and not isinstance(value, bool)
            if plainly and (name,) not in found and name not in _NOT_IN_TABLE:
                found[(name,)] = Score(name.replace("_", " ").capitalize(), "On unseen test images.", "%.3f")
    columns = {}
    for path, score in found.items():
        values = [run.score(*path) for run in runs]
        if any(value is not None for value in values):
            columns[" ".join(path)] = (score, [None if value is None else score.number(value) for value in values])
    return columns


_NOT_IN_TABLE = ("linear_probe_accuracy",)  # hardly differs from k-NN; told where rows are compared


def accuracy(score: Mapping[str, float]) -> str:
    """An accuracy with two standard errors: `71.2 % ± 0.9`."""
    return f"{percent(score['accuracy'])} ± {200 * score['error']:.1f}"


# --- the overview ---


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


def strip_caption(labelled: bool) -> str:
    which = "One unseen test image of each class" if labelled else "Some unseen test images"
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
    """What the numbers bear out, and no more."""
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
