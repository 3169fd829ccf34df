"""AUGRC by hand, by its meaning, and through the AUROC."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.metrics import accuracy, augrc, auroc

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=1, max_size=30)


def _by_pairs(y_true, y_score):
    """Probability that a question is wrong and at least as confident as another one drawn (ties half)."""
    n = len(y_true)
    total = 0.0
    for y, s in zip(y_true, y_score, strict=True):
        for other in y_score:
            total += (1 - y) * ((s > other) + 0.5 * (s == other))
    return total / n**2


def test_by_hand():
    # Shares answered wrong 0, 0, 1/3, 1/3 over coverages 0, 1/3, 2/3, 1: (1/6 + 1/3) / 3.
    assert augrc([1, 0, 1], [0.9, 0.5, 0.1]) == pytest.approx(1 / 6)


@pytest.mark.parametrize(("y_true", "expected"), [([1, 1, 1], 0), ([0, 0, 0], 0.5), ([0], 0.5), ([1], 0)])
def test_one_class(y_true, expected):
    assert augrc(y_true, [0.1, 0.5, 0.5][: len(y_true)]) == pytest.approx(expected)


def test_constant_confidence_is_half_the_error_rate():
    assert augrc([1, 0, 0, 1, 0], [0.7] * 5) == pytest.approx(0.3)


@given(ROWS)
@settings(deadline=None)
def test_against_counting_pairs_and_rising_maps(rows):
    y_true, y_score = np.array(rows).T
    value = augrc(y_true, y_score)
    assert value == pytest.approx(_by_pairs(y_true, y_score), abs=1e-12)
    assert augrc(y_true, np.exp(y_score) - 7) == pytest.approx(value, abs=1e-12)


def test_the_paper_states_it_through_auroc_and_accuracy(rng):
    y_true, y_score, weight = rng.integers(2, size=200), rng.integers(15, size=200), rng.random(200)
    right = accuracy(y_true, y_score / 15, sample_weight=weight)
    ranking = auroc(y_true, y_score, sample_weight=weight)
    expected = (1 - ranking) * right * (1 - right) + (1 - right) ** 2 / 2
    assert augrc(y_true, y_score, sample_weight=weight) == pytest.approx(expected, abs=1e-12)
