"""How far a picture of one's own is from what a model knows, and what the model makes of it, in words."""

from dataclasses import dataclass

import numpy as np

from core.keep.run import Run
from dashboard import queries

RARE, UNLIKE = 0.95, 0.99


@dataclass(frozen=True)
class HowRare:
    """Shares of test images, [0, 1]: of those that lie closer to others than the picture does, and that are redrawn better."""

    apart: float
    misdrawn: float


def how_rare(run: Run, picture: np.ndarray, embedding: np.ndarray) -> HowRare:
    """`picture`: uint8 (1, h, w, c); `embedding`: what the run makes of it, (1, latent)."""
    error = float(np.square(run.decode(embedding) - picture.astype(np.float32) / 255).mean())
    return HowRare(float(queries.rarity(run, embedding)[0]), float((run.test_errors < error).mean()))


def says(rare: HowRare, group: str | None) -> str:
    """What a model says of a picture, as Markdown that follows its name.

    group: where the picture lands, such as "a cluster of **Coat**", its names escaped; None for no cluster.
    """
    share = max(rare.apart, rare.misdrawn)
    why = _apart(rare.apart) if rare.apart >= rare.misdrawn else _misdrawn(rare.misdrawn)
    if share >= UNLIKE:
        nearest = f" The nearest is {group}, which says little." if group else ""
        return f"knows **nothing like it**: {why}.{nearest}"
    if group is None:
        return f"puts it in no cluster: it lies apart from all of them. It is rarer than {percent(share)} of the test images."
    if share >= RARE:
        return f"puts it nearest to {group}, and finds it **unusual**: {why}."
    return f"puts it in {group}; it is no rarer than the images it knows ({percent(1 - share)} of the test images are as rare)."


def _apart(share: float) -> str:
    return f"it lies farther from other images than {percent(share)} of the test images do"


def _misdrawn(share: float) -> str:
    return f"it is redrawn worse than {percent(share)} of the test images"


def percent(share: float) -> str:
    """A share as people say it: never "100 %" of what is not all."""
    if share == 1:
        return "all"
    if share > 0.99:
        return f"{int(1000 * share) / 10:.1f} %"
    return f"{100 * share:.0f} %"
