from collections import Counter
from random import Random

import pytest

from calibrant.data._draw import pick, shuffled


def test_shuffling_loses_nothing_and_leaves_the_input_alone():
    items = list(range(10))

    assert sorted(shuffled(items, Random(0))) == items
    assert items == list(range(10))
    assert shuffled([], Random(0)) == []


def test_every_order_is_equally_likely():
    rng = Random(0)
    counts = Counter(tuple(shuffled("abc", rng)) for _ in range(6000))

    assert len(counts) == 6
    # The standard deviation of each count is 29.
    assert all(n == pytest.approx(1000, abs=120) for n in counts.values())


def test_every_item_is_equally_likely_to_be_picked():
    rng = Random(0)
    counts = Counter(pick("abc", rng) for _ in range(3000))

    assert all(n == pytest.approx(1000, abs=110) for n in counts.values())
