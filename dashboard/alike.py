"""More like this: an image and its nearest under each model, and what all test images say of that. No widgets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.analyse.gains import better_equal_worse, largest_first
from core.analyse.neighbours import same_class, shared_neighbours
from dashboard import alike_words, queries
from dashboard.components.alike import Line, Near
from dashboard.image_link import image_key
from dashboard.told import plain
from dashboard.view import Selection, Shown

SHOWN, COUNTED = 6, 10
USUAL = "helps.1"
EXPECTED = "a place in an order, such as `helps.3` or `fails.1`, or a test image, such as `test.123`"
_TEXT = re.compile(r"(helps|fails|test)\.([0-9]{1,9})")


@dataclass(frozen=True, eq=False)
class Alike:
    """What the neighbours of all test images say.

    Attributes:
        nearest: by key, int (n, counted): of each test image the nearest others, nearest first.
        same: by key, int (n,): how many of them are of the image's class; empty without labels.
        shared: int (n,), how many are the same under `better` and `than`; None with labels, or for one model.
        better, than: the keys of the models that are compared: with labels those with the largest and the smallest mean of
            `same`, without the first and the last. The same for one model.
        orders: by name, test images, the most telling first.
    """

    nearest: dict[str, np.ndarray]
    same: dict[str, np.ndarray]
    shared: np.ndarray | None
    better: str
    than: str
    orders: dict[str, np.ndarray]

    @property
    def counted(self) -> int:
        return next(iter(self.nearest.values())).shape[1]


@dataclass(frozen=True)
class Chosen:
    """The image that is shown, and where in an order it is; no order for one that was chosen by itself."""

    image: int
    order: str | None = None
    rank: int = 0
    images: int = 0


def alike(nearest: Mapping[str, np.ndarray], labels: np.ndarray | None) -> Alike:
    """`nearest`: by key, int (n, any), neighbours of each test image, nearest first; `labels`: (n,), their classes."""
    near = {key: rows[:, :COUNTED] for key, rows in nearest.items()}
    keys = list(near)
    if labels is None:
        shared = shared_neighbours(near[keys[0]], near[keys[-1]]) if len(keys) > 1 else None
        orders = {} if shared is None else {"helps": largest_first(-shared), "fails": largest_first(shared)}
        return Alike(near, {}, shared, keys[0], keys[-1], orders)
    same = {key: _same(rows, labels) for key, rows in near.items()}
    better = max(keys, key=lambda key: same[key].mean())
    than = min((key for key in keys if key != better), key=lambda key: same[key].mean(), default=better)
    first = {key: _same(near[key][:, :SHOWN], labels) for key in (better, than)}  # what is seen settles ties
    gain, seen = same[better] - same[than], first[better] - first[than]
    if better == than:
        orders = {
            "helps": largest_first(same[better], first[better]),
            "fails": largest_first(-same[better], -first[better]),
        }
    else:
        helps, fails = largest_first(gain, seen), largest_first(-gain, -seen)
        orders = {"helps": helps[gain[helps] > 0], "fails": fails[gain[fails] < 0]}
    return Alike(near, same, None, better, than, orders)


def _same(nearest: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.rint(same_class(nearest, labels, labels) * nearest.shape[1]).astype(np.int64)


def read(text: str, images: int) -> str | None:
    """What a link names, of so many test images: a place in an order, from 1, as `helps.3`, or an image, as `test.1234`; None for
    what there cannot be.
    """
    found = _TEXT.fullmatch(text)
    if not found:
        return None
    number = int(found[2]) - (found[1] != "test")
    return f"{found[1]}.{int(found[2])}" if 0 <= number < images else None


def chosen(text: str, found: Alike) -> Chosen:
    """The image that such a text names. An order that ends before that place shows its last; one without images the first of all."""
    images = len(found.nearest[found.better])
    kind, _, number = (read(text, images) or USUAL).partition(".")
    if kind == "test":
        return Chosen(int(number))
    order = found.orders.get(kind, ())
    if not len(order):
        return Chosen(0)
    rank = min(int(number), len(order))
    return Chosen(int(order[rank - 1]), kind, rank, len(order))


def of_selection(selection: Selection, shown: Mapping[str, Shown]) -> Alike:
    """Of the runs that are looked at. Waits where their neighbours are not kept yet."""
    nearest = {key: queries.neighbours_of(one.run).arrays["indices"] for key, one in shown.items()}
    return alike(nearest, queries.labels(selection.dataset, "test"))


def pictures(selection: Selection, shown: Mapping[str, Shown], found: Alike, image: int) -> tuple[Near, list[Line]]:
    """The image, and a line of its nearest for each model. The images must be on this machine."""
    names, labels = selection.names, queries.labels(selection.dataset, "test")
    rows = {key: nearest[image, :SHOWN] for key, nearest in found.nearest.items()}
    wanted = np.unique(np.concatenate([[image], *rows.values()]))
    drawn = queries.pictures(selection.dataset, "test", wanted)
    at = dict(zip(wanted.tolist(), drawn, strict=True))

    def near(index: int) -> Near:
        name = None if labels is None else names[labels[index]]
        odd = labels is not None and bool(labels[index] != labels[image])
        return Near(image_key("test", index), at[index], name or "", odd)

    lines = []
    for key, of_model in rows.items():
        lines.append(
            Line(
                shown[key].title,
                shown[key].colour,
                said(shown, found, key, image),
                [near(int(one)) for one in of_model],
            )
        )
    return near(image), lines


def said(shown: Mapping[str, Shown], found: Alike, key: str, image: int) -> str:
    """What stands beside a model's title."""
    if found.same:
        return alike_words.of_nearest(int(found.same[key][image]), found.counted, float(found.same[key].mean()))
    if found.shared is not None and key in (found.better, found.than):
        other = found.than if key == found.better else found.better
        mean = float(found.shared.mean())
        return alike_words.shared_with(int(found.shared[image]), found.counted, shown[other].title, mean)
    return ""


def honestly(shown: Mapping[str, Shown], found: Alike) -> str:
    """What all test images say, as Markdown."""
    titles, images = {key: one.title for key, one in shown.items()}, len(found.nearest[found.better])
    if found.same:
        means = {key: float(same.mean()) for key, same in found.same.items()}
        words = alike_words.average(means, titles, found.counted, images)
        if found.better != found.than:
            compared = better_equal_worse(found.same[found.better], found.same[found.than])
            words += " " + alike_words.shares(compared, titles[found.better], titles[found.than])
        return words
    if found.shared is None:
        return alike_words.alone(found.counted)
    return alike_words.shared_average(
        float(found.shared.mean()), found.counted, images, titles[found.better], titles[found.than]
    )


def order_titles(shown: Mapping[str, Shown], found: Alike) -> dict[str, tuple[str, str]]:
    """The orders that hold any image: their names, and what comes first in them, by name."""
    models = [plain(shown[key].title) for key in dict.fromkeys((found.better, found.than))]
    known = alike_words.orders(bool(found.same), models)
    return {name: words for name, words in known.items() if len(found.orders.get(name, ()))}
