"""Wilson's interval: its defining equation, its ends, its cover."""

import numpy as np
import pytest

from calibrant.exceptions import InputError
from calibrant.metrics import wilson_interval


def test_each_end_is_z_standard_errors_from_the_share():
    interval = wilson_interval([1, 30, 99], [10, 100, 100])
    for end in (interval.low, interval.high):
        distance = np.abs([0.1, 0.3, 0.99] - end) / np.sqrt(end * (1 - end) / [10, 100, 100])
        np.testing.assert_allclose(distance, 1.959964, atol=1e-6)


def test_none_and_all_stay_inside():
    interval = wilson_interval([0, 10], 10)
    np.testing.assert_allclose(interval.low, [0, 1 - 0.277533], atol=1e-6)
    np.testing.assert_allclose(interval.high, [0.277533, 1], atol=1e-6)


def test_no_trials_have_no_interval():
    interval = wilson_interval([0, 1], [0, 2])
    np.testing.assert_array_equal(np.isnan(interval.low), [True, False])
    np.testing.assert_array_equal(np.isnan(interval.high), [True, False])


def test_a_higher_level_is_wider():
    narrow, wide = wilson_interval(3, 10, level=0.5), wilson_interval(3, 10, level=0.99)
    assert wide.low < narrow.low < 0.3 < narrow.high < wide.high


def test_it_covers_about_as_often_as_it_says(rng):
    hits = rng.binomial(50, 0.8, size=4000)
    interval = wilson_interval(hits, 50)
    covered = np.mean((interval.low <= 0.8) & (interval.high >= 0.8))
    # Discrete counts keep the cover within 2 points of 95 % here; 4 standard errors of 4,000 trials add 1.4.
    assert covered == pytest.approx(0.95, abs=0.034)


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2), (np.nan, 2), (1, np.nan), (1, np.inf)])
def test_impossible_counts_are_refused(successes, n):
    with pytest.raises(InputError, match="successes must lie between 0 and n"):
        wilson_interval(successes, n)


def test_level_is_checked():
    with pytest.raises(InputError, match=r"^level must be greater than 0 and less than 1; got 95\.$"):
        wilson_interval(1, 2, level=95)
