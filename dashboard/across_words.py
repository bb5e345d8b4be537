"""What *Clusters across models* says: sentences and numbers, as plain functions. Sentences are Markdown, names escaped."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.analyse.compare import Comparison, Gain
from core.analyse.flow import Flow
from core.tables import percent
from dashboard.told import plain
from dashboard.words import Number, listed

_MIXED = 4  # classes of a list of images that are named


def together(found: Comparison, one: str, other: str, split_words: str) -> str:
    """How many images stay together. `one`, `other`: the models' titles."""
    stay = found.images - int(found.moved.sum())
    shared = sum(int(found.table[pair]) for pair in found.matched)
    none = f" and {stay - shared:,} in no cluster of either" if stay > shared else ""
    return (
        f"Each cluster of {plain(one)} is matched with the one of {plain(other)} that it fits best, one to one. "
        f"**{shared:,} of {found.images:,}** {split_words} ({percent(shared / found.images)}) are in matched clusters{none}; the "
        f"others went elsewhere."
    )


def agreement(found: Mapping[str, float]) -> list[Number]:
    """The measures of agreement, as text. `found`: see `core.analyse.compare.agreement`; NaN where no image counts."""

    def text(value: float) -> str:
        return "–" if np.isnan(value) else f"{value:.3f}"

    return [
        Number(
            "ARI", text(found["ari"]),
            "Adjusted Rand index: of all pairs of images, how far both models agree on whether the two belong together. 1 for the "
            "same clusters, 0 for chance.",
        ),
        Number(
            "NMI", text(found["nmi"]),
            "Normalised mutual information: how much the cluster under one model tells of that under the other. 1 for the same "
            "clusters, 0 for nothing. Not corrected for chance, as ARI is.",
        ),
        Number(
            "V-measure", text(found["v_measure"]),
            "Mean of homogeneity (each cluster of B holds images of one of A) and completeness (all images of a cluster of A are in "
            "one of B). Between two clusterings it is the same number as NMI with the arithmetic mean, by its definition.",
        ),
    ]  # fmt: skip


def shared_clusters(ari: float, nmi: float) -> str:
    """How far two models' clusters agree, and what the ends of both scales mean."""
    return f"ARI **{ari:.2f}** (0 is chance, 1 the same clusters) · NMI **{nmi:.2f}** (1 the same clusters; not corrected for chance)"


def colours_repeat(pairs: int, colours: int) -> str:
    """That colours begin anew, where there are more pairs than colours; else empty."""
    return (
        f" After pair {colours} the colours begin anew: the numbers tell such pairs apart." if pairs > colours else ""
    )


def agree(found: Comparison, numbers: Sequence[Number]) -> str:
    """The measures in a sentence, and on which images they are taken: those that are in a cluster under both models."""
    inside = int(found.table[:-1, :-1].sum())
    on = f" on the {inside:,} images that both put in a cluster" if inside < found.images else ""
    return f"How far they agree{on}: " + " · ".join(f"{number.title} **{number.text}**" for number in numbers)


def drawn(found: Flow, clusters: tuple[int, int]) -> str:
    """What of a flow is not drawn; empty where all is. `clusters`: how many of each side hold images."""
    shown = [sum(one >= 0 for one in side) for side in (found.left, found.right)]
    words = []
    if tuple(shown) != clusters:
        words.append(
            f"The {shown[0]} of {clusters[0]} and {shown[1]} of {clusters[1]} clusters that the largest streams join are drawn, all others "
            f"of a side together; {images(found.elsewhere)} between those are not drawn."
        )
    inside, streams = found.unseen
    if streams:
        words.append(f"{streams:,} more streams with {inside:,} images in all are too small to draw.")
    return " ".join(words)


def images(count: int) -> str:
    return f"{count:,} image{'s' * (count != 1)}"


def mix(labels: np.ndarray, names: Sequence[str]) -> str:
    """Which classes these images, int (n,), are of: `120 Shirt, 40 Coat and 31 of 3 other classes`."""
    counts = np.bincount(labels, minlength=len(names))
    order = [one for one in np.argsort(-counts, kind="stable") if counts[one]]
    said = [f"{counts[one]:,} {plain(names[one])}" for one in order[:_MIXED]]
    if rest := order[_MIXED:]:
        said.append(f"{counts[rest].sum():,} of {len(rest)} other class{'es' * (len(rest) > 1)}")
    return listed(said)


def shares(one: Gain) -> str:
    """`42 % → 82 %`."""
    return f"{100 * one.share_a:.0f} % → {100 * one.share_b:.0f} %"


def gain(one: Gain, name: str, a: str, b: str) -> str:
    """What a class gains, for the ear."""
    return (
        f"{name}: {100 * one.share_a:.0f} % right under {a}, {100 * one.share_b:.0f} % under {b}; {one.gained:,} of {one.images:,} images gained, "
        f"{one.lost:,} lost"
    )


def gains_headline(found: Sequence[Gain], names: Sequence[str], one: str, other: str) -> str:
    """The largest gain and the largest loss, and what all come to. `found`: the largest gain first."""
    gained, lost = sum(each.gained for each in found), sum(each.lost for each in found)
    total = f"Under {plain(other)} {gained:,} images are right that were not under {plain(one)}, and {lost:,} are no longer."
    best, worst = found[0], found[-1]
    if best.difference > 0:
        total += f" **{plain(names[best.label])}** gains most ({shares(best)})"
        total += f", **{plain(names[worst.label])}** loses most ({shares(worst)})." if worst.difference < 0 else "."
    elif worst.difference < 0:
        total += f" **{plain(names[worst.label])}** loses most ({shares(worst)})."
    return total


def change(true: str, named: str, counts: Sequence[int], one: str, other: str) -> str:
    """What became of the images of a class that clusters call by a name. `counts`: only under A, under both, only under B."""
    only_a, both, only_b = counts
    what = f"**{plain(true)}** rightly found" if true == named else f"**{plain(true)}** put with **{plain(named)}**"
    told = f"{what}: {only_a + both:,} under {plain(one)}, {only_b + both:,} under {plain(other)}."
    if true == named:
        told += f" {only_b:,} gained, {only_a:,} lost."
    elif only_a + both:
        told += f" {plain(other)} puts {only_a:,} of those {only_a + both:,} elsewhere."
    return told
