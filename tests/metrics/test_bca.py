"""BCa against scipy's on the same draws, its jackknife, and what it must do to a skewed metric."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from calibrant.exceptions import InputError
from calibrant.metrics import (
    Interval,
    accuracy,
    auroc,
    bootstrap_interval,
    brier_score,
    jackknife_weights,
    log_loss,
    mean_confidence,
    paired_interval,
)


def test_ends_are_those_of_scipy_on_the_same_draws(rng):
    values = rng.exponential(size=30)
    result = stats.bootstrap([values], np.mean, n_resamples=999, method="BCa", rng=rng, confidence_level=0.9)
    jackknife = [np.delete(values, row).mean() for row in range(30)]
    interval = Interval.from_draws(values.mean(), result.bootstrap_distribution, jackknife=jackknife, level=0.9)
    assert (interval.low, interval.high) == pytest.approx(tuple(result.confidence_interval), rel=1e-12)


def test_quantiles_by_hand():
    # Of 101 draws 16 lie below the value and one is equal to it, so z0 = Phi⁻¹(16.5 / 101) = -0.9807. Equal influences
    # leave the acceleration 0, and the ends are the quantiles at Phi(2 z0 -+ 0.9945) = 0.00156 and 0.16678.
    interval = Interval.from_draws(16.0, np.arange(101.0), jackknife=[1, 2, 1, 2], level=0.68)
    assert (interval.low, interval.high) == pytest.approx((0.155884, 16.67783), rel=1e-5)


def test_without_bias_and_skewness_it_is_the_percentile_interval():
    draws = np.arange(101.0)
    bca = Interval.from_draws(50.0, draws, jackknife=[49, 51], level=0.8)
    assert (bca.low, bca.high) == pytest.approx((10, 90))


def test_draws_on_one_side_give_their_end_and_not_nan():
    interval = Interval.from_draws(0.0, [1.0, 2.0, 3.0], jackknife=[0.0, 1.0, -1.0])
    assert 1 <= interval.low <= interval.high <= 3


def test_a_constant_metric_stays_where_it_is():
    interval = bootstrap_interval(brier_score, [1] * 300, [0.3] * 300, method="bca", n_boot=50)
    assert (interval.low, interval.high) == pytest.approx((0.49, 0.49), abs=1e-12)


def test_undefined_leave_outs_are_left_out():
    # Without its only wrong answer the AUROC is undefined.
    interval = bootstrap_interval(auroc, [1, 1, 1, 0], [0.9, 0.2, 0.8, 0.3], method="bca", n_boot=200)
    assert 0 <= interval.low <= interval.high <= 1
    nothing = Interval.from_draws(np.nan, [np.nan], jackknife=[np.nan])
    assert np.isnan([nothing.low, nothing.high]).all()


def test_the_jackknife_leaves_each_row_out_once():
    weights = np.array(list(jackknife_weights(7)))
    assert weights.shape == (7, 7)
    np.testing.assert_array_equal(weights.sum(axis=0), 6)
    np.testing.assert_array_equal(weights.sum(axis=1), 6)


def test_the_jackknife_leaves_whole_groups_out():
    groups = ["b", "a", "b", "c", "a"]
    weights = np.array(list(jackknife_weights(5, groups=groups)))
    assert sorted(weights.tolist()) == [[0, 1, 0, 1, 1], [1, 0, 1, 1, 0], [1, 1, 1, 0, 1]]


@pytest.mark.parametrize(("n", "n_blocks"), [(1000, 200), (1007, 200), (5, 2), (5, 1)])
def test_blocks_are_bounded_equal_and_cover_all(n, n_blocks):
    left_out = 1 - np.array(list(jackknife_weights(n, n_blocks=n_blocks)))
    assert len(left_out) == max(2, n_blocks)
    np.testing.assert_array_equal(left_out.sum(axis=0), 1)
    assert np.ptp(left_out.sum(axis=1)) <= 1


def test_blocks_do_not_follow_the_order_of_the_rows():
    left_out = 1 - next(jackknife_weights(1000, n_blocks=10))
    rows = np.flatnonzero(left_out)
    assert len(set(np.diff(rows))) > 10


def test_a_single_group_has_no_jackknife():
    assert list(jackknife_weights(3, groups=[1, 1, 1])) == []
    interval = bootstrap_interval(accuracy, [1, 0, 1], [0.5] * 3, groups=[1, 1, 1], method="bca", n_boot=9)
    assert (interval.low, interval.high) == pytest.approx((2 / 3, 2 / 3))


def test_skewness_moves_the_interval_of_a_log_loss_up(rng):
    y_prob = rng.uniform(0.6, 1, size=60)
    y_true = rng.random(60) < y_prob
    percentile = bootstrap_interval(log_loss, y_true, y_prob)
    bca = bootstrap_interval(log_loss, y_true, y_prob, method="bca")
    assert bca.low > percentile.low
    assert bca.high > percentile.high


def test_groups_of_one_row_are_rows(rng):
    y_true, y_prob = rng.integers(2, size=40), rng.random(40)
    interval = partial(bootstrap_interval, brier_score, y_true, y_prob, method="bca", n_boot=99)
    assert interval() == interval(groups=np.arange(40))


def test_the_paired_difference_turns_with_its_sides(rng):
    y_true, first, second = rng.integers(2, size=50), rng.random(50), rng.random(50)
    forward = paired_interval(brier_score, y_true, first, second, n_boot=100, method="bca")
    backward = paired_interval(brier_score, y_true, second, first, n_boot=100, method="bca")
    assert (forward.low, forward.high) == pytest.approx((-backward.high, -backward.low))


def test_it_covers_about_as_often_as_it_says(rng):
    covered = 0
    for seed in range(200):
        y_prob = rng.beta(8, 1, size=60)
        interval = bootstrap_interval(mean_confidence, y_prob > 2, y_prob, n_boot=200, random_state=seed, method="bca")
        covered += interval.low <= 8 / 9 <= interval.high
    # 4 standard errors of 200 trials are 6 points.
    assert covered / 200 == pytest.approx(0.94, abs=0.065)


def test_bad_options_are_refused():
    with pytest.raises(InputError, match="method must be one of 'percentile', 'bca'; got 'basic'"):
        bootstrap_interval(accuracy, [1, 0], [0.5, 0.5], method="basic")
    with pytest.raises(InputError, match="n_blocks must be a whole number of at least 1; got 0"):
        jackknife_weights(3, n_blocks=0)
