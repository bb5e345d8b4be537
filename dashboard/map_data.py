"""What the embedding map draws, from the choices made above it: points, the values behind colours, names, and cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.analyse.clusterers import NOISE
from core.analyse.clustering import Clustering
from core.analyse.disagreement import in_common
from core.analyse.map_names import Place, name_places
from core.errors import LatentLensError
from core.settings import ProjectionConfig
from dashboard import map_charts, queries
from dashboard.components.map_link import Model
from dashboard.map_dots import Dots
from dashboard.page_choices import PLANE
from dashboard.told import plain
from dashboard.view import Shown


@dataclass(frozen=True)
class Choices:
    """What the buttons above the maps say. `model`: whose map is shown alone; None for all of them."""

    method: str
    everything: bool
    colouring: str
    trust: str
    compared: str
    drag: str
    mode: str
    named: bool
    neighbours: int | None
    model: str | None

    @property
    def config(self) -> ProjectionConfig | None:
        """None for the latent plane, which is no projection."""
        return None if self.method == PLANE else ProjectionConfig(self.method, self.neighbours)


def read_maps(runs: Mapping[str, Shown], choices: Choices) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The aligned maps, (n, 2) by key, and why there is none, in Markdown."""
    found: dict[str, Shown] = {}
    problems: dict[str, str] = {}
    for key, one in runs.items():
        try:
            queries.map_points(one.run, choices.config, choices.everything)
            found[key] = one
        except LatentLensError as error:
            problems[key] = plain(error)
    aligned = queries.aligned_maps([one.run for one in found.values()], choices.config, choices.everything)
    return dict(zip(found, aligned, strict=True)), problems


def values_of(
    choices: Choices, runs: Mapping[str, Shown], clusterings: Mapping[str, Clustering], assigned: Mapping, dots: Dots
) -> dict[str, np.ndarray]:
    """What the dots' colours stand for, (n,) by key."""
    if choices.colouring == "class":
        return dict.fromkeys(runs, dots.labels)
    if choices.colouring == "cluster":
        return dict(assigned)
    if choices.colouring == "outcome":
        return {
            key: (dots.of_all(found.predicted) == dots.labels).astype(np.uint8) for key, found in clusterings.items()
        }
    if choices.colouring == "trust":
        return {key: queries.map_trust(one.run, choices.config).arrays[choices.trust] for key, one in runs.items()}
    if choices.colouring == "overlap":
        with_it = {
            key: in_common(queries.overlaps(one.run, runs[choices.compared].run), queries.NEIGHBOURS)
            for key, one in runs.items()
            if key != choices.compared
        }
        return {**with_it, choices.compared: np.mean(list(with_it.values()), axis=0)}
    return {key: one.run.test_errors for key, one in runs.items()}


def number_of(choices: Choices) -> tuple[str, int | None] | None:
    """What the number that colours stand for is called, and out of how many it is counted; None where colours are kinds."""
    if choices.colouring == "overlap":
        return "shared neighbours", queries.NEIGHBOURS
    if choices.colouring == "trust":
        return map_charts.TRUST_SAID[choices.trust], None
    return ("pixel error", None) if choices.colouring == "error" else None


def cloud_names(
    choices: Choices,
    points: np.ndarray,
    assigned: np.ndarray,
    titles: Sequence[str],
    dots: Dots,
    names: Sequence[str],
    frame: Sequence[float],
) -> list[tuple[str, Place]]:
    """What is written on a map: names of clusters where these are the colours, else of classes."""
    by_cluster = choices.colouring == "cluster"
    if not choices.named or not (by_cluster or names):
        return []
    groups, written = (assigned, titles[:-1]) if by_cluster else (dots.labels, names)
    return [(written[place.group], place) for place in name_places(points, groups, len(written), frame)]


def card(one: Shown, assigned: np.ndarray, titles: Sequence[str], found: Clustering) -> Model:
    """What the images' cards say of a model."""
    words = [f"cluster {title}" for title in titles[:-1]] + [f"in {titles[-1]}"]
    verdicts = [*found.cluster_labels.tolist(), NOISE] if found.labelled else None
    return Model(one.title, one.colour, assigned % len(titles), words, verdicts)  # -1 is the last
