"""The sentences and numbers of the embedding map."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.analyse.clustering import Clustering
from dashboard.told import plain

_LISTED = 12


def counted(parts: Sequence[tuple[str, int]]) -> str:
    """Which images the maps count: splits with their numbers of images, in words."""
    if [split for split, _ in parts] == ["test"]:
        return f"the {parts[0][1]:,} unseen test images"
    listed = " and ".join(f"{count:,} {split}" for split, count in parts)
    return f"all {sum(count for _, count in parts):,} images ({listed})"


def right_share(found: Clustering, labels: np.ndarray, said: np.ndarray) -> str:
    """What a heading says of a model: its share of images in a cluster of their own class, or its number of clusters.

    labels, said: int (n,), the classes of the images counted, and those that their clusters say.
    """
    if not found.labelled:
        return f"{len(found.centroids)} clusters"
    return f"right class {100 * np.mean(said == labels):.1f} %"


def kept_by_map(true: float | None, neighbours: int, trustworthiness: float | None) -> str:
    """How far a map is to be trusted, as far as it is known: the mean share of true neighbours of so many, trustworthiness."""
    told = []
    if true is not None:
        told.append(f"{true * neighbours:.1f} of {neighbours} neighbours are true")
    if trustworthiness:
        told.append(f"trustworthiness {trustworthiness:.3f}")
    return ", ".join(told)


def shared(overlaps: np.ndarray, count: int, others: Sequence[str]) -> str:
    """What a heading says of the neighbours that a model shares with others. overlaps: how many of `count`, (n_test,)."""
    of = others[0] if len(others) == 1 else "the others"
    return f"shares {np.mean(overlaps):.1f} of {count} neighbours with {plain(of)}"


def on_test_images(said: str, everything: bool) -> str:
    """What is known of test images only, where the maps show more than these."""
    return f"of the test images: {said}" if said and everything else said


def chosen_title(count: int, title: str) -> str:
    """How many images are chosen, and where."""
    return f"{count:,} {'image' if count == 1 else 'images'} chosen on the {plain(title)} map"


def classes_listed(labels: np.ndarray, names: Sequence[str]) -> str:
    """The classes of these images, int (m,), the most frequent first, as Markdown."""
    counts = np.bincount(labels, minlength=len(names))
    order = [label for label in np.argsort(-counts, kind="stable") if counts[label]]
    listed = ", ".join(f"**{plain(names[label])}** {counts[label]:,}" for label in order[:_LISTED])
    return listed + (f" and {len(order) - _LISTED} more" if len(order) > _LISTED else "")


def right_listed(shares: Mapping[str, float]) -> str:
    """The share of images that each model puts in a cluster of their class, by its title, as Markdown."""
    return "Right class: " + ", ".join(f"{plain(title)} **{100 * share:.0f} %**" for title, share in shares.items())


def neighbours_title(title: str, count: int, same: int | None) -> str:
    """What stands above the nearest images of the pinned one under a model. same: how many have its class, if there are any."""
    told = f"**{plain(title)}**: its {count} nearest"
    return told if same is None else f"{told}, {same} of its class"


def not_inside(kind: str, several: bool) -> str:
    """Why all dots are pale. kind: "class" or "cluster"."""
    plural = {"class": "classes", "cluster": "clusters"}[kind]
    return (
        f"None of the chosen {plural if several else kind} lies inside the outline: let go of the one here, or of the other by "
        "**Clear** or the Escape key."
    )


def nothing_chosen(standing_out: int | None, dots: int) -> str:
    """What stands where chosen images would. standing_out: how many dots are chosen in legends; None where none is."""
    if standing_out is not None:
        return f":material/filter_alt: {standing_out:,} of {dots:,} dots stand out. Draw around some to see them."
    return f":material/lasso_select: {dots:,} dots a map. Nothing chosen yet: drag around some of them."
