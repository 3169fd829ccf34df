"""Risk against coverage, by hand and over every order of the ties."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.metrics import aurc, risk_coverage_curve


def _aurc_of_order(wrong):
    return np.mean(np.cumsum(wrong) / np.arange(1, len(wrong) + 1))


def _aurc_over_tied_orders(y_true, y_score):
    wrong = 1 - np.array(y_true)
    falling = [order for order in permutations(range(len(y_true))) if (np.diff(np.take(y_score, order)) <= 0).all()]
    return np.mean([_aurc_of_order(wrong[list(order)]) for order in falling])


def test_aurc_by_hand():
    # Risks 0, 0, 1/3, 1/4, 2/5.
    assert aurc([1, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5]) == pytest.approx(0.196667, abs=5e-7)


def test_the_best_ranking_by_hand():
    # Risks 0, 0, 0, 1/4, 2/5.
    assert aurc([1, 1, 1, 0, 0], [5, 4, 3, 2, 1]) == pytest.approx(0.13)


@pytest.mark.parametrize(("y_true", "expected"), [([1, 1, 1], 0), ([0, 0, 0], 1)])
def test_one_class_is_its_risk(y_true, expected):
    assert aurc(y_true, [0.1, 0.5, 0.5]) == pytest.approx(expected, abs=1e-15)


def test_constant_confidence_is_the_error_rate():
    assert aurc([1, 0, 0, 1, 0], [0.7] * 5) == pytest.approx(0.6)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=40)
def test_ties_are_the_mean_over_their_orders(rows):
    y_true, y_score = zip(*rows, strict=True)
    assert aurc(y_true, y_score) == pytest.approx(_aurc_over_tied_orders(y_true, y_score), abs=1e-12)


def test_many_rows_keep_their_digits(rng):
    wrong = rng.integers(2, size=100_000)
    assert aurc(1 - wrong, -np.arange(100_000.0)) == pytest.approx(_aurc_of_order(wrong), rel=1e-9)


def test_fractional_weights_lie_between_whole_ones():
    values = [aurc([1, 0, 1], [3, 2, 1], sample_weight=[1, weight, 1]) for weight in (1, 1.5, 2)]
    assert values == sorted(values)


def test_curve_by_hand():
    curve = risk_coverage_curve([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    np.testing.assert_array_equal(curve.threshold, [0.9, 0.5, 0.1])
    np.testing.assert_array_equal(curve.coverage, [0.25, 0.75, 1])
    np.testing.assert_allclose(curve.risk, [0, 1 / 3, 0.5])


def test_curve_ends_at_everything(rng):
    y_true = rng.integers(2, size=50)
    curve = risk_coverage_curve(y_true, rng.normal(size=50))
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(1 - y_true.mean())
