import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from calibrant.evaluation._correlation import pearson
from calibrant.exceptions import InputError

pairs = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=4, max_size=30)


def test_by_hand():
    # Deviations (-1, 0, 1) and (-1, 1, 0): 1 / sqrt(2 * 2).
    found = pearson([1, 2, 3], [1, 3, 2])
    assert found.value == pytest.approx(0.5)
    assert np.isnan([found.low, found.high]).all()


@given(pairs, st.sampled_from([0.8, 0.95]))
def test_as_scipy_has_it(points, level):
    x, y = np.array(points, dtype=float).T
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    found, expected = pearson(x, y, level=level), stats.pearsonr(x, y)
    assume(abs(expected.statistic) < 0.999999)
    ends = expected.confidence_interval(level)
    assert found.value == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=1e-9)


@given(pairs, st.integers(1, 9), st.integers(-9, 9))
def test_it_does_not_matter_in_what_units(points, factor, shift):
    x, y = np.array(points, dtype=float).T
    assert pearson(factor * x + shift, y).value == pytest.approx(pearson(x, y).value, abs=1e-9, nan_ok=True)
    assert pearson(-x, y).value == pytest.approx(-pearson(x, y).value, abs=1e-9, nan_ok=True)


def test_a_line():
    found = pearson([0, 1, 2, 3], [3, 2, 1, 0])
    assert (found.value, found.low, found.high, found.p_value) == (-1, -1, -1, 0)


@pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2]), ([], []), ([1, 2, 3, 4], [5, 5, 5, 5])])
def test_nothing_to_correlate(x, y):
    assert math.isnan(pearson(x, y).value)
    assert math.isnan(pearson(x, y).p_value)


@pytest.mark.parametrize(("x", "y"), [([1, 2, 3], [1, 2]), ([1, 2, math.nan], [1, 2, 3])])
def test_refused(x, y):
    with pytest.raises(InputError, match="finite numbers, as many of one as of the other"):
        pearson(x, y)
