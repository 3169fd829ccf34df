"""Spiegelhalter's z by hand, by a loop, against MAPIE, and at its stated size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrant.metrics import spiegelhalter_test


def _z_by_loop(y_true, y_prob):
    brier = expected = variance = 0.0
    for y, p in zip(y_true, y_prob, strict=True):
        brier += (y - p) ** 2
        # Mean and variance of (Y - p)^2 where Y is 1 with probability p.
        mean = p * (1 - p) ** 2 + (1 - p) * p**2
        expected += mean
        variance += p * (1 - p) ** 4 + (1 - p) * p**4 - mean**2
    return (brier - expected) / np.sqrt(variance)


def test_by_hand():
    # Rows at .9 add (y - .9)(-.8): three correct -.08 each, one wrong .72; variance 4 x .64 x .09.
    test = spiegelhalter_test([1, 1, 1, 0], [0.9] * 4)
    assert test.statistic == pytest.approx(0.48 / 0.48)
    assert test.p_value == pytest.approx(0.3173105)
    assert (test.degrees_of_freedom, test.reason) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0.01, 0.45) | st.floats(0.55, 0.99)), min_size=2, max_size=30))
@settings(deadline=None)
def test_against_the_brier_score_and_its_moments(rows):
    y_true, y_prob = zip(*rows, strict=True)
    test = spiegelhalter_test(y_true, y_prob)
    assert test.statistic == pytest.approx(_z_by_loop(y_true, y_prob), rel=1e-7, abs=1e-9)
    # Correct and wrong, and confidence in either, can change places.
    mirrored = spiegelhalter_test(1 - np.array(y_true), 1 - np.array(y_prob))
    assert mirrored.statistic == pytest.approx(test.statistic, rel=1e-7, abs=1e-9)


def test_against_mapie():
    # mapie 1.6.0, tests/test_metrics.py (BSD-3).
    generator = np.random.RandomState(1)
    y_true, y_prob = generator.choice([0, 1], size=100), generator.uniform(size=100)
    assert spiegelhalter_test(y_true, y_prob).statistic == pytest.approx(13.906833, abs=1e-6)
    generator = np.random.RandomState(1)
    y_prob = generator.uniform(size=100)
    y_true = generator.uniform(size=100) <= y_prob
    # MAPIE's p-value looks at one side only, and so gives 1 to confidence that is far too timid; ours is two-sided.
    assert spiegelhalter_test(y_true, y_prob).p_value == pytest.approx(2 * 0.174832, abs=2e-6)


def test_timid_confidence_is_found(rng):
    y_prob = rng.uniform(0.3, 0.7, 500)
    test = spiegelhalter_test(y_prob > 0.5, y_prob)
    assert test.statistic < -5
    assert test.p_value < 1e-6


def test_calibrated_data_are_rejected_at_the_stated_rate(rng):
    y_prob = rng.beta(4, 2, 400)
    p_values = np.array([spiegelhalter_test(rng.random(400) < y_prob, y_prob).p_value for _ in range(2000)])
    for alpha in (0.05, 0.2):
        # Binomial; 4 standard errors.
        assert np.mean(p_values <= alpha) == pytest.approx(alpha, abs=4 * np.sqrt(alpha * (1 - alpha) / 2000))


@pytest.mark.parametrize("y_prob", [[0.5] * 3, [0, 1, 0.5], [0, 1, 1], [0, 1, 0.7]])
def test_nothing_to_tell_is_nan_with_a_reason(y_prob):
    test = spiegelhalter_test([0, 1, 1], y_prob)
    assert np.isnan(test.statistic)
    assert np.isnan(test.p_value)
    assert test.reason == "Fewer than two rows could have told anything: all others stated 0, 0.5 or 1."


def test_one_row_counted_twice_is_two():
    assert np.isnan(spiegelhalter_test([1], [0.7]).p_value)
    assert spiegelhalter_test([1], [0.7], sample_weight=[2]).reason is None


@pytest.mark.parametrize(("y_true", "y_prob"), [([1, 1], [0, 1]), ([0, 1, 0, 1], [1, 0.7, 0.6, 0.9])])
def test_the_impossible_needs_no_distribution(y_true, y_prob):
    test = spiegelhalter_test(y_true, y_prob)
    assert test.p_value == 0
    assert test.statistic > 0
    assert "no chance at all happened" in test.reason


def test_almost_impossible_is_not_impossible_and_no_weight_did_not_happen():
    assert spiegelhalter_test([1, 1, 0], [1e-20, 0.7, 0.7]).reason is None
    assert spiegelhalter_test([1, 1, 0], [0, 0.7, 0.7], sample_weight=[0, 1, 1]).reason is None
