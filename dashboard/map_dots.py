"""The images behind the dots of the embedding maps, and the list of some of them to take away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.analyse.clusterers import NOISE
from core.analyse.clustering import Clustering
from core.data import ImageSetInfo, dataset_info
from core.keep.namings import NO_CLUSTER, Naming
from dashboard import queries
from dashboard.image_link import keys_across


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
        info = self.info
        return [(split, info.train_size if split == "train" else info.test_size) for split in self.splits]

    def __len__(self) -> int:
        return sum(count for _, count in self.parts)

    @property
    def info(self) -> ImageSetInfo:
        return dataset_info(self.dataset)

    def row(self, split: str, index: int) -> int:
        """Which of the dots an image is."""
        return index + sum(count for _, count in self.parts[: self.splits.index(split)])

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
        *,
        maps: Mapping[str, np.ndarray] | None = None,
        errors: Mapping[str, np.ndarray] | None = None,
        kept: Sequence[str] = (),
    ) -> pd.DataFrame:
        """These dots as a table: image, split, index in it, true class, and of each model the image's cluster, the class that it says
        and the name that it was given, its distance to the cluster's centre, its place on the map and its pixel error. What is
        not known has no column; errors are kept for test images only and left empty for others.

        Args:
            names: the classes' names.
            clusterings, namings: by the model's title.
            maps: by the model's title, (n, 2).
            errors: by the model's title, (n_test,).
            kept: of each of these dots the names that it was kept under.
        """
        test = self.parts[0][1]
        table = {
            "image": keys_across(self.parts, members),
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
            table[f"{title} distance"] = self.of_all(found.distances.__getitem__)[members]
            if maps and title in maps:
                table[f"{title} x"], table[f"{title} y"] = maps[title][members].T
            if errors and title in errors:
                known = np.append(errors[title][:test], np.nan)
                table[f"{title} pixel error"] = known[np.minimum(members, test)]
        if any(kept):
            table["kept as"] = list(kept)
        return pd.DataFrame(table)
