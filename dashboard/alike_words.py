"""What "More like this" says: sentences and numbers, as plain functions. Sentences are Markdown, names that people gave escaped."""

from collections.abc import Mapping, Sequence

from core.tables import percent
from dashboard.told import plain
from dashboard.words import listed

TITLE = "More like this"
ODD = "✗"
ANOTHER, PREVIOUS, NEXT = "Another", "Previous", "Next"


def question(images: int, labelled: bool) -> str:
    """What is shown below, in a sentence. `images`: among which neighbours are found."""
    odd = " Those of another class have a dashed frame and a cross." if labelled else ""
    return (
        f"One image, and those of the {images:,} unseen test images whose numbers are most like its own under each "
        f"loss.{odd} **Choose any** to look at it closely."
    )


def of_nearest(same: int, counted: int, mean: float) -> str:
    """How many of an image's nearest are of its own class: `2 of its 10 nearest are of its class, 7.7 on average`. `mean`: over
    all images.
    """
    if counted == 1:
        found = "its nearest is of its class" if same else "its nearest is of another class"
        return f"{found}; on average {percent(mean, 0)} are of it"
    return f"{same} of its {counted} nearest are of its class, {mean:.1f} on average"


def shared_with(shared: int, counted: int, title: str, mean: float) -> str:
    """How many of an image's nearest are the same under another model; `mean`: over all images."""
    return f"{shared} of its {counted} nearest are the same as under {title}, {mean:.1f} on average"


def average(means: Mapping[str, float], titles: Mapping[str, str], counted: int, images: int) -> str:
    """The mean number of neighbours of the own class over all images, by key, from the smallest up."""
    order = sorted(means, key=means.__getitem__)
    first, *others = (f"**{means[key]:.1f}** under {plain(titles[key])}" for key in order)
    which = f"the {counted} nearest" if counted > 1 else "the nearest"
    return f"On average over all {images:,} test images, of {which} {listed([f'{first}', *others])} are of the image's class."


def shares(found: tuple[float, float, float], better: str, than: str) -> str:
    """For how many images the better model has more neighbours of the own class, as many, and fewer; the titles of both."""
    above, equal, below = (percent(share, 0) for share in found)
    return (
        f"{plain(better)} is better than {plain(than)} for {above} of the images, equal for {equal}, worse for {below}."
    )


def shared_average(shared: float, counted: int, images: int, one: str, other: str) -> str:
    """The mean number of neighbours that two models have in common."""
    return (
        f"On average over all {images:,} test images, {plain(one)} and {plain(other)} have **{shared:.1f}** of the {counted} nearest "
        "in common."
    )


def alone(counted: int) -> str:
    """What is said of one model without labels."""
    return f"Without labels nothing says which of the {counted} nearest are of the same kind: see for yourself."


def orders(labelled: bool, models: Sequence[str]) -> dict[str, tuple[str, str]]:
    """By its name in a link: what an order of all images is called, and what comes first in it. `models`: the title of the one
    that is better on average, then of the one it is compared with; of one model only its own.
    """
    if labelled and len(models) > 1:
        better, than = models
        return {
            "helps": (
                f"{better} is better",
                f"Images with more neighbours of their class under {better} than under {than}",
            ),
            "fails": (
                f"{better} is worse",
                f"Images with fewer neighbours of their class under {better} than under {than}",
            ),
        }
    if labelled:
        return {
            "helps": ("Where it works", "Images with the most neighbours of their class"),
            "fails": ("Where it fails", "Images with the fewest neighbours of their class"),
        }
    if len(models) > 1:
        return {
            "helps": (
                "Where they differ",
                f"Images with the fewest neighbours in common under {models[0]} and {models[1]}",
            ),
            "fails": (
                "Where they agree",
                f"Images with the most neighbours in common under {models[0]} and {models[1]}",
            ),
        }
    return {}


def place(rank: int, images: int) -> str:
    """Where in an order: `1 of 4,093`."""
    return f"{rank:,} of {images:,}"
