"""What each model makes of one image, gathered for the panel and the page that show it."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.settings import CLUSTERERS, PROJECTIONS
from dashboard import image_words as words
from dashboard import queries
from dashboard.cluster_names import cluster_titles, naming_of
from dashboard.components.gallery import as_bytes, error_colours
from dashboard.components.image_card import Drawn, OnMap, Part, Thumbnail
from dashboard.drawing_choice import usual_drawing
from dashboard.drawing_words import OWN, READOUT, TITLES, judged_by, verdict
from dashboard.image_link import image_key, image_keys
from dashboard.queries import one_image
from dashboard.view import Selection, Shown

NEIGHBOURS = 10


def class_name(selection: Selection, split: str, index: int) -> str | None:
    """The class of an image; None without labels."""
    labels = queries.labels(selection.dataset, split)
    return None if labels is None else queries.class_names(selection.dataset)[labels[index]]


def picture(selection: Selection, split: str, index: int) -> np.ndarray | None:
    """The image, uint8 (h, w, c); None where it is not on this machine."""
    found = queries.pictures(selection.dataset, split, np.array([index]))
    return None if found is None else found[0]


def parts(selection: Selection, shown: Mapping[str, Shown], split: str, index: int) -> list[Part]:
    """A part for each of these runs, in their order."""
    original = picture(selection, split, index)
    name = class_name(selection, split, index)
    drawn = {key: _drawings(one, split, index) for key, one in shown.items()}
    top = 0.0  # one scale for all error maps
    if original is not None:
        target = original.astype(np.float32) / 255
        heats = [_heat(made, target) for each in drawn.values() for made in each.values()]
        top = max((float(np.quantile(heat, 0.995)) for heat in heats), default=0.0)
    return [_part(selection, one, split, index, name, original, drawn[key], top) for key, one in shown.items()]


def _part(
    selection: Selection, one: Shown, split: str, index: int, name: str | None, original: np.ndarray | None,
    drawn: Mapping[str, np.ndarray], top: float,
) -> Part:  # fmt: skip
    run, config = one.run, selection.clustering
    found = queries.clustering(run, config)
    titles = cluster_titles(found, naming_of(run, config), selection.names)
    place = one_image.place_of(run, config, split, index)
    lines = [words.cluster_line(place, titles, CLUSTERERS[config.method].title), words.company_line(place, split, name),
             words.distance_line(place, titles)]  # fmt: skip
    near = _neighbours(selection, one, split, index, name)
    same = None if name is None else sum(not each.odd for each in near)
    typical = None if place.typical is None else _thumbnails(selection, (image_key(split, place.typical),), name)[0]
    return Part(
        one.title, one.colour,
        [_drawn(one, kind, made, original, top, selection.names, name) for kind, made in drawn.items()],
        [line for line in lines if line],
        typical, "" if typical is None else words.typical_line(typical.key, image_key(split, index)),
        near, words.neighbours_line(same, len(near)), _maps(one, split, index),
    )  # fmt: skip


def _drawings(one: Shown, split: str, index: int) -> dict[str, np.ndarray]:
    """What is drawn of the image's embedding, float32 (h, w, c), by kind (`drawing_words.TITLES`): first what suits the loss; a
    read-out where one is kept.
    """
    found = {}
    readouts = queries.readouts(one.run, split, np.array([index]))
    if readouts is not None:
        found[READOUT] = readouts[0]
    found[OWN] = one_image.drawing(one.run, split, index)
    usual = usual_drawing(one.run)
    return dict(sorted(found.items(), key=lambda item: item[0] != usual))


def _drawn(
    one: Shown, kind: str, made: np.ndarray, original: np.ndarray | None, top: float, names: Sequence[str], name: str | None
) -> Drawn:  # fmt: skip
    """A drawing with where it errs, its error, and what judges say of it."""
    lines, errs = [], None
    if original is not None:
        target = original.astype(np.float32) / 255
        lines.append(words.error_line(float(np.square(made - target).mean())))
        errs = error_colours(_heat(made, target)[None], top)[0]
    return Drawn(TITLES[kind], as_bytes(made), errs, [*lines, *verdicts(one, made, names, name)])


def verdicts(one: Shown, shown: np.ndarray, names: Sequence[str], name: str | None) -> list[str]:
    """What each judge says of a picture (h, w, c), as lines. `name`: of the image's class; without labels there is no judge."""
    return [
        words.verdict_line(said, judged_by(each.judge_title, each.trained_against))
        for said, each in _said(one, shown, names, name)
    ]


def verdicts_of_original(
    shown: Mapping[str, Shown], original: np.ndarray | None, names: Sequence[str], name: str | None
) -> list[str]:
    """What each judge says of the image itself, as lines; a judge of several models once."""
    if original is None:
        return []
    found = [_said(one, original, names, name) for one in shown.values()]
    return list(dict.fromkeys(words.verdict_line(said, each.judge_title) for some in found for said, each in some))


def _said(one: Shown, shown: np.ndarray, names: Sequence[str], name: str | None) -> list[tuple[str, queries.Verdicts]]:
    """The verdicts on a picture, each in words and as it is."""
    if name is None:
        return []
    found = []
    for each in queries.verdicts_of(one.run, shown[None]):
        said = names[each.classes[0]]
        found.append((verdict(said, float(each.shares[0]), said == name), each))
    return found


def _heat(made: np.ndarray, target: np.ndarray) -> np.ndarray:
    return np.abs(made - target).mean(axis=-1)


def _neighbours(selection: Selection, one: Shown, split: str, index: int, name: str | None) -> list[Thumbnail]:
    near = queries.nearest_images(one.run, split, index, NEIGHBOURS)
    return _thumbnails(selection, tuple(image_key(each.split, each.index) for each in near), name)


def _thumbnails(selection: Selection, keys: tuple[str, ...], name: str | None) -> list[Thumbnail]:
    """Images to open, in this order, read a split at a time."""
    found: dict[str, Thumbnail] = {}
    for split in ("test", "train"):
        rows = np.array([int(key.partition(".")[2]) for key in keys if key.startswith(f"{split}.")], np.int64)
        if not len(rows):
            continue
        pictures = queries.pictures(selection.dataset, split, rows)
        labels = queries.labels(selection.dataset, split)
        names = queries.class_names(selection.dataset)
        for place, key in enumerate(image_keys(split, rows)):
            own = "" if labels is None else names[labels[rows[place]]]
            found[key] = Thumbnail(
                key, None if pictures is None else pictures[place], own, name is not None and own != name
            )
    return [found[key] for key in keys]


def _maps(one: Shown, split: str, index: int) -> list[OnMap]:
    found = one_image.on_maps(one.run, split, index)
    return [OnMap(PROJECTIONS[each.config.method].title, each.uri, each.x, each.y) for each in found]
