"""What the overview says and shows first, for the page itself and for the server's first answer (`first_sight`)."""

from collections.abc import Collection, Mapping

import numpy as np

from core.settings import unlike
from dashboard import queries
from dashboard.components.gallery import Row, as_bytes
from dashboard.view import Selection, Shown

TITLE = "What does an autoencoder keep?"
STRIP_CAPTION = "One unseen test image of each class, and what each model redraws from its numbers."


def introduction(selection: Selection, runs: Mapping[str, Shown]) -> str:
    trained = ""
    if len(runs) == 1:
        trained = f"Below, such a network was trained with the loss {next(iter(runs.values())).title}. "
    elif runs:
        trained = (
            f"Below, such a network was trained with each loss{'; only the loss differs' if _alike(runs) else ''}. "
        )
    return (
        f"An **autoencoder** squeezes each picture of 784 pixels into **{selection.latent} numbers** and draws it again from "
        f"them. What survives depends on its **loss**: the thing that training punishes. {trained}Choose in the sidebar what "
        "to compare."
    )


def _alike(runs: Mapping[str, Shown]) -> bool:
    """Whether these models differ in nothing but the loss and what belongs to it."""
    found = [one.run for one in runs.values()]
    current = all(run.id == run.config.run_id for run in found)  # not of an older recipe
    made = {(run.summary["precision"], run.summary.get("backend")) for run in found}
    return current and len(made) == 1 and not unlike([run.config for run in found])


def strip(selection: Selection, runs: Mapping[str, Shown]) -> list[Row]:
    """The first test image of each class, and what each model redraws. The images must be on this machine."""
    names = selection.info.class_names
    labels = queries.labels(selection.dataset, "test")
    shown = np.array([np.flatnonzero(labels == label)[0] for label in range(len(names))])
    rows = [Row("Original", queries.images(selection.dataset, "test")[shown], names)]
    for one in runs.values():
        rows.append(Row(one.title, as_bytes(queries.reconstructions(one.run, shown)), colour=one.colour))
    return rows


def remark(runs: Mapping[str, Shown]) -> str:
    """Why the perceptual pictures look as they do; empty where nothing is compared with them."""
    if len(runs) == 1 or not any(one.run.config.loss == "perceptual" for one in runs.values()):
        return ""
    return (
        ":material/lightbulb: **Looks worse, may sort better:** the perceptual model is not asked for a likeness, but for "
        "a picture in which a trained classifier sees the same thing. That classifier learnt from labels, so the "
        "comparison is not between equals: the other losses never saw a label."
    )


def scores_of(selection: Selection, runs: Mapping[str, Shown]) -> dict[str, dict[str, float]]:
    """By key: `accuracy` with its standard error `error`, `purity`, `nmi`, `ari`, `hungarian`, all shares."""
    found = {key: queries.clustering(one.run, selection.clustering) for key, one in runs.items()}
    split = selection.split
    return {key: {**one.scores(split), "error": one.accuracy_error(split)} for key, one in found.items()}


def accuracy_by_latent(selection: Selection, losses: Collection[str]) -> dict[str, list[tuple[int, float, float]]]:
    """By loss, for each latent size that is trained, in rising order: the size, accuracy and standard error, both shares."""
    known = queries.runs()
    rows: dict[str, list[tuple[int, float, float]]] = {loss: [] for loss in losses}
    for run in known.usable:
        config = run.config
        if config.dataset != selection.dataset or config.loss not in rows:
            continue
        if known.find(config.dataset, config.loss, config.latent) is run:
            found = queries.clustering(run, selection.clustering)
            rows[config.loss].append(
                (config.latent, found.accuracy(selection.split), found.accuracy_error(selection.split))
            )
    return {loss: sorted(them) for loss, them in rows.items()}


def headline(scores: Mapping[str, Mapping[str, float]], runs: Mapping[str, Shown]) -> str:
    """What the numbers bear out, and no more."""
    ranked = sorted(scores, key=lambda key: scores[key]["accuracy"], reverse=True)
    best, worst = ranked[0], ranked[-1]
    if best == worst:
        return f"{runs[best].title} sorts {100 * scores[best]['accuracy']:.0f} % of the images into clusters of their class"
    gap = scores[best]["accuracy"] - scores[worst]["accuracy"]
    noise = 2 * np.hypot(scores[best]["error"], scores[worst]["error"])
    if gap < noise:
        return "These losses sort the images about equally well: the difference is within the noise"
    return (
        f"{runs[best].title} sorts {100 * scores[best]['accuracy']:.0f}\u00a0% of the images into groups of their own kind, "
        f"{runs[worst].title} {100 * scores[worst]['accuracy']:.0f}\u00a0%"
    )


def explanation(selection: Selection) -> str:
    return (
        f"k-means sorts the numbers of the training images into **{selection.clusters} groups** (clusters) without seeing any "
        "class. Each group is then named after the class most of its images have. An image lands in the **right class** when "
        f"its group carries its own name. Counted on {selection.split_words}."
    )
