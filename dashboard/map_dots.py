"""The images behind the dots of the embedding maps, and those of them that an outline chooses."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.analyse import map_geometry
from dashboard import queries


@dataclass(frozen=True)
class Dots:
    """The images that the maps show: the test images first, then perhaps the training images."""

    dataset: str
    splits: tuple[str, ...]

    @cached_property
    def labels(self) -> np.ndarray:
        """uint8 (n,), true classes."""
        return self.of_all(lambda split: queries.labels(self.dataset, split))

    @cached_property
    def parts(self) -> list[tuple[str, int]]:
        """Each split with its number of images."""
        return [(split, len(queries.labels(self.dataset, split))) for split in self.splits]

    def of_all(self, part_of: Callable[[str], np.ndarray]) -> np.ndarray:
        """What `part_of` says of each split, in the order of the dots."""
        return np.concatenate([part_of(split) for split in self.splits])

    def pictures(self, members: np.ndarray) -> np.ndarray | None:
        """The images of these dots, or None where a split's are not on this machine."""
        stacks = [queries.images(self.dataset, split) for split in self.splits]
        if any(stack is None for stack in stacks):
            return None
        first = len(stacks[0])
        return np.array([stacks[0][index] if index < first else stacks[1][index - first] for index in members])

    def listing(self, members: np.ndarray, predicted: Mapping[str, np.ndarray], names: Sequence[str]) -> str:
        """These dots as CSV: split, index in it, true class, and the class that each model's cluster says, by title."""
        test = self.parts[0][1]
        lines = ["split,index,class," + ",".join(f"{title} cluster says" for title in predicted)]
        for index in members:
            place = f"test,{index}" if index < test else f"train,{index - test}"
            said = ",".join(names[classes[index]] for classes in predicted.values())
            lines.append(f"{place},{names[self.labels[index]]},{said}")
        return "\n".join(lines)


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
    members = members[members < len(dots.labels)]
    return (loss, members) if len(members) else (None, None)
