"""Clopper and Pearson's interval: its defining equation, its ends, its guarantee."""

import numpy as np
import pytest
from scipy import stats

from calibrant.exceptions import InputError
from calibrant.metrics import clopper_pearson_interval, wilson_interval


@pytest.mark.parametrize(("hits", "n"), [(1, 10), (30, 100), (99, 100), (5, 5000)])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_each_end_leaves_its_tail(hits, n, level):
    interval = clopper_pearson_interval(hits, n, level=level)
    assert stats.binom.sf(hits - 1, n, interval.low) == pytest.approx((1 - level) / 2)
    assert stats.binom.cdf(hits, n, interval.high) == pytest.approx((1 - level) / 2)


def test_it_is_that_of_scipy():
    for hits in range(8):
        exact = stats.binomtest(hits, 7).proportion_ci(0.9, method="exact")
        interval = clopper_pearson_interval(hits, 7, level=0.9)
        assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_none_all_and_no_trials():
    interval = clopper_pearson_interval([0, 10, 0], [10, 10, 0])
    np.testing.assert_allclose(interval.low, [0, 0.025**0.1, np.nan])
    np.testing.assert_allclose(interval.high, [1 - 0.025**0.1, 1, np.nan])


def test_right_and_wrong_mirror_each_other():
    hits = np.arange(21)
    right, wrong = clopper_pearson_interval(hits, 20), clopper_pearson_interval(20 - hits, 20)
    np.testing.assert_allclose(right.low, 1 - wrong.high, atol=1e-12)


@pytest.mark.parametrize("n", [1, 7, 40])
def test_it_never_covers_less_often_than_it_says(n):
    hits = np.arange(n + 1)
    interval = clopper_pearson_interval(hits, n)
    rate = np.linspace(0, 1, 401)[:, None]
    covers = (interval.low <= rate + 1e-12) & (rate - 1e-12 <= interval.high)
    assert (stats.binom.pmf(hits, n, rate) * covers).sum(axis=1).min() >= 0.95 - 1e-9
    wilson = wilson_interval(hits, n)
    assert (stats.binom.pmf(hits, n, rate) * ((wilson.low <= rate) & (rate <= wilson.high))).sum(axis=1).min() < 0.95


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2), (np.nan, 2), (1, np.inf)])
def test_impossible_counts_are_refused(successes, n):
    with pytest.raises(InputError, match="successes must lie between 0 and n"):
        clopper_pearson_interval(successes, n)
    with pytest.raises(InputError, match="level must be greater than 0"):
        clopper_pearson_interval(1, 2, level=1)
