"""Which pictures are learnt from, which choices are made on, and which are tested on; drawn of each class alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInputError

VALIDATION_SHARE = 0.1
LEAST_FIT, LEAST_TEST = 100, 20
# `digits`, the smallest published set: what it needs to be learnt, at the usual batch size.
_BATCH, _STEPS, _LEAST_EPOCHS, _MOST_EPOCHS = 128, 600, 10, 600


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of pictures, shuffled. The last `validation_size` of `train` are for choosing epochs and settings."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    validation_size: int

    @property
    def epochs(self) -> int:
        """So many that a training takes about as many steps as one on `digits`; ten where there are pictures enough."""
        steps = -(-(len(self.train) - self.validation_size) // _BATCH)
        return min(_MOST_EPOCHS, max(_LEAST_EPOCHS, -(-_STEPS // steps)))


def split_up(
    codes: NDArray[np.integer] | None, test: NDArray[np.bool_] | None, count: int, share: float, seed: int
) -> Split:
    """Split `count` pictures.

    Args:
        codes: class of each; None for no labels.
        test: the pictures that were given for testing; None: a `share` of each class is drawn.

    Raises InvalidInputError where too few would be left to learn from or to test on.
    """
    random = np.random.default_rng(seed)
    codes = np.zeros(count, np.int32) if codes is None else codes
    everyone = np.arange(count)
    chosen = everyone[test] if test is not None else _draw(everyone, codes, share, random)
    rest = np.setdiff1d(everyone, chosen, assume_unique=True)
    validation = _draw(rest, codes, VALIDATION_SHARE, random)
    fit = np.setdiff1d(rest, validation, assume_unique=True)
    if len(fit) < LEAST_FIT or len(chosen) < LEAST_TEST:
        raise InvalidInputError(
            f"Of {count:,} usable pictures {len(fit):,} would be learnt from and {len(chosen):,} tested on. Expected at least "
            f"{LEAST_FIT} and {LEAST_TEST}: add more pictures, or choose another share for testing."
        )
    train = np.concatenate([random.permutation(fit), random.permutation(validation)])
    return Split(train, random.permutation(chosen), len(validation))


def _draw(
    positions: NDArray[np.int64], codes: NDArray[np.integer], share: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """A share of the positions, of each class alike; of a class of one, none."""
    drawn = []
    for code in np.unique(codes[positions]):
        members = positions[codes[positions] == code]
        wanted = min(max(1, round(share * len(members))), len(members) - 1)
        drawn.append(random.permutation(members)[:wanted])
    return np.sort(np.concatenate([*drawn, np.empty(0, np.int64)]))
