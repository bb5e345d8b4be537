"""How unusual embeddings are: shares worked out by hand."""

import numpy as np
import pytest

from core.analyse.rarity import Rarity
from core.errors import InvalidInputError

# On a line: gaps of 1, then of 2, then of 4. With two known ones the mean over one neighbour is the gap itself.
PAIRS = np.array([[0], [1], [100], [102], [200], [204]], np.float32)


def test_a_share_of_the_known_ones_lies_closer(monkeypatch):
    monkeypatch.setattr("core.analyse.rarity.NEIGHBOURS", 1)
    rarity = Rarity(PAIRS)
    # 0.5 from the nearest: nothing lies closer; 1.5: the first pair does; 3: two pairs; 50: all three.
    assert rarity.of(np.array([[0.5], [2.5], [105], [50]])).tolist() == [0, 2 / 6, 4 / 6, 1]


def test_a_known_one_is_not_its_own_neighbour():
    known = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    shares = Rarity(known).of(np.random.default_rng(1).normal(size=(400, 3)))
    assert abs(shares.mean() - 0.5) < 0.05  # as usual as the known ones
    assert Rarity(known).of(np.full((1, 3), 50.0)).tolist() == [1]


def test_one_alone_says_nothing():
    with pytest.raises(InvalidInputError, match="at least two"):
        Rarity(np.zeros((1, 3), np.float32))
