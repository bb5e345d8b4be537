"""What is said of the image that is looked at closely, as plain functions of numbers."""

from collections.abc import Sequence

from core.analyse.clusterers import NOISE
from core.analyse.placing import Placing
from core.tables import percent
from dashboard.image_link import called

# Distance to the own centroid over that to the next one.
CLEAR, BORDER = 0.7, 0.9


def title(key: str) -> str:
    """`Test image 1234`."""
    words = called(key)
    return words[0].upper() + words[1:]


def border(ratio: float | None) -> str:
    """How clearly an image belongs to its cluster. `ratio`: see `Placing.ratio`."""
    if ratio is None:
        return "the only cluster"
    if ratio > 1:
        return "nearer the centre of another cluster"
    if ratio > BORDER:
        return "on the border"
    return "nearer this one" if ratio > CLEAR else "clearly in"


def cluster_line(place: Placing, titles: Sequence[str], clusterer: str) -> str:
    """The cluster of an image. `titles`: of each cluster, the last for none; `clusterer`: its title."""
    if place.cluster == NOISE:
        return f"In no cluster: {clusterer} takes it for noise."
    return f"Cluster {titles[place.cluster]}"


def company_line(place: Placing, split: str, name: str | None) -> str:
    """Among what it lies there; empty for noise. `name`: of its class, None without labels."""
    if place.cluster == NOISE:
        return ""
    words = f"{place.size:,} {split} image{'s' * (place.size != 1)}"
    if place.purity is None or place.own_share is None or name is None:
        return f"{words}."
    if place.own_share == place.purity:
        return f"{words}, purity {percent(place.purity)}: {name}, its own class, is the most frequent."
    return f"{words}, purity {percent(place.purity)}. {name}, its own class, makes up {percent(place.own_share)}."


def distance_line(place: Placing, titles: Sequence[str]) -> str:
    """How far it is from the nearest centres, and what that means."""
    noise = place.cluster == NOISE
    own = f"The nearest centre is that of cluster {titles[place.nearest]}, at {place.distance:.3f}" if noise else (
        f"{place.distance:.3f} from its centre"
    )  # fmt: skip
    if place.second is None:
        return f"{own}." if noise else f"{own}: {border(None)}."
    next_one = f"{place.second_distance:.3f} from the next, cluster {titles[place.second]}"
    return f"{own}; {next_one}." if noise else f"{own}, {next_one}: {border(place.ratio)}."


def neighbours_line(same: int | None, count: int) -> str:
    """What its nearest neighbours are. `same`: how many are of its class, None without labels."""
    if not count:
        return "It has no neighbours: it is the only image."
    listed = f"Its {count} nearest images" if count > 1 else "Its nearest image"
    if same is None:
        return f"{listed}, train or test"
    if count == 1:
        return f"{listed}, train or test: {'of its class' if same else 'of another class'}"
    words = {0: "none", count: "all"}.get(same, str(same))
    return f"{listed}, train or test: {words} of its class"


def typical_line(key: str, image: str) -> str:
    """The cluster's image nearest its centre. `image`: the one that is looked at."""
    return (
        "Most typical of the cluster: this very image"
        if key == image
        else f"Most typical of the cluster: {called(key)}"
    )


def error_line(error: float) -> str:
    """A mean squared pixel error, of pixels from 0 to 1."""
    return f"MSE {error:.4f}"


def verdict_line(said: str, judge: str) -> str:
    """What a judge says of a picture, and who that is."""
    return f"{said}: {judge[0].lower()}{judge[1:]}"
