"""The interval of the share answered: by hand, and true at every threshold at once."""

import numpy as np
import pytest

from calibrant.selection._coverage import coverage_of


def test_by_hand():
    # log(2 / 0.02) = log(100) = 4.605; over 2 n = 200 its root is 0.15174.
    assert coverage_of(50, 100, level=0.98) == pytest.approx((0.5, 0.5 - 0.15174, 0.5 + 0.15174), abs=1e-5)


@pytest.mark.parametrize(("answered", "share"), [(0, 0.0), (10, 1.0)])
def test_the_ends_stay_inside(answered, share):
    found = coverage_of(answered, 10, level=0.95)
    assert found.share == share
    assert 0 <= found.low <= share <= found.high <= 1


def test_it_holds_for_the_worst_threshold():
    rng, missed, draws = np.random.default_rng(0), 0, 2000
    for _ in range(draws):
        drawn = np.sort(rng.random(60))[::-1]
        # At the k-th highest of uniform confidences k rows are answered, and truly 1 minus that confidence.
        intervals = np.array([coverage_of(k, 60, level=0.9) for k in range(1, 61)])
        truth = 1 - drawn
        missed += not ((intervals[:, 1] <= truth) & (truth <= intervals[:, 2])).all()
    assert missed / draws <= 0.1
