"""The bootstrap consistency test: the floor's p-value for the error that is seen, whatever the order of the rows."""

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics import bootstrap_consistency_test, calibration_noise_floor, expected_calibration_error


def test_it_is_the_error_held_against_the_floor(rng):
    # On a grid that lies on the edges of 4 and 15 bins.
    y_prob = np.sort(rng.integers(1, 60, 60) / 60)
    y_true = rng.random(60) < y_prob
    for options in ({}, {"norm": "max", "strategy": "quantile"}, {"edges": "left", "n_bins": 4}):
        test = bootstrap_consistency_test(y_true, y_prob, n_draws=200, random_state=3, **options)
        assert test.statistic == expected_calibration_error(y_true, y_prob, **options)
        floor = calibration_noise_floor(y_prob, n_draws=200, random_state=3, **options)
        assert test.p_value == floor.p_value(test.statistic)
        assert test.reason is None


def test_exact_where_all_outcomes_can_be_counted():
    # One bin at .5 of 4 rows: all correct or all wrong are 2 of 16 outcomes.
    test = bootstrap_consistency_test([1, 1, 1, 1], [0.5] * 4, n_draws=20_000)
    assert test.statistic == 0.5
    assert test.p_value == pytest.approx(2 / 16, abs=5 * np.sqrt(2 / 16 * 14 / 16 / 20_000))


def test_the_order_of_the_rows_is_nothing(rng):
    y_prob = rng.random(40)
    y_true = rng.random(40) < y_prob
    shuffled = rng.permutation(40)
    first = bootstrap_consistency_test(y_true, y_prob, n_draws=100)
    second = bootstrap_consistency_test(y_true[shuffled], y_prob[shuffled], n_draws=100)
    assert second.p_value == first.p_value
    assert second.statistic == pytest.approx(first.statistic)


def test_calibrated_data_are_rejected_at_the_stated_rate(rng):
    y_prob = rng.integers(6, 11, 200) / 10
    p_values = [bootstrap_consistency_test(rng.random(200) < y_prob, y_prob, n_draws=99).p_value for _ in range(1000)]
    # 99 draws and a tail that counts equal ones: at most 5 % on average; binomial, 4 standard errors.
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 1000)


def test_overconfident_data_are_rejected(rng):
    y_prob = rng.uniform(0.6, 1, 500)
    assert bootstrap_consistency_test(rng.random(500) < y_prob - 0.2, y_prob).p_value == 1 / 1001


@pytest.mark.parametrize(("y_true", "y_prob"), [([0, 1], [0, 1]), ([1], [0.5]), ([0, 1, 1], [0, 1, 0.7])])
def test_nothing_to_tell_is_nan_with_a_reason(y_true, y_prob):
    test = bootstrap_consistency_test(y_true, y_prob, n_draws=9)
    assert np.isnan(test.p_value)
    assert "Fewer than two rows" in test.reason


def test_the_impossible_needs_no_draws():
    test = bootstrap_consistency_test([0, 1, 0], [1, 0.7, 0.6], n_draws=9)
    assert test.p_value == 0
    assert "no chance at all" in test.reason


def test_bad_arguments_are_refused():
    with pytest.raises(InputError, match="as many rows as y_true"):
        bootstrap_consistency_test([1], [0.5, 0.5])
    with pytest.raises(InputError, match="n_draws must be a whole number"):
        bootstrap_consistency_test([1, 0], [0.5, 0.5], n_draws=0)
