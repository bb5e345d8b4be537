"""The images behind the dots of the embedding maps, and those of them that an outline chooses."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.analyse import map_geometry
from core.analyse.clusterers import NOISE
from core.analyse.clustering import Clustering
from core.data import dataset_info
from core.keep.namings import NO_CLUSTER, Naming
from dashboard import queries


@dataclass(frozen=True)
class Dots:
    """The images that the maps show: the test images first, then perhaps the training images."""

    dataset: str
    splits: tuple[str, ...]

    @cached_property
    def labels(self) -> np.ndarray | None:
        """int (n,), true classes; None for images without labels."""
        parts = [queries.labels(self.dataset, split) for split in self.splits]
        return None if any(part is None for part in parts) else np.concatenate(parts)

    @cached_property
    def parts(self) -> list[tuple[str, int]]:
        """Each split with its number of images."""
        info = dataset_info(self.dataset)
        return [(split, info.train_size if split == "train" else info.test_size) for split in self.splits]

    def __len__(self) -> int:
        return sum(count for _, count in self.parts)

    def of_all(self, part_of: Callable[[str], np.ndarray]) -> np.ndarray:
        """What `part_of` says of each split, in the order of the dots."""
        return np.concatenate([part_of(split) for split in self.splits])

    def pictures(self, members: np.ndarray) -> np.ndarray | None:
        """The images of these dots, or None where a split's are not on this machine."""
        found = np.empty((len(members), *dataset_info(self.dataset).shape), np.uint8)
        begin = 0
        for split, count in self.parts:
            here = (members >= begin) & (members < begin + count)
            part = queries.pictures(self.dataset, split, members[here] - begin)
            if part is None:
                return None
            found[here] = part
            begin += count
        return found

    def listing(
        self,
        members: np.ndarray,
        names: Sequence[str],
        clusterings: Mapping[str, Clustering],
        namings: Mapping[str, Naming],
    ) -> str:
        """These dots as CSV: split, index in it, true class, and of each model the image's cluster, the class that it says and
        the name that it was given. What images without labels, or clusters without names, do not have has no column.

        Args:
            names: the classes' names.
            clusterings, namings: by the model's title.
        """
        test = self.parts[0][1]
        table = {
            "split": ["test" if index < test else "train" for index in members],
            "index": [index if index < test else index - test for index in members],
        }
        if self.labels is not None:
            table["class"] = [names[label] for label in self.labels[members]]
        for title, found in clusterings.items():
            clusters = self.of_all(found.assignments.__getitem__)[members]
            table[f"{title} cluster"] = clusters
            if found.labelled:
                said = self.of_all(found.predicted)[members]
                table[f"{title} cluster says"] = [names[label] if label != NOISE else NO_CLUSTER for label in said]
            if namings[title].names:
                table[f"{title} name"] = [namings[title].name(cluster) for cluster in clusters]
        return pd.DataFrame(table).to_csv(index=False)


def chosen_images(
    state: MutableMapping, drawn: dict | None, maps: Mapping[str, np.ndarray], dots: Dots
) -> tuple[str, np.ndarray] | tuple[None, None]:
    """The loss whose map an outline was drawn on last, and the indices (m,) of the images inside, m > 0.

    They stay chosen while the maps change, and on every map.

    Args:
        state: the visitor's session, where the choice is kept.
        drawn: the outline, as `map_link.outline` gives it.
        maps: by loss, (n, 2).
    """
    if drawn != state.get("outline_seen"):
        loss = drawn["chart"].removeprefix("map_") if drawn else None
        inside = np.flatnonzero(map_geometry.inside(maps[loss], drawn["x"], drawn["y"])) if loss in maps else ()
        state["outline_seen"] = drawn
        state["chosen_images"] = (dots.dataset, loss, inside) if len(inside) else None
    dataset, loss, members = state.get("chosen_images") or (None, None, None)
    if dataset != dots.dataset or loss not in maps:
        return None, None
    # Test images come first, so a choice made among all dots keeps its test images when only they are shown.
    members = members[members < len(dots)]
    return (loss, members) if len(members) else (None, None)
