"""How many of n + 1 may fail, in exact arithmetic."""

from fractions import Fraction

import pytest

from calibrant.selection._rank import n_allowed, n_needed


@pytest.mark.parametrize("hundredths", [1, 3, 7, 10, 14, 29, 30, 57, 58, 99])
def test_is_the_whole_part_in_exact_arithmetic(hundredths):
    exact = Fraction(hundredths, 100)
    for n in range(400):
        assert n_allowed(hundredths / 100, n) == int(exact * (n + 1))


@pytest.mark.parametrize("level", [0.01, 0.05, 0.1, 0.2, 0.3, 1 / 3, 0.5, 0.7])
def test_needed_is_the_first_n_that_allows_one(level):
    needed = n_needed(level)
    assert n_allowed(level, needed) >= 1
    assert needed == 0 or n_allowed(level, needed - 1) == 0
