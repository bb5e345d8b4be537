"""What *Disagreement* says: sentences and numbers, as plain functions. Sentences are Markdown, names escaped."""

from collections.abc import Sequence

import numpy as np

from core.analyse.disagreement import Totals
from core.tables import percent
from dashboard.told import plain

ONLY = {
    "all": "All",
    "different": "Named differently",
    "only_a": "A right, B wrong",
    "only_b": "B right, A wrong",
    "both_wrong": "Both wrong",
    "both_right": "Both right",
    "elsewhere": "Both right, other neighbours",
    "apart": "Outside matched clusters",
}
WITHOUT_LABELS = ("all", "apart")
ONLY_HELP = (
    "An image is right when its cluster carries its own class. **Other neighbours**: fewer than half of its nearest are the "
    "same under both. **Outside matched clusters**: the clusters of both models are matched one to one, and the image's two "
    "are not each other's match."
)
RANKINGS = {
    "overlap": "Fewest neighbours in common",
    "different": "Named differently first",
    "margin": "Both most sure",
    "error_a": "Redrawn worst by A",
    "error_b": "Redrawn worst by B",
}
RANKINGS_HELP = (
    "**Both most sure**: by how much nearer the image lies to its own cluster's centre than to the next one's, under the less "
    "sure of the two. **Redrawn worst**: by the mean squared pixel error."
)


def naming(found: Totals, one: str, other: str) -> str:
    """How many images the two name differently, and who is right. `one`, `other`: the models' titles."""
    one, other, alike = plain(one), plain(other), found.images - found.different
    told = f"{one} and {other} name **{found.different:,} of {found.images:,}** unseen test images differently"
    if found.different:
        told += (
            f": {_are(found.right_only_a)} right only under {one}, {found.right_only_b:,} only under {other}, and "
            f"{found.astray:,} under neither"
        )
    return f"{told}. Of the {alike:,} that both name alike, {_are(found.both_right)} right and {found.both_wrong - found.astray:,} wrong."


def neighbourhoods(shared: np.ndarray, overlap: np.ndarray, count: int) -> str:
    """How much the two agree on what lies near: int (n,) of `count` in common, and the Jaccard index, float (n,)."""
    none = float(np.mean(shared == 0))
    return (
        f"On average **{shared.mean():.1f} of an image's {count} nearest** are the same under both "
        f"(overlap {overlap.mean():.3f}); {percent(none)} of the images have none in common."
    )


def alike_by_chance(images: int, count: int) -> str:
    """How many neighbours two models that know nothing of each other would share."""
    return f"By chance it would be {count * count / max(images - 1, 1):.2g} of {count}."


def named(said: str, letter: str) -> str:
    """What the images are of that a model's clusters call so."""
    return f"named {said} by {letter}"


def listed(shown: range, total: int, ranking: str, narrowed: Sequence[str]) -> str:
    """Which images of how many are shown, and why these. `shown`: places in the ranking from 0; `narrowed`: what they are of."""
    of = f", {', '.join(map(plain, narrowed))}" if narrowed else ""
    if not total:
        return f"No image is left{of}. Take a choice back to see more."
    if len(shown) == total:
        return f"**{total:,}** image{'s' * (total != 1)}{of}. {RANKINGS[ranking]}."
    return f"**{total:,}** images{of}; here are {shown[0] + 1:,} to {shown[-1] + 1:,}. {RANKINGS[ranking]}."


def verdict(said: str | None, right: bool | None) -> str:
    """What a model says of an image, in words: `✓ Coat`, `✗ Pullover`, `in no cluster`; empty without labels."""
    if right is None:
        return ""
    if said is None:
        return "✗ in no cluster"
    return f"{'✓' if right else '✗'} {said}"


def in_common(shared: int, count: int) -> str:
    return f"{shared} of {count} in common"


def _are(count: int) -> str:
    return f"{count:,} {'is' if count == 1 else 'are'}"
