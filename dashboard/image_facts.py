"""What each model makes of one image, gathered for the panel and the page that show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.settings import CLUSTERERS, PROJECTIONS
from dashboard import image_words as words
from dashboard import queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.gallery import as_bytes, error_colours
from dashboard.components.image_card import Drawn, OnMap, Part, Thumbnail
from dashboard.drawing_words import OWN, READOUT, TITLES, judged_by, verdict
from dashboard.image_link import image_key, image_keys
from dashboard.queries import one_image
from dashboard.queries.drawings import ORIGINAL
from dashboard.view import Selection, Shown

NEIGHBOURS = 10


@dataclass(frozen=True, eq=False)
class Image:
    """An image and what is known of it: its picture, uint8 (h, w, c), None where it is not on this machine; its class, None
    without labels.
    """

    split: str
    index: int
    picture: np.ndarray | None
    name: str | None

    @property
    def key(self) -> str:
        return image_key(self.split, self.index)

    @property
    def target(self) -> np.ndarray | None:
        """The picture in floats from 0 to 1."""
        return None if self.picture is None else self.picture.astype(np.float32) / 255


@dataclass(frozen=True, eq=False)
class Facts:
    """An image, what judges say of it, as lines, and a part for each run."""

    image: Image
    judged: Sequence[str]
    parts: Sequence[Part]


def gather(selection: Selection, shown: Mapping[str, Shown], split: str, index: int) -> Facts:
    """All that is shown of an image under these runs, by key, in their order. Raises as `queries.clustering`."""
    pictures = queries.pictures(selection.dataset, split, np.array([index]))
    labels = queries.labels(selection.dataset, split)
    name = None if labels is None else selection.names[labels[index]]
    image = Image(split, index, None if pictures is None else pictures[0], name)
    made = {key: _drawings(one, split, index) for key, one in shown.items()}
    said = {key: _verdicts(one, image, made[key], selection.names) for key, one in shown.items()}
    top = 0.0  # one scale for all error maps
    if (target := image.target) is not None:
        heats = [_heat(drawing, target) for drawings in made.values() for drawing in drawings.values()]
        top = max((float(np.quantile(heat, 0.995)) for heat in heats), default=0.0)
    parts = []
    for key, one in shown.items():
        drawn = [
            _drawn(TITLES[kind], drawing, target, top, said[key].get(kind, ())) for kind, drawing in made[key].items()
        ]
        parts.append(_part(selection, one, image, drawn))
    # A judge of several models once.
    judged = dict.fromkeys(line for lines in said.values() for line in lines.get(ORIGINAL, ()))
    return Facts(image, list(judged), parts)


def _part(selection: Selection, one: Shown, image: Image, drawn: Sequence[Drawn]) -> Part:
    config = selection.clustering
    found = queries.clustering(one.run, config)
    titles = cluster_titles(found, naming_of(one.run, config), selection.names)
    place = one_image.place_of(one.run, found, image.split, image.index)
    lines = (
        words.cluster_line(place, titles, CLUSTERERS[config.method].title),
        words.company_line(place, image.split, image.name),
        words.distance_line(place, titles),
    )
    near = [
        image_key(each.split, each.index)
        for each in queries.nearest_images(one.run, image.split, image.index, NEIGHBOURS)
    ]
    typical = [] if place.typical is None else [image_key(image.split, place.typical)]
    thumbnails = _thumbnails(selection, [*near, *typical], image.name)
    same = None if image.name is None else sum(not thumbnails[key].odd for key in near)
    return Part(
        one.title,
        one.colour,
        drawn,
        [line for line in lines if line],
        thumbnails[typical[0]] if typical else None,
        words.typical_line(typical[0], image.key) if typical else "",
        [thumbnails[key] for key in near],
        words.neighbours_line(same, len(near)),
        [
            OnMap(PROJECTIONS[each.config.method].title, each.uri, each.x, each.y)
            for each in one_image.on_maps(one.run, image.split, image.index)
        ],
    )


def _drawings(one: Shown, split: str, index: int) -> dict[str, np.ndarray]:
    """What is drawn of the image's embedding, float32 (h, w, c), by kind (`drawing_words.TITLES`): a read-out first, where one is
    kept, in the same place under every loss.
    """
    found = {}
    readouts = queries.readouts(one.run, split, np.array([index]))
    if readouts is not None:
        found[READOUT] = readouts[0]
    found[OWN] = one_image.drawing(one.run, split, index)
    return found


def _verdicts(one: Shown, image: Image, made: Mapping[str, np.ndarray], names: Sequence[str]) -> dict[str, list[str]]:
    """What each judge says of the drawings, by their kind, and of the image itself, as lines; nothing without labels."""
    if image.name is None:
        return {}
    target = image.target
    shown = {**made, **({} if target is None else {ORIGINAL: target})}
    lines: dict[str, list[str]] = {kind: [] for kind in shown}
    for each in queries.verdicts_of(one.run, np.stack(list(shown.values()))):
        for kind, number, share in zip(shown, each.classes, each.shares, strict=True):
            said = verdict(names[number], float(share), names[number] == image.name)
            against = each.trained_against and kind != ORIGINAL
            lines[kind].append(words.verdict_line(said, judged_by(each.judge_title, against)))
    return lines


def _drawn(title: str, made: np.ndarray, target: np.ndarray | None, top: float, judged: Sequence[str]) -> Drawn:
    """A drawing with where it errs, its error, and what judges say of it."""
    if target is None:
        return Drawn(title, as_bytes(made), None, judged)
    error = words.error_line(float(np.square(made - target).mean()))
    return Drawn(title, as_bytes(made), error_colours(_heat(made, target)[None], top)[0], [error, *judged])


def _heat(made: np.ndarray, target: np.ndarray) -> np.ndarray:
    return np.abs(made - target).mean(axis=-1)


def _thumbnails(selection: Selection, keys: Sequence[str], name: str | None) -> dict[str, Thumbnail]:
    """Images to open, by key, read a split at a time. `name`: the class of the image that is looked at."""
    found: dict[str, Thumbnail] = {}
    names = selection.names
    for split in ("test", "train"):
        rows = np.array([int(key.partition(".")[2]) for key in keys if key.startswith(f"{split}.")], np.int64)
        if not len(rows):
            continue
        pictures = queries.pictures(selection.dataset, split, rows)
        labels = queries.labels(selection.dataset, split)
        for place, key in enumerate(image_keys(split, rows)):
            own = "" if labels is None else names[labels[rows[place]]]
            odd = name is not None and own != name
            found[key] = Thumbnail(key, None if pictures is None else pictures[place], own, odd)
    return found
