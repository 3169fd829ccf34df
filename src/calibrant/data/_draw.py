"""Seeded draws that come out the same on every Python: only ``Random.random`` is promised to."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def shuffled(items: Sequence[T], rng: Random) -> list[T]:
    """Put the items in random order (Fisher and Yates).

    Examples
    --------
    >>> sorted(shuffled("abc", Random(0)))
    ['a', 'b', 'c']
    """
    result = list(items)
    for last in range(len(result) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        result[last], result[other] = result[other], result[last]
    return result


def pick(items: Sequence[T], rng: Random) -> T:
    """Draw one of the items, each as likely as the others.

    Examples
    --------
    >>> pick("a", Random(0))
    'a'
    """
    return items[int(rng.random() * len(items))]
