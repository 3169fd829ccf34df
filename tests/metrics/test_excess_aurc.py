"""E-AURC by hand, against sorting the answers, and where it is 0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.metrics import aurc, excess_aurc

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=1, max_size=30)


def _best_by_loop(y_true):
    wrong = sorted(1 - y for y in y_true)
    return np.mean([sum(wrong[:k]) / k for k in range(1, len(wrong) + 1)])


def test_by_hand():
    # Risks 0, 0, 1/3, 1/4, 2/5 are .983333 / 5; the best order has 0, 0, 0, 1/4, 2/5, so .65 / 5.
    assert excess_aurc([1, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5]) == pytest.approx(0.066667, abs=5e-7)


@pytest.mark.parametrize("y_true", [[1, 1, 1], [0, 0, 0], [1], [0]])
def test_one_class_has_no_worse_ranking(y_true):
    assert excess_aurc(y_true, [0.1, 0.5, 0.5][: len(y_true)]) == pytest.approx(0, abs=1e-15)


def test_the_best_ranking_is_0_and_never_a_hair_below():
    for n_wrong in range(30):
        values = [excess_aurc([1] * (30 - n_wrong) + [0] * n_wrong, -np.arange(30.0) / scale) for scale in (1, 7)]
        assert all(0 <= value < 1e-14 for value in values)


def test_ties_cost_their_mean():
    # Risks 0, 1/2 or 1, 1/2: mean 1/2; best 1/4.
    assert excess_aurc([1, 0], [0.5, 0.5]) == pytest.approx(0.25)


@given(ROWS)
@settings(deadline=None)
def test_against_sorting_and_rising_maps(rows):
    y_true, y_score = np.array(rows).T
    value = excess_aurc(y_true, y_score)
    assert value == pytest.approx(aurc(y_true, y_score) - _best_by_loop(y_true), abs=1e-12)
    assert value >= 0
    assert excess_aurc(y_true, np.exp(y_score)) == pytest.approx(value, abs=1e-12)
    assert excess_aurc(y_true, y_true) == pytest.approx(0, abs=1e-12)


def test_fractional_weights_have_the_same_best_ranking(rng):
    y_true, y_score, weight = rng.integers(2, size=50), rng.random(50), rng.random(50) * 3
    best = aurc(y_true, y_true, sample_weight=weight)
    expected = aurc(y_true, y_score, sample_weight=weight) - best
    assert excess_aurc(y_true, y_score, sample_weight=weight) == pytest.approx(expected, abs=1e-12)
