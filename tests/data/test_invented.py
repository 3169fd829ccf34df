from random import Random

from calibrant.data._atlas import fold
from calibrant.data._invented import invent


def test_names_are_different_and_repeat_with_the_seed():
    names = invent("country", 100, (), Random(3))

    assert len(set(names)) == 100
    assert names == invent("country", 100, (), Random(3))


def test_real_names_are_avoided():
    real = {fold(name) for name in invent("city", 20, (), Random(0))}

    assert real.isdisjoint(fold(name) for name in invent("city", 20, real, Random(0)))
