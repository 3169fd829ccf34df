import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from calibrant.evaluation._welch import mean_interval, welch_test

samples = st.lists(st.integers(0, 100).map(lambda n: n / 100), min_size=2, max_size=40)


def test_by_hand():
    # Means 0.8 and 0.5; squared standard errors 0.02 / 2 = 0.01 and 0.08 / 2 = 0.04, so that t = 0.3 / sqrt(0.05).
    found = welch_test([0.7, 0.9], [0.3, 0.7])
    assert found.difference == pytest.approx(0.3)
    assert found.statistic == pytest.approx(0.3 / math.sqrt(0.05))
    assert found.df == pytest.approx(0.05**2 / (0.01**2 + 0.04**2))
    assert (found.low + found.high) / 2 == pytest.approx(0.3)
    assert found.low < 0 < found.high


@given(samples, samples, st.sampled_from([0.8, 0.95]))
def test_as_scipy_has_it(first, second, level):
    found = welch_test(first, second, level=level)
    assert found.difference == pytest.approx(np.mean(first) - np.mean(second), abs=1e-12)
    if np.ptp(first) == 0 or np.ptp(second) == 0:  # scipy warns
        assert math.isnan(found.p_value) == (np.ptp(first) == np.ptp(second))
        return
    expected = stats.ttest_ind(first, second, equal_var=False)
    ends = expected.confidence_interval(level)
    assert (found.statistic, found.df) == pytest.approx((expected.statistic, expected.df), rel=1e-6, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [([0.9], [0.5, 0.6], 0.35), ([], [0.5, 0.6], math.nan), ([0.9] * 3, [0.8] * 3, 0.1)],
)
def test_what_cannot_be_tested_is_nan(first, second, difference):
    found = welch_test(first, second)
    assert found.difference == pytest.approx(difference, nan_ok=True)
    assert np.isnan([found.low, found.high, found.statistic, found.df, found.p_value]).all()


def test_one_side_may_be_constant():
    found = welch_test([0.9] * 5, [0.2, 0.4])
    assert found.df == pytest.approx(1)
    assert found.statistic == pytest.approx(6)  # 0.6 / sqrt(0.02 / 2)


@given(samples)
def test_a_mean_as_scipy_has_it(sample):
    found = mean_interval(sample, level=0.9)
    assert found.value == pytest.approx(np.mean(sample))
    if np.ptp(sample) == 0:
        assert found.low == found.high == found.value
        return
    expected = stats.t.interval(0.9, len(sample) - 1, loc=np.mean(sample), scale=stats.sem(sample))
    assert (found.low, found.high) == pytest.approx(expected)


@pytest.mark.parametrize(("values", "mean"), [([0.5], 0.5), ([], math.nan)])
def test_fewer_than_two_have_no_interval(values, mean):
    found = mean_interval(values)
    assert found.value == pytest.approx(mean, nan_ok=True)
    assert np.isnan([found.low, found.high]).all()
